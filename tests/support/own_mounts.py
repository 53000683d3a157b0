"""Mounts that only the daemons of one test see: small disks, folders that can only be read. Needs no root where users
may have namespaces."""
# SPDX-License-Identifier: Apache-2.0

import os
import subprocess


def missing():
    """Why they are not available here, or None."""
    done = subprocess.run(["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/tmp"],
                          capture_output=True, text=True, check=False)
    return done.stderr.strip() or "unshare fails" if done.returncode else None


class OwnMounts:
    """A process that keeps them, until close()."""

    def __init__(self):
        self._holder = subprocess.Popen(["unshare", "--map-root-user", "--mount", "sh", "-c", "echo; exec cat"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._holder.stdout.readline()
        self.within = ["nsenter", f"--target={self._holder.pid}", "--user", "--mount", "--preserve-credentials",
                       f"--wd={os.getcwd()}"]

    def run(self, *words):
        subprocess.run([*self.within, *words], check=True, stdin=subprocess.DEVNULL)

    def small_disk(self, folder, size):
        """size: as for tmpfs."""
        os.makedirs(folder, exist_ok=True)
        self.run("mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "none", folder)

    def read_only(self, path):
        """A file, or a folder with all that is in it."""
        self.run("mount", "--bind", path, path)
        self.run("mount", "-o", "remount,bind,ro", path)

    def close(self):
        self._holder.stdin.close()
        self._holder.stdout.close()
        self._holder.wait()
