"""Signed pokes, as noahd would send them."""
# SPDX-License-Identifier: Apache-2.0

import json
import ssl

from support.raw_http import Connection, format_request


class PokeConnection(Connection):
    """A connection to pokerd, whose certificate is its own issuer."""

    def __init__(self, pokerd):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        super().__init__(pokerd.port, tls=context)
        self._endpoint = pokerd.endpoint

    def poke(self, signer, poke_id, number):
        """Sends one and returns the answer."""
        self.send(self.signed_request(signer, poke_id, number))
        return self.receive("POST")

    def signed_request(self, signer, poke_id, number):
        """The bytes of a POST; the number comes back as the revision of the body that the run is given."""
        body = json.dumps({
            "id": "7e743edd-0000-4000-8000-000000000000", "tags": [], "links": [], "data": str(number),
            "path": "/ephemerals//bench", "pubcategory": "//noah/ephemerals/bench", "location": "/ephemerals/bench",
            "action": "update", "revision": number, "endpoint": self._endpoint, "watch": "bench",
            "event": f"bench-{number}", "cause": []}).encode()
        return format_request(self.host, "POST", "/", body, signer.headers(poke_id, body))
