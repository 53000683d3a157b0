"""What holds runs back: an operator, a reboot, failures; and how an operator starts one all the same."""
# SPDX-License-Identifier: Apache-2.0

import json
import os
import signal
import subprocess

from pokerd_case import PokerdCase
from support.boot import Boot
from support.daemon import pokerd_rule, program, wait_until


def events(record):
    return [poke["event"] for poke in record["pokes"]]


class HoldsCase(PokerdCase):
    def command(self, *words, status=0):
        done = self.pokerd.run(*words)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def reload(self):
        self.pokerd.process.send_signal(signal.SIGHUP)
        self.pokerd.wait_for_log("settings reloaded")

    def gates(self):
        """The reasons of the closed gates, of all rules and of the first."""
        status = json.loads(self.command("status", "--json"))
        return {gate["reason"]: gate for gate in status["gates"] + status["rules"][0]["gates"]}

    def exits(self, *statuses):
        """A rule whose command exits with these, one after the other, and then with the last again and again."""
        path = os.path.join(self.folder, "exits")
        with open(path, "w", encoding="ascii") as file:
            file.write("".join(f"{status}\n" for status in statuses))
        script = (f'echo "$NOAH_CAUSE" >>{self.folder}/executed; status=$(head -n 1 {path}); '
                  f'[ $(wc -l <{path}) = 1 ] || sed -i 1d {path}; exit $status')
        return [pokerd_rule(["/bin/sh", "-c", script])]


class Holding(HoldsCase):
    def test_a_hold_keeps_pokes_waiting_over_a_kill_until_it_is_released(self):
        self.start()
        self.assertIn("held by an operator: kernel upgrade", self.command("hold", "--reason", "kernel upgrade"))
        self.assert_answer(self.poke("e-1"), 202, "held")
        self.pokerd.kill()
        self.pokerd.start()
        self.assert_answer(self.poke("e-1"), 200, "held")
        self.assert_answer(self.poke("e-2"), 202, "held")
        why = self.command("why")
        self.assertEqual(why, "rule /: 2 pokes wait until it is released (held by an operator: kernel upgrade).\n")
        self.assertEqual(self.gates()["operator"]["text"], "held by an operator: kernel upgrade")
        self.assertIsNone(self.gates()["operator"]["until_ms"])
        self.assertEqual(json.loads(self.command("status", "--json"))["rules"][0]["state"], "held")
        self.assertEqual(self.gate.executed(), [])
        self.command("release")
        self.assertEqual([events(record) for record in self.wait_for_history(1)], [["e-1", "e-2"]])

    def test_a_hold_ends_by_itself_after_its_time(self):
        self.start()
        held = json.loads(self.command("hold", "--for", "1s", "--json"))
        self.assertEqual(held["rules"][0]["gates"][0]["reason"], "operator")
        self.assert_answer(self.poke("e-1"), 202, "held")
        self.pokerd.restart()
        record, = self.wait_for_history(1)
        self.assertGreaterEqual(record["started_ms"], held["rules"][0]["gates"][0]["until_ms"] - 20)

    def test_a_reload_ends_no_hold(self):
        self.start()
        self.command("hold", "--for", "1h")
        self.assert_answer(self.poke("e-1"), 202, "held")
        self.reload()
        self.assertRegex(self.command("why"), r"1 poke waits until \d{4}-\d\d-\d\d .* UTC \(held by an operator")
        self.assertEqual(self.gate.executed(), [])

    def test_a_hold_does_not_end_a_run_in_progress(self):
        self.start()
        self.gate.shut()
        self.poke("e-1")
        self.gate.wait_for_runs(1)
        self.command("hold")
        self.assert_answer(self.poke("e-2"), 202, "held")
        self.assertRegex(self.command("why"), "1 poke waits for the end of run .*, and until it is released")
        self.gate.open()
        self.wait_for_history(1)
        self.assertEqual(self.gate.executed(), ["e-1"])

    def test_orders_with_errors_are_refused(self):
        self.start()
        for words, status, said in ((("hold", "--for", "soon"), 64, "--for"), (("hold", "--for", "0s"), 64, "--for"),
                                    (("hold", "--reason", "x" * 256), 78, "at most 255 are allowed"),
                                    (("hold", "--for", "9999d"), 78, "for_ms"), (("run", "/none"), 78, "no rule has the path"),
                                    (("hold", "now"), 64, "")):
            with self.subTest(words=words):
                done = self.pokerd.run(*words)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertIn(said, done.stderr)
        self.assertEqual(self.gates(), {})
        self.assertIn("nothing waits", self.command("why"))


class Ordering(HoldsCase):
    def test_run_passes_a_hold_quiet_and_spacing_and_takes_the_pokes_along(self):
        self.start("runs.quiet_seconds=600", "runs.quiet_max_seconds=600", "runs.min_interval_seconds=600", "runs.burst=1")
        self.command("hold")
        self.poke("e-1")
        self.assertRegex(self.command("run"), r"^run \d{8}T\S+: accepted\n$")
        self.assertEqual([events(record) for record in self.wait_for_history(1)], [["e-1"]])
        self.assertRegex(self.command("run", "--wait"), r": accepted\nrun \S+: success after \d+\.\d{3} s: converged\n$")
        self.assertEqual([events(record) for record in self.pokerd.history()], [["e-1"], []])
        self.assertIn("operator", self.gates())

    def test_wait_exits_as_the_run_does(self):
        self.start(rules=self.exits(7, 0))
        told = json.loads(self.command("run", "--wait", "--json", status=7))
        self.assertEqual((told["state"], told["record"]["exit"], told["run"]), ("ended", 7, told["record"]["run"]))
        self.command("run", "--wait")
        self.pokerd.kill()
        self.assertEqual(self.pokerd.run("run").returncode, 75)

    def test_wait_tells_a_signal_and_a_command_that_is_missing(self):
        self.start(rules=[pokerd_rule(["/bin/sh", "-c", "kill -TERM $$"], path="/killed"),
                          pokerd_rule(["/does/not/exist"], path="/missing")])
        self.command("run", "/killed", "--wait", status=128 + 15)
        self.command("run", "/missing", "--wait", status=70)

    def test_run_during_a_run_is_one_more_and_outlives_a_restart(self):
        self.start()
        self.gate.shut()
        self.poke("e-1")
        self.gate.wait_for_runs(1)
        wanted, = {self.command("run"), self.command("run")}
        self.pokerd.kill()
        self.pokerd.start()
        waiter = subprocess.Popen([program("pokerd"), *self.pokerd.arguments(), "run", "--wait"],
                                  stdout=subprocess.PIPE, text=True)
        self.addCleanup(waiter.kill)
        self.assertEqual(waiter.stdout.readline(), wanted)
        self.gate.open()
        told = waiter.communicate(timeout=20)[0]
        self.assertEqual(waiter.returncode, 0, told)
        self.assertEqual([events(record) for record in self.wait_for_history(2)], [["e-1"], []])


class Exits(HoldsCase):
    """What follows from an exit status: the table in pokerd(8)."""

    def wait_for_runs(self, count):
        self.gate.wait_for_runs(count)
        return self.wait_for_history(count)

    def test_213_is_repeated_at_once_but_only_once(self):
        self.start("runs.min_interval_seconds=600", "runs.burst=1", "runs.quiet_seconds=1", rules=self.exits(213, 213))
        self.poke("e-1")
        first, second = self.wait_for_runs(2)
        self.assertEqual((second["attempt_of"], second["exit"]), (first["run"], 213))
        self.assertLess(second["started_ms"] - first["ended_ms"], 900)
        self.assertEqual(self.gate.executed(), ["e-1", "e-1"])  # what a repeated run writes has the same cause
        wait_until(lambda: "retry" in self.gates(), 10, "the third is an ordinary retry")

    def test_213_does_not_pass_a_hold(self):
        self.start(rules=self.exits(213, 0))
        self.gates()
        self.command("hold")
        self.command("run", "--wait", status=213)
        self.assertIn("operator", self.gates())
        self.assertIn("a further run waits", self.command("why"))
        self.command("release")
        self.wait_for_runs(2)

    def test_35_holds_until_the_machine_has_been_booted(self):
        boot = Boot(self.folder)
        self.start(rules=self.exits(35, 0), environment=boot.environment())
        self.poke("e-1")
        record, = self.wait_for_runs(1)
        self.assertEqual(record["result"], "success")
        wait_until(lambda: "reboot" in self.gates(), 10, "it waits for a reboot")
        self.assert_answer(self.poke("e-2"), 202, "held")
        self.assertIn(f"until the machine is booted (run {record['run']} asks for a reboot)", self.command("why"))
        self.command("run")
        self.command("release")
        self.pokerd.restart()
        self.assert_answer(self.poke("e-2"), 200, "held")
        self.pokerd.stop()
        boot.again()
        self.pokerd.start()
        self.assertEqual([events(record) for record in self.wait_for_runs(2)], [["e-1"], ["e-2"]])

    def test_37_is_repeated_after_the_boot(self):
        boot = Boot(self.folder)
        self.start(rules=self.exits(37, 0), environment=boot.environment())
        self.poke("e-1")
        first, = self.wait_for_runs(1)
        self.assertEqual(first["result"], "failed")
        wait_until(lambda: "reboot" in self.gates(), 10, "it waits for a reboot")
        self.pokerd.kill()
        boot.again()
        self.pokerd.start()
        _, second = self.wait_for_runs(2)
        self.assertEqual((second["attempt_of"], second["result"], events(second)), (first["run"], "success", []))

    def test_release_all_ends_the_wait_for_a_reboot(self):
        self.start(rules=self.exits(37, 0))
        self.poke("e-1")
        self.wait_for_runs(1)
        wait_until(lambda: "reboot" in self.gates(), 10, "it waits for a reboot")
        self.assertFalse(json.loads(self.command("release", "--json"))["released"])
        self.assertTrue(json.loads(self.command("release", "--all", "--json"))["released"])
        self.wait_for_runs(2)

    def test_41_is_a_success_that_the_log_warns_of(self):
        self.start(rules=self.exits(41))
        self.poke("e-1")
        self.assertEqual(self.wait_for_runs(1)[0]["result"], "success")
        self.pokerd.wait_for_log(r"error .*the reboot that it requested failed")
        self.assertEqual(self.gates(), {})

    def test_a_wrong_licence_is_not_retried_until_something_changes(self):
        for number, change in enumerate((self.reload, self.release, self.change_rule)):
            with self.subTest(change=change.__name__):
                self.start(rules=self.exits(172, 0))
                self.poke(f"e-{number}")
                first, = self.wait_for_runs(1)
                wait_until(lambda: "configuration" in self.gates(), 10, "it waits for a change")
                self.pokerd.restart()
                self.assertIn("configuration", self.gates())
                change()
                self.assertEqual(self.wait_for_runs(2)[1]["attempt_of"], first["run"])
                self.pokerd.stop()
                subprocess.run(["rm", "-r", self.pokerd.state, f"{self.folder}/executed"], check=True)

    def release(self):
        self.command("release")

    def change_rule(self):
        with open(self.pokerd.configuration, encoding="utf-8") as file:
            text = file.read()
        with open(self.pokerd.configuration, "w", encoding="utf-8") as file:
            file.write(text.replace('"-c"', '"-u", "-c"'))
        self.pokerd.restart()

    def test_failures_are_retried_later_and_too_many_in_a_row_hold_the_rule(self):
        self.start("runs.failures_to_hold=2", rules=self.exits(1))
        self.poke("e-1")
        record, = self.wait_for_runs(1)
        wait_until(lambda: "retry" in self.gates(), 10, "a retry is due")
        retry = self.gates()["retry"]
        self.assertAlmostEqual(retry["until_ms"] - record["ended_ms"], 60000, delta=5000)
        self.assertEqual(retry["text"], f"run {record['run']} failed and is retried")
        self.poke("e-2")
        self.wait_for_runs(2)
        wait_until(lambda: "breaker" in self.gates(), 10, "the breaker holds")
        self.assert_answer(self.poke("e-3"), 202, "held")
        self.pokerd.kill()
        self.pokerd.start()
        self.assertIn("2 runs of rule / in a row failed", self.command("why"))
        self.assertIn("2 runs in a row failed", self.pokerd.log_text())
        self.command("release")
        self.assertEqual(events(self.wait_for_runs(3)[2]), ["e-3"])

    def test_more_runs_than_an_hour_may_have_are_held(self):
        self.start("runs.per_hour=2")
        for number in range(2):
            self.poke(f"e-{number}")
            self.wait_for_runs(number + 1)
        self.assert_answer(self.poke("e-2"), 202, "held")
        self.pokerd.restart()
        self.assertIn("2 runs have started within an hour (runs.per_hour)", self.command("why"))
        self.command("release")
        self.wait_for_runs(3)

    def test_a_lost_run_counts_as_a_failure(self):
        boot = Boot(self.folder)
        self.start("runs.failures_to_hold=1", environment=boot.environment())
        self.gate.shut()
        self.poke("e-1")
        self.gate.wait_for_runs(1)
        supervisor = json.loads(self.command("status", "--json"))["run"]["supervisor"]
        os.kill(supervisor, 9)
        self.pokerd.wait_for_log("1 run in a row failed")
        self.assert_answer(self.poke("e-1"), 200, "held")
        self.gate.open()
        self.command("release")
        self.assertEqual([record["result"] for record in self.wait_for_history(2)], ["lost", "success"])
