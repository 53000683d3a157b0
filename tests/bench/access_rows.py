"""What it costs to be careful: reads with a token, and reads over TLS, beside the same reads in the open."""
# SPDX-License-Identifier: Apache-2.0

import ssl

from figures import interleave, ratio_row
from support import raw_http
from wrk import wrk

CONNECTIONS = 32
OBJECT = "/hosts/web1"
OPERATOR = [{"path": "/", "allow": ["read", "write", "watch", "admin"]}]
READER = [{"path": "/ephemerals/chef", "allow": ["read", "write"]}, {"path": "/hosts", "allow": ["read"]}]


def access_rows(workplace, scale):
    """GET of one object: in the open; by a token with rules of its own, while the log tells all that it can; over
    TLS."""
    certificate = workplace.certificate()
    context = ssl.create_default_context(cafile=certificate.certificate)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    tls = (f"tls.certificate={certificate.certificate}", f"tls.key={certificate.key}")

    def reads(noahd, headers=()):
        return lambda _: wrk(f"{noahd.url}{OBJECT}", CONNECTIONS, scale.seconds, headers=headers)

    with workplace.noahd() as plain, workplace.noahd("log_level=info") as guarded, workplace.noahd(*tls) as encrypted:
        plain.put(OBJECT, {"status": "up"})
        guarded.put(OBJECT, {"status": "up"})
        raw_http.request(encrypted.port, "PUT", OBJECT, '{"status":"up"}', tls=context)
        figures = interleave(scale.rounds, {"plain": reads(plain), "guarded": reads(guarded, [reader(guarded)]),
                                            "encrypted": reads(encrypted)})
    return [
        ratio_row(f"GET with tokens and audit, {CONNECTIONS} connections", figures["guarded"], figures["plain"], 0.8,
                  "/s", "without"),
        ratio_row(f"GET over TLS, {CONNECTIONS} connections", figures["encrypted"], figures["plain"], 0.5, "/s",
                  "plain"),
    ]


def reader(noahd):
    """Switches access control on; returns the header of one that may read the object."""
    operator = noahd.put("/tokens/operator", {"rules": OPERATOR}).json()["token"]
    token = noahd.put("/tokens/reader", {"rules": READER}, headers=[bearer(operator)]).json()["token"]
    return bearer(token)


def bearer(secret):
    return "Authorization", f"Bearer {secret}"
