"""An ETag identifies one body, whatever is written in the meantime."""
# SPDX-License-Identifier: Apache-2.0

import json
import random
import tempfile
import threading
import time
import unittest

from support.daemon import Noahd
from support.raw_http import Connection

WRITERS, READERS, READS = 8, 4, 5000
TAGS_MIN, SECONDS_MAX = READS / 4, 120  # on a busy machine there are fewer writes between two reads

# Few names, so that sets are emptied and filled all the time.
WRITES = (
    lambda pick: ("PUT", f"/hosts/h{pick(4)}", {"status": pick(("up", "down"))}),
    lambda pick: ("DELETE", f"/hosts/h{pick(4)}", None),
    lambda pick: ("PUT", f"/services/s{pick(3)}/h{pick(4)}", {"status": pick(("up", "down")), "host_status": "up"}),
    lambda pick: ("DELETE", f"/services/s{pick(3)}/h{pick(4)}", None),
    lambda pick: ("PUT", f"/hosts/h{pick(4)}/tag", {"tags": [f"t{pick(3)}"]}),
    lambda pick: ("DELETE", f"/hosts/h{pick(4)}/tag", {"tags": [f"t{pick(3)}"]}),
    lambda pick: ("PUT", f"/hosts/h{pick(4)}/link", {"link_name": f"/l{pick(2)}"}),
    lambda pick: ("DELETE", f"/hosts/h{pick(4)}/link", {"link_name": f"/l{pick(2)}"}),
    lambda pick: ("PUT", f"/applications/a{pick(2)}", {"name": f"a{pick(2)}"}),
    lambda pick: ("PUT", f"/configurations/c{pick(2)}", {"format": "string", "body": str(pick(9))}),
    lambda pick: ("PUT", f"/configurations/c{pick(2)}/tag", {"tags": [f"t{pick(3)}"]}),
    lambda pick: ("DELETE", f"/configurations/c{pick(2)}", None),
    lambda pick: ("PUT", f"/ephemerals/e{pick(3)}", None),
    lambda pick: ("DELETE", f"/ephemerals/e{pick(3)}", None),
)
READ = ("/hosts", "/services", "/services/s0", "/ephemerals", "/tags", "/tags/t0", "/links", "/l0", "/l0/hosts",
        "/applications", "/configurations", "/configurations?short=true", "/hosts/h0", "/hosts/h0?wait=0.001")


class EtagsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.noahd = Noahd(folder.name, "log_level=warning").start()
        self.addCleanup(self.noahd.kill)
        self.seen, self.differing, self.is_over = {}, [], threading.Event()

    def write(self, seed):
        choice = random.Random(seed)

        def pick(of):
            return choice.choice(of) if isinstance(of, tuple) else choice.randrange(of)

        with Connection(self.noahd.port) as connection:
            while not self.is_over.is_set():
                method, path, body = choice.choice(WRITES)(pick)
                connection.request(method, path, json.dumps(body) if body else None)

    def read(self, seed):
        choice = random.Random(seed)
        with Connection(self.noahd.port) as connection:
            end, count = time.monotonic() + SECONDS_MAX, 0
            while count < READS or (len(self.seen) <= TAGS_MIN and time.monotonic() < end):
                count += 1
                path = choice.choice(READ)
                answer = connection.request("GET", path)
                etag = answer.headers.get("etag")
                first = self.seen.setdefault((path.partition("?wait")[0], etag), answer.body) if etag else answer.body
                if first != answer.body:
                    self.differing.append((path, etag, first, answer.body))

    def test_two_answers_with_the_same_tag_have_the_same_body(self):
        writers = [threading.Thread(target=self.write, args=(i,)) for i in range(WRITERS)]
        readers = [threading.Thread(target=self.read, args=(-1 - i,)) for i in range(READERS)]
        for thread in writers + readers:
            thread.start()
        for thread in readers:
            thread.join()
        self.is_over.set()
        for thread in writers:
            thread.join()
        self.assertEqual([], self.differing[:1])
        self.assertGreater(len(self.seen), TAGS_MIN)


if __name__ == "__main__":
    unittest.main()
