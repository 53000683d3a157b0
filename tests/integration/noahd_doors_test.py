"""How noahd can be reached: TLS and its certificates, other machines, pages in browsers."""
# SPDX-License-Identifier: Apache-2.0

import os
import shutil
import signal
import socket
import ssl
import tempfile
import unittest

from support import raw_http
from support.certificates import Authority
from support.daemon import Noahd, run_command


def machine_address():
    """An address of this machine other than loopback; None: it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            return None
        address = probe.getsockname()[0]
    return None if address.startswith("127.") else address


class DoorsCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def start(self, *settings):
        noahd = Noahd(self.folder, "store.engine=memory", *settings)
        noahd.start()
        self.addCleanup(noahd.stop)
        return noahd


class TlsTest(DoorsCase):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder)
        self.served = self.authority.issue("served")
        self.settings = (f"tls.certificate={self.served.certificate}", f"tls.key={self.served.key}")

    def context(self, own=None):
        context = ssl.create_default_context(cafile=self.authority.certificate)
        if own:
            context.load_cert_chain(own.certificate, own.key)
        return context

    def get(self, noahd, target="/health", own=None):
        return raw_http.request(noahd.port, "GET", target, tls=self.context(own))

    def test_noahd_serves_over_tls_and_reports_it(self):
        noahd = self.start(*self.settings)
        self.assertTrue(noahd.url.startswith("https://"))
        self.assertEqual(200, self.get(noahd).status)
        raw_http.request(noahd.port, "PUT", "/configurations/c", '{"format":"string","body":"x"}', tls=self.context())
        location = self.get(noahd, "/configurations?short=true").json()["c"]["location"]
        self.assertEqual(f"https://127.0.0.1:{noahd.port}/configurations/c", location)
        with self.assertRaises(OSError):
            noahd.get("/health")

    def test_a_new_certificate_is_used_after_sighup(self):
        noahd = self.start(*self.settings)
        for new in (self.authority.issue("second"), None):
            if new:
                shutil.copy(new.certificate, self.served.certificate)
                shutil.copy(new.key, self.served.key)
            else:  # an unusable one changes nothing
                with open(self.served.certificate, "w", encoding="ascii") as file:
                    file.write("garbage\n")
            os.kill(noahd.pid, signal.SIGHUP)
            noahd.wait_for_log("certificate reloaded.*\n.*settings reloaded; no setting has changed" if new
                               else "settings not reloaded")
            self.assertEqual(200, self.get(noahd).status)
        with socket.create_connection(("127.0.0.1", noahd.port)) as plain, \
                self.context().wrap_socket(plain, server_hostname="127.0.0.1") as stream:
            shown = stream.getpeercert(binary_form=True)
        with open(f"{self.folder}/second.crt", encoding="ascii") as file:
            self.assertEqual(ssl.PEM_cert_to_DER_cert(file.read()), shown)

    def check_config(self):
        done = run_command("noahd", *(word for setting in self.settings for word in ("-o", setting)), "--check-config")
        return done.returncode, done.stderr

    def test_an_expired_or_future_certificate_fails_the_check_but_not_a_start(self):
        self.authority.issue_again(self.served, -1)
        status, text = self.check_config()
        self.assertEqual(78, status)
        self.assertRegex(text, r'tls.certificate: \S*: the certificate "CN=localhost" expired at ')
        noahd = self.start(*self.settings)
        noahd.wait_for_log("warning .* expired at ")

    def test_a_certificate_that_expires_soon_is_a_warning(self):
        self.authority.issue_again(self.served, 7)
        status, text = self.check_config()
        self.assertEqual(0, status)
        self.assertIn("noahd: warning: -o: tls.certificate: ", text)
        self.assertIn(" expires soon, at ", text)

    def test_an_expired_certificate_does_not_replace_a_good_one(self):
        noahd = self.start(*self.settings)
        self.authority.issue_again(self.served, -1)
        os.kill(noahd.pid, signal.SIGHUP)
        noahd.wait_for_log("expired at (?s:.)*settings not reloaded")
        self.assertEqual(200, self.get(noahd).status)

    def test_client_certificates_are_required_if_configured(self):
        noahd = self.start(*self.settings, f"tls.client_ca={self.authority.certificate}")
        self.assertEqual(200, self.get(noahd, own=self.authority.issue("client")).status)
        stranger = Authority(self.folder, "other").issue("stranger")
        for own in (None, stranger):
            with self.subTest(own), self.assertRaises(OSError):
                self.get(noahd, own=own)

    def test_certificates_that_do_not_match_are_refused_at_the_start(self):
        other = self.authority.issue("other")
        for settings, words in ((self.settings[:1], "tls.key (default): is empty"),
                                (self.settings[1:], "tls.certificate (default): is empty"),
                                ((self.settings[0], f"tls.key={other.key}"), "does not belong to the certificate"),
                                ((f"tls.client_ca={self.authority.certificate}",),
                                 "of no use without tls.certificate")):
            with self.subTest(words):
                done = run_command("noahd", *(word for setting in settings for word in ("-o", setting)),
                                   "--check-config")
                self.assertEqual(78, done.returncode)
                self.assertIn(words, done.stderr)


class OtherMachinesTest(DoorsCase):
    EVERYTHING = {"rules": [{"path": "/", "allow": ["read", "write", "watch", "admin"]}]}

    def setUp(self):
        super().setUp()
        self.address = machine_address()
        if not self.address:
            self.skipTest("this machine has no address beside loopback's")

    def make_token(self):
        """With the operator's token in a store on disk; returns its secret."""
        with Noahd(self.folder) as noahd:
            return noahd.put("/tokens/operator", self.EVERYTHING).json()["token"]

    def reachable(self, *settings):
        """A noahd that other machines can reach."""
        noahd = Noahd(self.folder, "listen=0.0.0.0:0", *settings)
        noahd.start()
        self.addCleanup(noahd.stop)
        return noahd

    def get(self, noahd, host, secret):
        with raw_http.Connection(noahd.port, host) as connection:
            return connection.request("GET", "/tokens", headers={"Authorization": f"Bearer {secret}"}).status

    def test_noahd_does_not_listen_beyond_loopback_without_a_token(self):
        state = f"state_directory={self.folder}/noah"
        done = run_command("noahd", "-o", "listen=0.0.0.0:0", "-o", state)
        self.assertEqual(78, done.returncode)
        for words in ("0.0.0.0:0", "noahd token", "open = true", "127.0.0.1"):
            self.assertIn(words, done.stderr)
        self.make_token()
        self.reachable()

    def test_the_last_token_cannot_be_deleted_if_one_is_needed(self):
        headers = {"Authorization": f"Bearer {self.make_token()}"}
        noahd = self.reachable()
        answer = noahd.delete("/tokens/operator", headers=headers)
        self.assertEqual(409, answer.status, answer)
        self.assertEqual(200, noahd.put("/tokens/other", self.EVERYTHING, headers=headers).status)
        self.assertEqual(200, noahd.delete("/tokens/operator", headers=headers).status)

    def test_a_token_over_plain_http_from_another_machine_is_refused(self):
        secret = self.make_token()
        noahd = self.reachable()
        self.assertEqual((200, 403), (self.get(noahd, "127.0.0.1", secret), self.get(noahd, self.address, secret)))

    def test_a_token_behind_a_proxy_that_terminates_tls_is_accepted(self):
        secret = self.make_token()
        noahd = self.reachable("plain_tokens=true")
        self.assertEqual(200, self.get(noahd, self.address, secret))


class TokenCommandTest(DoorsCase):
    RULES = ("--rule", "/=read,write,watch,admin", "--rule", "/ephemerals/a=b=")

    def setUp(self):
        super().setUp()
        self.noahd = Noahd(self.folder)
        self.addCleanup(self.noahd.stop)

    def issue(self, name, *rules):
        """The secret printed by the command."""
        done = self.noahd.run("token", name, *rules)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertRegex(done.stdout, r"^noah_[A-Za-z0-9_-]{43}\n$")
        return done.stdout.strip()

    def get(self, secret, target="/tokens/operator"):
        return self.noahd.get(target, headers={"Authorization": f"Bearer {secret}"})

    def test_the_first_token_can_be_created_before_the_first_start(self):
        secret = self.issue("operator", *self.RULES)
        self.noahd.start()
        shown = self.get(secret).json()
        self.assertEqual([{"path": "/", "allow": ["read", "write", "watch", "admin"]},
                          {"path": "/ephemerals/a=b", "allow": []}],
                         shown["rules"])
        self.assertEqual(401, self.noahd.get("/hosts").status)

    def test_a_running_noahd_is_asked_for_a_token(self):
        self.noahd.start()
        self.noahd.put("/hosts/web1", {"status": "up"})
        secret = self.issue("operator", *self.RULES)
        self.assertEqual((200, 401), (self.get(secret).status, self.noahd.get("/hosts").status))
        self.noahd.wait_for_log("operator.* issued by command")
        self.assertNotIn(secret, self.noahd.log_text())

    def test_a_token_is_bound_to_a_node_whether_noahd_runs_or_not(self):
        operator = self.issue("operator", *self.RULES, "--node", "web1")
        self.noahd.start()
        self.issue("chef", *self.RULES, "--node", "web2")
        self.assertEqual(["web1", "web2"],
                         [self.get(operator, f"/tokens/{name}").json()["node"] for name in ("operator", "chef")])
        done = self.noahd.run("token", "wrong", *self.RULES, "--node", "a/b")
        self.assertEqual((78, 1), (done.returncode, done.stderr.count("\n")))
        self.assertIn("node", done.stderr)

    def silent(self, name):
        """The command's notice about watches on stderr."""
        done = self.noahd.run("token", name, *self.RULES)
        self.assertEqual(0, done.returncode)
        return done.stderr

    def test_the_public_key_of_deliveries_is_open_to_all(self):
        self.issue("operator", *self.RULES)
        self.noahd.start()
        answer = self.noahd.get("/keys")
        self.assertEqual((200, {"keys": [self.noahd.run("public-key").stdout.strip()]}), (answer.status, answer.json()))

    def test_unauthorized_watches_are_counted_whether_noahd_runs_or_not(self):
        self.noahd.start()
        for path in ("a", "b"):
            self.noahd.put("/watches", {"pattern": "//noah/hosts", "endpoint": f"http://127.0.0.1:9/{path}"})
        self.noahd.stop()
        self.assertRegex(self.silent("operator"), r"2 watches deliver nothing.*PUT /watches.* adopts a watch.*\n$")
        self.noahd.start()
        self.assertRegex(self.silent("chef"), "2 watches deliver nothing")

    def test_a_lost_secret_is_replaced_whether_noahd_runs_or_not(self):
        old = self.issue("operator", *self.RULES)
        self.noahd.start()
        new = self.issue("operator", *self.RULES)
        self.noahd.stop()
        newest = self.issue("operator", *self.RULES)
        self.noahd.start()
        self.assertEqual([200] * 3, [self.get(secret).status for secret in (old, new, newest)])

    def test_anonymous_gets_rules_and_no_secret(self):
        done = self.noahd.run("token", "anonymous", "--rule", "/hosts=read")
        self.assertEqual((0, "", ""), (done.returncode, done.stdout, done.stderr))

    def test_invalid_arguments_are_reported_and_nothing_is_created(self):
        for words, status, says in ((("token",), 64, "wrong number of arguments"),
                                    (("token", "a", "b"), 64, "wrong number of arguments"),
                                    (("token", "a"), 78, "a token needs a rule"),
                                    (("token", "a", "--rule", "/"), 78, "allowed is /path="),
                                    (("token", "a", "--rule", "/=all"), 78, 'rule 1: allow contains "all"'),
                                    (("token", "a/b", "--rule", "/=read"), 78, "name"),
                                    (("token", "", "--rule", "/=read"), 78, "name")):
            for running in (False, True):
                with self.subTest(words, running=running):
                    if running:
                        self.noahd.start()
                    done = self.noahd.run(*words)
                    self.assertEqual((status, ""), (done.returncode, done.stdout), done.stderr)
                    self.assertIn(says, done.stderr)
                    if running:
                        self.assertEqual([], self.noahd.get("/tokens").json())
                        self.noahd.stop()


class BrowsersTest(DoorsCase):
    def put(self, noahd, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return noahd.put("/hosts/web1", {"status": "up"}, headers=headers).status

    def test_a_page_of_another_site_must_not_write(self):
        noahd = self.start()
        own = f"http://127.0.0.1:{noahd.port}"
        for origin, status in ((own, 200), ("http://evil.example", 403), ("null", 403), (f"{own}1", 403),
                               (f"https://127.0.0.1:{noahd.port}", 403), ("http://127.0.0.1", 403), ("", 403)):
            with self.subTest(origin):
                self.assertEqual(status, self.put(noahd, Origin=origin))
        for site, status in (("same-origin", 200), ("none", 200), ("cross-site", 403)):
            with self.subTest(site):
                self.assertEqual(status, self.put(noahd, Sec_Fetch_Site=site))
        for method in ("DELETE", "POST"):
            answer = noahd.request(method, "/hosts/web1", headers={"Origin": "http://evil.example"})
            self.assertEqual(403, answer.status)
        self.assertEqual(200, noahd.get("/hosts/web1", headers={"Origin": "http://evil.example"}).status)

    def test_on_loopback_only_known_names_are_answered(self):
        noahd = self.start("names=noah.example,noah")
        for host, status in (("localhost", 200), ("LocalHost:1", 200), ("127.0.0.1:5678", 200), ("127.9.9.9", 200),
                             ("[::1]:5678", 200), ("[::1]", 200), ("noah.example:80", 200), ("NOAH", 200),
                             ("evil.example", 421), ("evil.example:5678", 421), ("localhost.evil.example", 421),
                             ("127.0.0.1.evil.example", 421), ("10.1.2.3", 421), ("0.0.0.0", 421), ("[::]", 421),
                             ("noah.example.org", 421), ("[localhost]", 421), (":5678", 421)):
            with self.subTest(host), raw_http.Connection(noahd.port) as connection:
                connection.send(f"GET /health HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
                answer = connection.receive()
                self.assertEqual(status, answer.status)
                self.assertEqual("success" if status == 200 else "failure", answer.json().get("result", "success"))

    def test_the_public_url_is_an_accepted_name_and_origin(self):
        noahd = self.start("public_url=https://noah.example")
        for host, status in (("noah.example", 200), ("Noah.Example:443", 200), ("noah.example:8443", 200),
                             ("localhost", 200), ("other.example", 421)):
            with self.subTest(host):
                self.assertEqual(status, noahd.get("/health", headers={"Host": host}).status)
        for origin, status in (("https://noah.example", 200), ("https://noah.example:443", 200),
                               ("http://noah.example", 403),
                               ("https://noah.example:8443", 403), ("https://other.example", 403),
                               (f"http://127.0.0.1:{noahd.port}", 200)):
            with self.subTest(origin):
                self.assertEqual(status, self.put(noahd, Origin=origin))

    def test_urls_in_answers_use_the_public_url(self):
        noahd = self.start("public_url=https://noah.example:8443")
        noahd.put("/configurations/c", {"format": "string", "body": "x"})
        for version in ("1.0", "1.1"):
            with raw_http.Connection(noahd.port) as connection:
                host = "" if version == "1.0" else "Host: localhost\r\n"
                connection.send(f"GET /configurations?short=true HTTP/{version}\r\n{host}\r\n".encode())
                self.assertEqual("https://noah.example:8443/configurations/c",
                                 connection.receive().json()["c"]["location"])

    def test_a_public_url_is_a_scheme_and_a_host(self):
        for url in ("noah.example", "https://", "https://noah.example/", "https://noah.example/noah",
                    "ftp://noah.example",
                    "https://me@noah.example", "https://noah.example:0", "https://noah..example", "https://[:::]",
                    "https://1.2.3"):
            with self.subTest(url):
                done = run_command("noahd", "-o", f"public_url={url}", "--check-config")
                self.assertEqual(78, done.returncode)
                self.assertIn(f'public_url: found "{url}"', done.stderr)

    def test_names_are_hosts_without_a_scheme_or_a_port(self):
        for name in ("noah example", "noah.example:5678", "https://noah.example", "*.example", "noah..example", "::1",
                     "1.2.3"):
            with self.subTest(name):
                done = run_command("noahd", "-o", f"names=good.example,{name}", "--check-config")
                said = (f'noahd: -o: names: found "{name}", allowed is a host name, or an address (IPv6 in brackets), '
                        "without a scheme or a port\n")
                self.assertEqual((78, said), (done.returncode, done.stderr))
        done = run_command("noahd", "-o", "names=noah.example,10.0.0.1,[::1]", "--check-config")
        self.assertEqual(0, done.returncode, done)

    def test_beyond_loopback_any_name_is_answered(self):
        noahd = self.start("listen=0.0.0.0:0", "open=true")
        self.assertEqual(200, raw_http.request(noahd.port, "GET", "/health").status)
        with raw_http.Connection(noahd.port) as connection:
            connection.send(b"GET /health HTTP/1.1\r\nHost: noah.example\r\n\r\n")
            self.assertEqual(200, connection.receive().status)

    def test_content_from_clients_cannot_run_in_a_page(self):
        noahd = self.start()
        noahd.put("/ephemerals/a", "<script>alert(1)</script>")
        noahd.put("/configurations/c", {"format": "xml", "body": "<script/>"})
        for target in ("/ephemerals/a", "/configurations/c"):
            headers = noahd.get(target).headers
            self.assertEqual(("nosniff", "sandbox"),
                             (headers["x-content-type-options"], headers["content-security-policy"]))


if __name__ == "__main__":
    unittest.main()
