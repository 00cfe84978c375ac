"""Coordinated omission: a server that stands still for a tenth of the time, and what each client's percentiles say.

nginx is stopped (SIGSTOP) in the middle of each period and goes on (SIGCONT) after a tenth of it. Whoever wants
something at a constant rate waits for what is left of the stall: of a period P with a stall T, a share T/P of the
requests waits between 0 and T. So the percentile p of what users wait is T - (1 - p) P, plus the microseconds that an
answer takes: for T = 500 ms and P = 5 s, p95 is 250 ms and p99 is 450 ms. A client that sends the next request only
when the last was answered sends few during a stall, and hardly sees it.
"""

import json
import os
import re
import signal
import threading
import time

from clients import Target, hey, k6, stampede, wrk
from parts import Part
from suite.context import Context
from suite.markdown import Table, cell, flag_notes, number
from suite.nginx import Nginx
from suite.process import Finished, Process
from suite.rounds import Run, interleave
from suite.sample import Count, Spread

SUMMARY = "what percentiles say of a server that stalls, beside the analytic answer: Stampede, k6, wrk, hey"

ROUNDS = 5
# Two periods.
SECONDS = 10
STALLED_SHARE = 0.1
RATE = 200
FEW, MANY = 10, 400

CLOSED = f"closed, {FEW} users"
OPEN_FEW = f"{RATE}/s, {FEW} users"
OPEN_MANY = f"{RATE}/s, {MANY} users"


def run(context: Context) -> Part:
    options = context.options
    seconds = options.seconds or SECONDS
    rounds = options.rounds or ROUNDS
    period = seconds / 2
    missing: dict[str, str] = {}
    with Nginx(context) as nginx:
        stalls = Stalls(nginx.worker, period)
        runs = []
        for client, shape, command, read in _cases(context, nginx.url(), seconds, missing):
            runs.append(
                Run(
                    key={"client": client, "load": shape},
                    command=lambda command=command: command,
                    read=read,
                    seconds=seconds,
                    rounds=rounds,
                    began=stalls.begin,
                    finish=stalls.end,
                )
            )
        samples = interleave(context, "stall", [runs])

    stall = STALLED_SHARE * period
    answer = {"p95": 1000 * (stall - 0.05 * period), "p99": 1000 * (stall - 0.01 * period)}
    tolerance = max(1000 / RATE, 5)
    part = Part(
        "stall",
        samples,
        [],
        missing=missing,
        settings={"seconds": seconds, "rounds": rounds, "period_seconds": period, "stall_seconds": stall, "rate": RATE},
    )
    table = Table(
        f"A server that stands still for {number(1000 * stall)} ms of every {number(period)} s: milliseconds",
        ["client", "load", "p95", "p99", "max", f"within {number(tolerance)} ms of the answer"],
    )
    table.rows.append(
        ["**the answer**", f"{RATE}/s", number(answer["p95"]), number(answer["p99"]), number(1000 * stall), ""]
    )
    for each in runs:
        figures = {
            name: samples.spread(lambda sample, name=name: sample.figures.get(name), **each.key)
            for name in ("p95", "p99", "max")
        }
        off = {name: figures[name] and figures[name].median - answer[name] for name in answer}
        holds = all(value is not None and abs(value) <= tolerance for value in off.values())
        table.rows.append(
            [
                each.key["client"],
                each.key["load"],
                *(cell(spread) for spread in figures.values()),
                "yes" if holds else "no" + _distance(off["p95"]),
            ]
        )
        part.summary.append(
            {
                **each.key,
                "answer_ms": answer,
                "off_ms": off,
                "holds": holds,
                **{f"{name}_ms": spread and spread.as_json() for name, spread in figures.items()},
            }
        )
    lengths = Spread.of(value for sample in samples.all for value in sample.figures.get("stalls_ms", []))
    if lengths:
        table.notes.append(f"the stalls were {cell(lengths)} ms long")
    table.notes += flag_notes(samples.all, lambda each: f"{each.key['client']}, {each.key['load']}")
    part.tables = [table]
    return part


def _distance(off: float | None) -> str:
    return "" if off is None else f": p95 is {abs(off):,.0f} ms too {'low' if off < 0 else 'high'}"


class Stalls:
    """Stops a process in the middle of each of two periods."""

    def __init__(self, pid: int, period: float):
        self._pid = pid
        self._period = period
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._lengths: list[float] = []

    def begin(self, _: Process) -> None:
        self._over.clear()
        self._lengths = []
        self._thread = threading.Thread(target=self._stall, args=[time.monotonic()])
        self._thread.start()

    def end(self) -> dict:
        if self._thread:
            self._over.set()
            self._thread.join()
            self._thread = None
        return {"stalls_ms": self._lengths}

    def _stall(self, began: float) -> None:
        stall = STALLED_SHARE * self._period
        for index in range(2):
            start = began + index * self._period + (self._period - stall) / 2
            if self._over.wait(max(0, start - time.monotonic())):
                return
            os.kill(self._pid, signal.SIGSTOP)
            stopped = time.monotonic()
            try:
                self._over.wait(max(0, start + stall - time.monotonic()))
            finally:
                os.kill(self._pid, signal.SIGCONT)
            self._lengths.append(1000 * (time.monotonic() - stopped))


def _cases(context: Context, url: str, seconds: int, missing: dict):
    """Client, load in words, command and environment, how its output is read."""
    lasting = f"{seconds}s"
    loads = {
        CLOSED: {"users": FEW, "for": lasting},
        OPEN_FEW: {"arrivals": f"{RATE}/s", "for": lasting, "max_users": FEW},
        OPEN_MANY: {"arrivals": f"{RATE}/s", "for": lasting, "max_users": MANY},
    }
    for index, (words, load) in enumerate(loads.items()):
        scenario = stampede.scenario(f"stall-{index}", url, load, [stampede.get_step("/")])
        yield "stampede", words, (stampede.run(context, scenario), {}), _read_stampede
    programs = {client.NAME: context.programs.find(client.PROGRAM) for client in (k6, wrk, hey)}
    missing.update({name: context.programs.missing[name] for name, program in programs.items() if not program})
    if program := programs["k6"]:
        trends = ["--summary-trend-stats", "p(95),p(99),max"]
        closed = ["--vus", FEW, "--duration", lasting, "--discard-response-bodies", *trends]
        yield "k6", CLOSED, k6.run(context, program, "get.js", {"URL": url}, *closed), _read_k6
        for words, users in ((OPEN_FEW, FEW), (OPEN_MANY, MANY)):
            environment = {"BASE": url.rstrip("/"), "RATE": RATE, "SECONDS": seconds, "USERS": users}
            yield "k6", words, k6.run(context, program, "arrivals.js", environment, *trends), _read_k6
    if program := programs["wrk"]:
        command, environment = wrk.get(context, program, Target(url, FEW, seconds))
        yield "wrk", CLOSED, ([*command[:-1], "-s", context.scripts / "percentiles.lua", url], environment), _read_wrk
    if program := programs["hey"]:
        yield "hey", CLOSED, hey.get(context, program, Target(url, FEW, seconds)), _read_hey
        # -q is the rate of each of its workers.
        paced = [program, "-cpus", "1", "-z", lasting, "-c", FEW, "-q", RATE // FEW, url]
        yield "hey", OPEN_FEW, (paced, {}), _read_hey


def _read_stampede(finished: Finished) -> Count:
    count = stampede.read(finished)
    latency = json.loads(finished.output)["steps"][0]["latency"]
    count.figures = {name: latency[f"{name}_ns"] / 1e6 for name in ("p95", "p99", "max")}
    return count


def _read_k6(finished: Finished) -> Count:
    count = k6.read(finished)
    found = k6.metrics(finished)
    times = found["http_req_duration"]["values"]
    count.figures = {"p95": times["p(95)"], "p99": times["p(99)"], "max": times["max"]}
    if dropped := found.get("dropped_iterations", {"values": {"count": 0}})["values"]["count"]:
        count.figures["dropped"] = dropped
        count.notes.append(f"it dropped {dropped:,} arrivals")
    return count


def _read_wrk(finished: Finished) -> Count:
    count = wrk.read(finished)
    times = json.loads(next(line for line in finished.output.splitlines() if line.startswith("{")))
    count.figures = {name: microseconds / 1000 for name, microseconds in times.items()}
    return count


def _read_hey(finished: Finished) -> Count:
    count = hey.read(finished)
    slowest = re.search(r"Slowest:\s+([\d.]+) secs", finished.output).group(1)
    times = dict(re.findall(r"(\d+)% in ([\d.]+) secs", finished.output))
    count.figures = {"p95": 1000 * float(times["95"]), "p99": 1000 * float(times["99"]), "max": 1000 * float(slowest)}
    return count
