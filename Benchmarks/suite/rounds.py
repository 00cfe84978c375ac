"""Runs clients in interleaved rounds, each round in an order drawn anew."""

import time
from dataclasses import dataclass
from collections.abc import Callable

from suite import machine
from suite.context import Context, say
from suite.process import Finished, Process
from suite.sample import Count, Sample, Samples


@dataclass
class Run:
    """One thing to be run in each of its rounds."""

    key: dict
    # Makes the command of one run, and its environment.
    command: Callable[[], tuple[list, dict[str, str]]]
    # Reads what the run left.
    read: Callable[[Finished], Count]
    # Seconds that it should take.
    seconds: float
    rounds: int
    # Seconds after which it is ended.
    timeout: float | None = None
    # Looks on, several times a second, and says why the run is to be ended; see `Process.wait`.
    watch: Callable | None = None
    # How many requests the server counted since the last call; None where there is no such witness.
    witness: Callable[[], int] | None = None
    # Called as the client starts, with its process.
    began: Callable[[Process], None] | None = None
    # Called when the client has ended, in whatever way; says further figures.
    finish: Callable[[], dict | None] | None = None


def label(key: dict) -> str:
    return " ".join(str(value) for value in key.values())


def interleave(context: Context, part: str, groups: list[list[Run]]) -> Samples:
    """Each round takes the groups in a drawn order, and the runs of a group, which are to be compared with each other,
    in a drawn order next to each other."""
    samples = Samples()
    total = sum(run.rounds for group in groups for run in group)
    expected = sum(run.rounds * (run.seconds + 0.3) for group in groups for run in group)
    say(f"{part}: {total} runs, about {max(1, round(expected / 60))} min")
    done = 0
    for number in range(max((run.rounds for group in groups for run in group), default=0)):
        order = [[run for run in group if number < run.rounds] for group in groups]
        context.random.shuffle(order)
        for group in order:
            context.random.shuffle(group)
            for run in group:
                sample = measure(context, run, number)
                samples.add(sample)
                done += 1
                say(f"{part} {done}/{total}  {label(run.key)}: {_summary(sample)}")
    return samples


def measure(context: Context, run: Run, number: int) -> Sample:
    figures = {}
    try:
        command, environment = run.command()
        if run.witness:
            run.witness()
        before = machine.usage(context.client_cpu)
        started = time.monotonic()
        process = context.launcher.start(command, context.client_cpu, environment)
        try:
            if run.began:
                run.began(process)
            watch = run.watch and (lambda: run.watch(process))
            finished = process.wait(run.timeout or 3 * run.seconds + 30, watch)
        finally:
            process.stop("interrupted")
    finally:
        if run.finish:
            figures = run.finish() or {}
    elapsed = time.monotonic() - started
    disturbance = machine.disturbance(before, machine.usage(context.client_cpu), finished.cpu_seconds, elapsed)
    flags = []
    try:
        count = run.read(finished)
    except (ValueError, KeyError, AttributeError, IndexError, TypeError) as error:
        lines = (finished.errors.strip() or finished.output.strip()).splitlines()
        count = Count(0, 0)
        flags.append(
            f"its output cannot be read ({type(error).__name__}: {error}): {lines[-1] if lines else 'nothing'}"
        )
    if finished.killed:
        flags.append(finished.killed)
    elif finished.exit_code != 0:
        flags.append(f"exit code {finished.exit_code}")
    if not flags and count.requests == 0:
        flags.append("no request was answered")
    if count.failures:
        flags.append(f"{count.failures:,} requests failed")
    if run.witness:
        flags += _contradiction(count, run.witness(), run.key.get("connections", 0))
    flags += count.notes
    return Sample(
        key=run.key,
        round=number,
        requests=count.requests,
        failures=count.failures,
        wall_seconds=finished.wall_seconds,
        cpu_seconds=finished.cpu_seconds,
        peak_bytes=finished.peak_bytes,
        exit_code=finished.exit_code,
        figures={**count.figures, **figures},
        flags=flags,
        disturbance=disturbance,
    )


def _contradiction(count: Count, seen: int, connections: int) -> list[str]:
    """The server may have counted a few more than the client: those under way at the end."""
    if abs(seen - count.requests) <= 0.01 * seen + connections:
        return []
    return [f"it counted {count.requests:,} requests, and the server {seen:,}"]


def _summary(sample: Sample) -> str:
    text = f"{sample.requests:,} requests in {sample.wall_seconds:.2f} s, {sample.cpu_seconds:.2f} s of CPU"
    return text + "".join(f"; {flag}" for flag in [*sample.flags, sample.disturbance] if flag)
