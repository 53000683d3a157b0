"""Pokes signed like noahd's (Standard Webhooks, v1a), or deliberately wrong."""
# SPDX-License-Identifier: Apache-2.0

import base64
import ctypes
import ctypes.util
import os
import time


class Signer:
    """An Ed25519 key. Python's library has none, so OpenSSL is used."""

    _ED25519 = 1087  # NID_ED25519
    SEED_BYTES = _KEY_BYTES = 32
    _SIGNATURE_BYTES = 64

    def __init__(self, seed=None):
        self._crypto = ctypes.CDLL(ctypes.util.find_library("crypto"))
        for name in ("EVP_PKEY_new_raw_private_key", "EVP_MD_CTX_new"):
            getattr(self._crypto, name).restype = ctypes.c_void_p
        self._seed = seed or os.urandom(self.SEED_BYTES)
        key = self._crypto.EVP_PKEY_new_raw_private_key(
            self._ED25519, None, self._seed, ctypes.c_size_t(self._KEY_BYTES))
        self._key = ctypes.c_void_p(key)

    @classmethod
    def of_noahd(cls, state_directory):
        """The key with which the noahd of that state directory signs."""
        return cls.of_file(os.path.join(state_directory, "signing.key"))

    @classmethod
    def of_file(cls, path):
        """The private key in a file: whsk_..."""
        with open(path, encoding="ascii") as file:
            return cls(base64.b64decode(file.read().strip().removeprefix("whsk_"))[:cls.SEED_BYTES])

    def public_text(self):
        """The form in a key file: whpk_..."""
        return "whpk_" + base64.b64encode(self._public()).decode()

    def private_text(self):
        """The form in a key file: whsk_..."""
        return "whsk_" + base64.b64encode(self._seed + self._public()).decode()

    def _public(self):
        public = ctypes.create_string_buffer(self._KEY_BYTES)
        size = ctypes.c_size_t(self._KEY_BYTES)
        self._crypto.EVP_PKEY_get_raw_public_key(self._key, public, ctypes.byref(size))
        return public.raw

    def headers(self, poke_id, body, timestamp=None):
        """The headers of a POST of that body, made at timestamp (seconds; None: now)."""
        timestamp = int(time.time() if timestamp is None else timestamp)
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
