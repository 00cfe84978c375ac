"""The reference server beside nginx's `return 200`: requests per second of the server's CPU, driven by wrk."""

import time

from clients import Target, wrk
from parts import Part
from suite.context import Context
from suite.markdown import Table, cell, flag_notes
from suite.nginx import Nginx
from suite.process import Process, cpu_seconds
from suite.reference import ReferenceServer
from suite.rounds import Run, interleave
from suite.sample import Samples

SUMMARY = "the reference server against nginx's 'return 200': requests per server CPU-second"

CONNECTIONS = [64]
ROUNDS = 5
SECONDS = 4

NGINX = "nginx, return 200"
HEALTH = "reference server, GET /health/live"
NGINX_POST = "nginx, return 200 to the same POST"
ISSUE = "reference server, coupon issue"


def run(context: Context) -> Part:
    options = context.options
    seconds = options.seconds or SECONDS
    rounds = options.rounds or ROUNDS
    program = context.programs.find("wrk")
    if not program:
        reason = context.programs.missing["wrk"]
        return Part("server", Samples(), [], missing={"wrk": reason}, skipped="it is driven by wrk, which is missing")
    counts = options.connections or CONNECTIONS
    with Nginx(context, max(counts)) as nginx:
        groups = [_group(context, nginx, program, count, seconds, rounds) for count in counts]
        samples = interleave(context, "server", groups)

    part = Part("server", samples, [], settings={"seconds": seconds, "rounds": rounds})
    table = Table(
        "Servers: thousand requests per server CPU-second",
        ["server", "connections", "per CPU-second", "per second", "by nginx, return 200", "of the processor's time"],
    )

    def per_cpu(sample) -> float | None:
        spent = sample.figures.get("server_cpu_seconds")
        return sample.requests / spent if spent else None

    for count in counts:
        for name in (NGINX, HEALTH, NGINX_POST, ISSUE):
            key = {"server": name, "connections": count}
            speed = samples.spread(per_cpu, **key)
            rate = samples.spread(lambda each: each.per_second, **key)
            share = samples.spread(
                lambda each: each.figures["server_cpu_seconds"] / each.figures["server_wall_seconds"], **key
            )
            ratio = samples.ratio(per_cpu, key, {**key, "server": NGINX})
            table.rows.append(
                [
                    name,
                    f"{count:,}",
                    cell(speed, 1e-3),
                    cell(rate, 1e-3),
                    "" if name == NGINX else cell(ratio),
                    cell(share),
                ]
            )
            part.summary.append(
                {
                    **key,
                    "requests_per_server_cpu_second": speed and speed.as_json(),
                    "requests_per_second": rate and rate.as_json(),
                    "ratio_to_nginx": ratio and ratio.as_json(),
                }
            )
    table.notes = flag_notes(samples.all, lambda each: f"{each.key['server']}, {each.key['connections']:,} connections")
    part.tables = [table]
    return part


def _group(context: Context, nginx: Nginx, program: object, connections: int, seconds: int, rounds: int) -> list[Run]:
    def get(url: str) -> list:
        return wrk.get(context, program, Target(url, connections, seconds))[0]

    def post(base: str) -> list:
        return [program, "-t1", f"-c{connections}", f"-d{seconds}s", "-s", context.scripts / "issue.lua", base]

    def fixed(command: list):
        return lambda: (command, {}, nginx.worker, lambda: None)

    def fresh(command):
        """A server of its own for each run, so that none starts with the coupons of another."""

        def start():
            server = ReferenceServer(context).__enter__()
            return command(server), {}, server.pid, server.__exit__

        return start

    makers = {
        NGINX: fixed(get(nginx.url())),
        NGINX_POST: fixed(post(nginx.url().rstrip("/"))),
        HEALTH: fresh(lambda server: get(server.url("/health/live"))),
        ISSUE: fresh(lambda server: post(server.base)),
    }
    return [
        _Measured(make).run({"server": name, "connections": connections}, seconds, rounds)
        for name, make in makers.items()
    ]


class _Measured:
    """Takes the server's CPU time before and after a run."""

    def __init__(self, make):
        self._make = make
        self._pid = 0
        self._end = lambda: None

    def run(self, key: dict, seconds: float, rounds: int) -> Run:
        return Run(
            key=key,
            command=self._start,
            read=wrk.read,
            seconds=seconds,
            rounds=rounds,
            began=self._began,
            finish=self._finish,
        )

    def _start(self) -> tuple[list, dict]:
        command, environment, self._pid, self._end = self._make()
        return command, environment

    def _began(self, _: Process) -> None:
        self._cpu, self._instant = cpu_seconds(self._pid), time.monotonic()

    def _finish(self) -> dict:
        try:
            return {
                "server_cpu_seconds": cpu_seconds(self._pid) - self._cpu,
                "server_wall_seconds": time.monotonic() - self._instant,
            }
        finally:
            self._end()
