"""What the bearer of pokerd's status token can read over TLS: the status, and each run's record and output."""
# SPDX-License-Identifier: Apache-2.0

import json
import os
import signal

from pokerd_case import PokerdCase
from support.daemon import pokerd_rule, wait_until

TOKEN = "a-token.of~this+node/0123456789=="


class PagesCase(PokerdCase):
    def setUp(self):
        super().setUp()
        self.token_file = os.path.join(self.folder, "status.token")
        self.write_token(TOKEN)

    def write_token(self, token):
        with open(os.open(self.token_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(token + "\n")

    def start_pages(self, *settings, **options):
        return self.start(f"status_token_file={self.token_file}", *settings, **options)

    def get(self, target, token=TOKEN, method="GET"):
        return self.request(method, target, headers={"Authorization": f"Bearer {token}"} if token else {})

    def run_to_end(self, *command):
        """The record of a run of that command, and a pokerd that shows it."""
        self.start_pages(rules=[pokerd_rule(command)])
        self.assert_answer(self.poke("e-1"), 202, "queued")
        return self.wait_for_history(1)[0]

    def output_path(self, run_id):
        return os.path.join(self.pokerd.state, "runs", run_id, "output")


class Token(PagesCase):
    PATHS = ("/status", "/runs/20120510T022253.123Z-00007f", "/runs/20120510T022253.123Z-00007f/log")

    def test_without_the_setting_the_paths_do_not_exist(self):
        self.start()
        for path in self.PATHS:
            self.assert_answer(self.get(path), 404, message="no rule has this path")
            self.assert_answer(self.get(path, token=None), 404, message="no rule has this path")

    def test_without_the_right_token_nothing_is_shown(self):
        self.start_pages()
        for path in self.PATHS:
            for token in (None, "wrong", TOKEN[:-1], TOKEN + "=", TOKEN.upper(), "x" * 512, "x" * 513, "x" * 5000):
                answer = self.get(path, token)
                self.assert_answer(answer, 401, message="the token is missing or wrong")
                self.assertEqual("Bearer", answer.headers["www-authenticate"])
        self.pokerd.wait_for_log(r"127\.0\.0\.1:\d+: request for the status or a run refused: the token is missing")
        self.pokerd.wait_for_log(r"the token is wrong")
        self.assertNotIn(TOKEN[:-1], "".join(self.pokerd.log))

    def test_another_scheme_is_no_token_and_the_scheme_has_no_case(self):
        self.start_pages()
        for value, status in ((TOKEN, 401), (f"Basic {TOKEN}", 401), (f"Bearer{TOKEN}", 401), (f"bearer {TOKEN}", 200),
                              (f"BEARER  {TOKEN}", 200), (f"Bearer {TOKEN} x", 401)):
            self.assertEqual(status, self.request("GET", "/status", headers={"Authorization": value}).status, value)
        self.assert_answer(self.request("GET", f"/status?access_token={TOKEN}"), 401)

    def test_wrong_tokens_block_the_address_and_right_ones_do_not(self):
        self.start_pages()
        with self.connect() as connection:
            for _ in range(250):
                self.assertEqual(200, connection.request("GET", "/status",
                                                         headers={"Authorization": f"Bearer {TOKEN}"}).status)
            statuses = [connection.request("GET", "/status", headers={"Authorization": "Bearer no"}).status
                        for _ in range(600)]
        self.assertEqual(401, statuses[0])
        self.assertIn(429, statuses)

    def test_other_methods_are_refused(self):
        self.start_pages()
        for path in self.PATHS:
            answer = self.request("POST", path, b"{}", {"Authorization": f"Bearer {TOKEN}"})
            self.assertEqual((405, "GET, HEAD"), (answer.status, answer.headers["allow"]))

    def test_a_new_token_replaces_the_old_one_on_sighup(self):
        self.start_pages()
        self.assertEqual(200, self.get("/status").status)
        self.write_token("another")
        self.pokerd.process.send_signal(signal.SIGHUP)
        self.pokerd.wait_for_log("settings reloaded")
        self.assertEqual(401, self.get("/status").status)
        self.assertEqual(200, self.get("/status", "another").status)

    def test_a_bad_token_file_keeps_the_old_token(self):
        self.start_pages()
        for spoil, message in ((lambda: self.write_token(""), "allowed is one line of 1 to 512 characters"),
                               (lambda: self.write_token("two words"), "allowed is one line"),
                               (lambda: self.write_token("a\nb"), "allowed is one line"),
                               (lambda: self.write_token("x" * 513), "allowed is one line"),
                               (lambda: os.chmod(self.token_file, 0o640), r"status\.token")):
            spoil()
            self.pokerd.log.clear()
            self.pokerd.process.send_signal(signal.SIGHUP)
            self.pokerd.wait_for_log(f"status_token_file: .*{message}")
            self.pokerd.wait_for_log("settings not reloaded")
            self.assertEqual(200, self.get("/status").status)
            self.write_token(TOKEN)


class Status(PagesCase):
    def test_the_status_is_that_of_the_command(self):
        self.start_pages()
        answer = self.get("/status")
        self.assertEqual(200, answer.status)
        self.assertEqual("application/json", answer.headers["content-type"])
        self.assertEqual(("no-store", "nosniff"),
                         (answer.headers["cache-control"], answer.headers["x-content-type-options"]))
        told = json.loads(self.pokerd.run("status", "--json").stdout)
        self.assertEqual(set(told), set(answer.json()))
        self.assertEqual((told["pid"], "ready"), (answer.json()["pid"], answer.json()["health"]))
        self.assertEqual("", self.get("/status", method="HEAD").body.decode())

    def test_a_status_of_many_pieces_is_whole(self):
        rules = [pokerd_rule(self.gate.command, path="/" + str(i) + "x" * 1000) for i in range(64)]
        self.start_pages(rules=rules)
        for _ in range(10):
            answer = self.get("/status")
            self.assertGreater(len(answer.body), 64000)
            self.assertEqual(64, len(answer.json()["rules"]))
        self.assertEqual(200, self.get("/health").status)


class Runs(PagesCase):
    def test_a_run_is_shown_with_its_output(self):
        record = self.run_to_end("/bin/sh", "-c", r"printf 'caf\303\251\000\377end'; exit 3")
        answer = self.get(f"/runs/{record['run']}")
        self.assertEqual((200, "application/json"), (answer.status, answer.headers["content-type"]))
        shown = answer.json()
        self.assertEqual((record["run"], "failed", 3), (shown["run"], shown["result"], shown["exit"]))
        log = self.get(f"/runs/{record['run']}/log")
        self.assertEqual((200, "text/plain; charset=utf-8"), (log.status, log.headers["content-type"]))
        self.assertEqual("nosniff", log.headers["x-content-type-options"])
        self.assertEqual(b"caf\xc3\xa9\0\xffend", log.body)
        self.assertEqual(401, self.get(f"/runs/{record['run']}", "wrong").status)
        self.assertEqual(401, self.get(f"/runs/{record['run']}/log", None).status)

    def test_an_output_of_many_pieces_is_whole(self):
        record = self.run_to_end("/bin/sh", "-c", "seq 400000; printf '\\000\\377'")
        log = self.get(f"/runs/{record['run']}/log")
        self.assertEqual("chunked", log.headers["transfer-encoding"])
        with open(self.output_path(record["run"]), "rb") as file:
            self.assertEqual(file.read(), log.body)
        self.assertGreater(len(log.body), 2000000)

    def test_there_is_nothing_but_runs(self):
        run_id = self.run_to_end("/bin/true")["run"]
        for path in ("20120510T022253.123Z-00007f", "..", "%2e%2e", "..%2f..%2flock", f"{run_id}%2foutput", f"{run_id}x",
                     run_id[:-1], f"{run_id}%00", "x" * 2000, "%2e%2e%2f" * 20, f"..%2fruns%2f{run_id}", "*"):
            for target in (f"/runs/{path}", f"/runs/{path}/log"):
                self.assertIn(self.get(target).status, (400, 404, 414), target)
        for target in ("/runs", "/runs/", f"/runs/{run_id}/record.json", f"/runs/{run_id}/lock", f"/runs/{run_id}/log/x"):
            self.assertEqual(404, self.get(target).status, target)
        self.assertEqual(200, self.get(f"/runs/{run_id}/log").status)

    def test_a_link_in_place_of_the_output_is_not_followed(self):
        run_id = self.run_to_end("/bin/true")["run"]
        path = self.output_path(run_id)
        os.unlink(path)
        os.symlink(self.token_file, path)
        self.assertEqual(404, self.get(f"/runs/{run_id}/log").status)
        os.unlink(path)
        os.mkfifo(path)
        self.assertEqual(404, self.get(f"/runs/{run_id}/log").status)
        self.assertEqual(200, self.get("/health").status)


class Live(PagesCase):
    """A run that prints a line each time the test allows it."""

    def setUp(self):
        super().setUp()
        self.steps = os.path.join(self.folder, "step")
        script = f'for i in 1 2 3; do while [ ! -e {self.steps}$i ]; do sleep 0.01; done; echo "line $i"; done'
        self.command = ("/bin/sh", "-c", script)
        self.addCleanup(lambda: [self.allow(i) for i in (1, 2, 3)])

    def allow(self, number):
        with open(f"{self.steps}{number}", "w", encoding="ascii"):
            pass

    def begin(self):
        self.start_pages(rules=[pokerd_rule(self.command)])
        self.poke("e-1")
        self.run_id = wait_until(lambda: self.get("/status").json()["run"], 10, "the run is on")["run"]

    def open_log(self, connection):
        connection.send(f"GET /runs/{self.run_id}/log HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
                        .encode())
        answer = connection.receive_head()
        self.assertEqual((200, "chunked"), (answer.status, answer.headers["transfer-encoding"]))

    def read_line(self, connection, number):
        self.assertEqual(f"line {number}\n".encode(), connection.read_chunk())

    def test_a_log_grows_with_the_run_and_ends_with_it(self):
        self.begin()
        with self.connect() as connection:
            self.open_log(connection)
            for number in (1, 2, 3):
                self.allow(number)
                self.read_line(connection, number)
            self.assertEqual(b"", connection.read_chunk())
            self.assertEqual("success", connection.request("GET", f"/runs/{self.run_id}", headers={
                "Authorization": f"Bearer {TOKEN}"}).json()["result"])

    def test_a_record_is_shown_while_the_run_is_on(self):
        self.begin()
        answer = wait_until(self.get_record, 10, "the run has its record")
        self.assertEqual("running", answer.json()["result"])

    def get_record(self):
        answer = self.get(f"/runs/{self.run_id}")
        self.assertIn(answer.status, (200, 503))
        return answer if answer.status == 200 else None

    def test_a_client_that_leaves_is_forgotten(self):
        self.begin()
        for _ in range(20):
            with self.connect() as connection:
                self.open_log(connection)
        self.assertEqual(200, self.get("/health").status)

    def test_after_a_reload_the_log_breaks_and_can_be_read_again(self):
        self.begin()
        with self.connect() as connection:
            self.open_log(connection)
            self.allow(1)
            self.read_line(connection, 1)
            self.pokerd.process.send_signal(signal.SIGHUP)
            with self.assertRaises(ConnectionError):
                connection.read_chunk()
        with self.connect() as connection:
            self.open_log(connection)
            self.read_line(connection, 1)

    def test_a_log_that_is_read_delays_no_stop(self):
        self.begin()
        with self.connect() as connection:
            self.open_log(connection)
            self.pokerd.process.send_signal(signal.SIGTERM)
            with self.assertRaises(ConnectionError):
                connection.read_chunk()
            self.assertEqual(0, self.pokerd.process.wait(3))
        self.assertNotIn("some requests are unanswered", "".join(self.pokerd.log))
