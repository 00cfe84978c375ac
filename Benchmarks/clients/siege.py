import json

from clients import Target
from suite.context import Context
from suite.process import Finished
from suite.sample import Count

NAME = "siege"
PROGRAM = "siege"

# A thread for each connection.
MOST_CONNECTIONS = 256

SETTINGS = """\
connection = keep-alive
limit = 300
parser = false
logging = false
show-logfile = false
color = off
verbose = false
quiet = true
json_output = true
"""


def get(context: Context, program: object, target: Target) -> tuple[list, dict]:
    settings = context.scratch / "siegerc"
    settings.write_text(SETTINGS)
    return [
        program,
        f"--rc={settings}",
        "--benchmark",
        f"--concurrent={target.connections}",
        f"--time={target.seconds}S",
        target.url,
    ], {}


def read(finished: Finished) -> Count:
    output = finished.output
    counts = json.loads(output[output.index("{") : output.rindex("}") + 1])
    return Count(counts["transactions"] + counts["failed_transactions"], counts["failed_transactions"])
