"""Who may own and write the files that decide what pokerd runs, and that none of them is used through a link."""
# SPDX-License-Identifier: Apache-2.0

import os
import shutil
import unittest

from pokerd_case import PokerdCase
from support.daemon import wait_until

OTHER_USER = 12345
PRECIOUS = "20120510T022253.123Z-000000"  # as the folder of an old run


class Trust(PokerdCase):
    def prepare(self):
        """A pokerd that has run once, and is stopped."""
        self.start("runs.kept=1")
        self.poke("e-1")
        self.wait_for_history(1)
        self.pokerd.stop()

    def path(self, name):
        return {"configuration": self.pokerd.configuration, "keys": os.path.join(self.folder, "noah.keys")}.get(
            name, os.path.join(self.pokerd.state, name).rstrip("/"))

    def assert_refused(self, *says):
        for arguments in ((), ("--check-config",)):
            done = self.pokerd.run(*arguments)
            self.assertEqual(done.returncode, 78, done.stderr)
            for text in says:
                self.assertIn(text, done.stderr)

    def test_what_others_can_write_is_refused_with_the_command_that_mends_it(self):
        self.prepare()
        for name in ("", "runs", "journal", "lock", "keys", "configuration"):
            for mode in (0o020, 0o002):
                with self.subTest(name=name, mode=mode):
                    path = self.path(name)
                    before = os.stat(path).st_mode & 0o7777
                    if name == "keys":
                        with open(path, encoding="ascii") as file:
                            public = file.readline()
                        with open(path, "w", encoding="ascii") as file:
                            file.write(public)  # no secret, which would be refused for being readable
                    os.chmod(path, before | mode)
                    self.assert_refused(f"chmod go-w {path}")
                    os.chmod(path, before)
        self.pokerd.start()

    @unittest.skipIf(os.geteuid(), "only root can give a file away")
    def test_what_another_user_owns_is_refused_with_the_command_that_mends_it(self):
        self.prepare()
        for name in ("", "runs", "journal", "lock", "keys", "configuration"):
            with self.subTest(name=name):
                path = self.path(name)
                os.chown(path, OTHER_USER, OTHER_USER)
                self.assert_refused(f"belongs to user {OTHER_USER}", f"chown 0 {path}")
                os.chown(path, 0, 0)
        self.pokerd.start()

    def test_every_mistake_is_reported(self):
        self.prepare()
        for name in ("", "runs", "journal"):
            os.chmod(self.path(name), 0o777)
        self.assert_refused(*(f"chmod go-w {self.path(name)}" for name in ("", "runs", "journal")))

    def test_a_link_instead_of_a_file_or_folder_of_ours_is_refused(self):
        self.prepare()
        for name in ("runs", "journal", "lock"):
            with self.subTest(name=name):
                path = self.path(name)
                os.rename(path, f"{path}.away")
                os.symlink(f"{path}.away", path)
                self.assert_refused(f"{path} ", "symbolic link")
                os.unlink(path)
                os.rename(f"{path}.away", path)
        self.pokerd.start()

    def test_the_state_directory_itself_may_be_behind_a_link(self):
        self.prepare()
        elsewhere = os.path.join(self.folder, "elsewhere")
        shutil.move(self.pokerd.state, elsewhere)
        os.symlink(elsewhere, self.pokerd.state)
        self.pokerd.start()
        self.assertEqual(len(self.pokerd.history()), 1)
        self.pokerd.stop()
        os.chmod(elsewhere, 0o777)
        self.assert_refused(f"chmod go-w {elsewhere}")

    def test_a_link_among_the_runs_is_no_run_and_what_it_leads_to_is_not_removed(self):
        self.prepare()
        run, = os.listdir(os.path.join(self.pokerd.state, "runs"))
        precious = os.path.join(self.folder, "precious")
        shutil.copytree(os.path.join(self.pokerd.state, "runs", run), precious)
        kept = sorted(os.listdir(precious))
        os.symlink(precious, os.path.join(self.pokerd.state, "runs", PRECIOUS))
        self.pokerd.start()
        self.assertEqual(len(self.pokerd.history()), 1)
        for number in range(2, 5):
            self.poke(f"e-{number}")
            wait_until(lambda: any(record["pokes"][0]["event"] == f"e-{number}" and record["ended_ms"]
                                   for record in self.pokerd.history()), 10, "the run has ended")
        wait_until(lambda: len(self.pokerd.history()) == 1, 10, "the others are removed")
        self.assertEqual(sorted(os.listdir(precious)), kept)
