"""Steps the wall clock of one daemon, while it runs or between two starts: tests/support/wall_clock.c."""
# SPDX-License-Identifier: Apache-2.0

import os
import struct

from support.daemon import BUILD


class WallClock:
    """The step is in a file in folder, which the preloaded library maps."""

    def __init__(self, folder):
        self._path = os.path.join(folder, "clock")
        with open(self._path, "wb") as file:
            file.write(struct.pack("q", 0))

    def environment(self):
        """The environment for the daemon."""
        library = self._path + ".so"  # in the temporary folder: LD_PRELOAD cannot name a path with a space
        if not os.path.islink(library):
            os.symlink(os.path.abspath(os.path.join(BUILD, "tests", "support", "wall_clock.so")), library)
        asan = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        return {**os.environ, "LD_PRELOAD": library, "NOAH_CLOCK": self._path, "ASAN_OPTIONS": asan}

    def step(self, seconds):
        """From now on it is off by this many seconds."""
        with open(self._path, "r+b") as file:
            file.write(struct.pack("q", int(seconds)))
