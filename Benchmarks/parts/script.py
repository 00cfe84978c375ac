"""The same realistic step in Stampede, in k6 and in wrk with Lua.

Each buyer posts a JSON body of its own twice: `{"userId": "user-…"}`. The first answer has to be a 201 with the right
policy, from which two values are captured; the second a 409 whose JSON names the right code. Three outcomes are told
apart, anything else is an error. The target is the bundled server with queries that take no time.
"""

import json

from clients import k6, stampede
from parts import Part
from suite.context import Context
from suite.markdown import Table, cell, flag_notes
from suite.process import Finished
from suite.reference import ReferenceServer
from suite.rounds import Run, interleave
from suite.sample import Count

SUMMARY = "a POST with templated JSON, JSON checks, captures and outcomes; against k6 and wrk with Lua"

CONNECTIONS = [64]
ROUNDS = 5
SECONDS = 4

OUTCOMES = ["issued", "already_issued", "sold_out"]

STEP = {
    "name": "issue",
    "post": "/api/coupon-policies/1/issue",
    "json": {"userId": "user-${iteration}"},
    "repeat": 2,
    "outcomes": {
        "issued": {
            "status": 201,
            "json": {"$.policyId": 1},
            "capture": {"coupon": "$.couponId", "sequence": "$.sequence"},
        },
        "already_issued": {"status": 409, "json": {"$.error.code": "ALREADY_ISSUED"}},
        "sold_out": {"status": 409, "json": {"$.error.code": "COUPON_SOLD_OUT"}},
    },
}


def run(context: Context) -> Part:
    options = context.options
    seconds = options.seconds or SECONDS
    rounds = options.rounds or ROUNDS
    missing: dict[str, str] = {}
    groups = []
    for connections in options.connections or CONNECTIONS:
        makers = {"stampede": _stampede, "wrk with Lua": _wrk, "k6": _k6}
        group = []
        for name, maker in makers.items():
            program = None
            if name != "stampede":
                needed = name.split()[0]
                program = context.programs.find(needed)
                if not program:
                    missing[name] = context.programs.missing[needed]
                    continue
            command, read = maker(context, program, connections, seconds)
            group.append(
                Fresh(context, command).run({"client": name, "connections": connections}, read, seconds, rounds)
            )
        groups.append(group)
    samples = interleave(context, "script", groups)

    part = Part("script", samples, [], missing=missing, settings={"seconds": seconds, "rounds": rounds})
    table = Table(
        "A realistic step: POST, JSON check, two captures, three outcomes",
        [
            "client",
            "connections",
            "thousand requests per client CPU-second",
            "thousand requests per second",
            "peak memory, MB",
            "Stampede by this",
        ],
    )
    for connections in options.connections or CONNECTIONS:
        for name in ("stampede", "wrk with Lua", "k6"):
            key = {"client": name, "connections": connections}
            per_cpu = samples.spread(lambda each: each.per_cpu_second, **key)
            ratio = samples.ratio(lambda each: each.per_cpu_second, {**key, "client": "stampede"}, key)
            peak = samples.spread(lambda each: each.peak_bytes, **key)
            rate = samples.spread(lambda each: each.per_second, **key)
            if per_cpu:
                table.rows.append(
                    [
                        name,
                        f"{connections:,}",
                        cell(per_cpu, 1e-3),
                        cell(rate, 1e-3),
                        cell(peak, 1e-6),
                        "" if name == "stampede" else cell(ratio),
                    ]
                )
                part.summary.append(
                    {
                        **key,
                        "requests_per_cpu_second": per_cpu.as_json(),
                        "requests_per_second": rate and rate.as_json(),
                        "peak_bytes": peak.as_json(),
                        "stampede_ratio": ratio and ratio.as_json(),
                    }
                )
    table.notes = flag_notes(samples.all, lambda each: f"{each.key['client']}, {each.key['connections']:,} connections")
    part.tables = [table]
    return part


class Fresh:
    """Gives each run a server of its own, with all coupons left."""

    def __init__(self, context: Context, command):
        self._context = context
        self._command = command
        self._server: ReferenceServer | None = None

    def run(self, key: dict, read, seconds: float, rounds: int) -> Run:
        return Run(key=key, command=self._start, read=read, seconds=seconds, rounds=rounds, finish=self._stop)

    def _start(self) -> tuple[list, dict]:
        self._server = ReferenceServer(self._context).__enter__()
        return self._command(self._server.base)

    def _stop(self) -> None:
        if self._server:
            self._server.__exit__()
            self._server = None


def _balance(count: Count, outcomes: dict) -> Count:
    """Half of the requests are issued, half are refused for the right reason; a client that counts otherwise did
    something else."""
    count.figures = outcomes
    issued, already = outcomes["issued"], outcomes["already_issued"]
    if count.requests and abs(issued - already) > 0.01 * count.requests + 200:
        count.notes.append(f"{issued:,} issued and {already:,} already issued should be as many")
    return count


def read_stampede(finished: Finished) -> Count:
    count = stampede.read(finished)
    found = {each["outcome"]: each["count"] for each in json.loads(finished.output)["steps"][0]["outcomes"]}
    return _balance(count, {name: found.get(name, 0) for name in OUTCOMES})


def _stampede(context: Context, program, connections: int, seconds: int):
    def command(base: str):
        load = {"users": connections, "for": f"{seconds}s"}
        return stampede.run(context, stampede.scenario("coupon", base + "/", load, [STEP])), {}

    return command, read_stampede


def _k6(context: Context, program, connections: int, seconds: int):
    def command(base: str):
        return k6.run(context, program, "coupon.js", {"BASE": base}, "--vus", connections, "--duration", f"{seconds}s")

    def read(finished: Finished) -> Count:
        found = k6.metrics(finished)
        counts = {
            name: found.get(name, {"values": {"count": 0}})["values"]["count"] for name in OUTCOMES + ["unexpected"]
        }
        return _balance(Count(found["http_reqs"]["values"]["count"], counts.pop("unexpected")), counts)

    return command, read


def _wrk(context: Context, program, connections: int, seconds: int):
    def command(base: str):
        return [program, "-t1", f"-c{connections}", f"-d{seconds}s", "-s", context.scripts / "coupon.lua", base], {}

    def read(finished: Finished) -> Count:
        counts = json.loads(next(line for line in finished.output.splitlines() if line.startswith("{")))
        failures = counts.pop("unexpected") + counts.pop("transport")
        return _balance(Count(sum(counts.values()) + failures, failures), counts)

    return command, read
