"""The results of a test program, read from its TAP."""
# SPDX-License-Identifier: Apache-2.0

import dataclasses
import re

PLAN = re.compile(r"1\.\.(\d+)\s*$")
VERDICT = re.compile(r"(?P<verdict>not ok|ok) \d+ (?:- )?(?P<name>.*?)(?:# SKIP ?(?P<reason>.*))?$")


@dataclasses.dataclass
class Outcome:
    """Of one program, or of all. failures and skips contain (test, text)."""
    passed: int = 0
    failures: list = dataclasses.field(default_factory=list)
    skips: list = dataclasses.field(default_factory=list)

    def count(self):
        return self.passed + len(self.failures) + len(self.skips)

    def add(self, other):
        self.passed += other.passed
        self.failures += other.failures
        self.skips += other.skips

    def __str__(self):
        return f"{self.passed} passed, {len(self.failures)} failed, {len(self.skips)} skipped"


class _Reader:
    """Reads line after line. Lines that begin with "#" after a failed test belong to it."""

    def __init__(self):
        self.outcome = Outcome()
        self.planned = 0
        self._in_failure = False
        self._remark = ""

    def read(self, line):
        plan, verdict = PLAN.match(line), VERDICT.match(line)
        if plan:
            self.planned += int(plan[1])  # a program may have several groups
        elif verdict:
            self._take(verdict["verdict"], verdict["name"].strip(), verdict["reason"])
        elif self._in_failure and line.startswith("#"):
            name, text = self.outcome.failures[-1]
            self.outcome.failures[-1] = (name, text + line.removeprefix("#").removeprefix(" ") + "\n")
        self._remark = "" if plan or verdict else line

    def _take(self, verdict, name, reason):
        self._in_failure = verdict == "not ok" and reason is None
        if reason is not None and not name:
            # cmocka writes "not ok 3 # SKIP name"; the reason is what the test printed before
            self.outcome.skips.append((reason, self._remark or "no reason is given"))
        elif reason is not None:
            self.outcome.skips.append((name, reason))
        elif self._in_failure:
            self.outcome.failures.append((name, ""))
        else:
            self.outcome.passed += 1


def read_tap(output, status):
    """What the output says, and what it keeps silent about: an end before the plan was through.

    A program that prints no TAP at all is one test, by its exit status.
    """
    reader = _Reader()
    for line in output.splitlines():
        reader.read(line)
    outcome, told = reader.outcome, reader.outcome.count()
    if not reader.planned and not told and status == 0:
        outcome.passed += 1
    elif told != reader.planned or (status != 0 and not outcome.failures):
        outcome.failures.append((f"ended with status {status} after {told} of {reader.planned} tests", output))
    return outcome
