"""What the kernel tells of a process."""
# SPDX-License-Identifier: Apache-2.0


def children(pid):
    """The pids of a process's children, oldest first; none for a process that is gone."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def is_alive(pid):
    """A zombie is not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def memory_kb(pid, name, file="smaps_rollup"):
    """One figure of /proc/PID/smaps_rollup ("Pss", "Private_Dirty") or status ("RssAnon")."""
    with open(f"/proc/{pid}/{file}", encoding="ascii") as lines:
        for line in lines:
            if line.startswith(name + ":"):
                return int(line.split()[1])
    raise KeyError(name)


def unread_requests(port):
    """How many connections to this port of 127.0.0.1 hold bytes that its process has not read, or has not accepted."""
    here = f"0100007F:{port:04X}"
    with open("/proc/net/tcp", encoding="ascii") as lines:
        columns = (line.split() for line in lines)
        return sum(address == here and state == "01" and not queues.endswith(":00000000")
                   for _, address, _, state, queues, *_ in columns)
