"""Makes the disk of one daemon full or broken while it runs, or takes away its processes: tests/support/fault.c."""
# SPDX-License-Identifier: Apache-2.0

import os

from support.daemon import BUILD


class Fault:
    """The command is in a file in folder, which the preloaded library reads before each call."""

    def __init__(self, folder):
        self._path = os.path.join(folder, "fault")

    def environment(self):
        """The environment for the daemon."""
        library = self._path + ".so"  # in the temporary folder: LD_PRELOAD cannot name a path with a space
        if not os.path.islink(library):
            os.symlink(os.path.abspath(os.path.join(BUILD, "tests", "support", "fault.so")), library)
        asan = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        return {**os.environ, "LD_PRELOAD": library, "NOAH_FAULT": self._path, "ASAN_OPTIONS": asan}

    def order(self, what, folder):
        """what: "CALL WHEN WHAT" as fault.c reads it; for everything below folder ("": all there is)."""
        with open(self._path + ".new", "w", encoding="utf-8") as file:
            file.write(f"{what} {folder}/\n")
        os.rename(self._path + ".new", self._path)

    def heal(self):
        os.remove(self._path)
