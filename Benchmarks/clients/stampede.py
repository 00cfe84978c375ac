"""Stampede, with all of its recording, and no files."""

import json

from clients import Target
from suite.context import Context
from suite.process import Finished
from suite.sample import Count

NAME = "stampede"
PROGRAM = None


def run(context: Context, scenario: dict, *options: str) -> list:
    """The command that runs a scenario with one worker."""
    file = context.scratch / f"{scenario['name']}.json"
    file.write_text(json.dumps(scenario))
    return [context.stampede, "run", file, "--workers", "1", "--quiet", "--json", "--reports", "none", *options]


def scenario(name: str, url: str, load: dict, steps: list[dict], **group) -> dict:
    base, _, path = url.partition("://")
    host = path.split("/")[0]
    return {
        "name": name,
        # Figures are taken from the run, not a gate: a run of one request is not asked for evidence.
        "verdict": "point",
        "target": f"{base}://{host}",
        "client": {"insecure": base == "https"},
        "traffic": {"main": {"load": load, "steps": steps, **group}},
    }


def get_step(path: str) -> dict:
    return {"name": "get", "get": path, "outcomes": {"ok": {"status": 200}}}


def get(context: Context, program: object, target: Target) -> tuple[list, dict]:
    path = "/" + target.url.split("/", 3)[3]
    load = {"users": target.connections, "for": f"{target.seconds}s"}
    return run(context, scenario("get", target.url, load, [get_step(path)])), {}


def read(finished: Finished) -> Count:
    result = json.loads(finished.output)
    totals = result["totals"]
    notes = []
    if result["verdict"] != "pass":
        findings = [each["message"] for each in result["findings"] if each["verdict"] == result["verdict"]]
        notes.append(f"its verdict is {result['verdict']}: {'; '.join(findings + result['notes'])}")
    return Count(totals["requests"], totals["errors"], notes=notes)
