"""Processes that outlive the test that started them: found, told, ended."""
# SPDX-License-Identifier: Apache-2.0

import ctypes
import glob
import os
import signal
import time

PR_SET_CHILD_SUBREAPER = 36


def adopt():
    """From now on what a descendant leaves running becomes our child."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def living_children():
    """Pid and command line of each child that has not ended."""
    for entry in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(entry, encoding="utf-8", errors="replace") as stat:
                pid, rest = entry.split("/")[2], stat.read().rpartition(")")[2].split()
            if int(rest[1]) == os.getpid() and rest[0] != "Z":
                with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as command:
                    yield int(pid), command.read().replace("\0", " ").strip()
        except (FileNotFoundError, ProcessLookupError):
            continue


def end_all(grace_seconds=2.0):
    """Ends what is still there after the grace, and what that had started; their command lines."""
    deadline = time.monotonic() + grace_seconds
    ended = []
    while children := list(living_children()):
        if time.monotonic() >= deadline:
            ended += [command for _, command in children]
            for pid, _ in children:
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    return ended
