"""Certificates for daemons under test, made with the openssl command."""
# SPDX-License-Identifier: Apache-2.0

import collections
import datetime
import ipaddress
import os
import subprocess
import tempfile

# Paths of two PEM files.
Certificate = collections.namedtuple("Certificate", "certificate key")

# For "openssl ca", which alone takes dates.
CONFIGURATION = """[ca]
default_ca = this
[this]
database = {folder}/database
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = names
copy_extensions = copyall
[names]
commonName = supplied
"""


class Authority:
    """A certificate authority of one test. Give its certificate to the processes that must trust what it issues."""

    def __init__(self, folder, name="authority"):
        self._folder = folder
        self.certificate, self.key = self._paths(name)
        # Python 3.13 and others that verify strictly take no authority without these.
        self._openssl("-subj", f"/CN=noah test {name}", "-addext", "basicConstraints=critical,CA:TRUE",
                      "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                      "-keyout", self.key, "-out", self.certificate)

    def issue(self, name, hosts=("localhost", "127.0.0.1", "::1")):
        """A certificate for these host names and addresses, valid for servers and clients."""
        issued = Certificate(*self._paths(name))
        names = ",".join(f"{'IP' if _is_address(host) else 'DNS'}:{host}" for host in hosts)
        self._openssl("-subj", f"/CN={hosts[0]}", "-addext", f"subjectAltName={names}",
                      "-addext", "basicConstraints=critical,CA:FALSE", "-addext", "keyUsage=critical,digitalSignature",
                      "-addext", "extendedKeyUsage=serverAuth,clientAuth", "-CA", self.certificate,
                      "-CAkey", self.key, "-keyout", issued.key, "-out", issued.certificate)
        return issued

    def issue_again(self, issued, days):
        """The same certificate in the same file, valid for this many days from now; -1: it has expired."""
        request = subprocess.run(["openssl", "x509", "-in", issued.certificate, "-signkey", issued.key, "-x509toreq",
                                  "-copy_extensions", "copyall"], check=True, capture_output=True).stdout
        now = datetime.datetime.now(datetime.timezone.utc)
        begin, end = (f"{now + datetime.timedelta(days=count):%Y%m%d%H%M%SZ}" for count in (min(days, 0) - 1, days))
        # "openssl x509 -days" of OpenSSL 3.5 takes no negative number, and that of 3.0 no dates.
        with tempfile.TemporaryDirectory() as folder:
            paths = {name: os.path.join(folder, name) for name in ("configuration", "database", "request")}
            for name, text in (("configuration", CONFIGURATION.format(folder=folder).encode()), ("database", b""),
                               ("request", request)):
                with open(paths[name], "wb") as file:
                    file.write(text)
            subprocess.run(["openssl", "ca", "-batch", "-notext", "-config", paths["configuration"], "-cert",
                            self.certificate, "-keyfile", self.key, "-in", paths["request"], "-out", issued.certificate,
                            "-startdate", begin, "-enddate", end], check=True, capture_output=True)

    def _paths(self, name):
        return tuple(os.path.join(self._folder, f"{name}.{suffix}") for suffix in ("crt", "key"))

    @staticmethod
    def _openssl(*arguments):
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                   "-days", "30", *arguments]
        subprocess.run(command, check=True, capture_output=True)


def _is_address(host):
    try:
        ipaddress.ip_address(host)
        return True
    except ValueError:
        return False
