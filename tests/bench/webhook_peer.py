"""Debian's webhook, which does what pokerd's listener does: takes signed POSTs over TLS and runs a command."""
# SPDX-License-Identifier: Apache-2.0

import json

from stores import Store

SECRET = "bench"  # signs nothing here: every POST to the guarded hook is refused


class Webhook(Store):
    """A hook that refuses what is not signed ("/hooks/guarded") and one that takes all ("/hooks/open")."""

    def __init__(self, workplace, certificate):
        super().__init__()
        rule = {"match": {"type": "payload-hmac-sha256", "secret": SECRET,
                          "parameter": {"source": "header", "name": "webhook-signature"}}}
        hooks = [{"id": "guarded", "execute-command": "/bin/true", "trigger-rule": rule,
                  "trigger-rule-mismatch-http-response-code": 401},
                 {"id": "open", "execute-command": "/bin/true"}]
        self._command = ("webhook", "-hooks", workplace.write("hooks.json", json.dumps(hooks)), "-ip", "127.0.0.1",
                         "-port", str(self.port), "-secure", "-cert", certificate.certificate, "-key", certificate.key)

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}"

    @property
    def pid(self):
        return self._children[0].pid

    def __enter__(self):
        self._start(self.port, *self._command)
        return self

    def __exit__(self, *unused):
        super().__exit__(*unused)
        self._children.clear()
