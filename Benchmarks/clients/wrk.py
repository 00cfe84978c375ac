import re

from clients import Target
from suite.context import Context
from suite.process import Finished
from suite.sample import Count

NAME = "wrk"
PROGRAM = "wrk"


def get(context: Context, program: object, target: Target) -> tuple[list, dict]:
    return [program, "-t1", f"-c{target.connections}", f"-d{target.seconds}s", target.url], {}


def read(finished: Finished) -> Count:
    output = finished.output
    requests = int(re.search(r"(\d+) requests in ", output).group(1))
    failures = 0
    if errors := re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", output):
        failures += sum(int(number) for number in errors.groups())
    if others := re.search(r"Non-2xx or 3xx responses: (\d+)", output):
        failures += int(others.group(1))
    return Count(requests, failures)
