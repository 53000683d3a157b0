"""The completion for bash offers the commands, options and values that the daemons have."""
# SPDX-License-Identifier: Apache-2.0

import os
import re
import shlex
import subprocess
import tempfile
import unittest

from support.daemon import program, run_command

SCRIPT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "contrib", "bash-completion", "noah"))


def complete(daemon, *words, cwd=None):
    """What it offers for the last word, which may be empty."""
    line = [program(daemon), *words]
    text = " ".join(shlex.quote(word) for word in line)
    script = f"""source {shlex.quote(SCRIPT)}
        COMP_WORDS=({text}); COMP_CWORD={len(words)}
        _noah "${{COMP_WORDS[0]}}" "${{COMP_WORDS[COMP_CWORD]}}" "${{COMP_WORDS[COMP_CWORD-1]}}"
        printf '%s\\n' "${{COMPREPLY[@]}}" """
    done = subprocess.run(["bash", "--norc", "--noprofile", "-c", script], capture_output=True, text=True, check=True, timeout=30,
                          cwd=cwd)
    if done.stderr:
        raise AssertionError(done.stderr)
    return done.stdout.split()


def commands_of(daemon):
    return re.findall(r"^  ([a-z][a-z-]*)", run_command(daemon, "--help").stdout, re.MULTILINE)


def options_of(daemon, *command):
    rows = re.findall(r"^  (-.*?)(?:  |$)", run_command(daemon, *command, "--help").stdout, re.MULTILINE)
    options = {word.strip(",") for row in rows for word in row.split() if word.startswith("-")}
    return sorted(options | {"--help"})


class CompletionTest(unittest.TestCase):
    def test_every_command_is_offered(self):
        for daemon in ("noahd", "pokerd"):
            self.assertGreater(len(commands_of(daemon)), 6)
            self.assertEqual(commands_of(daemon), complete(daemon, ""))
        self.assertEqual(["show"], complete("pokerd", "sh"))
        self.assertEqual(["show"], complete("pokerd", "-c", "x.conf", "sh"))

    def test_the_options_of_each_command_are_offered_and_no_others(self):
        for daemon in ("noahd", "pokerd"):
            for command in [(), *((word,) for word in commands_of(daemon))]:
                with self.subTest(daemon=daemon, command=command):
                    self.assertEqual(options_of(daemon, *command), sorted(complete(daemon, *command, "-")))
        self.assertEqual(["--follow"], complete("pokerd", "log", "--f"))

    def test_values_of_options_are_offered(self):
        with tempfile.TemporaryDirectory(prefix="noah-test-") as folder:
            for name in ("fleet.whsk", "body.json"):
                with open(os.path.join(folder, name), "wb"):
                    pass
            self.assertEqual(["fleet.whsk"], complete("pokerd", "poke", "https://web1/", "--key", "fl", cwd=folder))
            self.assertEqual(["body.json"], complete("pokerd", "-c", "bo", cwd=folder))
            self.assertEqual(["body.json"], complete("noahd", "backup", "b", cwd=folder))
            self.assertEqual([], complete("pokerd", "hold", "--reason", "b", cwd=folder))
            self.assertEqual([], complete("pokerd", "status", "b", cwd=folder))
        self.assertEqual(["create"], complete("pokerd", "poke", "--action", "c"))
        self.assertEqual(["runs.quiet_seconds=", "runs.quiet_max_seconds="], complete("pokerd", "-o", "runs.quiet"))

    def test_the_ids_of_runs_are_offered(self):
        with tempfile.TemporaryDirectory(prefix="noah-test-") as folder:
            run = "20120510T022253.000Z-000001"
            os.makedirs(os.path.join(folder, "runs", run))
            with open(os.path.join(folder, "runs", run, "record.json"), "w", encoding="ascii") as file:
                file.write('{"run":"%s","rule":"/","reason":null,"tail":null,"dropped":0,"queued_ms":1,"started_ms":2,"ended_ms":3,'
                           '"duration_ms":1,"exit":0,"signal":0,"output_bytes":0,"result":"success","truncated":false,"pokes":[]}'
                           % run)
            for word in ("show", "log"):
                self.assertEqual([run], complete("pokerd", "-o", f"state_directory={folder}", word, ""))
                self.assertEqual([run], complete("pokerd", "-o", f"state_directory={folder}", word, "2012"))
                self.assertEqual([], complete("pokerd", "-o", f"state_directory={folder}", word, "3"))
