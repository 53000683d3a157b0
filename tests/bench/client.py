"""A keep-alive HTTP client that adds little to the times it takes, and the signatures that pokerd wants."""
# SPDX-License-Identifier: Apache-2.0

import base64
import ctypes
import ctypes.util
import socket
import ssl
from dataclasses import dataclass


class ConnectionLost(RuntimeError):
    """No whole answer came: nobody knows what became of the request."""


@dataclass
class Answer:
    status: int
    headers: dict  # names in lower case
    body: bytes

    @property
    def revision(self):
        return int(self.headers["noah-revision"])


class Client:
    """One connection, one request at a time."""

    def __init__(self, port, tls=False, timeout=10.0):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = f"127.0.0.1:{port}"
        self._buffer = b""
        if tls:
            self._socket = unverified_tls().wrap_socket(self._socket)

    def request(self, method, path, body=b"", headers=()):
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers]
        try:
            self._socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            return self._answer()
        except (OSError, ValueError, IndexError) as error:
            raise ConnectionLost(str(error)) from error

    def close(self):
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def _answer(self):
        while b"\r\n\r\n" not in self._buffer:
            self._receive()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        first, *fields = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        size = int(headers.get("content-length", "0"))
        while len(self._buffer) < size:
            self._receive()
        body, self._buffer = self._buffer[:size], self._buffer[size:]
        return Answer(int(first.split(" ")[1]), headers, body)

    def _receive(self):
        chunk = self._socket.recv(65536)
        if not chunk:
            raise ConnectionLost("closed by the server")
        self._buffer += chunk


def unverified_tls():
    """The certificates under test are their own issuers."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Signer:
    """An Ed25519 key that signs by Standard Webhooks (v1a). Python's library has none, so OpenSSL is asked."""

    _ED25519 = 1087  # NID_ED25519
    _KEY_BYTES, _SIGNATURE_BYTES = 32, 64

    def __init__(self, seed):
        self._crypto = ctypes.CDLL(ctypes.util.find_library("crypto"))
        for name in ("EVP_PKEY_new_raw_private_key", "EVP_MD_CTX_new"):
            getattr(self._crypto, name).restype = ctypes.c_void_p
        key = self._crypto.EVP_PKEY_new_raw_private_key(self._ED25519, None, seed, ctypes.c_size_t(self._KEY_BYTES))
        self._key = ctypes.c_void_p(key)

    def public_text(self):
        """The form that a key file holds: whpk_..."""
        public = ctypes.create_string_buffer(self._KEY_BYTES)
        size = ctypes.c_size_t(self._KEY_BYTES)
        self._crypto.EVP_PKEY_get_raw_public_key(self._key, public, ctypes.byref(size))
        return "whpk_" + base64.b64encode(public.raw).decode()

    def headers(self, poke_id, timestamp, body):
        """The three headers of a POST of that body."""
        message = f"{poke_id}.{timestamp}.".encode() + body
        signature = ctypes.create_string_buffer(self._SIGNATURE_BYTES)
        size = ctypes.c_size_t(self._SIGNATURE_BYTES)
        context = ctypes.c_void_p(self._crypto.EVP_MD_CTX_new())
        signed = (self._crypto.EVP_DigestSignInit(context, None, None, None, self._key) == 1 and
                  self._crypto.EVP_DigestSign(context, signature, ctypes.byref(size), message,
                                              ctypes.c_size_t(len(message))) == 1)
        self._crypto.EVP_MD_CTX_free(context)
        if not signed:
            raise RuntimeError("OpenSSL would not sign")
        return [("webhook-id", poke_id), ("webhook-timestamp", str(timestamp)),
                ("webhook-signature", "v1a," + base64.b64encode(signature.raw).decode()),
                ("Content-Type", "application/json")]
