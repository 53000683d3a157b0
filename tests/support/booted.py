"""A booted systemd: a container whose files are those of this machine, and whose changes to them are its own."""
# SPDX-License-Identifier: Apache-2.0

import contextlib
import ctypes
import fcntl
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile

from support.daemon import wait_until

CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
IFF_UP = 1
CAP_NET_ADMIN = 12
CAP_SYS_ADMIN = 21
BOOT_SECONDS = 60
# What it changes lies in a tmpfs, which ends with its mount namespace. nspawn keeps something under /run, which must
# not be ours.
SET_UP = """\
set -eu
folder=$1
shift
for group; do echo 0 >"$group/cgroup.procs"; done
mount -t tmpfs -o mode=755 booted "$folder"
mkdir "$folder/upper" "$folder/work" "$folder/root"
mount -t overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" overlay "$folder/root"
rm -rf "$folder/root/etc/noah" "$folder/root/var/lib/noah" "$folder/root/var/lib/pokerd" "$folder/root/etc/machine-id"
rm -f "$folder/root/etc/fstab" "$folder/root/etc/systemd/system/default.target"
mkdir -p /run/systemd/nspawn
mount -t tmpfs nspawn /run/systemd/nspawn
status=133 # what nspawn leaves with when the container wants to be booted again
while [ $status = 133 ]; do
    status=0
    systemd-nspawn --quiet --register=no --keep-unit --private-network --console=read-only -D "$folder/root" --boot \\
        systemd.unit=basic.target || status=$?
done
"""


def missing():
    """Why there can be none here, or None."""
    if os.geteuid() != 0:
        return "only root can boot a container"
    if not shutil.which("systemd-nspawn"):
        return "systemd-nspawn is not installed"
    if not has_capabilities():
        return "root has not all of its capabilities here, as in a container"
    if not cgroup_parents():
        return "this machine has no writable cgroups, as in a container"
    return None


def has_capabilities():
    """Those for mounts and networks, which a container that boots needs."""
    with open("/proc/self/status", encoding="ascii") as status:
        effective = int(next(line.split()[1] for line in status if line.startswith("CapEff:")), 16)
    return all(effective & 1 << capability for capability in (CAP_NET_ADMIN, CAP_SYS_ADMIN))


def cgroup_parents():
    """The folders of the cgroups that this process is in and that systemd uses, if a group can be made in them."""
    with open("/proc/self/cgroup", encoding="utf-8") as file:
        own = {line.split(":")[1]: line.rstrip("\n").split(":", 2)[2] for line in file}
    parents = []
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        for line in file:
            mount, _, kind = line.partition(" - ")
            root, point, options = mount.split()[3:6]
            name = {"cgroup2": "", "cgroup": "name=systemd"}.get(kind.split()[0])
            if name is None or name not in kind.split()[2] or name not in own or root != "/":
                continue
            if "ro" in options.split(",") or not os.access(point, os.W_OK):
                return []
            parents.append(os.path.join(point, own[name].lstrip("/")))
    return parents


def children(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    return []


class Machine:
    """Booted when made; close() leaves nothing of it. While it is there, the sockets of this process are in its
    network."""

    def __init__(self):
        self._folder = tempfile.mkdtemp(prefix="noah-booted-")
        self._console = tempfile.TemporaryFile()
        self._groups = [os.path.join(parent, os.path.basename(self._folder)) for parent in cgroup_parents()]
        self._own_network = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        for group in self._groups:
            os.mkdir(group)
        self._holder = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc", "sh",
             "-c", SET_UP,
             "-", self._folder, *self._groups], stdin=subprocess.DEVNULL, stdout=self._console,
             stderr=subprocess.STDOUT)
        try:
            self._wait_for_boot(None)
        except BaseException:
            self.close()
            raise

    def _wait_for_boot(self, previous):
        """previous: the init of the boot before."""
        def booted():
            if self._holder.poll() is not None:
                raise AssertionError("it ended")
            found = [self._holder.pid]
            for _ in ("the shell", "nspawn", "init"):
                found = [child for parent in found for child in children(parent)]
            if not found or found[0] == previous:
                return False
            self.init = found[0]
            return self.run("systemctl", "is-active", "basic.target", check=False).stdout == "active\n"
        try:
            wait_until(booted, BOOT_SECONDS, "a container is booted")
        except AssertionError as reason:
            self._console.seek(0)
            raise AssertionError(f"{reason}\n{self._console.read().decode('utf-8', 'replace')}") from None
        self._enter_network(f"/proc/{self.init}/ns/net")
        with socket.socket() as any_socket:  # systemd has done it already, unless a container around us forbids it
            fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))

    def _enter_network(self, path):
        network = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        if ctypes.CDLL(None, use_errno=True).setns(network, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "cannot enter the network of the container")
        os.close(network)

    def reboot(self):
        """Shut down as an operator would, and up again."""
        previous = self.init
        self.run("systemctl", "reboot", check=False)
        self._wait_for_boot(previous)

    def path(self, path):
        """Under which this process finds a file of the container."""
        return f"/proc/{self.init}/root{path}"

    def write(self, path, text, mode=0o644):
        os.makedirs(os.path.dirname(self.path(path)), exist_ok=True)
        with open(os.open(self.path(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
            file.write(text)
            os.fchmod(file.fileno(), mode)

    def run(self, *words, check=True, seconds=60):
        """A command in the container: subprocess.CompletedProcess with text, stderr in stdout."""
        done = subprocess.run(["nsenter", f"--target={self.init}", "--mount", "--uts", "--ipc", "--net", "--pid",
                               "--wd=/", *words],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=seconds, check=False)
        if check and done.returncode:
            raise AssertionError(f"{' '.join(words)}: status {done.returncode}\n{done.stdout}")
        return done

    def show(self, unit, name):
        """A property of a unit."""
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).stdout.strip()

    def journal(self, unit):
        return self.run("journalctl", "--no-pager", "--output=cat", f"--unit={unit}").stdout

    def pid_here(self, pid):
        """The pid, here, of a process of the container."""
        for entry in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError), \
                    open(f"/proc/{entry}/status", encoding="utf-8", errors="replace") as file:
                found = re.search(r"^NSpid:.*$", file.read(), re.MULTILINE)
                words = found[0].split()[1:] if found else []
                if len(words) > 1 and words[-1] == str(pid) and os.path.samefile(f"/proc/{entry}/ns/pid",
                                                                                   f"/proc/{self.init}/ns/pid"):
                    return int(entry)
        raise AssertionError(f"the container has no process {pid}")

    def close(self):
        self._enter_network(f"/proc/self/fd/{self._own_network}")
        os.close(self._own_network)
        self._holder.send_signal(signal.SIGKILL)  # all its processes end with it
        self._holder.wait()
        self._console.close()
        for group in self._groups:
            wait_until(lambda group=group: self._remove_group(group), 10, f"{group} is empty")
        os.rmdir(self._folder)

    @staticmethod
    def _remove_group(group):
        for folder, _, _ in os.walk(group, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(folder)
        return not os.path.exists(group)
