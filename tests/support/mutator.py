"""Raw requests to noahd that are almost valid: valid ones of every route, mutated at random."""
# SPDX-License-Identifier: Apache-2.0

import random

from support.raw_http import format_request
from support.routes import each_request, headers_of, target_of

# Values that often break parsers.
TOKENS = [b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\0", b"%00", b"%2F", b"%", b"/", b"//", b"/../", b"?", b"&", b"=", b":",
          b" ", b"\t",
          b"{", b"[", b'"', b"\\u0000", b"\\ud800", b"\xff", b"\xc3\xa9", b"-1", b"0", b"1e999",
          b"18446744073709551616", b"chunked",
          b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Expect: 100-continue\r\n",
          b"Connection: close\r\n",
          b"If-Match: *\r\n", b"If-None-Match: *\r\n", b'If-None-Match: "', b"Noah-Cause: a-1\r\n",
          b"Authorization: Bearer noah_\r\n",
          b"Prefer: wait=0\r\n", b"wait=0&", b"since=1&", b"limit=1&", b"short=true&", b"lifetime=1&", b"renew=1&",
          b"//noah/", b"*"]


def chunked(method, target, body):
    """The same request with its body in two chunks."""
    half = len(body) // 2
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:half], body[half:]) if part)
    return format_request("localhost", method, target, None, {"Transfer-Encoding": "chunked"}) + chunks + b"0\r\n\r\n"


def good_requests():
    """One or more of each route and method."""
    for method, pattern, body in each_request():
        target, text = target_of(pattern), body and body.text()
        yield format_request("localhost", method, target, text, headers_of(method))
        yield format_request("localhost", method, target + "?short=true&lifetime=5&since=0&limit=2&wait=0", text,
                             {"Accept": "text/html, */*;q=0.1", "Noah-Cause": "a-1, b-2", "If-None-Match": '"x", *'})
        if text:
            yield chunked(method, target, text.encode())


class Mutator:
    """The same seed produces the same requests."""

    def __init__(self, seed):
        self._random = random.Random(seed)
        self._good = list(good_requests())
        self._ways = (self._flip, self._insert, self._cut, self._repeat, self._swell, self._splice)

    def next(self):
        """One request, mutated in one to four places; sometimes two in a row."""
        request = self._random.choice(self._good)
        for _ in range(self._random.choice((1, 1, 1, 1, 2, 4))):
            request = self._random.choice(self._ways)(request)
        return request + self._random.choice(self._good) if self._random.random() < 0.1 else request

    def _place(self, request):
        """In the target, in the body, or anywhere."""
        parts = ((request.find(b" "), request.find(b" HTTP")), (request.find(b"\r\n\r\n") + 4, len(request)),
                 (0, len(request)))
        first, last = self._random.choice(parts)
        return self._random.randint(max(first, 0), max(first, last, 0))

    def _flip(self, request):
        place = self._place(request)
        return request[:place] + bytes([self._random.randrange(256)]) + request[place + 1:]

    def _insert(self, request):
        place = self._place(request)
        return request[:place] + self._random.choice(TOKENS) + request[place:]

    def _cut(self, request):
        first, last = sorted((self._place(request), self._place(request)))
        return request[:first] + request[min(last, first + self._random.choice((1, 4, 1000))):]

    def _repeat(self, request):
        first, last = sorted((self._place(request), self._place(request)))
        return request[:last] + request[first:last] * self._random.choice((1, 2, 50)) + request[last:]

    def _swell(self, request):
        place = self._place(request)
        return request[:place] + self._random.choice((b"a", b"%41", b"/b", b"[", b"\xe2\x82\xac")) * \
            self._random.choice((256, 1025, 20000)) + request[place:]

    def _splice(self, request):
        other = self._random.choice(self._good)
        return request[:self._place(request)] + other[self._place(other):]
