"""Runs of chef-client by cron or a person: waited for, and pokes that came before them are merged into them."""
# SPDX-License-Identifier: Apache-2.0

import contextlib
import fcntl
import json
import os

from pokerd_case import PokerdCase
from support.daemon import pokerd_rule, wait_until


def events(record):
    return [poke["event"] for poke in record["pokes"]]


class Foreign(PokerdCase):
    def setUp(self):
        super().setUp()
        self.lock = os.path.join(self.folder, "chef-client-running.pid")
        with open(self.lock, "w", encoding="ascii") as file:
            file.write("1")
        client = os.path.join(self.folder, "chef-client")
        with open(client, "w", encoding="ascii") as file:
            file.write('#!/bin/sh\nexec "$@"\n')
        os.chmod(client, 0o755)
        self.rules = [pokerd_rule([client, *self.gate.command])]

    def start_chef(self, *settings, **options):
        self.start(f"chef_lock_file={self.lock}", *settings, rules=self.rules, **options)

    @contextlib.contextmanager
    def foreign_run(self):
        with open(self.lock, "r+", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def poke_before(self, event):
        """A poke that is accepted, and before whose run the lock has been seen free."""
        self.assert_answer(self.poke(event), 202, "queued")
        self.gates()  # the lock is probed right after an answer, before the next command is answered

    def gates(self):
        status = json.loads(self.pokerd.run("status", "--json").stdout)
        return {gate["reason"]: gate["text"] for gate in status["gates"]}

    def wait_for_gate(self):
        wait_until(lambda: "foreign" in self.gates(), 10, "the foreign run is seen")

    def test_a_poke_during_a_foreign_run_causes_one_run_after_it(self):
        self.start_chef()
        with self.foreign_run():
            self.assert_answer(self.poke("e-1"), 202, "queued")
            self.assert_answer(self.poke("e-2"), 202, "merged")
            self.wait_for_gate()
            self.assertEqual(self.gates()["foreign"],
                             f"a run that pokerd did not start is in progress, process {os.getpid()}")
            self.assertIn("a run that pokerd did not start", self.pokerd.run("why").stdout)
            self.assertEqual(self.gate.executed(), [])
        record, = self.wait_for_history(1)
        self.assertEqual((events(record), record["result"]), (["e-1", "e-2"], "success"))

    def test_a_poke_before_a_foreign_run_is_merged_into_it_and_the_record_says_so(self):
        self.start_chef("runs.quiet_seconds=600", "runs.quiet_max_seconds=600")
        self.poke_before("e-1")
        with self.foreign_run():
            self.wait_for_gate()
            self.poke("e-2")
        record, = self.wait_for_history(1)
        self.assertEqual((events(record), record["result"]), (["e-1"], "foreign"))
        self.assertEqual(record["pokes"][0]["about"], "update of /hosts/web1")
        self.assertEqual(record["reason"], f"started by others, as process {os.getpid()}")
        self.assert_answer(self.poke("e-1"), 200, "done")
        self.assert_answer(self.poke("e-2"), 200, "merged")
        self.pokerd.restart()
        self.assert_answer(self.poke("e-1"), 200, "done")
        self.assertEqual(self.gate.executed(), [])
        self.pokerd.run("run", "--wait")
        self.assertEqual([events(record) for record in self.wait_for_history(2)], [["e-1"], ["e-2"]])

    def test_nothing_is_merged_into_a_foreign_run_that_failed(self):
        self.start_chef("runs.quiet_seconds=600", "runs.quiet_max_seconds=600")
        self.poke_before("e-1")
        with self.foreign_run():
            self.wait_for_gate()
            with open(os.path.join(self.folder, "chef-stacktrace.out"), "w", encoding="ascii"):
                pass
        self.pokerd.wait_for_log("the foreign run has ended, and failed")
        self.assert_answer(self.poke("e-1"), 200, "queued")
        self.assertEqual(self.pokerd.history(), [])

    def test_nothing_is_merged_if_pokerd_did_not_see_the_foreign_run_begin(self):
        self.start_chef("runs.quiet_seconds=600", "runs.quiet_max_seconds=600")
        self.poke_before("e-1")
        with self.foreign_run():
            self.wait_for_gate()
            self.pokerd.kill()
            self.pokerd.start()
            self.wait_for_gate()
        self.pokerd.wait_for_log("the foreign run has ended")
        self.assert_answer(self.poke("e-1"), 200, "queued")
        self.assertEqual(self.pokerd.history(), [])

    def test_another_command_than_chef_waits_but_nothing_is_merged(self):
        self.rules = [pokerd_rule(self.gate.command)]
        self.start_chef("runs.quiet_seconds=3", "runs.quiet_max_seconds=3")
        self.poke_before("e-1")
        with self.foreign_run():
            self.wait_for_gate()
            self.assertEqual(self.gate.executed(), [])
        record, = self.wait_for_history(1)
        self.assertEqual((events(record), record["result"]), (["e-1"], "success"))

    def test_run_waits_for_a_foreign_run_but_a_hold_does_not_hide_it(self):
        self.start_chef()
        self.pokerd.run("hold")
        with self.foreign_run():
            self.pokerd.run("run")
            self.wait_for_gate()
            self.assertEqual(self.gate.executed(), [])
        self.gate.wait_for_runs(1)

    def test_without_pending_pokes_or_with_an_empty_setting_nothing_is_looked_at(self):
        self.start("chef_lock_file=", rules=self.rules)
        with self.foreign_run():
            self.poke("e-1")
            self.assertEqual(self.wait_for_history(1)[0]["result"], "success")
            self.assertEqual(self.gates(), {})
