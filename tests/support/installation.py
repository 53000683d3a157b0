"""make install and make uninstall of the build under test."""
# SPDX-License-Identifier: Apache-2.0

import os
import subprocess

from support.daemon import BUILD

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
# Of the make that runs the tests.
ABOVE = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "T")


def make(goal, prefix, destdir=""):
    """What is built already is up to date, so this compiles nothing."""
    words = ["make", "--no-print-directory", goal, f"VARIANT={os.path.basename(os.path.abspath(BUILD))}",
             f"PREFIX={prefix}"]
    environment = {name: value for name, value in os.environ.items() if name not in ABOVE}
    done = subprocess.run([*words, f"DESTDIR={destdir}"], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise AssertionError(done.stdout + done.stderr)


def files_below(folder):
    """Their paths in it."""
    return {os.path.relpath(os.path.join(path, name), folder) for path, _, names in os.walk(folder) for name in names}
