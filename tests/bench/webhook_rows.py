"""pokerd beside Debian's webhook, with the same certificate: how fast each refuses, and what each weighs afterwards."""
# SPDX-License-Identifier: Apache-2.0

import ssl
import time

from figures import interleave, ratio_row
from pokerd_rows import CONNECTIONS, SETTLE_SECONDS, pair_kb
from pokes import PokeConnection
from processes import memory_kb
from support.daemon import Pokerd, pokerd_rule
from support.raw_http import Connection, format_request
from support.signer import Signer
from webhook_peer import Webhook
from wrk import wrk_until_done

LARGE_BYTES = 300_000_000
PIECE = b"x" * 65536
AFTER = ("at rest", "after a flood of refusals", "after a POST of 300 MB", "after a storm of commands")


def webhook_rows(workplace, scale):
    certificate, signer = workplace.certificate(), Signer()
    ours = Pokerd(workplace.new_folder("pokerd"), certificate, [signer.public_text()], [pokerd_rule(("/bin/true",))],
                  "log_level=error")
    theirs = Webhook(workplace, certificate)
    with ours, theirs:
        urls = {"ours": f"https://127.0.0.1:{ours.port}/", "theirs": f"{theirs.url}/hooks/guarded"}
        rows = [rate_row(workplace, scale, urls, "refused POST, TLS kept alive", "keep", scale.refusals),
                rate_row(workplace, scale, urls, "refused POST, a TLS connection each", "close", scale.refusals // 50)]
    return rows + weight_rows(workplace, scale, {"ours": OurWeight(ours, signer), "theirs": TheirWeight(theirs)})


def rate_row(workplace, scale, urls, title, connection, count):
    """Refusals per second; pokerd's are mostly 429, as a flood from one address is answered."""
    def rate(url):
        begun = time.monotonic()
        refuse(workplace, url, count, connection)
        return count / (time.monotonic() - begun)

    figures = interleave(scale.rounds, {name: lambda _, url=url: rate(url) for name, url in urls.items()})
    return ratio_row(title, figures["ours"], figures["theirs"], 1.0, "/s", "webhook")


def refuse(workplace, url, count, connection="keep"):
    wrk_until_done(url, CONNECTIONS, workplace.script("refused.lua"), (count, int(time.time()), connection))


class Weight:
    """One program, newly started, weighed at rest and after each of three burdens."""

    def __init__(self, program, path):
        self._program, self._path = program, path

    def measure(self, workplace, scale):
        """Pss in kB, in the order of AFTER."""
        with self._program:
            refuse(workplace, self._url(), 20)
            burdens = (lambda: refuse(workplace, self._url(), scale.refusals // 4), self._post_much,
                       lambda: self._run(scale.commands))
            figures = [self._weigh()]
            for burden in burdens:
                burden()
                figures.append(self._weigh())
        return figures

    def _url(self):
        return f"https://127.0.0.1:{self._program.port}{self._path}"

    def _post_much(self):
        """As much of it as the program takes."""
        connection = Connection(self._program.port, tls=trusting())
        head = format_request(connection.host, "POST", self._path, b"", {"Content-Type": "application/json"})
        head = head.replace(b"Content-Length: 0", f"Content-Length: {LARGE_BYTES}".encode())
        with connection:
            try:
                connection.send(head)
                for _ in range(LARGE_BYTES // len(PIECE)):
                    connection.send(PIECE)
            except OSError:
                pass  # it has refused

    def _weigh(self):
        raise NotImplementedError

    def _run(self, count):
        raise NotImplementedError


class OurWeight(Weight):
    def __init__(self, pokerd, signer):
        super().__init__(pokerd, "/")
        self._signer = signer

    def _weigh(self):
        return pair_kb(self._program.pid)

    def _run(self, count):
        with PokeConnection(self._program) as connection:
            for number in range(count):
                connection.poke(self._signer, f"storm-{number}-{time.monotonic_ns()}", number)


class TheirWeight(Weight):
    def __init__(self, webhook):
        super().__init__(webhook, "/hooks/guarded")

    def _weigh(self):
        time.sleep(SETTLE_SECONDS)
        return memory_kb(self._program.pid, "Pss")

    def _run(self, count):
        connection = Connection(self._program.port, tls=trusting())
        request = format_request(connection.host, "POST", "/hooks/open", b"{}", {"Content-Type": "application/json"})
        with connection:
            for _ in range(count):
                connection.send(request)
                connection.receive("POST")


def trusting():
    """Any certificate: this is a measurement."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def weight_rows(workplace, scale, weights):
    figures = interleave(scale.rounds, {name: lambda _, weight=weight: weight.measure(workplace, scale)
                                        for name, weight in weights.items()})
    ours, theirs = (list(zip(*figures[name])) for name in ("ours", "theirs"))
    return [ratio_row(f"pokerd {after}, Pss", ours[index], theirs[index], 1.0, "kB", "webhook", at_most=True)
            for index, after in enumerate(AFTER)]
