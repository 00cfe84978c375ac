import re

from clients import Target
from suite.context import Context
from suite.process import Finished
from suite.sample import Count

NAME = "ab"
PROGRAM = "ab"

# It makes room for the times of all requests beforehand, so there must be a number, and more than it can reach.
MOST_PER_SECOND = 400_000


def get(context: Context, program: object, target: Target) -> tuple[list, dict]:
    most = MOST_PER_SECOND * target.seconds
    # -n after -t, which sets it too.
    return [program, "-k", "-r", "-q", "-t", target.seconds, "-n", most, "-c", target.connections, target.url], {}


def read(finished: Finished) -> Count:
    output = finished.output
    requests = int(re.search(r"Complete requests:\s+(\d+)", output).group(1))
    failures = int(re.search(r"Failed requests:\s+(\d+)", output).group(1))
    if others := re.search(r"Non-2xx responses:\s+(\d+)", output):
        failures += int(others.group(1))
    return Count(requests, failures)
