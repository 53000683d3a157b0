"""noahd and pokerd under test: started on a free port with their own folder, stopped, killed, started again."""
# SPDX-License-Identifier: Apache-2.0

import json
import os
import re
import socket
import subprocess
import threading
import time

from support import raw_http

READY = re.compile(r"ready on (?P<url>https?://(?P<host>\S+):(?P<port>\d+))")
UNPRIVILEGED_USER = "nobody"  # for pokerd's listener: its own account exists only where it is installed
BUILD = os.environ.get("NOAH_BUILD", os.path.join(os.path.dirname(__file__), "..", "..", "build", "release"))


def program(name):
    """The path of "noahd" or "pokerd"."""
    return os.path.abspath(os.path.join(BUILD, "bin", name))


def wait_until(condition, seconds, what):
    """Returns the first true value of condition(); AssertionError naming what was waited for after the deadline."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.005)
    return value


def run_command(name, *arguments, seconds=30, **options):
    """Runs one command of a daemon to its end: subprocess.CompletedProcess with text."""
    return subprocess.run([program(name), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=seconds, check=False, **options)


def reserve_port():
    """A port chosen by the kernel that stays ours while daemons on it come and go: until this process ends, no other
    process gets it, as a listener or for a connection. It is bound, and does not listen."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    port = holder.getsockname()[1]
    holder.detach()
    return port


class Daemon:
    """One process whose stderr tells where it is ready, listener by listener."""

    def __init__(self, name, folder, configuration, settings, environment=None, within=()):
        """configuration: the text of the file; settings: "name=value" over it, but for listen, which is ours; within:
        the words of a command that starts it."""
        self.name = name
        self.folder = folder
        self.configuration = os.path.join(folder, f"{name}.conf")
        with open(self.configuration, "w", encoding="utf-8") as file:
            file.write(configuration)
        self.settings = list(settings)
        self.environment = environment
        self.within = list(within)
        self.port = reserve_port()
        self.url = None
        self.log = []
        self.process = None

    @property
    def pid(self):
        return self.process.pid

    def arguments(self):
        """Its command line, without the name."""
        words = ["-c", self.configuration]
        for setting in [f"listen=127.0.0.1:{self.port}", *self.settings]:
            words += ["-o", setting]
        return words

    def start(self, seconds=30):
        """Returns self once it is ready. Every start uses the same port."""
        already = len(self.log)
        self.process = subprocess.Popen([*self.within, program(self.name), *self.arguments()], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=self.environment)
        self._reader = threading.Thread(target=self._read_log, args=(self.process.stderr,), daemon=True)
        self._reader.start()
        try:
            found = wait_until(lambda: self._find_ready(already), seconds, f"{self.name} is ready")
        except AssertionError as reason:
            self.kill()
            raise AssertionError(f"{reason}\n{self.log_text()}") from None
        self.url, self.port = found["url"], int(found["port"])
        return self

    def stop(self, seconds=10):
        """Asks it to stop. It must do so in time, with status 0."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not leave within {seconds} s\n{self.log_text()}") from None
        self._forget()
        if status:
            raise AssertionError(f"{self.name} left with status {status}\n{self.log_text()}")

    def kill(self):
        """kill -9. Returns when the port is free again."""
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        self._forget()
        wait_until(lambda: not self.accepts(), 10, f"the port of the killed {self.name} is free")

    def restart(self):
        self.stop()
        return self.start()

    def accepts(self):
        """Whether a process listens on its port."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def wait_for_exit(self, seconds=10):
        """Its exit status, if it is expected to exit by itself."""
        status = self.process.wait(seconds)
        self._forget()
        return status

    def memory_peak(self):
        """Its peak memory so far, in bytes."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM:"))

    def log_text(self):
        return "".join(self.log)

    def wait_for_log(self, pattern, seconds=10):
        """The first match of the regular expression in its log."""
        try:
            return wait_until(lambda: re.search(pattern, self.log_text()), seconds, f"'{pattern}' in the log")
        except AssertionError as reason:
            raise AssertionError(f"{reason}\n{self.log_text()}") from None

    def run(self, *arguments):
        """One of its commands, with its settings."""
        return run_command(self.name, *self.arguments(), *arguments, env=self.environment)

    def _find_ready(self, already):
        if self.process.poll() is not None and not self._reader.is_alive():
            raise AssertionError(f"{self.name} left with status {self.process.returncode}")
        return next((found for line in self.log[already:] if (found := READY.search(line))), None)

    def _read_log(self, stream):
        with stream:
            for line in stream:
                self.log.append(line.decode("utf-8", "replace"))

    def _forget(self):
        self._reader.join(2)
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *unused):
        if kind is None:
            self.stop()
        else:
            self.kill()


class Noahd(Daemon):
    """noahd on loopback with its state in folder/noah."""

    def __init__(self, folder, *settings, configuration="", **options):
        self.state = os.path.join(folder, "noah")
        super().__init__("noahd", folder, configuration, [f"state_directory={self.state}", *settings], **options)

    def request(self, method, target, body=None, headers=()):
        """body: bytes or text as they are, anything else as JSON."""
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        return raw_http.request(self.port, method, target, body, headers)

    def get(self, target, **options):
        return self.request("GET", target, **options)

    def put(self, target, body=None, **options):
        return self.request("PUT", target, body, **options)

    def delete(self, target, body=None, **options):
        return self.request("DELETE", target, body, **options)

    def public_key(self):
        """The whpk_... text; created if missing."""
        done = self.run("public-key")
        if done.returncode:
            raise AssertionError(done.stderr)
        return done.stdout.strip()


POKERD_CONFIGURATION = """\
tls: {{ certificate = "{certificate}"; key = "{key}"; }};
state_directory = "{state}";
control_socket = "{control}";
{user}
keys: ( {{ name = "noah"; file = "{keys}"; }} );
rules: ( {rules} );
"""

POKERD_RULE = """{{ path = "{path}"; patterns = ( {patterns} ); actions = ( "create", "update", "delete" );
    when = "{when}"; keys = ( "noah" ); command = ( {command} ); run_as = ""; environment: {{ {environment} }}; }}"""


def pokerd_rule(command, path="/", patterns=("//noah",), environment=(), when="written"):
    """The text of one rule; environment is a dict."""
    return POKERD_RULE.format(path=path, patterns=quoted_list(patterns), command=quoted_list(command),
                              when=when, environment=" ".join(f"{name} = {quoted(value)};"
                                                   for name, value in dict(environment).items()))


def quoted(text):
    """A string as libconfig reads it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def quoted_list(texts):
    return ", ".join(quoted(text) for text in texts)


class Pokerd(Daemon):
    """pokerd with TLS on loopback, its state in folder/pokerd. Runs start at once unless the settings differ."""

    HURRIED = ("runs.quiet_seconds=0", "runs.quiet_max_seconds=0", "runs.min_interval_seconds=0", "runs.per_hour=0")

    def __init__(self, folder, certificate, keys, rules, *settings, **options):
        """certificate: of certificates.py; keys: the whpk_ or whsec_ texts it trusts; rules: texts of pokerd_rule."""
        self.state = os.path.join(folder, "pokerd")
        self.control = os.path.join(folder, "control")
        key_file = os.path.join(folder, "noah.keys")
        with open(os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write("".join(f"{key}\n" for key in keys))
        configuration = POKERD_CONFIGURATION.format(
            certificate=certificate.certificate, key=certificate.key, state=self.state, control=self.control,
            user=f'user = "{UNPRIVILEGED_USER}";' if os.geteuid() == 0 else "", keys=key_file, rules=", ".join(rules))
        super().__init__("pokerd", folder, configuration, [*self.HURRIED, *settings], **options)

    @property
    def endpoint(self):
        """The URL that noahd posts to."""
        return f"https://127.0.0.1:{self.port}/"

    def history(self):
        """The run records of `pokerd history --json`, in its order."""
        done = self.run("history", "--json")
        if done.returncode:
            raise AssertionError(done.stderr)
        return json.loads(done.stdout)
