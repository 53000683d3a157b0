"""A wall clock that is set while pokerd runs or between two starts: no poke runs twice, no record is lost."""
# SPDX-License-Identifier: Apache-2.0

import time

from pokerd_case import PokerdCase
from support.daemon import wait_until
from support.wall_clock import WallClock

DAY = 86400


def events(record):
    return [poke["event"] for poke in record["pokes"]]


class Clocks(PokerdCase):
    def setUp(self):
        super().setUp()
        self.clock = WallClock(self.folder)

    def test_the_same_bytes_do_not_run_twice_after_the_clock_was_set_forward_and_back(self):
        self.start(environment=self.clock.environment())
        body = self.body("e-1")
        headers = self.fleet.headers("id_e-1", body)
        self.assert_answer(self.request("POST", "/", body, headers), 202, "queued")
        self.wait_for_history(1)
        for restarted in (False, True):
            with self.subTest(restarted=restarted):
                self.clock.step(10 * DAY)
                self.pokerd.restart()
                self.poke("e-2")
                self.clock.step(0)
                if restarted:
                    self.pokerd.restart()
                self.assert_answer(self.request("POST", "/", body, headers), 200, "done")
        self.assertEqual(self.gate.executed(), ["e-1"])

    def test_a_clock_that_is_set_back_does_not_delete_the_run_that_has_just_ended(self):
        self.start("runs.kept=2", environment=self.clock.environment())
        for number, step in enumerate((0, -DAY, -2 * DAY, -3 * DAY)):
            self.clock.step(step)
            if number == 2:
                self.pokerd.restart()
            self.poke_at(step, f"e-{number}")
            wait_until(lambda number=number: any(events(record) == [f"e-{number}"] and record["ended_ms"]
                                                 for record in self.pokerd.history()), 10, "its record is there")
        wait_until(lambda: [events(record) for record in self.pokerd.history()] == [["e-2"], ["e-3"]], 10,
                   "the last two are left, in order")

    def test_a_clock_that_is_set_is_told(self):
        self.start(environment=self.clock.environment())
        self.poke("e-1")
        self.clock.step(3600)
        self.assertEqual(self.poke("e-2").status, 401)
        self.pokerd.wait_for_log("the wall clock was set forward by 3600 s")
        self.clock.step(0)
        self.assertEqual(self.poke("e-2").status, 202)
        self.pokerd.wait_for_log("the wall clock was set back by 3600 s")

    def poke_at(self, step, event):
        """Signed by a clock that is off as pokerd's is."""
        body = self.body(event)
        headers = self.fleet.headers(f"id_{event}", body, time.time() + step)
        self.assert_answer(self.request("POST", "/", body, headers), 202, "queued")
