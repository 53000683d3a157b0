"""How the demo looks: in colour on a terminal, plain elsewhere."""
# SPDX-License-Identifier: Apache-2.0

import os
import sys
import textwrap

WIDTH = 100
_IN_COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def _styled(code, text):
    return f"\033[{code}m{text}\033[0m" if _IN_COLOUR else text


def heading(number, text):
    print(f"\n{_styled('1;36', f'{number}. {text}')}", flush=True)


def say(text):
    """A remark of one or more lines."""
    print(textwrap.fill(text, WIDTH, initial_indent="   ", subsequent_indent="   "), flush=True)


def command(text):
    """A command line, before what it prints."""
    print(_styled("1", f"   $ {text}"), flush=True)


def output(text, code="32"):
    """What a command printed."""
    for line in text.rstrip("\n").splitlines():
        print(_styled(code, f"     {line}"), flush=True)


def figure(text):
    print(_styled("1;33", f"   {text}"), flush=True)


def waiting(text):
    """Tells on a terminal that something goes on; the next waiting or arrived takes its place."""
    if sys.stdout.isatty():
        print(f"\r\033[K   {text}", end="", flush=True)


def arrived():
    """Ends what waiting began."""
    if sys.stdout.isatty():
        print("\r\033[K", end="", flush=True)


def failure(text):
    print(_styled("1;31", text), file=sys.stderr, flush=True)
