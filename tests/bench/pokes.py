"""Signed pokes, as noahd would send them."""
# SPDX-License-Identifier: Apache-2.0

import base64
import ctypes
import ctypes.util
import json
import ssl
import time

from support.raw_http import Connection


class Signer:
    """An Ed25519 key that signs by Standard Webhooks (v1a). Python's library has none, so OpenSSL is asked."""

    _ED25519 = 1087  # NID_ED25519
    SEED_BYTES = _KEY_BYTES = 32
    _SIGNATURE_BYTES = 64

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

    def headers(self, poke_id, body):
        """The headers of a POST of that body, made now."""
        timestamp = int(time.time())
        signature = base64.b64encode(self._sign(f"{poke_id}.{timestamp}.".encode() + body)).decode()
        return {"webhook-id": poke_id, "webhook-timestamp": timestamp, "webhook-signature": f"v1a,{signature}",
                "Content-Type": "application/json"}

    def _sign(self, message):
        signature = ctypes.create_string_buffer(self._SIGNATURE_BYTES)
        size = ctypes.c_size_t(self._SIGNATURE_BYTES)
        context = ctypes.c_void_p(self._crypto.EVP_MD_CTX_new())
        signed = (self._crypto.EVP_DigestSignInit(context, None, None, None, self._key) == 1 and
                  self._crypto.EVP_DigestSign(context, signature, ctypes.byref(size), message,
                                              ctypes.c_size_t(len(message))) == 1)
        self._crypto.EVP_MD_CTX_free(context)
        if not signed:
            raise RuntimeError("OpenSSL would not sign")
        return signature.raw


class PokeConnection(Connection):
    """A connection to pokerd, whose certificate is its own issuer."""

    def __init__(self, pokerd):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        super().__init__(pokerd.port, tls=context)
        self._endpoint = pokerd.endpoint

    def poke(self, signer, poke_id, number):
        """The number comes back as the revision of the body that the run is given."""
        body = json.dumps({
            "id": "7e743edd-0000-4000-8000-000000000000", "tags": [], "links": [], "data": str(number),
            "path": "/ephemerals//bench", "pubcategory": "//noah/ephemerals/bench", "location": "/ephemerals/bench",
            "action": "update", "revision": number, "endpoint": self._endpoint, "watch": "bench",
            "event": f"bench-{number}", "cause": []}).encode()
        return self.request("POST", "/", body, signer.headers(poke_id, body))
