"""Who may connect to pokerd when client certificates are required, and pokerd over IPv6."""
# SPDX-License-Identifier: Apache-2.0

import signal
import socket
import ssl
import tempfile

from pokerd_case import PokerdCase
from support import raw_http
from support.certificates import Authority
from support.daemon import wait_until


class ClientCertificates(PokerdCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory(prefix="noah-test-")
        self.addCleanup(folder.cleanup)
        self.clients = Authority(folder.name, "clients")

    def start_requiring(self):
        return self.start(f"tls.client_ca={self.clients.certificate}")

    def poke_with(self, certificate=None, version=None):
        """The status of a poke from a client with that certificate; None: it is not served."""
        context = self.tls()
        if version:
            context.minimum_version = context.maximum_version = version
        if certificate:
            context.load_cert_chain(certificate.certificate, certificate.key)
        body = self.body("e-1")
        try:
            return raw_http.request(self.pokerd.port, "POST", "/", body, self.fleet.headers("id", body), tls=context).status
        except (ssl.SSLError, ConnectionError):
            return None

    def assert_never_served(self, certificate=None):
        """With TLS 1.3 a client is done with its handshake before the server has looked at the certificate."""
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            self.assertIsNone(self.poke_with(certificate, version))
        self.assertEqual([], self.gate.executed())

    def test_a_client_with_a_certificate_of_its_authority_is_served(self):
        self.start_requiring()
        client = self.clients.issue("client", ["client.example.org"])
        for version, status in ((ssl.TLSVersion.TLSv1_2, 202), (ssl.TLSVersion.TLSv1_3, 200)):
            self.assertEqual(status, self.poke_with(client, version))

    def test_a_client_without_a_certificate_is_not_served(self):
        self.start_requiring()
        self.assert_never_served()

    def test_a_client_with_an_expired_certificate_is_not_served(self):
        self.start_requiring()
        client = self.clients.issue("expired", ["client.example.org"])
        self.clients.issue_again(client, -1)
        self.assert_never_served(client)

    def test_a_client_with_a_certificate_of_another_authority_is_not_served(self):
        self.start_requiring()
        self.assert_never_served(self.authority.issue("foreign", ["client.example.org"]))

    def test_a_client_with_the_certificate_of_a_namesake_of_the_authority_is_not_served(self):
        self.start_requiring()
        with tempfile.TemporaryDirectory(prefix="noah-test-") as folder:
            namesake = Authority(folder, "clients")
            self.assert_never_served(namesake.issue("client", ["client.example.org"]))

    def test_a_reload_replaces_the_authority(self):
        self.start_requiring()
        former = self.clients.issue("client", ["client.example.org"])
        with open(self.clients.certificate, "w", encoding="ascii") as file, \
                open(self.authority.certificate, encoding="ascii") as new:
            file.write(new.read())
        self.pokerd.process.send_signal(signal.SIGHUP)
        self.pokerd.wait_for_log("settings reloaded")
        client = self.authority.issue("client", ["client.example.org"])
        wait_until(lambda: self.poke_with(client), 10, "a client of the new authority is served")
        self.assertIsNone(self.poke_with(former))


class Ipv6(PokerdCase):
    def request_from(self, host, method, target, body=None, headers=()):
        return raw_http.request(self.pokerd.port, method, target, body, headers, host=host, tls=self.tls())

    def start_at(self, listen):
        self.make()
        self.pokerd.settings.append(f"listen={listen}:{self.pokerd.port}")
        self.pokerd.start()

    def test_pokes_arrive_over_ipv6(self):
        self.start_at("[::1]")
        body = self.body("e-1", endpoint=f"https://[::1]:{self.pokerd.port}/")
        answer = self.request_from("::1", "POST", "/", body, self.fleet.headers("id", body))
        self.assert_answer(answer, 202, "queued")
        self.pokerd.wait_for_log(r"\[::1\]:\d+: poke id: ")
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.1", self.pokerd.port), 1)

    def test_the_ipv6_wildcard_takes_ipv4_too_and_each_is_itself_in_the_log(self):
        self.start_at("[::]")
        for number, host in enumerate(("::1", "127.0.0.1")):
            shown = f"[{host}]" if ":" in host else host
            body = self.body(f"e-{number}", endpoint=f"https://{shown}:{self.pokerd.port}/")
            answer = self.request_from(host, "POST", "/", body, self.fleet.headers(f"id_{number}", body))
            self.assertEqual(202, answer.status, answer)
        self.pokerd.wait_for_log(r"\[::1\]:\d+: poke id_0")
        self.pokerd.wait_for_log(r" 127\.0\.0\.1:\d+: poke id_1")

    def test_an_ipv6_address_has_eight_connections(self):
        self.start_at("[::1]")
        eight = [raw_http.Connection(self.pokerd.port, host="::1", tls=self.tls()) for _ in range(8)]
        try:
            for connection in eight:
                self.assertEqual(200, connection.request("GET", "/health").status)
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                self.request_from("::1", "GET", "/health")
        finally:
            for connection in eight:
                connection.close()
