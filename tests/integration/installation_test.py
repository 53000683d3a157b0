"""What make install puts where, and what systemd thinks of the units."""
# SPDX-License-Identifier: Apache-2.0

import glob
import os
import re
import shutil
import stat
import subprocess
import tempfile
import unittest

from support.installation import files_below, make

MANUALS = {"man5/noahd.conf.5", "man5/pokerd.conf.5", "man8/noahd.8", "man8/pokerd.8"}
INSTALLED = {
    "sbin/noahd", "sbin/pokerd", "lib/noah/pokerd-report", "share/doc/noah/noahd.conf", "share/doc/noah/pokerd.conf", 
    "lib/sysusers.d/noah.conf",
    *(f"lib/systemd/system/{unit}" for unit in ("noahd.service", "noahd.socket", "pokerd.service",
                                                     "pokerd-listener.service", "pokerd.socket")),
    *(f"share/man/{page}" for page in MANUALS),
    *(f"share/bash-completion/completions/{daemon}" for daemon in ("noahd", "pokerd")),
}
EXPOSURE_MAX = {"noahd.service": 2.0, "pokerd-listener.service": 2.0, "pokerd.service": 4.0}


def analyse(*words):
    """systemd-analyze's output; it says everything that matters in its exit status or there."""
    return subprocess.run(["systemd-analyze", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60, check=False)


class InstallationTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="noah-test-")
        cls.addClassCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        cls.prefix = os.path.join(folder.name, "usr")
        make("install", cls.prefix)
        cls.units = sorted(glob.glob(f"{cls.prefix}/lib/systemd/system/*"))

    def test_each_file_is_at_its_place_and_executable_if_it_is_a_program(self):
        self.assertEqual(INSTALLED, files_below(self.prefix))
        for name in INSTALLED:
            with self.subTest(name):
                mode = stat.S_IMODE(os.stat(os.path.join(self.prefix, name)).st_mode)
                self.assertEqual(0o755 if name.startswith(("sbin/", "lib/noah/")) else 0o644, mode)

    def test_uninstall_removes_what_install_has_put_there_and_nothing_else(self):
        with tempfile.TemporaryDirectory(prefix="noah-test-") as folder:
            make("install", "/opt/noah", folder)
            own = os.path.join(folder, "opt/noah/lib/systemd/system/other.service")
            with open(own, "w", encoding="ascii"):
                pass
            self.assertEqual({f"opt/noah/{name}" for name in INSTALLED} | {os.path.relpath(own, folder)},
                             files_below(folder))
            make("uninstall", "/opt/noah", folder)
            self.assertEqual({os.path.relpath(own, folder)}, files_below(folder))

    def test_units_start_the_programs_below_the_prefix(self):
        for unit in self.units:
            with self.subTest(os.path.basename(unit)), open(unit, encoding="utf-8") as file:
                text = file.read()
                self.assertNotIn("/usr/local/", text)
                for program in re.findall(r"^ExecStart=(\S+)", text, re.MULTILINE):
                    self.assertEqual(f"{self.prefix}/sbin", os.path.dirname(program))

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd is not installed")
    def test_systemd_finds_no_mistake_in_the_units(self):
        done = analyse("verify", "--man=no", *self.units)
        own = [line for line in done.stdout.splitlines() if any(os.path.basename(unit) in line for unit in self.units)]
        self.assertEqual([], own)
        self.assertEqual(0, done.returncode, done.stdout)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd is not installed")
    def test_units_have_little_power_and_those_in_the_network_next_to_none(self):
        for name, most in EXPOSURE_MAX.items():
            with self.subTest(name):
                told = analyse("security", "--offline=true", f"{self.prefix}/lib/systemd/system/{name}").stdout
                exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", told)
                self.assertIsNotNone(exposure, told)
                self.assertLessEqual(float(exposure[1]), most)


if __name__ == "__main__":
    unittest.main()
