"""A noahd with access control, and the shared code of its tests."""
# SPDX-License-Identifier: Apache-2.0

import tempfile
import unittest

from support.daemon import Noahd

EVERYTHING = {"/": ["read", "write", "watch", "admin"]}
JSON = {"Content-Type": "application/json"}


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


def rules(allowed):
    """{"/hosts": ["read"]} as a token's rules."""
    return [{"path": path, "allow": rights} for path, rights in allowed.items()]


class AccessCase(unittest.TestCase):
    """A noahd, and an operator who may do everything once there are tokens."""

    SETTINGS = ("store.engine=memory",)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.noahd = Noahd(self.folder, *self.SETTINGS)
        self.noahd.start()
        self.addCleanup(self.noahd.stop)
        self.operator = None

    def token(self, name, allowed, **more):
        """Creates a token and returns its secret."""
        answer = self.noahd.put(f"/tokens/{name}", {"rules": rules(allowed), **more}, headers=self.operator or {})
        self.assertEqual(200, answer.status, answer)
        return answer.json().get("token")

    def switch_on(self):
        self.operator = bearer(self.token("operator", EVERYTHING))

    def caller(self, name, allowed, **more):
        return bearer(self.token(name, allowed, **more))

    def fill(self):
        """Creates some of everything, as the operator."""
        for target, body in (("/services/http/web1", {"status": "up", "host_status": "up"}),
                             ("/services/ssh/web1", {"status": "up", "host_status": "up"}),
                             ("/hosts/db1", {"status": "up"}), ("/ephemerals/chef/a", "1"),
                             ("/ephemerals/secret/a", "2")):
            self.assertEqual(200, self.noahd.put(target, body, headers=self.operator or {}).status, target)

    def assert_refused(self, answer, status):
        self.assertEqual(status, answer.status, answer)
        self.assertEqual("failure", answer.json()["result"])
        self.assertEqual("Bearer" if status == 401 else None, answer.headers.get("www-authenticate"))
