import re

from clients import Target
from suite.context import Context
from suite.process import Finished
from suite.sample import Count

NAME = "hey"
PROGRAM = "hey"


def get(context: Context, program: object, target: Target) -> tuple[list, dict]:
    return [program, "-cpus", "1", "-z", f"{target.seconds}s", "-c", target.connections, target.url], {}


def read(finished: Finished) -> Count:
    output = finished.output
    total = float(re.search(r"Total:\s+([\d.]+) secs", output).group(1))
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
    # It keeps a million answers; what it says of more is the rate alone.
    counts = {int(status): int(count) for status, count in re.findall(r"\[(\d{3})\]\s+(\d+) responses", output)}
    failures = sum(count for status, count in counts.items() if not 200 <= status < 300)
    if "Error distribution:" in output:
        errors = output.split("Error distribution:")[1]
        failures += sum(int(count) for count in re.findall(r"^\s*\[(\d+)\]", errors, re.MULTILINE))
    return Count(round(total * rate), failures)
