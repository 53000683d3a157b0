"""Shared code of the tests under a booted systemd: one machine per class, with noahd and pokerd installed."""
# SPDX-License-Identifier: Apache-2.0

import os
import signal
import unittest

from support.booted import Machine, missing
from support.daemon import wait_until
from support.installation import make


class SystemdCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        reason = missing()
        if reason:
            raise unittest.SkipTest(reason)
        cls.machine = Machine()
        cls.addClassCleanup(cls.machine.close)
        make("install", "/usr", cls.machine.path(""))
        cls.machine.run("systemd-sysusers")
        cls.machine.run("systemctl", "daemon-reload")

    def systemctl(self, *words, **options):
        return self.machine.run("systemctl", *words, **options).stdout.strip()

    def main_pid(self, unit):
        """Of the unit's process, in the container; 0: there is none."""
        return int(self.machine.show(unit, "MainPID"))

    def wait_for_journal(self, unit, text):
        wait_until(lambda: text in self.machine.journal(unit), 10, f"'{text}' in the journal of {unit}")

    def adjust(self, unit, *lines):
        """More lines for a unit, "noahd.service", until the end of the test."""
        path = f"/etc/systemd/system/{unit}.d/test.conf"
        self.machine.write(path, "\n".join([f"[{unit.rpartition('.')[2].capitalize()}]", *lines, ""]))
        self.addCleanup(self.systemctl, "daemon-reload")
        self.addCleanup(os.remove, self.machine.path(path))
        self.systemctl("daemon-reload")

    def assert_watchdog_restarts(self, unit, is_well):
        """Its process lives longer than the limit as long as it runs, and is replaced when it is stopped."""
        self.adjust(unit, "WatchdogSec=1s")
        self.systemctl("restart", unit)
        signs = {self.machine.show(unit, "WatchdogTimestampMonotonic")}

        def three_signs():
            signs.add(self.machine.show(unit, "WatchdogTimestampMonotonic"))
            return len(signs) > 3
        wait_until(three_signs, 10, f"{unit} has told three times that it is alive")
        self.assertEqual("0", self.machine.show(unit, "NRestarts"))
        hung = self.main_pid(unit)
        os.kill(self.machine.pid_here(hung), signal.SIGSTOP)
        wait_until(lambda: self.machine.show(unit, "NRestarts") == "1"
                   and self.machine.show(unit, "ActiveState") == "active", 20, f"{unit} was restarted")
        self.assertNotEqual(hung, self.main_pid(unit))
        self.assertTrue(is_well())
