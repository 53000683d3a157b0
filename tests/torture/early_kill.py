"""A daemon that does not live until it is ready."""
# SPDX-License-Identifier: Apache-2.0

import subprocess
import time

from support.daemon import program

CHANCE = 0.1           # in so many rounds one more kill comes while it starts
SECONDS = (0.0, 0.05)


def maybe_kill_while_starting(daemon, chooser):
    """Starts it and kills it before or just after it is ready, or does nothing. Returns the number of kills: 1 or 0."""
    if chooser.random() >= CHANCE:
        return 0
    daemon.port = 0
    command = [program(daemon.name), *daemon.arguments()]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as starting:
        time.sleep(chooser.uniform(*SECONDS))
        starting.kill()
    return 1
