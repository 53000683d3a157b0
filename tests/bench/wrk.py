"""wrk, which loads them all alike."""
# SPDX-License-Identifier: Apache-2.0

import re
import subprocess

WRK_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
WRK_FAULTS = re.compile(r"Socket errors:.*|Non-2xx or 3xx responses:.*")


def wrk(url, connections, seconds, script=None, arguments=(), headers=()):
    """Requests per second. One answer that is no success spoils the figure."""
    options = ["-d", f"{seconds}s"] + (["-s", script] if script else [])
    for name, value in headers:
        options += ["-H", f"{name}: {value}"]
    output = run_wrk(url, connections, options, arguments)
    faults = WRK_FAULTS.search(output)
    if faults:
        raise RuntimeError(f"wrk {url}: {faults[0]}")
    return float(WRK_RATE.search(output)[1])


def wrk_until_done(url, connections, script, arguments, seconds_most=300):
    """For scripts that end wrk themselves when they have what they want."""
    if WRK_RATE.search(run_wrk(url, connections, ["-d", f"{seconds_most}s", "-s", script], arguments)):
        raise RuntimeError(f"{script} {arguments}: not done within {seconds_most} s")


def run_wrk(url, connections, options, arguments):
    command = ["wrk", "-t1", f"-c{connections}", *options, url, "--", *(str(argument) for argument in arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout
