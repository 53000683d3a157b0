"""The examples of doc/protocol.md: read from its indented blocks, and compared with what a noahd answers.

HACKING.md tells the convention. A name such as "5a0c7e1e…" stands for a value of the server's choice.
"""
# SPDX-License-Identifier: Apache-2.0

import json
import re

REQUEST = re.compile(r"(GET|HEAD|PUT|POST|DELETE) \S+$")
STATUS = re.compile(r"[1-5]\d\d$")
HEADER = re.compile(r"([A-Za-z][\w-]*): (.*)$")
SETTINGS = re.compile(r"<!-- noahd((?: \S+=\S+)*) -->$")

JSON_TYPE = "application/json;charset=utf-8"
ANYTHING, MORE = "\ue000", "\ue001"  # what "…" outside of a string becomes: any value, any more members

# What a name may stand for; "noah_" and the like before it are compared.
CHOSEN = r"[\w+/=.-]+?"
NAME = re.compile(r"[A-Za-z0-9-]+…")
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
LOOKS = {"id": UUID, "created_at": TIME, "updated_at": TIME}  # what a text under this key is, where it is left open


class Part:
    """A request or an answer: its first line, the headers it shows, and the lines of its body."""

    def __init__(self, line, first):
        self.line, self.first = line, first
        self.headers, self.body = [], []

    @property
    def is_request(self):
        return not STATUS.match(self.first)

    @property
    def method(self):
        return self.first.split(" ")[0]

    @property
    def target(self):
        return self.first.split(" ")[1]

    @property
    def text(self):
        return "\n".join(self.body)

    def header(self, name, default=None):
        return next((value for known, value in self.headers if known.lower() == name.lower()), default)


class Section:
    """A section of the second level: the settings for its noahd, and its examples in order."""

    def __init__(self, title):
        self.title = title
        self.settings = []
        self.examples = []  # each a list of parts


def read_sections(text):
    """The sections of the document. ValueError: a block that is not an example."""
    section, block = Section(""), []
    sections = [section]
    for number, line in enumerate([*text.splitlines(), "end"], 1):
        if line.startswith("    ") or (not line and block):
            block.append((number, line[4:]))
            continue
        if block:
            section.examples.append(read_example(block))
            block = []
        if line.startswith("## "):
            section = Section(line[3:])
            sections.append(section)
        elif settings := SETTINGS.match(line):
            section.settings = settings[1].split()
    return [section for section in sections if section.examples]


def read_example(block):
    """The parts of one block, as many requests as answers."""
    parts, fresh = [], True
    for number, line in block:
        if fresh and (REQUEST.match(line) or STATUS.match(line)):
            parts.append(Part(number, line))
        elif not parts:
            raise ValueError(f"line {number}: an example begins with a request, not with {line!r}")
        elif not parts[-1].body and (header := HEADER.match(line)):
            parts[-1].headers.append(header.groups())
        else:
            parts[-1].body.append(line)
        fresh = not line
    for part in parts:
        while part.body and not part.body[-1]:
            part.body.pop()
    if 2 * sum(part.is_request for part in parts) != len(parts):
        raise ValueError(f"line {block[0][0]}: an example has as many answers as requests")
    return parts


def read_open_json(text):
    """JSON in which "…" outside of strings stands for any value, or before a closing bracket for any more members."""
    def replace(found):
        if found[0] != "…":
            return found[0]
        before, after = text[:found.start()].rstrip()[-1:], text[found.end():].lstrip()[:1]
        if after == "}":
            return f'"{MORE}":0' if before in "{," else f'"{ANYTHING}"'
        return f'"{MORE}"' if after == "]" else f'"{ANYTHING}"'
    return json.loads(re.sub(r'"(?:[^"\\]|\\.)*"|…', replace, text))


def json_type(value):
    """JSON knows one kind of number."""
    return float if type(value) is int else type(value)


class Names:
    """The values of a section's names. Each comparison yields texts about the differences."""

    def __init__(self):
        self.known = {}

    def fill(self, text):
        """A text to send: names are already known, or KeyError."""
        return NAME.sub(lambda name: self.known[name[0]], text)

    def compare_text(self, shown, found, where, look=".+"):
        parts, names = [], []
        for part in re.split(r"([A-Za-z0-9-]*…)", shown):
            if part == "…":
                parts.append(look if shown == part else ".+")
            elif part.endswith("…"):
                known = self.known.get(part)
                parts.append(re.escape(known) if known else f"(?P<n{len(names)}>{look if shown == part else CHOSEN})")
                names += [] if known else [part]
            else:
                parts.append(re.escape(part))
        match = re.fullmatch("".join(parts), found, re.DOTALL)
        if match is None:
            yield f"{where}: {found!r} is not {shown!r}"
        else:
            self.known.update({name: match[f"n{i}"] for i, name in enumerate(names)})

    def compare_json(self, shown, found, where="body"):
        if shown == ANYTHING:
            return
        if json_type(shown) != json_type(found):
            yield f"{where}: {found!r} is not {shown!r}"
        elif isinstance(shown, dict):
            yield from self._compare_objects(shown, found, where)
        elif isinstance(shown, list):
            yield from self._compare_arrays(shown, found, where)
        elif isinstance(shown, str):
            yield from self.compare_text(shown, found, where, LOOKS.get(where.rpartition(".")[2], ".+"))
        elif shown != found:
            yield f"{where}: {found!r} is not {shown!r}"

    def _compare_objects(self, shown, found, where):
        """The names of an object's members may be names of ours."""
        shown = dict(shown)
        left_open = shown.pop(MORE, None) is not None
        shown = {self.known.get(key, key): value for key, value in shown.items()}
        for key, value in shown.items():
            if key in found:
                yield from self.compare_json(value, found[key], f"{where}.{key}")
            else:
                yield f"{where}: {key!r} is missing in {found!r}"
        if not left_open and (more := found.keys() - shown.keys()):
            yield f"{where}: {sorted(more)} too many"

    def _compare_arrays(self, shown, found, where):
        left_open = shown[-1:] == [MORE]
        shown = shown[:-1] if left_open else shown
        if len(found) < len(shown) or (len(found) > len(shown) and not left_open):
            yield f"{where}: {len(found)} members, not {len(shown)}: {found!r}"
        for i, (expected, member) in enumerate(zip(shown, found)):
            yield from self.compare_json(expected, member, f"{where}[{i}]")

    def compare_lines(self, shown, found):
        """Line by line; a line "…" stands for any number of lines."""
        shown, found = list(shown), list(found)
        while shown:
            line = shown.pop(0)
            if line == "…":
                if not shown:
                    return
                while found and list(self.compare_line(shown[0], found[0])):
                    found.pop(0)
            elif not found:
                yield f"body: {line!r} is missing"
            else:
                yield from self.compare_line(line, found.pop(0))
        if any(found):
            yield f"body: goes on with {found[0]!r}"

    def compare_line(self, shown, found):
        """JSON is compared as such also behind the "data: " of an event."""
        if shown.startswith("data: {") and found.startswith("data: {"):
            yield from self.compare_json(read_open_json(shown[6:]), json.loads(found[6:]), "data")
        else:
            yield from self.compare_text(shown, found, "body")

    def compare_answer(self, part, answer):
        """answer: of raw_http. It is JSON unless the example shows another type."""
        if int(part.first) != answer.status:
            yield f"status: {answer.status} is not {part.first}: {answer.body[:500]!r}"
            return
        if part.body and part.header("Content-Type") is None:
            yield from self.compare_text(JSON_TYPE, answer.headers.get("content-type", ""), "Content-Type")
        yield from self.compare_message(part, answer.headers, answer.body)

    def compare_message(self, part, headers, body):
        """What the example shows of headers (found: by lower-case name), and the body."""
        for name, value in part.headers:
            yield from self.compare_text(value, headers.get(name.lower(), ""), name)
        body = body.decode("utf-8", "backslashreplace")
        if part.text == "…":
            return
        if body and "json" in headers.get("content-type", ""):
            try:
                shown = read_open_json(part.text)
            except ValueError as reason:
                yield f"body: {part.text!r} is no JSON ({reason})"
            else:
                yield from self.compare_json(shown, json.loads(body))
        else:
            yield from self.compare_lines(part.body, body.split("\n"))
