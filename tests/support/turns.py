"""Measures how long a daemon keeps its event loop busy, independent of other load on the machine:
tests/support/turns.c."""
# SPDX-License-Identifier: Apache-2.0

import os
import struct

from support.daemon import BUILD


class Turns:
    """The longest turn is in a file in folder, which the preloaded library updates."""

    def __init__(self, folder):
        self._path = os.path.join(folder, "turns")

    def environment(self):
        """The environment for the daemon."""
        library = self._path + ".so"  # in the temporary folder: LD_PRELOAD cannot name a path with a space
        if not os.path.islink(library):
            os.symlink(os.path.abspath(os.path.join(BUILD, "tests", "support", "turns.so")), library)
        asan = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        return {**os.environ, "LD_PRELOAD": library, "NOAH_TURNS": self._path, "ASAN_OPTIONS": asan}

    def forget(self):
        """Earlier turns do not count any more."""
        with open(self._path, "r+b") as file:
            file.write(struct.pack("d", 0))

    def longest_ms(self):
        with open(self._path, "rb") as file:
            return struct.unpack("d", file.read())[0]
