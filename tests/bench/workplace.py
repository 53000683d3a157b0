"""Where the programs under test and those of the bench are, and the folder in which a measurement may write."""
# SPDX-License-Identifier: Apache-2.0

import os
import signal
import subprocess

from support import certificates, daemon


class Workplace:
    """One folder that is removed as a whole at the end."""

    def __init__(self, build, folder):
        self._build = os.path.abspath(build)
        self._here = os.path.dirname(os.path.abspath(__file__))
        self._folder = os.path.abspath(folder)
        self._paths_given = 0
        daemon.BUILD = self._build

    def program(self, name):
        """Of the peers and drivers written in C."""
        return os.path.join(self._build, "tests", "bench", name)

    def run(self, name, *arguments):
        """Runs one of them to its end; returns the numbers it prints."""
        done = subprocess.run([self.program(name), *(str(argument) for argument in arguments)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{name}: {done.stderr}")
        return [float(word) for word in done.stdout.split()]

    def script(self, name):
        return os.path.join(self._here, name)

    def path(self, name):
        """A path that has not been used before."""
        self._paths_given += 1
        return os.path.join(self._folder, f"{self._paths_given}-{name}")

    def new_folder(self, name):
        path = self.path(name)
        os.mkdir(path, 0o700)
        return path

    def write(self, name, text):
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def noahd(self, *settings):
        """With a state of its own; not started yet."""
        return daemon.Noahd(self.new_folder("noahd"), "log_level=warning", *settings)

    def pokerd(self, signer, command, *settings):
        """With a state of its own and one rule that trusts the signer; not started yet."""
        folder = self.new_folder("pokerd")
        return daemon.Pokerd(folder, self.certificate(), [signer.public_text()], [daemon.pokerd_rule(command)],
                             "log_level=warning", *settings)

    def certificate(self):
        return certificates.Authority(self.new_folder("certificate")).issue("server")


def end_on_sigterm():
    """So that what was started is stopped also when the whole is. A second signal does not cut that short."""
    def leave(number, _frame):
        signal.signal(number, signal.SIG_IGN)
        raise SystemExit(128 + number)
    signal.signal(signal.SIGTERM, leave)
