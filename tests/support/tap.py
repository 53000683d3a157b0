"""Runs one file of unittest cases and reports in TAP, so that tests/run reads all our programs alike."""
# SPDX-License-Identifier: Apache-2.0

import importlib.util
import os
import sys
import unittest


def sentence(test):
    """test_a_write_is_answered is the sentence "a write is answered"."""
    name = getattr(test, "_testMethodName", str(test))
    return name.removeprefix("test_").replace("_", " ")


class TapResult(unittest.TestResult):
    """Prints a line for each test as it ends, followed by its errors."""

    def __init__(self):
        super().__init__()
        self.number = 0
        self._failed = set()

    def _report(self, verdict, test, remark=""):
        self.number += 1
        print(f"{verdict} {self.number} - {sentence(test)}{remark}", flush=True)

    def _report_failure(self, test, err):
        self._report("not ok", test)
        for line in self._exc_info_to_string(err, test).splitlines():
            print(f"# {line}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self._report("ok", test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._report_failure(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self._report_failure(test, err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._report("ok", test, f" # SKIP {reason}")

    def addSubTest(self, test, subtest, err):
        """A test fails once, with the errors of each of its parts."""
        super().addSubTest(test, subtest, err)
        if err is None:
            return
        if id(test) not in self._failed:
            self._failed.add(id(test))
            self._report("not ok", test)
        print(f"# {subtest._subDescription()}")  # pylint: disable=protected-access
        for line in self._exc_info_to_string(err, test).splitlines():
            print(f"# {line}", flush=True)


def main():
    path = os.path.abspath(sys.argv[1])
    tests = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path[:0] = [os.path.dirname(path), tests]
    specification = importlib.util.spec_from_file_location(os.path.basename(path)[:-len(".py")], path)
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)

    result = TapResult()
    unittest.defaultTestLoader.loadTestsFromModule(module).run(result)
    print(f"1..{result.number}", flush=True)  # at the end, which TAP allows: a class may be skipped as one
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
