"""Descriptors of another process, taken as a debugger could; as root only."""
# SPDX-License-Identifier: Apache-2.0

import contextlib
import ctypes
import os
import socket
import stat

SYS_PIDFD_GETFD = 438  # Python has no function for it


def _copy(pidfd, number):
    copy = ctypes.CDLL(None, use_errno=True).syscall(SYS_PIDFD_GETFD, pidfd, number, 0)
    if copy < 0:
        raise OSError(ctypes.get_errno(), "pidfd_getfd")
    return copy


@contextlib.contextmanager
def stolen_socket(pid, is_wanted):
    """A copy of the first socket of the process for which is_wanted(socket) is true."""
    pidfd = os.pidfd_open(pid)
    try:
        for number in sorted(map(int, os.listdir(f"/proc/{pid}/fd"))):
            copy = _copy(pidfd, number)
            if not stat.S_ISSOCK(os.fstat(copy).st_mode):
                os.close(copy)
                continue
            with socket.socket(fileno=copy) as found:
                if is_wanted(found):
                    yield found
                    return
    finally:
        os.close(pidfd)
    raise AssertionError(f"process {pid} has no such socket")
