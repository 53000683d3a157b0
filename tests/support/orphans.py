#!/usr/bin/env python3
"""orphans.py COMMAND...: runs a command and adopts what it leaves running, which is told and ended.

Its exit status is the command's, 128 + n after signal n, or 99 where only processes left running are wrong.
"""
# SPDX-License-Identifier: Apache-2.0

import ctypes
import glob
import os
import signal
import sys
import time

PR_SET_CHILD_SUBREAPER = 36
STATUS_LEFT_RUNNING = 99
GRACE_SECONDS = 2.0


def adopt():
    """From now on, processes left by a descendant become our children."""
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


def end_all(grace_seconds=GRACE_SECONDS):
    """Ends the remaining processes after the grace period, and their children; their command lines."""
    deadline = time.monotonic() + grace_seconds
    ended = []
    while children := list(living_children()):
        if time.monotonic() >= deadline:
            ended += [command for _, command in children]
            for pid, _ in children:
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    return ended


def wait_for(pid):
    """Reaps every child until that one has ended; its status as in a shell."""
    while True:
        ended, status = os.wait()
        if ended == pid:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def main():
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    adopt()
    try:
        status = wait_for(os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ))
    except KeyboardInterrupt:
        for number in (signal.SIGTERM, signal.SIGINT):  # a second one, as to the whole group, would break this off
            signal.signal(number, signal.SIG_IGN)
        end_all(grace_seconds=0)
        return 128 + signal.SIGTERM
    if status > 128:
        print(f"ended by {signal.Signals(status - 128).name}", flush=True)
    left = end_all()
    for command in left:
        print(f"left running: {command}", flush=True)
    return status or (STATUS_LEFT_RUNNING if left else 0)


if __name__ == "__main__":
    sys.exit(main())
