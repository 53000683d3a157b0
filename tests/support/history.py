"""What many clients asked and were answered, held against the log of noahd: is there one order of it all that explains
every answer?

Revisions order all writes, and every answer tells one, so there is no need to search for that order: the state at a
revision follows from the log, an answer must fit the state at its revision, and what began after another had ended must
not have a lower one. What was never answered may have happened once, or not at all. """
# SPDX-License-Identifier: Apache-2.0

import bisect
import collections
from dataclasses import dataclass, field

# key: an object's path. value: None stands for nothing there.
Change = collections.namedtuple("Change", "revision action key value")

UNANSWERED, OK, NOT_MODIFIED, NOT_FOUND, CONDITION_FAILED = 0, 200, 304, 404, 412
ANYTHING_THERE = "*"


@dataclass
class Write:
    """One PUT (or DELETE: no value), alone or as a part of a transaction. Of the conditions, one entity tag or "*"."""
    key: str
    value: str | None
    if_match: str | None = None
    if_none_match: str | None = None
    etag: str | None = None  # answered


@dataclass
class Operation:
    """One request: a read of key, or writes that all happen or not. All times are of one clock."""
    client: int
    began: float
    key: str | None = None
    writes: list = field(default_factory=list)
    if_match: None = None
    if_none_match: str | None = None
    ended: float = float("inf")
    status: int = UNANSWERED
    revision: int = 0
    value: str | None = None  # what a read found
    etag: str | None = None
    failed: int = 0           # which of the writes was refused
    floor: int = 0            # the highest revision answered before it began

    @property
    def first_revision(self):
        return self.revision - len(self.writes) + 1


class Versions:
    """The value of each key, revision by revision, and the value of each entity tag."""

    def __init__(self, log):
        self._revisions, self._values = collections.defaultdict(list), collections.defaultdict(list)
        for change in log:
            self._revisions[change.key].append(change.revision)
            self._values[change.key].append(change.value)
        self._tags = {}

    def at(self, key, revision):
        """(revision of the last change, value) as of that revision; (0, None): it never existed."""
        place = bisect.bisect_right(self._revisions[key], revision)
        return (self._revisions[key][place - 1], self._values[key][place - 1]) if place else (0, None)

    def between(self, key, first, last):
        """Each version from revision first to revision last."""
        yield self.at(key, first)
        place = bisect.bisect_right(self._revisions[key], first)
        for i in range(place, bisect.bisect_right(self._revisions[key], last)):
            yield self._revisions[key][i], self._values[key][i]

    def tag(self, key, version, etag):
        """Records the value of an entity tag; False if it already has another."""
        return self._tags.setdefault((key, etag), version) == version

    def fits(self, key, version, write):
        """Whether the conditions of a write hold for a version of its object."""
        revision, value = version
        matches = {condition: value is not None
                   and (condition == ANYTHING_THERE or self._tags.get((key, condition)) == revision)
                   for condition in (write.if_match, write.if_none_match) if condition}
        return matches.get(write.if_match, True) and not matches.get(write.if_none_match, False)


class History:
    """check() yields everything that cannot be explained."""

    def __init__(self, operations, log):
        self._operations, self._log = operations, log
        self._answered = [operation for operation in operations if operation.status != UNANSWERED]
        self._done = [operation for operation in self._answered if operation.writes and operation.status == OK]
        self._reads = [operation for operation in self._answered if not operation.writes]
        self._versions = Versions(log)
        self._claimed, self._inside = {}, {}

    def check(self):
        yield from self._check_log()
        yield from self._check_acknowledged()
        yield from self._check_unanswered()
        yield from self._check_order()
        yield from self._check_tags()
        yield from self._check_reads()
        yield from self._check_conditions()

    def _check_log(self):
        for before, change in zip([0, *(change.revision for change in self._log)], self._log):
            if change.revision != before + 1:
                yield f"the log goes from {before} to {change}"

    def _claim(self, first_revision, operation):
        for i, write in enumerate(operation.writes):
            revision = first_revision + i
            change = self._log[revision - 1] if 0 < revision <= len(self._log) else None
            if change is None or (change.key, change.value) != (write.key, write.value):
                yield f"{operation}: at {revision} the log has {change}"
            elif revision in self._claimed:
                yield f"{operation}: {revision} is that of {self._claimed[revision]}, too"
            self._claimed[revision] = operation
            if i:
                self._inside[revision - 1] = operation

    def _check_acknowledged(self):
        for operation in self._done:
            yield from self._claim(operation.first_revision, operation)

    def _check_unanswered(self):
        """Changes without an answered request come from requests without an answer; values are used once, deletions are
        counted."""
        left = collections.defaultdict(list)
        for operation in self._operations:
            if operation.status == UNANSWERED and operation.writes:
                left[operation.writes[0].key, operation.writes[0].value].append(operation)
        for change in self._log:
            if change.revision in self._claimed:
                continue
            able = left[change.key, change.value]
            if able:
                yield from self._claim(change.revision, able.pop())
            else:
                yield f"no request made {change}"

    def _check_order(self):
        """A request that began after another had ended has no lower revision; a write has a higher one."""
        by_end = sorted(self._answered, key=lambda operation: operation.ended)
        newest, i = None, 0
        for operation in sorted(self._answered, key=lambda operation: operation.began):
            while by_end[i].ended < operation.began:
                if newest is None or by_end[i].revision > newest.revision:
                    newest = by_end[i]
                i += 1
            operation.floor = newest.revision if newest else 0
            is_write = operation.writes and operation.status == OK
            if newest and (operation.first_revision <= newest.revision if is_write
                           else operation.revision < newest.revision):
                yield f"{operation} comes before {newest}, which had ended when it began"

    def _check_tags(self):
        for operation in self._done:
            for i, write in enumerate(operation.writes):
                if write.etag and not self._versions.tag(write.key, operation.first_revision + i, write.etag):
                    yield f"{operation}: {write.etag} is the tag of something else"
        for operation in self._reads:
            version, _ = self._versions.at(operation.key, operation.revision)
            if operation.status == OK and operation.etag and not self._versions.tag(operation.key, version,
                                                                                    operation.etag):
                yield f"{operation}: {operation.etag} is the tag of something else than {version}"

    def _check_reads(self):
        for operation in self._reads:
            version = self._versions.at(operation.key, operation.revision)
            known = not self._versions.fits(operation.key, version, operation)
            if operation.status != NOT_MODIFIED and operation.value != version[1]:
                yield f"{operation}: at its revision there was {version}"
            if operation.if_none_match and known != (operation.status == NOT_MODIFIED):
                yield f"{operation}: at its revision there was {version}"
            if operation.revision in self._inside:
                yield f"{operation} shows half of {self._inside[operation.revision]}"

    def _check_conditions(self):
        for operation in self._answered:
            if operation.status == OK:
                for i, write in enumerate(operation.writes):
                    version = self._versions.at(write.key, operation.first_revision + i - 1)
                    if not self._versions.fits(write.key, version, write):
                        yield f"{operation}: it was written over {version}"
            elif operation.writes:
                write = operation.writes[operation.failed]
                if not any(self._explains(operation, write, version)
                           for version in self._versions.between(write.key, operation.floor, operation.revision)):
                    yield f"{operation} was refused without a reason"

    def _explains(self, operation, write, version):
        """Whether that version is a reason for the refusal."""
        if operation.status == NOT_FOUND:
            return version[1] is None
        return operation.status == CONDITION_FAILED and not self._versions.fits(write.key, version, write)
