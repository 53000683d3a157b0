"""Compares noahd's answers with its deliveries, its objects, and its database."""
# SPDX-License-Identifier: Apache-2.0

import json
import os
import sqlite3
from collections import Counter

from noahd_writes import SERVICES

# Changes that the narrower watches must have got: those whose own path is below theirs.
BELOW = {"/ephemerals": "/ephemerals/torture/", "/hosts": "/hosts/"}


class Evidence:
    """The log is what the watch for everything got: each check compares something with it."""

    def __init__(self, endpoints, writes, faults):
        self._log = endpoints["/all"].changes
        self._endpoints, self._writes, self._faults = endpoints, writes, faults
        self._claimed = set()  # revisions explained by an acknowledged write

    def check(self, first_revision, last_revision):
        self._check_gaps(first_revision, last_revision)
        self._check_narrower_watches()
        self._check_refused()
        for write in self._writes:
            if write.acknowledged:
                self._check_acknowledged(write)
        self._check_unclaimed()

    def _check_gaps(self, first_revision, last_revision):
        missing = [revision for revision in range(first_revision, last_revision + 1) if revision not in self._log]
        self._faults.expect(not missing, f"never delivered: {len(missing)} revisions from {missing[:1]}")
        beyond = [revision for revision in self._log if not first_revision <= revision <= last_revision]
        self._faults.expect(not beyond, f"delivered but not there: revisions {beyond[:5]}")

    def _check_narrower_watches(self):
        for path, prefix in BELOW.items():
            wanted = {revision for revision, change in self._log.items() if change.location.startswith(prefix)}
            found = set(self._endpoints[path].changes)
            self._faults.expect(found == wanted,
                                f"{path}: {len(wanted - found)} missing, {len(found - wanted)} too many, "
                                                 f"such as {sorted(found ^ wanted)[:5]}")

    def _check_refused(self):
        for write in self._writes:
            if write.must_fail and write.acknowledged:
                self._faults.add(f"{write.method} {write.path} was not refused")
        leaked = [change.location for change in self._log.values() if "refused" in change.location]
        self._faults.expect(not leaked, f"refused but delivered: {leaked[:5]}")

    def _check_acknowledged(self, write):
        changes = write.changes()
        for revision, wanted in zip(range(write.revision - len(changes) + 1, write.revision + 1), changes):
            self._faults.expect(fits(self._log.get(revision), wanted),
                                f"{write} at revision {revision}: the log has {self._log.get(revision)}")
            self._claim(revision, write)
        if write.kind == "hosts" and write.method == "DELETE":
            self._claim_services(write)

    def _claim_services(self, write):
        """Services deleted with their host precede it in the log."""
        revision = write.revision - 1
        while revision in self._log and self._is_service_of(self._log[revision], write.host_path):
            self._claim(revision, write)
            revision -= 1

    @staticmethod
    def _is_service_of(change, host_path):
        return (change.action == "delete" and change.location.startswith("/services/") and
                change.location.endswith(host_path[len("/hosts"):]))

    def _claim(self, revision, write):
        self._faults.expect(revision not in self._claimed, f"{write}: revision {revision} was answered to another, too")
        self._claimed.add(revision)

    def _check_unclaimed(self):
        """Changes without an answered request must come from writes whose answer a kill cut off, each at most once."""
        left = Counter()
        for write in self._writes:
            if write.unanswered:
                left.update(keys_of(write))
        for revision, change in self._log.items():
            if revision in self._claimed:
                continue
            key = key_of(change)
            self._faults.expect(left[key] > 0, f"revision {revision} has no request: {change}")
            left[key] -= 1

    def check_final_state(self, connection):
        """The result of GET is that of the log."""
        last = {}
        for revision in sorted(self._log):
            last[self._log[revision].location] = self._log[revision]
        for write in self._writes:
            if write.must_fail and write.kind != "services":
                self._faults.expect(connection.request("GET", write.path).status != 200,
                                    f"refused but there: {write.path}")
        for location, change in last.items():
            if location.startswith(("/hosts/", "/services/", "/ephemerals/")):
                self._check_shown(connection, location, change)

    def _check_shown(self, connection, location, change):
        answer = connection.request("GET", location)
        if answer.status == 404:
            found = None
        elif location.startswith("/ephemerals/"):
            found = answer.body.decode()
        else:
            found = json.loads(answer.body)["status"]
        wanted = None if change.action == "delete" else change.value
        self._faults.expect(found == wanted, f"{location} is {found}, the log leads to {wanted}")

    def figures(self):
        return {
            "writes acknowledged": sum(write.acknowledged for write in self._writes),
            "refused": sum(write.status >= 400 for write in self._writes),
            "unanswered": sum(write.unanswered for write in self._writes),
            "changes": len(self._log),
            "deliveries": sum(endpoint.requests for endpoint in self._endpoints.values()),
            "duplicates": sum(endpoint.duplicates for endpoint in self._endpoints.values()),
        }


def fits(change, wanted):
    actions, location, value = wanted
    return (change is not None and change.action in actions and change.location == location and
            (value is None or change.value == value))


def key_of(change):
    """An ephemeral's data is used once, so it tells which write it was; of the rest the place must do."""
    if change.location.startswith("/ephemerals/") and change.action != "delete":
        return change.location, change.value
    return change.location


def keys_of(write):
    """What key_of can return for the changes that a write may have made."""
    if write.must_fail:
        return []
    keys = [(location, value) if write.kind == "ephemerals" and write.method == "PUT" else location
            for _, location, value in write.changes()]
    if write.kind == "hosts" and write.method == "DELETE":
        keys += [f"/services/s{number}{write.host_path[len('/hosts'):]}" for number in range(SERVICES)]
    return keys


def check_database(state, last_revision, faults):
    """The file itself: intact, and its log without a gap."""
    with sqlite3.connect(f"file:{os.path.join(state, 'noah.db')}?mode=ro", uri=True) as database:
        (verdict,) = database.execute("PRAGMA integrity_check").fetchone()
        faults.expect(verdict == "ok", f"integrity_check: {verdict}")
        least, most, count = database.execute("SELECT min(revision), max(revision), count(*) FROM change").fetchone()
        faults.expect(most == last_revision and count == most - least + 1,
                      f"the log holds {count} rows from {least} to {most}, the revision is {last_revision}")
