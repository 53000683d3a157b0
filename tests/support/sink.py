"""An HTTP(S) endpoint that records its requests, and answers as a test requires."""
# SPDX-License-Identifier: Apache-2.0

import collections
import contextlib
import socket
import ssl
import struct
import threading
import time

HEAD_BYTES_MAX = 65536

# headers: by name in lower case. at: time.monotonic() when the last byte of the body had come.
Request = collections.namedtuple("Request", "method path headers body at connection")


class Behaviour:
    """The reaction to one request: wait, then answer, cut the connection off (reset) or leave it open (silent)."""

    def __init__(self, status=200, headers=None, body=b"", delay=0.0, reset=False, silent=False, close=False):
        self.status = status
        self.headers = dict(headers or {})
        self.body = body
        self.delay = delay
        self.reset = reset
        self.silent = silent
        self.close = close

    def head(self):
        lines = [f"HTTP/1.1 {self.status} Answer", f"Content-Length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.close:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Sink:
    """Serves from creation on; script() sets the next answers, after that each request gets `otherwise`."""

    def __init__(self, certificate=None, otherwise=None, host="127.0.0.1"):
        self._host = host
        self._tls = self._tls_context(certificate)
        self._changed = threading.Condition()
        self._requests = []
        self._script = collections.deque()
        self._otherwise = otherwise or Behaviour()
        self._connections = set()
        self._listener = None
        self.connections_made = 0
        self.port = 0
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def url(self):
        return f"{'https' if self._tls else 'http'}://{self._host}:{self.port}"

    def start(self):
        """Listens, on the port it had before if it had one."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self._host, self.port))
        listener.listen(1024)
        self._listener = listener
        self.port = listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def stop(self):
        """Refuses connections from now on, and drops the existing ones."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        listener.close()
        self.drop_connections()
        with self._changed:
            self._changed.notify_all()

    def drop_connections(self):
        with self._changed:
            connections = list(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def script(self, *behaviours):
        """These are for the next requests, in order of arrival."""
        with self._changed:
            self._script.extend(behaviours)

    def otherwise(self, behaviour):
        """The answer to requests beyond the script."""
        with self._changed:
            self._otherwise = behaviour

    def requests(self):
        with self._changed:
            return list(self._requests)

    def forget(self):
        with self._changed:
            self._requests.clear()

    def wait_for(self, count, seconds=10):
        """The requests, once there are that many; fails the test if they do not come in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._requests) >= count, seconds):
                raise AssertionError(f"{len(self._requests)} of {count} requests came in {seconds} s")
            return list(self._requests)

    @staticmethod
    def _tls_context(certificate):
        if certificate is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.certificate, certificate.key)
        return context

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve_safely, args=(connection,), daemon=True).start()

    def _serve_safely(self, connection):
        """connection: fresh from accept. Whatever its peer does ends this thread quietly."""
        with contextlib.suppress(OSError, ValueError), connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            number = self._count_connection()
            if self._tls is None:
                self._serve_known(connection, number)
                return
            with self._tls.wrap_socket(connection, server_side=True) as stream:
                self._serve_known(stream, number)

    def _count_connection(self):
        with self._changed:
            self.connections_made += 1
            return self.connections_made

    def _serve_known(self, stream, number):
        """While it is served, stop() and drop_connections() know it."""
        with self._changed:
            self._connections.add(stream)
        try:
            self._serve(stream, number)
        finally:
            with self._changed:
                self._connections.discard(stream)

    def _serve(self, stream, number):
        with stream.makefile("rb") as reader:
            while (request := self._read(reader, number)) is not None:
                if not self._answer(stream, self._note(request)):
                    return

    @staticmethod
    def _read(reader, number):
        line = reader.readline(HEAD_BYTES_MAX)
        if not line:
            return None
        method, path, _ = line.decode().split(" ", 2)
        headers = {}
        while (line := reader.readline(HEAD_BYTES_MAX)) not in (b"\r\n", b""):
            name, value = line.decode().split(":", 1)
            headers[name.strip().lower()] = value.strip()
        body = reader.read(int(headers.get("content-length", 0)))
        return Request(method, path, headers, body, time.monotonic(), number)

    def _note(self, request):
        with self._changed:
            self._requests.append(request)
            self._changed.notify_all()
            return self._script.popleft() if self._script else self._otherwise

    def _answer(self, stream, behaviour):
        """False: the connection must not be used again."""
        if behaviour.delay or behaviour.silent:
            with self._changed:
                self._changed.wait_for(lambda: self._listener is None, None if behaviour.silent else behaviour.delay)
        if behaviour.silent:
            return False
        if behaviour.reset:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        stream.sendall(behaviour.head() + behaviour.body)
        return not behaviour.close
