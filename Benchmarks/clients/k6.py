"""k6, by scripts that ask for no more than is compared: bodies that nobody looks at are not kept."""

import json

from clients import Target
from suite.context import Context
from suite.process import Finished
from suite.sample import Count

NAME = "k6"
PROGRAM = "k6"

# The summary follows this on standard output.
MARK = "k6-summary:"


def run(context: Context, program: object, script: str, environment: dict, *options: object) -> tuple[list, dict]:
    command = [
        program,
        "run",
        "--quiet",
        "--no-color",
        "--no-usage-report",
        "--address",
        "",
        "--insecure-skip-tls-verify",
        *options,
        context.scripts / script,
    ]
    return command, {name: str(value) for name, value in environment.items()}


def get(context: Context, program: object, target: Target) -> tuple[list, dict]:
    options = ["--vus", target.connections, "--duration", f"{target.seconds}s", "--discard-response-bodies"]
    return run(context, program, "get.js", {"URL": target.url}, *options)


def metrics(finished: Finished) -> dict:
    line = next(line for line in finished.output.splitlines() if line.startswith(MARK))
    return json.loads(line[len(MARK) :])


def read(finished: Finished) -> Count:
    found = metrics(finished)
    failed = found["http_req_failed"]["values"]
    return Count(found["http_reqs"]["values"]["count"], failed["passes"])
