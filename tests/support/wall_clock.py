"""Steps the wall clock of one daemon, while it runs or between two starts: tests/support/wall_clock.c."""
# SPDX-License-Identifier: Apache-2.0

import os

from support.daemon import BUILD


class WallClock:
    """The step is in a file in folder, which the preloaded library reads whenever the daemon asks for the time."""

    def __init__(self, folder):
        self._path = os.path.join(folder, "clock")

    def environment(self):
        """The environment for the daemon."""
        library = self._path + ".so"  # in the temporary folder: LD_PRELOAD cannot name a path with a space
        if not os.path.islink(library):
            os.symlink(os.path.abspath(os.path.join(BUILD, "tests", "support", "wall_clock.so")), library)
        asan = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        return {**os.environ, "LD_PRELOAD": library, "NOAH_CLOCK": self._path, "ASAN_OPTIONS": asan}

    def step(self, seconds):
        """From now on it is off by this many seconds."""
        with open(self._path + ".new", "w", encoding="utf-8") as file:
            file.write(f"{seconds}\n")
        os.rename(self._path + ".new", self._path)
