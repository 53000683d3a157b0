"""The documents match the daemons: manual pages, protocol.md, and the paths named in documents."""
# SPDX-License-Identifier: Apache-2.0

import glob
import os
import re
import shutil
import subprocess
import unittest

from support.daemon import run_command

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
NO_DEFAULT = "(must be given)"


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def settings_of(daemon):
    """(name, default) of each setting, as the daemon lists them."""
    return re.findall(r"^(\S+) = (.*)$", run_command(daemon, "--help-settings").stdout, re.MULTILINE)


def shown(page):
    """The text of a manual page as shown on a terminal, one paragraph per line."""
    page = subprocess.run(["mandoc", "-T", "utf8", "-O", "width=1000", os.path.join(ROOT, page)], check=True,
                          capture_output=True, encoding="utf-8").stdout
    return re.sub(".\\x08", "", page)


def settings_in_manual(daemon):
    """(name, default) of each entry of the manual page."""
    section = re.search(r"^SETTINGS$(.*?)^\S", shown(f"{daemon}/{daemon}.conf.5"), re.MULTILINE | re.DOTALL)[1]
    entries = re.findall(r"^ +([a-z_.\[\]]+)(?: = (.*))?$", section, re.MULTILINE)
    return [(name, default or NO_DEFAULT) for name, default in entries]


class ManualTest(unittest.TestCase):
    def compare(self, daemon):
        told, documented = settings_of(daemon), settings_in_manual(daemon)
        self.assertEqual([name for name, _ in told], [name for name, _ in documented])
        for (name, default), (_, written) in zip(told, documented):
            with self.subTest(name):
                begun, abridged, _ = written.partition("... )")  # a long list may be cut
                self.assertEqual(default[:len(begun)] if abridged else default, begun)

    def test_noahd_conf_has_each_setting_in_order_with_its_default(self):
        self.compare("noahd")

    def test_pokerd_conf_has_each_setting_in_order_with_its_default(self):
        self.compare("pokerd")

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_each_page_fits_a_terminal_of_60_columns_and_more(self):
        for page in ("noahd/noahd.8", "noahd/noahd.conf.5", "pokerd/pokerd.8", "pokerd/pokerd.conf.5"):
            for width in (60, 72, 80, 132):
                with self.subTest(page, width=width):
                    done = subprocess.run(["groff", "-mandoc", "-Tutf8", "-ww", f"-rLL={width}n", page], cwd=ROOT,
                                          check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                    self.assertEqual("", done.stderr)

    def test_the_footer_of_each_page_has_the_version(self):
        for page in ("noahd/noahd.8", "noahd/noahd.conf.5", "pokerd/pokerd.8", "pokerd/pokerd.conf.5"):
            version = run_command(page.partition("/")[0], "--version").stdout.split()[1]
            with self.subTest(page):
                self.assertRegex(shown(page).splitlines()[-1], rf"^noah {re.escape(version)} ")

    def test_each_command_and_option_of_the_usage_is_in_the_manual(self):
        for daemon in ("noahd", "pokerd"):
            page = read(daemon, f"{daemon}.8")
            for word in re.findall(r"^  (-?[a-z-]+)", run_command(daemon, "--help").stdout, re.MULTILINE):
                with self.subTest(daemon=daemon, word=word):
                    option = word.replace("--", "Fl Fl ") if word.startswith("--") else word.replace("-", "Fl ", 1)
                    self.assertIn(option if word.startswith("-") else f"Cm {word}", page)

    def test_the_manual_describes_each_command_with_its_options_and_no_others(self):
        for daemon in ("noahd", "pokerd"):
            section = re.search(r"^\.Sh COMMANDS$(.*?)^\.Sh ", read(daemon, f"{daemon}.8"), re.MULTILINE | re.DOTALL)[1]
            entries = dict(re.findall(r"^\.It Cm ([a-z-]+)(.*?)(?=^\.It Cm |\Z)", section, re.MULTILINE | re.DOTALL))
            commands = re.findall(r"^  ([a-z][a-z-]*)", run_command(daemon, "--help").stdout, re.MULTILINE)
            self.assertEqual(sorted(commands), sorted(entries))
            for command in commands:
                usage = run_command(daemon, command, "--help").stdout
                options = set(re.findall(r"^  (?:-\w, )?--([a-z-]+)", usage, re.MULTILINE)) - {"json"}
                with self.subTest(daemon=daemon, command=command):
                    self.assertEqual(options, set(re.findall(r"Fl Fl ([a-z-]+)", entries[command])) - {"json"})


class DocumentsTest(unittest.TestCase):
    def test_protocol_md_has_each_route(self):
        protocol = read("doc", "protocol.md")
        for path in re.findall(r'^\t\{ "(/[^"]*)"', read("noahd", "api", "resources", "route_table.c"), re.MULTILINE):
            with self.subTest(path):
                # ":host" and "**" stand for any name there
                form = "".join("[^/ `]+" if part.startswith(":") else "[^ `]+" if part == "**" else re.escape(part)
                               for part in re.split(r"(:\w+|\*\*)", path))
                self.assertTrue(re.search(rf"[ `]{form}[` \n]", protocol), f"{path} is not there")

    def test_files_named_in_documents_exist(self):
        for page in [*glob.glob("*.md", root_dir=ROOT), *glob.glob("doc/**/*.md", root_dir=ROOT, recursive=True)]:
            for path in re.findall(r"`((?:common|noahd|pokerd|tests|doc|contrib|\.ci)/[\w./-]*)`", read(page)):
                pattern = re.sub(r"NAME|FOLDER", "*", path) + "*"  # a place holder, or a module's name without suffix
                with self.subTest(page=page, path=path):
                    self.assertTrue(glob.glob(pattern, root_dir=ROOT), f"{path} is not there")
