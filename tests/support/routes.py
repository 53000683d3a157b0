"""Each route of noahd with its methods, and a valid request to it."""
# SPDX-License-Identifier: Apache-2.0

import json
import re


ABSENT = object()


class Body:
    """A JSON body: its keys with good values, the optional ones apart; by key values of the right type that are no
    good, and a second type that it may have. nullable: the keys that may be null."""

    def __init__(self, optional=None, wrong=None, second=None, nullable=(), **required):
        self.required, self.optional, self.wrong, self.second = required, optional or {}, wrong or {}, second or {}
        self.nullable = nullable

    def types(self, key):
        return {type({**self.required, **self.optional}[key]), self.second.get(key)}

    def text(self, **changed):
        """The valid body with some keys changed; ABSENT removes a key."""
        return json.dumps({key: value for key, value in (self.required | changed).items() if value is not ABSENT})


class Bytes:
    """A body that is taken unchanged."""

    def text(self):
        return "data"


NOTHING = None
STATUS = Body(status="up", optional={"lifetime": 5}, wrong={"status": ["UP", "up ", "1"], "lifetime": [-1, 0, 1e300]})
SERVICE = Body(status="up", host_status="up", optional={"lifetime": 5},
               wrong={"status": ["UP"], "host_status": ["UP"], "lifetime": [0]})
KNOWN_WATCH = Body(pattern="//noah/hosts/h", endpoint="http://127.0.0.1:9/")
TERMS = {"when": "changed", "owner": "web1"}
WRONG_TERMS = {"when": ["always", "Changed"], "owner": ["a/b", "..", "x" * 256]}
NEW_WATCH = Body(**KNOWN_WATCH.required, optional=TERMS, nullable=TERMS, wrong={**WRONG_TERMS,
    "pattern": ["/noah/hosts", "//noah/../x", "//noah//x", "//noah/%zz", "noah"],
    "endpoint": ["nonsense", "gopher://h/", "h:8080", "http://", "http://169.254.169.254/"]})
WATCH = Body(endpoint="http://127.0.0.1:9/", optional=TERMS, nullable=TERMS,
             wrong={**WRONG_TERMS, "endpoint": ["nonsense", "gopher://h/", "http://0.0.0.0/"]})
TAGS = Body(tags="one", second={"tags": list},
            wrong={"tags": ["a/b", "..", "x" * 256, [], [1], ["a", ""], ["a", ["b"]]]})
RULE = {"path": "/hosts", "allow": ["read"]}
TOKEN = Body(rules=[RULE], optional={"expires_in": 60, "node": "web1"}, wrong={
    "node": ["a/b", "..", "x" * 256],
    "rules": [["read"], [{**RULE, "path": "hosts"}], [{**RULE, "allow": ["all"]}], [RULE, RULE]],
    "expires_in": [0, -1, 1e300]})
LINK = Body(link_name="/org",
            wrong={"link_name": ["org", "/", "/a/b", "/..", "/hosts", "/events", "/objects", "/trouble",
                                 "/" + "x" * 256]})
APPLICATION = Body(name="name", wrong={"name": ["other"]})
TRANSACTION = Body(writes=[{"method": "PUT", "path": "/ephemerals/e", "body": "1"}])
CONFIGURATION = Body(format="string", body="data")

# pattern of the route table: {method: body of a valid request}
ROUTES = {
    "/": {"GET": NOTHING},
    "/version": {"GET": NOTHING},
    "/health": {"GET": NOTHING},
    "/keys": {"GET": NOTHING},
    "/metrics": {"GET": NOTHING},
    "/stats": {"GET": NOTHING},
    "/events": {"GET": NOTHING},
    "/lifetimes": {"GET": NOTHING},
    "/lifetimes/release": {"POST": NOTHING},
    "/transactions": {"POST": TRANSACTION},
    "/objects": {"GET": NOTHING},

    "/hosts": {"GET": NOTHING},
    "/hosts/:host": {"GET": NOTHING, "PUT": STATUS, "DELETE": NOTHING},
    "/hosts/:host/services/:service": {"GET": NOTHING, "DELETE": NOTHING},

    "/services": {"GET": NOTHING},
    "/services/:service": {"GET": NOTHING, "DELETE": NOTHING},
    "/services/:service/:host": {"GET": NOTHING, "PUT": SERVICE, "DELETE": NOTHING},

    "/applications": {"GET": NOTHING},
    "/applications/:name": {"GET": NOTHING, "PUT": APPLICATION, "DELETE": NOTHING},
    "/applications/:name/configurations/:configuration": {"GET": NOTHING, "PUT": CONFIGURATION, "DELETE": NOTHING},

    "/configurations": {"GET": NOTHING},
    "/configurations/:name": {"GET": NOTHING, "PUT": CONFIGURATION, "DELETE": NOTHING},

    "/ephemerals/**": {"GET": NOTHING, "PUT": Bytes(), "DELETE": NOTHING},

    "/watches": {"GET": NOTHING, "PUT": NEW_WATCH, "DELETE": KNOWN_WATCH},
    "/watches/:name": {"GET": NOTHING, "DELETE": NOTHING},
    "/watchers/:name": {"GET": NOTHING},

    "/tokens": {"GET": NOTHING},
    "/tokens/:name": {"GET": NOTHING, "PUT": TOKEN, "DELETE": NOTHING},
    "/tokens/:name/rotate": {"POST": NOTHING},

    "/tags": {"GET": NOTHING},
    "/tags/:tag": {"GET": NOTHING},
    "/tags/:tag/:collection/**": {"GET": NOTHING},
    "/links": {"GET": NOTHING},
    "/links/:link": {"GET": NOTHING},
    "/:link": {"GET": NOTHING},
    "/:link/services/:service": {"GET": NOTHING},
    "/:link/:collection": {"GET": NOTHING},
    "/:link/:collection/**": {"GET": NOTHING},
}

# What each kind of object has.
for _path in ("/hosts/:host", "/services/:service/:host", "/applications/:name", "/configurations/:name",
              "/ephemerals/**"):
    ROUTES[_path + "/tag"] = {"PUT": TAGS, "DELETE": TAGS}
    ROUTES[_path + "/link"] = {"PUT": LINK, "DELETE": LINK}
    ROUTES[_path + "/watch"] = {"PUT": WATCH}

# Routes that answer whatever the registry contains.
ALWAYS = {("POST", "/lifetimes/release")} | {("GET", pattern) for pattern in (
    "/", "/version", "/health", "/keys", "/metrics", "/stats", "/events", "/lifetimes", "/objects", "/tokens",
    "/links")}

# Routes that answer every client.
FOR_ALL = {("GET", "/health"), ("GET", "/keys")}

# Routes whose answer differs each time.
COUNTERS = {"/metrics", "/stats"}

# Writes that create the object they name.
MAKERS = {("PUT", pattern) for pattern in ("/hosts/:host", "/services/:service/:host", "/ephemerals/**", "/watches",
                                           "/applications/:name", "/configurations/:name",
                                           "/applications/:name/configurations/:configuration",
                                           "/tokens/:name")} | {("POST", "/transactions")}

# Limits of bodies that exceed body_bytes_max.
LARGER_BODIES = {"/transactions": 1 << 20}


def each_request():
    """(method, pattern, body) for each method of each row."""
    for pattern, methods in ROUTES.items():
        for method, body in methods.items():
            yield method, pattern, body


def target_of(pattern, name=None, place=0):
    """A target that matches the pattern; name: the value of the place-th of its free segments."""
    words = free_segments(pattern)
    names = ["a/b" if word == "**" else word.strip(":") for word in words]
    if name is not None:
        names[place] = name
    return re.sub(r":\w+|\*\*", lambda _: names.pop(0), pattern)


def free_segments(pattern):
    """Segments that may be any name."""
    return re.findall(r":\w+|\*\*", pattern)


def headers_of(method):
    return {"Content-Type": "application/json"} if method == "POST" else {}


def read_route_table(text):
    """{pattern: methods} of noahd/api/resources/route_table.c."""
    rows = re.findall(r'^\t\{ "(/[^"]*)",(.*?)\},$', text, re.MULTILINE | re.DOTALL)
    return {pattern: {method.upper() for method in re.findall(r"\.(get|put|post|delete)\b", row)}
            for pattern, row in rows}
