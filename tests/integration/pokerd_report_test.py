"""How a run ended is told to noahd: what, by whom, and that no report is lost while either is down."""
# SPDX-License-Identifier: Apache-2.0

import itertools
import json
import os
import signal
import ssl
import time

from pokerd_case import PokerdCase, is_alive
from support import raw_http
from support.daemon import Noahd, pokerd_rule, wait_until
from support.sink import Behaviour, Sink

NOTIFY = "/ephemerals/chef/notify/web1"
RUNS = "/ephemerals/runs/web1"
SAYS_SO = 'echo \'{"updated":3,"total":17,"exception":"no space"}\' >"$POKERD_REPORT_FILE"; exit 1'


def reporters():
    """The pids of all living processes pokerd-report."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
                name, _, rest = stat.read().partition("(")[2].rpartition(")")
        except OSError:
            continue
        if name == "pokerd-report" and rest.split()[0] != "Z":
            yield int(pid)


class ReportCase(PokerdCase):
    def setUp(self):
        super().setUp()
        self.noahd = None

    def make_noahd(self, *settings):
        self.noahd = Noahd(self.folder, f"delivery.ca_file={self.authority.certificate}", *settings)
        self.addCleanup(self.noahd.kill)
        return self.noahd

    def start_reporting(self, url, *settings, **options):
        """pokerd with the node's name and the script as its command."""
        return self.start(f"report.url={url}", "node=web1", *settings, **options)

    def script(self, text):
        return [pokerd_rule(["/bin/sh", "-c", text])]

    def sink(self, **options):
        sink = Sink(**options)
        self.addCleanup(sink.stop)
        return sink

    def stored(self):
        """The report that noahd has; None: none yet."""
        answer = self.noahd.get(RUNS)
        return json.loads(answer.body) if answer.status == 200 else None

    def wait_for_report(self, run, seconds=20):
        return wait_until(lambda: (found := self.stored()) and found["run"] == run["run"] and found, seconds, "the report")


class WithNoahd(ReportCase):
    def start_both(self, *settings, **options):
        """noahd, whose watch pokes pokerd, which reports to it."""
        self.make_noahd()
        key = self.noahd.public_key()
        self.noahd.start()
        self.make(f"report.url=http://127.0.0.1:{self.noahd.port}", "node=web1", *settings, **options)
        with open(os.path.join(self.folder, "noah.keys"), "a", encoding="ascii") as file:
            file.write(f"{key}\n")
        self.pokerd.start()
        watch = {"pattern": "//noah/ephemerals/chef", "endpoint": self.pokerd.endpoint}
        self.assertEqual(self.noahd.put("/watches", watch).status, 200)

    def known_run(self):
        """The newest run that noahd has, as pokerd knows it."""
        with open(os.path.join(self.pokerd.state, "reported"), encoding="ascii") as file:
            return file.read().strip()

    def events(self):
        return self.noahd.get("/events?after=0").json()

    def test_a_run_is_reported_with_its_causes_node_and_run(self):
        self.start_both(rules=self.script(SAYS_SO))
        sink = self.sink()
        self.assertEqual(self.noahd.put("/watches", {"pattern": f"//noah{RUNS}", "endpoint": f"{sink.url}/"}).status, 200)
        self.noahd.put(NOTIFY, "1")
        run, = self.wait_for_history(1)
        report = self.wait_for_report(run)
        self.assertEqual(report, {"run": run["run"], "result": "failed", "exit": 1, "duration_ms": run["duration_ms"],
                                  "updated": 3, "total": 17, "causes_count": 1, "causes": [run["pokes"][0]["event"]],
                                  "exception": "no space"})
        told = json.loads(sink.wait_for(1)[0].body)
        self.assertEqual(told["cause"], report["causes"])
        self.assertEqual((told["by"]["node"], told["by"]["run"]), ("web1", run["run"]))

    def test_a_report_pokes_those_who_watch_runs_and_not_those_who_watch_chef(self):
        self.start_both(rules=self.script("true"))
        chef, runs = self.sink(), self.sink()
        for sink, pattern in ((chef, "//noah/ephemerals/chef"), (runs, "//noah/ephemerals/runs")):
            self.assertEqual(self.noahd.put("/watches", {"pattern": pattern, "endpoint": f"{sink.url}/"}).status, 200)
        self.noahd.put(NOTIFY, "1")
        runs.wait_for(1)
        self.assertEqual(json.loads(runs.requests()[0].body)["location"], RUNS)
        self.noahd.put(NOTIFY, "2")
        runs.wait_for(2)
        self.assertEqual([json.loads(request.body)["location"] for request in chef.requests()], [NOTIFY, NOTIFY])
        self.assertEqual(len(self.pokerd.history()), 2)

    def test_runs_that_end_while_noahd_is_down_are_reported_in_order_even_if_pokerd_is_killed(self):
        self.start_both(rules=self.script("true"))
        self.noahd.stop()
        self.poke("e-1")
        self.pokerd.wait_for_log("run .*: not reported yet, trying again: .*onnect")
        self.poke("e-2")
        first, second = self.wait_for_history(2)
        self.pokerd.kill()
        self.pokerd.start()
        self.pokerd.wait_for_log("(?s)not reported yet.*not reported yet")
        self.noahd.start()
        self.wait_for_report(second)
        self.assertEqual(self.reported(), [first["run"], second["run"]])
        wait_until(lambda: self.known_run() == second["run"], 20, "pokerd knows that noahd has it")
        self.pokerd.restart()
        self.poke("e-3")
        third = self.wait_for_history(3)[2]
        self.wait_for_report(third)
        self.assertEqual(self.reported(), [first["run"], second["run"], third["run"]])

    def reported(self):
        """The runs in the order in which noahd got them; one that came twice in a row, as it may, counts once."""
        runs = (json.loads(event["data"])["run"] for event in self.events() if event["location"] == RUNS)
        return [run for run, _ in itertools.groupby(runs)]


class WithTlsAndToken(ReportCase):
    def get(self, token):
        context = ssl.create_default_context(cafile=self.authority.certificate)
        with raw_http.Connection(self.noahd.port, tls=context) as connection:
            return connection.request("GET", RUNS, None, {"Authorization": f"Bearer {token}"})

    def token(self, name, *rules):
        words = [word for rule in rules for word in ("--rule", rule)]
        done = self.noahd.run("token", name, *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def test_the_token_is_sent_over_tls_and_neither_logged_nor_on_a_command_line(self):
        self.make_noahd(f"tls.certificate={self.certificate.certificate}", f"tls.key={self.certificate.key}")
        self.noahd.start()
        token = self.token("node", "/ephemerals/runs=read,write")
        wrong = token[:-1] + ("A" if token[-1] != "A" else "B")
        token_file = os.path.join(self.folder, "token")
        with open(os.open(token_file, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write(f"{wrong}\n")
        self.start_reporting(f"https://localhost:{self.noahd.port}/", f"report.token_file={token_file}",
                             f"report.ca_file={self.authority.certificate}", rules=self.script("true"))
        self.poke("e-1")
        run, = self.wait_for_history(1)
        self.pokerd.wait_for_log("not reported yet, trying again: 40[13] ")
        with open(token_file, "w", encoding="ascii") as file:
            file.write(f"{token}\n")
        self.pokerd.process.send_signal(signal.SIGHUP)
        answer = wait_until(lambda: (found := self.get(token)).status == 200 and found, 20, "the report")
        self.assertEqual(json.loads(answer.body)["run"], run["run"])
        self.pokerd.wait_for_log("run .*: reported")
        self.assertNotIn(token[6:], self.pokerd.log_text())

    def test_a_certificate_of_another_authority_is_not_trusted(self):
        sink = self.sink(certificate=self.certificate)
        self.start_reporting(sink.url, rules=self.script("true"))
        self.poke("e-1")
        self.pokerd.wait_for_log("not reported yet, trying again: .*certificate")
        self.assertEqual(sink.requests(), [])


class WithSink(ReportCase):
    def runs_told(self, sink):
        return [json.loads(request.body)["run"] for request in sink.requests()]

    def test_a_report_on_its_way_delays_nothing_and_ends_with_pokerd(self):
        before = set(reporters())
        sink = self.sink(otherwise=Behaviour(silent=True))
        self.start_reporting(sink.url, rules=self.script("true"))
        self.poke("e-1")
        sink.wait_for(1)
        began = time.monotonic()
        self.assert_answer(self.poke("e-2"), 202, "queued")
        self.wait_for_history(2)
        self.assertLess(time.monotonic() - began, 5)
        sender, = set(reporters()) - before
        with open(f"/proc/{sender}/cmdline", encoding="ascii") as file:
            self.assertEqual(file.read(), "pokerd-report\0")
        with open(f"/proc/{sender}/status", encoding="ascii") as file:
            status = file.read()
        self.assertIn("NoNewPrivs:\t1", status)
        if os.geteuid() == 0:
            self.assertIn("CapEff:\t0000000000000000", status)
            self.assertNotRegex(status, r"Uid:.*\b0\b")
        self.pokerd.kill()
        wait_until(lambda: not is_alive(sender), 10, "pokerd-report has ended with pokerd")

    def test_a_report_that_is_refused_for_good_is_given_up_and_others_are_not(self):
        sink = self.sink()
        sink.script(Behaviour(413, body=b"Data too large"), Behaviour(503, body=b"later"))
        self.start_reporting(sink.url, rules=self.script("true"))
        self.poke("e-1")
        self.pokerd.wait_for_log("its report is refused with 413 and given up: Data too large")
        self.poke("e-2")
        sink.wait_for(3)
        first, second = [run["run"] for run in self.wait_for_history(2)]
        self.assertEqual(self.runs_told(sink), [first, second, second])
        self.pokerd.wait_for_log("not reported yet, trying again: 503 later")

    def test_reports_begin_with_the_run_after_they_were_wanted(self):
        sink = self.sink()
        self.start("node=web1", rules=self.script("true"))
        self.poke("e-1")
        self.wait_for_history(1)
        with open(self.pokerd.configuration, "a", encoding="utf-8") as file:
            file.write(f'report: {{ url = "{sink.url}/noah/"; }};\n')
        self.pokerd.process.send_signal(signal.SIGHUP)
        self.pokerd.wait_for_log("settings reloaded")
        self.poke("e-2")
        sink.wait_for(1, 30)
        _, second = self.wait_for_history(2)
        self.assertEqual(self.runs_told(sink), [second["run"]])
        self.assertEqual(sink.requests()[0].path, "/noah/ephemerals/runs/web1")

    def test_a_malformed_report_file_is_ignored_and_logged(self):
        sink = self.sink()
        self.start_reporting(sink.url, rules=self.script("echo nonsense >$POKERD_REPORT_FILE"))
        self.poke("e-1")
        self.pokerd.wait_for_log("warning .* what it left in POKERD_REPORT_FILE is ignored: ")
        sink.wait_for(1)
        body = json.loads(sink.requests()[0].body)
        self.assertEqual((body["result"], body["updated"], body["exception"]), ("success", None, None))

    def test_what_cannot_work_fails_the_check(self):
        token_file = os.path.join(self.folder, "token")
        with open(os.open(token_file, os.O_WRONLY | os.O_CREAT, 0o644), "w", encoding="ascii") as file:
            file.write("noah_x\n")
        for settings, says in ((["report.url=noah:5678"], r"report.url: found \"noah:5678\", allowed is http"),
                               (["report.url=https://noah/?x=1"], "without a query"),
                               ([f"report.token_file={token_file}"], "report.token_file: .*mode 0644"),
                               (["report.ca_file=/does/not/exist"], "report.ca_file: .*exist")):
            done = self.make(*settings).run("--check-config")
            self.assertEqual(done.returncode, 78)
            self.assertRegex(done.stderr, says)
        os.chmod(token_file, 0o600)
        for url, status in (("http://192.0.2.1:5678", 78), ("http://127.0.0.1:5678", 0), ("http://[::1]:5678/", 0),
                            ("https://192.0.2.1/", 0)):
            done = self.make(f"report.url={url}", f"report.token_file={token_file}").run("--check-config")
            self.assertEqual(done.returncode, status, done.stderr)
            if status:
                self.assertIn("would show the token to the network", done.stderr)
