"""What pokerd runs where its rules have no command: the Chef or Cinc that is installed."""
# SPDX-License-Identifier: Apache-2.0

import os
import shutil
import subprocess
import unittest

from pokerd_case import PokerdCase
from support import own_mounts
from support.daemon import pokerd_rule, program
from support.own_mounts import OwnMounts

# What the programs of a test read in /etc.
ETC = ("passwd", "group", "nsswitch.conf", "hosts", "ld.so.cache")
COMMAND_LINE = "--once --no-fork --no-color --force-logger -l info -c {} --run-lock-timeout 0"
PACKAGES = ("/opt/chef", "/opt/cinc")


class Detected(PokerdCase):
    def put(self, path, text="#!/bin/sh\n", mode=0o755):
        """Below self.folder."""
        path = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def make_with_path(self, *settings, folder="bin"):
        os.makedirs(os.path.join(self.folder, folder), exist_ok=True)
        path = f"{self.folder}/{folder}:/usr/sbin:/usr/bin:/sbin:/bin"
        return self.make(*settings, rules=[pokerd_rule([], environment={"PATH": path})])


@unittest.skipIf(any(map(os.path.exists, PACKAGES)), "Chef or Cinc is installed here")
class InThePath(Detected):
    def run_client(self, name):
        """The arguments that the program of that name got when pokerd ran it."""
        seen = os.path.join(self.folder, "seen")
        self.put(f"bin/{name}", f'#!/bin/sh\necho "$0 $*" >{seen}\n')
        self.make_with_path().start()
        self.poke("e-1")
        self.assertEqual(self.wait_for_history(1)[0]["result"], "success")
        with open(seen, encoding="ascii") as file:
            return file.read().strip()

    def test_chef_client_is_run_once_with_its_configuration(self):
        self.assertEqual(self.run_client("chef-client"),
                         f"{self.folder}/bin/chef-client " + COMMAND_LINE.format("/etc/chef/client.rb"))
        self.assertIn(f"rules[0]: Chef, {self.folder}/bin/chef-client with /etc/chef/client.rb", self.pokerd.log_text())

    def test_cinc_client_is_run_once_with_its_configuration(self):
        self.assertEqual(self.run_client("cinc-client"),
                         f"{self.folder}/bin/cinc-client " + COMMAND_LINE.format("/etc/cinc/client.rb"))
        self.assertIn(f"rules[0]: Cinc, {self.folder}/bin/cinc-client with /etc/cinc/client.rb", self.pokerd.log_text())

    def test_what_is_installed_later_is_run_without_a_reload(self):
        self.make_with_path().start()
        self.assertRegex(self.pokerd.log_text(), r"warning .*rules\[0\].command: neither chef-client nor cinc-client is in")
        self.poke("e-1")
        record, = self.wait_for_history(1)
        self.assertEqual(record["result"], "not started")
        self.assertIn("cannot execute chef-client", record["reason"])
        self.put("bin/cinc-client")
        self.poke("e-2")
        self.assertEqual(self.wait_for_history(2)[1]["result"], "success")

    def test_neither_fails_the_check(self):
        done = self.make_with_path().run("--check-config")
        self.assertEqual((done.returncode, done.stdout), (78, ""))
        self.assertIn("neither chef-client nor cinc-client is in /opt/chef/bin, /opt/cinc/bin or", done.stderr)

    def test_a_missing_configuration_fails_the_check(self):
        self.put("bin/cinc-client")
        done = self.make_with_path().run("--check-config")
        self.assertEqual(done.returncode, 78)
        self.assertIn("Cinc is installed, but /etc/cinc/client.rb cannot be read", done.stderr)


@unittest.skipIf(own_mounts.missing(), f"no mounts of our own: {own_mounts.missing()}")
class AsPackaged(Detected):
    def setUp(self):
        super().setUp()
        self.mounts = OwnMounts()
        self.addCleanup(self.mounts.close)
        for name in ETC:
            if os.path.exists(f"/etc/{name}"):
                os.makedirs(os.path.join(self.folder, "etc"), exist_ok=True)
                shutil.copy(f"/etc/{name}", os.path.join(self.folder, "etc"))

    def check(self, *settings):
        os.makedirs(os.path.join(self.folder, "opt"), exist_ok=True)
        self.make_with_path(*settings)
        for folder in ("etc", "opt"):
            self.mounts.run("mount", "--bind", os.path.join(self.folder, folder), f"/{folder}")
        return subprocess.run([*self.mounts.within, program("pokerd"), *self.pokerd.arguments(), "--check-config"],
                              capture_output=True, text=True, check=False)

    def install(self, product, configuration="log_level :info\n"):
        self.put(f"opt/{product}/bin/{product}-client")
        self.put(f"etc/{product}/client.rb", configuration, 0o644)

    def test_cinc_is_told_by_the_check(self):
        self.install("cinc")
        done = self.check()
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (0, "rules[0]: Cinc, /opt/cinc/bin/cinc-client with /etc/cinc/client.rb\n", ""))

    def test_chef_is_preferred_to_cinc(self):
        self.install("cinc")
        self.install("chef")
        done = self.check()
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (0, "rules[0]: Chef, /opt/chef/bin/chef-client with /etc/chef/client.rb\n", ""))

    def test_a_configuration_that_moves_the_lock_is_a_warning_unless_the_lock_is_set(self):
        self.install("chef", "file_cache_path '/srv/chef'\n")
        self.assertRegex(self.check().stderr,
                         r"warning: .*chef_lock_file.*/etc/chef/client.rb sets file_cache_path, so the lock may be another "
                         "than /var/chef/cache/chef-client-running.pid")
        self.assertEqual(self.check("chef_lock_file=/srv/chef/chef-client-running.pid").stderr, "")
        self.assertEqual(self.check("chef_lock_file=").stderr, "")
        done = self.check("chef_lock_file=chef.pid")
        self.assertEqual(done.returncode, 78)
        self.assertRegex(done.stderr, 'chef_lock_file: found "chef.pid", allowed is')
