"""Boots the machine, as far as one daemon can tell: tests/support/boot_id.c."""
# SPDX-License-Identifier: Apache-2.0

import os
import uuid

from support.daemon import BUILD


class Boot:
    """The boot id lies in a file in folder, which the preloaded library opens in place of the kernel's."""

    def __init__(self, folder):
        self._path = os.path.join(folder, "boot_id")
        self.again()

    def environment(self):
        """What the daemon must be started with."""
        library = self._path + ".so"  # in the temporary folder: LD_PRELOAD cannot name a path with a space
        if not os.path.islink(library):
            os.symlink(os.path.abspath(os.path.join(BUILD, "tests", "support", "boot_id.so")), library)
        asan = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        return {**os.environ, "LD_PRELOAD": library, "NOAH_BOOT_ID": self._path, "ASAN_OPTIONS": asan}

    def stop_readers(self, stop):
        """Whether a process that asks which boot it is, as a command's does before it is executed, is stopped."""
        if stop:
            with open(self._path + ".stop", "w", encoding="ascii"):
                pass
        else:
            os.remove(self._path + ".stop")

    def again(self):
        """What is read from now on was never read before."""
        with open(self._path + ".new", "w", encoding="ascii") as file:
            file.write(f"{uuid.uuid4()}\n")
        os.chmod(self._path + ".new", 0o644)
        os.rename(self._path + ".new", self._path)
