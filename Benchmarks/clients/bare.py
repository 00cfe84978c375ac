"""The bare C loop over connections that libcurl made: what is physically possible."""

import json

from clients import Target
from suite.build import program as compiled
from suite.context import Context
from suite.process import Finished
from suite.sample import Count

NAME = "bare C"
PROGRAM = None


def get(context: Context, program: object, target: Target) -> tuple[list, dict]:
    loop = compiled(context.root, context.build, "loop", ("-lcurl",))
    return [loop, target.url, target.seconds, target.connections], {}


def read(finished: Finished) -> Count:
    counts = json.loads(finished.output)
    return Count(counts["requests"], counts["failures"])
