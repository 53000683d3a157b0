"""pokerd history, show and log: past runs and the current one, read from the state directory."""
# SPDX-License-Identifier: Apache-2.0

import json
import os
import pty
import socket
import subprocess
import unittest

from pokerd_case import PokerdCase, pokerd_rule
from support.daemon import UNPRIVILEGED_USER, program, wait_until

RECORDS = 1000
RECORD_POKES = 400  # some 60 KB each


def record(number, pokes=1, started_ms=1336616573000):
    """A record as pokerd writes it, of the run with that number."""
    started_ms += number * 1000
    return {"run": f"20120510T022253.000Z-{number:06x}", "rule": "/", "attempt_of": None, "reason": "converged",
            "tail": f"one\ntwo of {number}\n", "dropped": 0, "queued_ms": started_ms - 5, "started_ms": started_ms,
            "ended_ms": started_ms + 500, "duration_ms": 500, "exit": 0, "signal": 0, "output_bytes": 12, "result": "success",
            "truncated": False,
            "pokes": [{"id": f"msg_{number}_{poke}", "event": f"e-{number}", "about": f"update of /hosts/web{number} (status up)"}
                      for poke in range(pokes)]}


class HistoryCase(PokerdCase):
    def write(self, *records, output=b"one\ntwo\n"):
        for told in records:
            folder = os.path.join(self.pokerd.state, "runs", told["run"])
            os.makedirs(folder)
            for name, content in (("record.json", json.dumps(told).encode()), ("output", output), ("lock", b"")):
                with open(os.open(os.path.join(folder, name), os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
                    file.write(content)


class HistoryTest(HistoryCase):
    def setUp(self):
        super().setUp()
        self.make()
        self.write(*map(record, range(1, 6)))

    def runs(self, *words):
        done = self.pokerd.run("history", "--json", *words)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        return [told["run"][-1:] for told in json.loads(done.stdout)]

    def test_a_count_and_a_time_limit_the_history(self):
        self.assertEqual(["1", "2", "3", "4", "5"], self.runs())
        self.assertEqual(["4", "5"], self.runs("-n", "2"))
        self.assertEqual(["3", "4", "5"], self.runs("--since", "2012-05-10 02:22:56"))
        self.assertEqual(["5"], self.runs("--since", "1336616573", "-n", "1"))
        self.assertEqual([], self.runs("--since", "1h"))
        for words, says in ((("-n", "0"), "-n 0: allowed is 1 to 1000"), (("-n", "1001"), "allowed is 1 to 1000"),
                            (("--since", "noon"), '"noon" is not a time')):
            done = self.pokerd.run("history", *words)
            self.assertEqual((78, ""), (done.returncode, done.stdout))
            self.assertIn(says, done.stderr)

    def test_the_columns_are_aligned(self):
        lines = self.pokerd.run("history").stdout.splitlines()
        self.assertEqual({lines[0].index("RESULT")}, {line.index("success") for line in lines[1:]})
        self.assertEqual({lines[0].index("WHAT")}, {line.index("update of") for line in lines[1:]})
        self.assertNotIn("\x1b", "".join(lines))

    def on_a_terminal(self, **environment):
        ours, theirs = pty.openpty()
        with open(ours, "rb", buffering=0) as terminal:
            done = subprocess.run([program("pokerd"), *self.pokerd.arguments(), "history"], stdout=theirs, check=False, timeout=30,
                                  env={**os.environ, "TERM": "xterm", "NO_COLOR": "", **environment})
            os.close(theirs)
            self.assertEqual(0, done.returncode)
            return terminal.read(65536)

    def test_results_are_coloured_on_a_terminal_only(self):
        self.assertIn(b"\x1b[32msuccess\x1b[0m", self.on_a_terminal())
        for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            self.assertNotIn(b"\x1b", self.on_a_terminal(**environment))

    def test_a_run_is_named_by_a_unique_beginning_of_its_id(self):
        only = record(6, started_ms=1354292583042)
        only["run"] = "20121130T162303.042Z-000006"
        self.write(only)
        done = self.pokerd.run("show", "201211")
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertRegex(done.stdout, r"^run +20121130T162303\.042Z-000006, rule /: success\nstarted +2012-.* ago\), 0\.005 s after")
        self.assertRegex(done.stdout, r"caused by +update of /hosts/web6 \(status up\), event e-6 \(msg_6_0\)\n")
        self.assertTrue(done.stdout.endswith("    | one\n    | two of 6\n"), done.stdout)
        self.assertEqual(only["run"], json.loads(self.pokerd.run("show", "--json").stdout)["run"])
        for prefix, says in (("2012", "the ids of 6 runs begin with 2012"), ("2013", "no id of a run begins with 2013"),
                             ("../", "no id of a run begins with ../")):
            for word in ("show", "log"):
                done = self.pokerd.run(word, prefix)
                self.assertEqual((78, ""), (done.returncode, done.stdout))
                self.assertIn(says, done.stderr)

    def test_what_a_run_said_about_itself_is_shown(self):
        told = record(7)
        told["report"] = {"updated": 3, "total": 120, "exception": "Net::ReadTimeout"}
        self.write(told)
        self.assertIn("updated    3 of 120 resources\nexception  Net::ReadTimeout\n", self.pokerd.run("show").stdout)

    def test_a_record_of_an_earlier_version_is_shown(self):
        old = record(7)
        for poke in old["pokes"]:
            del poke["about"]
        del old["attempt_of"]
        self.write(old)
        self.assertRegex(self.pokerd.run("history", "-n", "1").stdout, r" success +e-7\n$")
        self.assertIn("caused by  e-7 (msg_7_0)\n", self.pokerd.run("show").stdout)

    def test_the_output_of_a_run_is_printed_as_it_is(self):
        self.write(record(8), output=b"\xff\x00\x1b[1m\n")
        done = subprocess.run([program("pokerd"), *self.pokerd.arguments(), "log"], capture_output=True, check=False, timeout=30)
        self.assertEqual((0, b"\xff\x00\x1b[1m\n", b""), (done.returncode, done.stdout, done.stderr))
        told = json.loads(self.pokerd.run("log", "--json").stdout)
        self.assertEqual({"run": record(8)["run"], "output": "\ufffd\ufffd\x1b[1m\n", "truncated": False}, told)
        self.assertEqual(78, self.pokerd.run("log", "--json", "-f").returncode)

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
    def test_another_user_is_refused(self):
        os.chmod(os.path.join(self.pokerd.state, "runs"), 0o711)
        os.chmod(self.folder, 0o755)
        for word in ("history", "show", "log"):
            done = subprocess.run([program("pokerd"), *self.pokerd.arguments(), word], capture_output=True, text=True, check=False,
                                  timeout=30, user=UNPRIVILEGED_USER)
            self.assertEqual((78, ""), (done.returncode, done.stdout))
            self.assertRegex(done.stderr, r"only the owner of .*/runs can read it; try as root")


class LogTest(HistoryCase):
    def test_the_output_of_the_current_run_is_followed_to_its_end(self):
        script = f'echo first; while [ ! -e {self.folder}/open ]; do sleep 0.01; done; echo last'
        self.start(rules=[pokerd_rule(("/bin/sh", "-c", script))])
        os.unlink(os.path.join(self.folder, "open"))
        self.poke("e-1")
        wait_until(lambda: self.pokerd.run("log").stdout == "first\n", 10, "the first line is there")
        self.assertIn("running", self.pokerd.run("show").stdout)
        with subprocess.Popen([program("pokerd"), *self.pokerd.arguments(), "log", "-f"], stdout=subprocess.PIPE) as follower:
            self.assertEqual(b"first\n", follower.stdout.readline())
            self.assertIsNone(follower.poll())
            self.gate.open()
            self.assertEqual(b"last\n", follower.stdout.read())
        self.assertEqual(0, follower.returncode)


class ManyRecordsTest(HistoryCase):
    def read_by_runner(self):
        """The bytes that the runner has read since it began."""
        with open(f"/proc/{self.pokerd.pid}/io", encoding="ascii") as file:
            return int(next(line.split()[1] for line in file if line.startswith("rchar:")))

    def test_a_thousand_large_records_are_read_by_the_command_and_not_by_the_runner(self):
        self.make("runs.kept=100000", "runs.quiet_seconds=3600", "runs.quiet_max_seconds=3600")
        self.write(*(record(number, RECORD_POKES) for number in range(1, RECORDS + 1)))
        self.pokerd.start()
        before = self.read_by_runner()
        with open(os.path.join(self.folder, "history.json"), "w+b") as output:
            answered = 0
            with subprocess.Popen([program("pokerd"), *self.pokerd.arguments(), "history", "--json"], stdout=output) as reader:
                while reader.poll() is None:
                    self.assert_answer(self.poke(f"e-{answered}"), 202, "merged" if answered else "queued")
                    answered += 1
            output.seek(0)
            history = json.load(output)
        self.assertEqual((0, RECORDS), (reader.returncode, len(history)))
        self.assertGreater(answered, 0)
        self.assertLess(self.read_by_runner() - before, 4 << 20)
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(self.pokerd.control)
            control.sendall(b'{"command":"history"}\n')
            self.assertIn(b"does not know the command", control.recv(65536))
