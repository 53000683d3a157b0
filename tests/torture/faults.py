"""Things that should not have happened."""
# SPDX-License-Identifier: Apache-2.0

SHOWN_MOST = 20


class Faults:
    """Counts them all, keeps the texts of the first ones."""

    def __init__(self):
        self.count = 0
        self.shown = []

    def add(self, text):
        self.count += 1
        if self.count <= SHOWN_MOST:
            self.shown.append(text)

    def expect(self, condition, text):
        if not condition:
            self.add(text)
