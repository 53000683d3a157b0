"""Many conflicting clients while noahd is killed repeatedly; their answers must be consistent with one order of
requests."""
# SPDX-License-Identifier: Apache-2.0

from faults import Faults
from support.history_clients import Ordeal


class HistoryTorture:
    """All rounds, and the final check."""

    def __init__(self, workplace, seed, say):
        self.faults = Faults()
        self._ordeal, self._say = Ordeal(workplace.noahd("events_kept=10000000", "events_bookmark_seconds=0.1"),
                                         seed), say

    def run(self, rounds):
        """Returns the statistics; errors are in faults."""
        self._ordeal.run(rounds, self._say)
        for text in self._ordeal.faults():
            self.faults.add(text)
        operations = self._ordeal.operations()
        return {"kills and stops": rounds, "requests": len(operations), "changes": len(self._ordeal.log),
                "streams": sum(follower.streams for follower in self._ordeal.followers),
                "events followed": sum(len(follower.changes) for follower in self._ordeal.followers),
                "unanswered": sum(not operation.status for operation in operations)}
