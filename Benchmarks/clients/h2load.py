import re

from clients import Target
from suite.context import Context
from suite.process import Finished
from suite.sample import Count

NAME = "h2load"
PROGRAM = "h2load"


def get(context: Context, program: object, target: Target) -> tuple[list, dict]:
    return [program, "--h1", "-t1", "-m1", "-c", target.connections, "-D", target.seconds, target.url], {}


def read(finished: Finished) -> Count:
    counts = re.search(r"(\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", finished.output)
    done, succeeded, failed, _, _ = (int(number) for number in counts.groups())
    return Count(done, max(done - succeeded, failed))
