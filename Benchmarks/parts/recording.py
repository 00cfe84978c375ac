"""What it costs to record requests for invariants: the step of the part `script`, with and without them.

With them, each request is recorded with its buyer and, where there is one, its number, and judged when the load has ended. The runs of a
round are next to each other, so that the ratio is of the same moment. Judging is a part of what is measured; what the
worker's thread alone took is told beside it.
"""

import json

from clients import stampede
from parts import Part, script
from suite.context import Context
from suite.markdown import Table, cell, flag_notes
from suite.process import Finished
from suite.reference import PLENTY
from suite.rounds import Run, interleave
from suite.sample import Count

SUMMARY = "what recording each request for invariants costs, judging included"

CONNECTIONS = [64]
ROUNDS = 9
SECONDS = 4

PLAIN = "without invariants"
RECORDED = "with invariants"

# The most that recording may cost of the client's CPU time.
BAR = 0.10

INVARIANTS = {
    # The same buyer asks twice, but one after the other.
    "one coupon for a buyer": {
        "sequential": True,
        "at_most": {"count": 1, "of": "issue.issued", "per": "buyer"},
    },
    # Holds whatever the numbers are; they are recorded for it.
    "the numbers are on record": {
        "sequential": True,
        "equal": {
            "left": {"sum": "sequence", "of": "issue.issued"},
            "right": {"sum": "sequence", "of": "issue.issued"},
        },
    },
}


def run(context: Context) -> Part:
    options = context.options
    seconds = options.seconds or SECONDS
    rounds = options.rounds or ROUNDS
    connections = options.connections or CONNECTIONS
    groups = [
        [
            script.Fresh(context, _command(context, name, users, seconds)).run(
                {"client": name, "connections": users}, _read, seconds, rounds
            )
            for name in (PLAIN, RECORDED)
        ]
        for users in connections
    ]
    samples = interleave(context, "recording", groups)

    part = Part("recording", samples, [], settings={"seconds": seconds, "rounds": rounds, "bar": BAR})
    table = Table(
        "Recording requests for invariants",
        [
            "client",
            "connections",
            "CPU, µs a request",
            "of which the worker's thread",
            "peak memory, MB",
            "more CPU",
            "more of the worker's",
        ],
    )
    for users in connections:
        plain = {"client": PLAIN, "connections": users}
        for name in (PLAIN, RECORDED):
            key = {"client": name, "connections": users}
            cpu = samples.spread(_cpu, **key)
            worker = samples.spread(_worker, **key)
            if not cpu or not worker:
                continue
            peak = samples.spread(lambda each: each.peak_bytes, **key)
            more = samples.ratio(_cpu, key, plain) if name == RECORDED else None
            more_of_worker = samples.ratio(_worker, key, plain) if name == RECORDED else None
            table.rows.append(
                [
                    name,
                    f"{users:,}",
                    cell(cpu, 1e6),
                    cell(worker, 1e6),
                    cell(peak, 1e-6),
                    _percent(more),
                    _percent(more_of_worker),
                ]
            )
            part.summary.append(
                {
                    **key,
                    "cpu_seconds_per_request": cpu.as_json(),
                    "worker_cpu_seconds_per_request": worker.as_json(),
                    "peak_bytes": peak.as_json(),
                    "cpu_ratio": more and more.as_json(),
                    "worker_cpu_ratio": more_of_worker and more_of_worker.as_json(),
                }
            )
    table.notes = [
        f"No more than {BAR:.0%} is what recording may cost; judging is a part of it.",
        *flag_notes(samples.all, lambda each: f"{each.key['client']}, {each.key['connections']:,} connections"),
    ]
    part.tables = [table]
    return part


def _cpu(sample) -> float | None:
    return sample.cpu_seconds / sample.requests if sample.requests else None


def _worker(sample) -> float | None:
    seconds = sample.figures.get("worker_cpu_seconds")
    return seconds / sample.requests if sample.requests and seconds else None


def _percent(ratio) -> str:
    if not ratio:
        return ""
    mark = " ⚠" if ratio.is_flagged else ""
    return f"{ratio.median - 1:+.1%} ({ratio.least - 1:+.1%} … {ratio.greatest - 1:+.1%}){mark}"


def _command(context: Context, name: str, users: int, seconds: int):
    def command(base: str):
        load = {"users": users, "for": f"{seconds}s"}
        step = {**script.STEP, "json": {"userId": "${buyer}"}}
        scenario = stampede.scenario(f"recording-{name.split()[0]}", base + "/", load, [step])
        scenario["data"] = {"buyer": {"sequence": "user-{n:08}", "count": PLENTY}}
        if name == RECORDED:
            scenario["invariants"] = INVARIANTS
        return stampede.run(context, scenario), {}

    return command


def _read(finished: Finished) -> Count:
    count = script.read_stampede(finished)
    count.figures["worker_cpu_seconds"] = sum(json.loads(finished.output)["generator"]["worker_cpu_ns"]) / 1e9
    return count
