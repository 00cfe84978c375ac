"""Locust with its faster client, FastHttpUser."""

import json

from clients import Target
from suite.context import Context
from suite.process import Finished
from suite.sample import Count

NAME = "locust"
PROGRAM = "locust"

# It comes to a few thousand requests a second; its users are started one by one.
MOST_CONNECTIONS = 256


def get(context: Context, program: object, target: Target) -> tuple[list, dict]:
    host, path = target.url.rsplit("/", 1)
    command = [
        program,
        "-f",
        context.scripts / "get_locust.py",
        "--headless",
        "--only-summary",
        "--json",
        "--loglevel",
        "CRITICAL",
        "--users",
        target.connections,
        "--spawn-rate",
        10 * target.connections,
        "--run-time",
        f"{target.seconds}s",
        "--host",
        host,
    ]
    return command, {"LOCUST_PATH": "/" + path}


def read(finished: Finished) -> Count:
    output = finished.output
    entries = json.loads(output[output.index("[") : output.rindex("]") + 1])
    return Count(sum(each["num_requests"] for each in entries), sum(each["num_failures"] for each in entries))
