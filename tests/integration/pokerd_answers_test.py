"""The answer to each POST to pokerd, and that only genuine pokes with a matching rule cause a run."""
# SPDX-License-Identifier: Apache-2.0

import base64
import ssl
import time

from pokerd_case import HmacSigner, PokerdCase
from support import raw_http
from support.daemon import pokerd_rule, wait_until
from support.signer import Signer

SAME_FOR_ALL = "the signature is missing, malformed, wrong or too old"


class Accepted(PokerdCase):
    def test_a_poke_is_queued_then_runs_and_repeated_returns_its_result(self):
        self.start()
        self.assert_answer(self.poke("e-1"), 202, "queued")
        wait_until(lambda: self.poke("e-1").json()["state"] == "done", 10, "the run has ended")
        self.assert_answer(self.poke("e-1"), 200, "done")
        self.assertEqual(self.gate.executed(), ["e-1"])
        record, = self.wait_for_history(1)
        self.assertEqual((record["result"], record["exit"]), ("success", 0))
        self.assertEqual(record["pokes"], [{"id": "id_e-1", "event": "e-1", "about": "update of /hosts/web1"}])

    def test_debug_adds_a_line_for_a_repeated_poke(self):
        self.start("log_level=debug")
        self.poke("e-1", poke_id="msg_abc")
        self.poke("e-1", poke_id="msg_abc")
        self.pokerd.wait_for_log(r"debug \S+ pokerd: 127\.0\.0\.1:\d+: poke msg_abc: already known, ")

    def test_a_poke_whose_command_fails_is_failed(self):
        self.start(rules=[pokerd_rule(["/bin/false"])])
        self.poke("e-1")
        wait_until(lambda: self.poke("e-1").json()["state"] == "failed", 10, "the run has failed")

    def test_the_answer_names_the_poke(self):
        self.start()
        self.assertEqual(self.poke("e-1", poke_id="msg_abc").json()["poke"], "msg_abc")

    def test_a_poke_signed_with_this_nodes_own_secret_needs_no_endpoint(self):
        self.start()
        self.assert_answer(self.poke("e-1", self.own, endpoint="https://elsewhere/"), 202, "queued")

    def test_one_valid_signature_among_several_is_enough(self):
        self.start()
        body = self.body("e-1")
        headers = self.own.headers("id", body)
        headers["webhook-signature"] = "v2,x v1,AAAA nonsense " + headers["webhook-signature"]
        self.assert_answer(self.request("POST", "/", body, headers), 202, "queued")

    def test_the_content_type_may_have_parameters_and_the_path_a_slash_at_its_end(self):
        self.start(rules=[pokerd_rule(self.gate.command, path="/chef")])
        body = self.body("e-1", endpoint=f"{self.pokerd.endpoint}chef")
        headers = self.fleet.headers("id", body) | {"Content-Type": "Application/JSON; charset=utf-8"}
        self.assert_answer(self.request("POST", "/chef/?x=1", body, headers), 202, "queued")

    def test_a_poke_without_a_matching_rule_is_ignored_and_remembered(self):
        self.start(rules=[pokerd_rule(self.gate.command, patterns=["//noah/ephemerals/chef"])])
        self.assert_answer(self.poke("e-1"), 200, "ignored")
        self.assert_answer(self.poke("e-1"), 200, "ignored")
        self.assert_answer(self.poke("e-2", location="/ephemerals/chefs/x"), 200, "ignored")
        self.assert_answer(self.poke("e-3", location="/ephemerals/chef/x"), 202, "queued")
        self.gate.wait_for_runs(1)
        self.assertEqual(self.gate.executed(), ["e-3"])

    def test_a_rule_for_changes_ignores_a_write_that_changed_nothing(self):
        self.start(rules=[pokerd_rule(self.gate.command, when="changed")])
        self.assert_answer(self.poke("e-1", changed=False), 200, "ignored")
        self.pokerd.restart()
        self.assert_answer(self.poke("e-1", changed=False), 200, "ignored")
        self.assert_answer(self.poke("e-2", changed=True), 202, "queued")
        self.assertEqual(self.wait_for_history(1)[0]["pokes"], [{"id": "id_e-2", "event": "e-2",
                                                                  "about": "update of /hosts/web1"}])
        self.assert_answer(self.poke("e-3"), 202, "queued")
        self.wait_for_history(2)
        self.assertEqual(self.gate.executed(), ["e-2", "e-3"])

    def test_the_first_matching_rule_applies(self):
        self.start(rules=[pokerd_rule(["/bin/false"], patterns=["//noah/hosts"]), pokerd_rule(["/bin/true"])])
        self.poke("e-1", location="/hosts/h")
        self.assertEqual(self.wait_for_history(1)[0]["result"], "failed")
        self.poke("e-2", location="/services/s")
        self.assertEqual(self.wait_for_history(2)[1]["result"], "success")


class Unsigned(PokerdCase):
    """401 with one and the same text, whatever the reason; the log has the reason."""

    def refuse(self, headers, body=None, reason=None):
        answer = self.request("POST", "/", self.body("e-1") if body is None else body, headers)
        self.assert_answer(answer, 401, message=SAME_FOR_ALL)
        self.assertEqual("Standard-Webhooks", answer.headers["www-authenticate"])
        if reason:
            self.pokerd.wait_for_log(reason)

    def test_a_missing_header_or_a_wrong_signature_is_refused(self):
        self.start()
        body = self.body("e-1")
        good = self.fleet.headers("id", body)
        for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
            self.refuse({key: value for key, value in good.items() if key != name}, body)
        for signature in ("", "v1a,", "v1a," + "A" * 86 + "==", good["webhook-signature"][4:],
                          "v1," + good["webhook-signature"][4:], good["webhook-signature"][:20]):
            self.refuse(good | {"webhook-signature": signature}, body)
        self.refuse(good, body.replace(b"web1", b"web2"))
        self.refuse(good | {"webhook-id": "other"}, body)
        self.refuse(good | {"webhook-timestamp": good["webhook-timestamp"] - 1}, body)
        self.refuse(Signer().headers("id", body), body)
        self.refuse(HmacSigner().headers("id", body), body)
        self.assert_answer(self.request("POST", "/", body, good), 202, "queued")
        self.gate.wait_for_runs(1)
        self.assertEqual(len(self.wait_for_history(1)), 1)

    def test_a_time_too_far_from_now_is_refused_both_ways(self):
        self.start()
        body = self.body("e-1")
        for offset in (-310, 310):
            self.refuse(self.fleet.headers("id", body, time.time() + offset), body, reason="300 seconds")
        for timestamp in ("now", "-1", "1.5", "01614265330", "99999999999999999999"):
            self.refuse(self.fleet.headers("id", body) | {"webhook-timestamp": timestamp}, body)

    def test_at_most_sixteen_signatures_are_checked(self):
        self.start()
        body = self.body("e-1")
        good = self.fleet.headers("id", body)
        wrong = "v1," + base64.b64encode(b"x" * 32).decode()
        self.refuse(good | {"webhook-signature": " ".join([wrong] * 16 + [good["webhook-signature"]])}, body)
        self.assert_answer(
            self.request("POST", "/", body,
                         good | {"webhook-signature": " ".join([wrong] * 15 + [good["webhook-signature"]])}),
            202, "queued")

    def test_a_thousand_signatures_exceed_the_limit_for_headers(self):
        self.start()
        body = self.body("e-1")
        headers = self.fleet.headers("id", body) | {"webhook-signature": " ".join(["v1," + "A" * 43 + "="] * 1000)}
        try:
            self.assertIn(self.request("POST", "/", body, headers).status, (413, 431))
        except ConnectionError:
            pass  # the answer may be lost if the rest of the header was never read
        self.assert_answer(self.poke("e-2"), 202, "queued")

    def test_reasons_stop_filling_the_log(self):
        self.start()
        with self.connect() as connection:
            for _ in range(100):
                connection.request("POST", "/", b"{}", {"Content-Type": "application/json"})
        self.assertLess(self.pokerd.log_text().count("refused"), 40)


class NotAddressed(PokerdCase):
    def test_a_poke_for_another_node_is_refused(self):
        self.start()
        other = f"https://127.0.0.2:{self.pokerd.port}/"
        for endpoint in (other, "https://127.0.0.1:1/", "https://node.example.org/", "", 7, None):
            self.assert_answer(self.poke("e-1", endpoint=endpoint), 403)
        self.assertEqual(self.gate.executed(), [])

    def test_a_poke_for_another_path_is_refused(self):
        self.start(rules=[pokerd_rule(self.gate.command), pokerd_rule(self.gate.command, path="/chef")])
        self.assert_answer(self.poke("e-1", endpoint=f"{self.pokerd.endpoint}chef"), 403, message="sent to the path /")
        self.assert_answer(self.poke("e-1", target="/chef", endpoint=self.pokerd.endpoint), 403)
        self.assert_answer(self.poke("e-1", target="/chef"), 202, "queued")

    def test_localhost_and_the_host_name_with_our_port_are_ours(self):
        self.start()
        for number, host in enumerate(("localhost", "LOCALHOST", "node.example.org")):
            answer = self.poke(f"e-{number}", endpoint=f"https://{host}:{self.pokerd.port}/")
            self.assertEqual(answer.status, 403 if "example" in host else 202, host)

    def test_listed_endpoints_are_the_only_ones(self):
        self.start("endpoints=https://node.example.org:8443/poke")
        self.assert_answer(self.poke("e-1", endpoint="https://Node.Example.org:8443/"), 202, "queued")
        self.assert_answer(self.poke("e-2"), 403, message="which is not this node")


class Malformed(PokerdCase):
    def test_a_path_without_a_rule_is_not_found(self):
        self.start(rules=[pokerd_rule(self.gate.command, path="/chef")])
        for target in ("/", "/chef/x", "/Chef", "/chef%2F", "/health/x"):
            self.assert_answer(self.poke("e-1", target=target), 404)

    def test_an_unsupported_method_is_distinguished_from_a_supported_one(self):
        self.start()
        for method, target, allow in (("GET", "/", "POST"), ("PUT", "/", "POST"), ("POST", "/health", "GET, HEAD")):
            answer = self.request(method, target)
            self.assert_answer(answer, 405)
            self.assertEqual(answer.headers["allow"], allow)

    def test_another_content_type_is_refused(self):
        self.start()
        body = self.body("e-1")
        for content_type in ("text/plain", "application/jsonx", "application/x-www-form-urlencoded", ""):
            headers = self.fleet.headers("id", body) | {"Content-Type": content_type}
            self.assert_answer(self.request("POST", "/", body, headers), 415)

    def test_a_body_in_chunks_is_refused(self):
        self.start()
        body = self.body("e-1")
        headers = self.fleet.headers("id", body) | {"Transfer-Encoding": "chunked"}
        with self.connect() as connection:
            connection.send(raw_http.format_request(connection.host, "POST", "/", None, headers))
            connection.send(f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n")
            self.assert_answer(connection.receive(), 411)
            self.assertTrue(connection.is_closed())

    def test_white_space_around_a_header_is_not_part_of_the_signed_text(self):
        self.start()
        for number, space in enumerate((" ", "\t", " \t \t")):
            body = self.body(f"e-{number}")
            headers = {name: f"{space}{value}{space}" for name, value in self.fleet.headers(f"id_{number}", body).items()}
            answer = self.request("POST", "/", body, headers)
            self.assertEqual((202, f"id_{number}"), (answer.status, answer.json()["poke"]))

    def test_a_client_that_stops_sending_is_answered_and_the_connection_closed(self):
        self.start()
        for number in range(10):
            body = self.body(f"e-{number}")
            whole = raw_http.format_request("localhost", "POST", "/", body, self.fleet.headers(f"id_{number}", body))
            with self.connect() as connection:
                connection.send(whole)
                connection.stop_sending()
                self.assertEqual(202, connection.receive().status)
                self.assertTrue(connection.is_closed())
        with self.connect() as connection:
            connection.send(whole[:-1])
            connection.stop_sending()
            with self.assertRaises((ConnectionError, ssl.SSLError)):
                connection.receive()

    def test_a_target_may_be_a_url(self):
        self.start()
        body = self.body("e-1")
        self.assert_answer(self.request("POST", "http://node.example/?x", body, self.fleet.headers("id", body)), 202, "queued")
        for target in ("http://me@node.example/", "ftp://node.example/", "http://", "*", "/a///b"):
            self.assert_answer(self.request("POST", target, body, self.fleet.headers("id", body)), 400)
        self.assert_answer(self.request("POST", "/a//b", body, self.fleet.headers("id", body)), 404)

    def test_a_body_with_a_content_encoding_is_refused(self):
        self.start()
        body = self.body("e-1")
        answer = self.request("POST", "/", body, self.fleet.headers("id", body) | {"Content-Encoding": "gzip"})
        self.assert_answer(answer, 415, message="Content-Encoding")
        self.assertEqual("identity", answer.headers["accept-encoding"])

    def test_a_byte_order_mark_before_json_is_skipped(self):
        self.start()
        body = b"\xef\xbb\xbf" + self.body("e-1")
        self.assert_answer(self.request("POST", "/", body, self.fleet.headers("id", body)), 202, "queued")

    def test_a_large_body_is_refused_before_it_is_read(self):
        self.start()
        with self.connect() as connection:
            headers = {"Content-Type": "application/json", "Content-Length": 1 << 30}
            connection.send(raw_http.format_request(connection.host, "POST", "/", None, headers))
            self.assert_answer(connection.receive(), 413)
        body = self.body("e-1", data="x" * 65536)
        self.assert_answer(self.request("POST", "/", body, self.fleet.headers("id", body)), 413)
        body = self.body("e-1", data="x" * 65000)
        self.assert_answer(self.request("POST", "/", body, self.fleet.headers("id", body)), 202, "queued")

    def test_two_lengths_or_two_ids_are_refused(self):
        self.start()
        body = self.body("e-1")
        headers = list(self.fleet.headers("id", body).items())
        self.assert_answer(self.request("POST", "/", body, [*headers, ("webhook-id", "id")]), 400)
        self.assert_answer(self.request("POST", "/", body, [*headers, ("Content-Length", len(body))]), 400)

    def test_a_signed_body_that_is_not_from_a_watch_is_malformed(self):
        self.start()
        for body, message in ((b"", "empty"), (b"{", "line 1"), (b"[]", "array"), (b'{"a":1,\n"a":2}', "line 2"),
                              (b'{"action":"update"}', "location"), (b'{"location":"/x","action":"x"}', "action"),
                              (b'{"location":["/x"],"action":"update"}', "location"), (b"\xff", "line 1")):
            answer = self.request("POST", "/", body, self.own.headers("id", body))
            self.assert_answer(answer, 400, message=message)
        self.assertEqual(self.gate.executed(), [])


class Flood(PokerdCase):
    def test_a_client_that_is_refused_too_often_must_wait_and_is_then_served_again(self):
        self.start()
        with self.connect() as connection:
            statuses = [connection.request("POST", "/", b"{}", {"Content-Type": "application/json"}).status
                        for _ in range(300)]
            self.assertEqual(set(statuses), {401, 429})
            self.assertEqual(statuses[:150], [401] * 150)
            answer = connection.request("POST", "/", b"{}")
            while answer.status == 429:
                self.assert_answer(answer, 429, message="too many")
                self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)
                time.sleep(0.05)
                answer = connection.request("POST", "/", b"{}")
        self.pokerd.wait_for_log("blocked for a while")

    def test_a_sender_of_valid_pokes_is_never_slowed_down(self):
        self.start()
        with self.connect() as connection:
            for number in range(400):
                body = self.body(f"e-{number}")
                answer = connection.request("POST", "/", body, self.fleet.headers(f"id_{number}", body))
                self.assertEqual(answer.status, 202, answer)


class Health(PokerdCase):
    def test_health_needs_no_signature(self):
        self.start()
        answer = self.request("GET", "/health")
        self.assertEqual((answer.status, answer.json()), (200, {"result": "success", "state": "ready"}))
        self.assertEqual(self.request("HEAD", "/health").status, 200)
