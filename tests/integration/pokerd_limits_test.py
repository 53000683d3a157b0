"""What pokerd allows a client before it knows who that is: connections, time, bytes, and wrong signatures."""
# SPDX-License-Identifier: Apache-2.0

import base64
import contextlib
import os
import socket
import threading
import time

from pokerd_case import PokerdCase
from support import raw_http
from support.daemon import wait_until

CLIENT_HELLO_BEGINS = bytes.fromhex("160301020001")  # the rest never comes


def connect_from(address, port):
    """A connection from another address of loopback."""
    return socket.create_connection(("127.0.0.1", port), 10, source_address=(address, 0))


def is_ended(connection):
    """Whether the other side has closed it."""
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


class Connections(PokerdCase):
    def setUp(self):
        super().setUp()
        self.held = contextlib.ExitStack()
        self.addCleanup(self.held.close)

    def hold(self, address, data=b""):
        connection = self.held.enter_context(connect_from(address, self.pokerd.port))
        with contextlib.suppress(ConnectionError):
            connection.sendall(data)
        return connection

    def hold_tls(self, address, data=b""):
        connection = self.held.enter_context(
            self.tls().wrap_socket(connect_from(address, self.pokerd.port), server_hostname="127.0.0.1"))
        connection.sendall(data)
        return connection

    def assert_served(self):
        began = time.monotonic()
        self.assertEqual(202, self.poke("e-1").status)
        self.assertLess(time.monotonic() - began, 2)

    def test_half_handshakes_of_250_addresses_lock_no_one_out(self):
        self.start()
        for number in range(250):
            self.hold(f"127.0.1.{number + 1}", CLIENT_HELLO_BEGINS)
        self.assert_served()

    def test_half_heads_of_250_addresses_lock_no_one_out(self):
        self.start()
        for number in range(250):
            self.hold_tls(f"127.0.1.{number + 1}", b"POST / HTTP/1.1\r\nHost: x\r\nA:")
        self.assert_served()

    def test_the_oldest_of_64_connections_makes_room(self):
        self.start()
        oldest, *others = [self.hold(f"127.0.1.{number // 8 + 1}") for number in range(64)]
        self.assert_served()
        wait_until(lambda: is_ended(oldest), 5, "the oldest has been closed")
        self.assertFalse(any(is_ended(connection) for connection in others[1:]))

    def test_a_request_whose_body_is_on_its_way_is_not_closed_for_others(self):
        self.start()
        body = self.body("e-2")
        whole = raw_http.format_request("127.0.0.1", "POST", "/", body, self.fleet.headers("id", body))
        with self.connect() as busy:
            busy.send(whole[:-1])
            for number in range(100):
                self.hold(f"127.0.1.{number + 1}", CLIENT_HELLO_BEGINS)
            busy.send(whole[-1:])
            self.assert_answer(busy.receive(), 202, "queued")

    def test_an_address_has_eight_connections_and_others_have_theirs(self):
        self.start()
        eight = [self.hold_tls("127.0.1.1") for _ in range(8)]
        ninth = self.hold("127.0.1.1")
        wait_until(lambda: is_ended(ninth), 5, "the ninth is refused")
        for connection in eight:
            connection.sendall(raw_http.format_request("x", "GET", "/health"))
            self.assertTrue(connection.recv(4096).startswith(b"HTTP/1.1 200"))
        self.assert_served()


class WrongSignatures(PokerdCase):
    """Each request of the flood costs as many verifications as one can; genuine pokes come from another address."""

    def flood(self, stop):
        signatures = " ".join("v1a," + base64.b64encode(os.urandom(64)).decode() for _ in range(16))
        body = b"x" * 60000
        headers = {"webhook-id": "id", "webhook-timestamp": int(time.time()), "webhook-signature": signatures,
                   "Content-Type": "application/json"}
        while not stop.is_set():
            with contextlib.suppress(OSError), \
                    self.tls().wrap_socket(connect_from("127.0.2.1", self.pokerd.port), server_hostname="127.0.0.1") as tls:
                while not stop.is_set():
                    tls.sendall(raw_http.format_request("x", "POST", "/", body, headers))
                    self.answers.add(tls.recv(65536).partition(b"\r\n")[0])

    def test_a_flood_of_wrong_signatures_is_cut_off_and_delays_no_genuine_poke(self):
        self.start()
        self.answers = set()
        stop = threading.Event()
        threads = [threading.Thread(target=self.flood, args=(stop,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            wait_until(lambda: any(b" 429 " in answer for answer in self.answers), 20, "the flood is cut off")
            delays = []
            with self.connect() as connection:
                for number in range(50):
                    body = self.body(f"e-{number}")
                    began = time.monotonic()
                    answer = connection.request("POST", "/", body, self.fleet.headers(f"id_{number}", body))
                    delays.append(time.monotonic() - began)
                    self.assertEqual(202, answer.status)
            self.assertLess(sorted(delays)[len(delays) // 2], 0.1, delays)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertFalse([answer for answer in self.answers if answer.startswith(b"HTTP/1.1 2")])


class Bytes(PokerdCase):
    def test_sixteen_kilobytes_of_headers_are_the_most(self):
        self.start()
        self.assertEqual(200, self.request("GET", "/health", headers={"A": "x" * 12000}).status)
        try:
            self.assertIn(self.request("GET", "/health", headers={"A": "x" * 17000}).status, (413, 431))
        except ConnectionError:
            pass  # closed with the rest unread, the answer is lost
        self.assertEqual(200, self.request("GET", "/health").status)

    def test_a_body_that_never_ends_is_not_read(self):
        self.start()
        with self.connect() as connection:
            connection.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                            b"Content-Length: 314572800\r\n\r\n")
            self.assertEqual(413, connection.receive().status)
            with self.assertRaises(OSError):
                for _ in range(300):
                    connection.send(b"x" * (1 << 20))

    def test_a_slow_handshake_ends_after_ten_seconds(self):
        self.start()
        began = time.monotonic()
        with connect_from("127.0.1.1", self.pokerd.port) as connection:
            connection.sendall(CLIENT_HELLO_BEGINS)
            wait_until(lambda: is_ended(connection), 20, "the half handshake has ended")
        self.assertLess(time.monotonic() - began, 14)
