"""An HTTP/1.1 client that sends exactly the bytes it is given, valid or not, and reads answers strictly."""
# SPDX-License-Identifier: Apache-2.0

import contextlib
import json
import os
import select
import socket
import ssl


class Answer:
    """One answer. Header names are in lower case; of a repeated header the values are joined with ", "."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:500]!r}>"


@contextlib.contextmanager
def _end_is_reset():
    """A server that closes before it has read everything is the same over TLS as without: a ConnectionResetError."""
    try:
        yield
    except ssl.SSLEOFError as error:
        raise ConnectionResetError(str(error)) from error


class Connection:
    """One connection; tls is an ssl.SSLContext or None."""

    def __init__(self, port, host="127.0.0.1", tls=None, seconds=10.0):
        self.host = f"{host}:{port}"
        self._socket = socket.create_connection((host, port), seconds)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self._socket = tls.wrap_socket(self._socket, server_hostname=host)
        self._unread = b""

    def send(self, data):
        with _end_is_reset():
            self._socket.sendall(data)

    def receive(self, method="GET"):
        """The next answer. ConnectionError if the connection ends too early."""
        answer = self.receive_head()
        answer.body = self._read_body(method, answer.status, answer.headers)
        return answer

    def receive_head(self):
        """The next answer without its body, for streams; read_chunk() continues."""
        head = self._read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        status = int(head[0].split(" ")[1])
        headers = {}
        for line in head[1:]:
            name, _, value = line.partition(":")
            name, value = name.lower(), value.strip()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        if status == 401 and not headers.get("www-authenticate"):
            raise AssertionError("a 401 without WWW-Authenticate (RFC 9110, 15.5.2)")
        return self.receive_head() if status == 100 else Answer(status, headers, b"")

    def read_chunk(self):
        """The next chunk of a chunked body; empty at its end."""
        size = int(self._read_until(b"\r\n").split(b";")[0], 16)
        chunk = self._read_exactly(size)
        self._read_until(b"\r\n")
        return chunk

    def request(self, method, target, body=None, headers=()):
        """headers: (name, value) pairs, or a dict, beside Content-Length, and Host where they have none."""
        self.send(format_request(self.host, method, target, body, headers))
        return self.receive(method)

    def is_closed(self):
        """Whether the other side ends the connection, now or within the time limit, without sending more."""
        return not self._unread and not self._socket.recv(1)

    def is_readable(self):
        """Whether data has arrived that was not received yet."""
        return bool(self._unread or select.select([self._socket], [], [], 0)[0])

    def stop_sending(self):
        """Shuts down the sending side only, as "nc -N" does; over TLS too."""
        with socket.socket(fileno=os.dup(self._socket.fileno())) as copy:
            copy.shutdown(socket.SHUT_WR)

    def close(self):
        self._socket.close()

    def _read_body(self, method, status, headers):
        if method == "HEAD" or status in (204, 304):
            return b""
        if "chunked" in headers.get("transfer-encoding", ""):
            return self._read_chunks()
        if "content-length" in headers:
            return self._read_exactly(int(headers["content-length"]))
        return self._read_to_end()

    def _read_chunks(self):
        body = b""
        while chunk := self.read_chunk():
            body += chunk
        return body

    def _read_until(self, mark):
        while mark not in self._unread:
            self._fill()
        found, _, self._unread = self._unread.partition(mark)
        return found

    def _read_exactly(self, size):
        while len(self._unread) < size:
            self._fill()
        found, self._unread = self._unread[:size], self._unread[size:]
        return found

    def _read_to_end(self):
        while data := self._socket.recv(65536):
            self._unread += data
        found, self._unread = self._unread, b""
        return found

    def _fill(self):
        with _end_is_reset():
            data = self._socket.recv(65536)
        if not data:
            raise ConnectionError(f"the connection ended after {self._unread!r}")
        self._unread += data

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


def format_request(host, method, target, body=None, headers=()):
    """The bytes of a well-formed request, to send unchanged or mutated."""
    pairs = list(headers.items() if isinstance(headers, dict) else headers)
    if body is not None:
        body = body if isinstance(body, bytes) else body.encode()
        pairs.append(("Content-Length", len(body)))
    if not any(name == "Host" for name, _ in pairs):
        pairs.insert(0, ("Host", host))
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in pairs), "", ""]
    return "\r\n".join(lines).encode("utf-8") + (body or b"")


def request(port, method, target, body=None, headers=(), **options):
    """One request on its own connection."""
    with Connection(port, **options) as connection:
        return connection.request(method, target, body, headers)
