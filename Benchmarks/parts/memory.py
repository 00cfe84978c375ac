"""Peak memory with many connected users who send a request and think for a second; and whether a long run grows."""

import time

from clients import k6, stampede
from parts import Part
from suite import machine
from suite.context import Context, say
from suite.markdown import Table, cell, flag_notes, number
from suite.nginx import Nginx, NoServer
from suite.process import Process
from suite.rounds import Run, interleave
from suite.sample import Count

SUMMARY = "peak memory with 1,000 and 10,000 users, against k6; with --long a run of ten million requests"

USERS = [1000, 10000]
ROUNDS = 5
SECONDS = 10

LONG_REQUESTS = 10_000_000
LONG_CONNECTIONS = 64
LONG_SECONDS_AT_MOST = 900
# What the resident set at the end may be beyond that after the first minute.
LONG_GROWTH = 0.05

# A client that takes more of the free memory is ended, and that is its result.
MOST_OF_FREE_MEMORY = 0.6


def run(context: Context) -> Part:
    options = context.options
    seconds = options.seconds or SECONDS
    rounds = options.rounds or ROUNDS
    counts = options.connections or USERS
    k6_program = context.programs.find("k6")
    missing = {} if k6_program else {"k6": context.programs.missing["k6"]}
    most = MOST_OF_FREE_MEMORY * machine.memory_bytes("MemAvailable")

    def watch(process: Process) -> str | None:
        return f"ended when it had {most / 1e9:.1f} GB" if process.resident_bytes() > most else None

    with Nginx(context, max(counts)) as nginx:
        groups = []
        for users in counts:
            clients = {"stampede": (_stampede(context, nginx, users, seconds), stampede.read)}
            if k6_program:
                options_of_k6 = ["--vus", users, "--duration", f"{seconds}s", "--discard-response-bodies"]
                command = k6.run(context, k6_program, "think.js", {"URL": nginx.url()}, *options_of_k6)
                clients["k6"] = (lambda command=command: command, k6.read)
            groups.append(
                [
                    Run(
                        key={"client": name, "connections": users},
                        command=command,
                        read=read,
                        seconds=seconds,
                        rounds=rounds,
                        timeout=seconds + 120,
                        watch=watch,
                        witness=nginx.requests,
                    )
                    for name, (command, read) in clients.items()
                ]
            )
        samples = interleave(context, "memory", groups)
        settings = {"seconds": seconds, "rounds": rounds}
        part = Part("memory", samples, [_table(samples, counts)], missing=missing, settings=settings)
        for users in counts:
            for name in ("stampede", "k6"):
                peak = samples.spread(lambda each: each.peak_bytes, client=name, connections=users)
                if peak:
                    part.summary.append({"client": name, "users": users, "peak_bytes": peak.as_json()})
        if options.long:
            part.tables.append(_long(context, nginx, part))
    return part


def _stampede(context: Context, nginx: Nginx, users: int, seconds: int):
    load = {"users": users, "for": f"{seconds}s"}
    scenario = stampede.scenario(f"memory-{users}", nginx.url(), load, [stampede.get_step("/")], think_time="1s")
    return lambda: (stampede.run(context, scenario), {})


def _table(samples, counts: list[int]) -> Table:
    table = Table("Peak memory with users who think for a second, MB", ["users", "stampede", "k6", "k6 by Stampede"])
    for users in counts:
        key = {"connections": users}
        peaks = [samples.spread(lambda each: each.peak_bytes, client=name, **key) for name in ("stampede", "k6")]
        ratio = samples.ratio(lambda each: each.peak_bytes, {"client": "k6", **key}, {"client": "stampede", **key})
        table.rows.append([f"{users:,}"] + [cell(peak, 1e-6) for peak in peaks] + [cell(ratio)])
    table.notes = flag_notes(samples.all, lambda each: f"{each.key['client']}, {each.key['connections']:,} users")
    return table


def _long(context: Context, nginx: Nginx, part: Part) -> Table:
    """Ten million requests, the resident set sampled each second."""
    load = {"users": LONG_CONNECTIONS, "shared_iterations": LONG_REQUESTS}
    scenario = stampede.scenario("long", nginx.url(), load, [stampede.get_step("/")])
    say(f"memory: a run of {LONG_REQUESTS:,} requests")
    series: list[tuple[float, int]] = []
    process = context.launcher.start(stampede.run(context, scenario), context.client_cpu)
    began = time.monotonic()

    def sample() -> None:
        if resident := process.resident_bytes():
            series.append((time.monotonic() - began, resident))

    finished = process.wait(LONG_SECONDS_AT_MOST, sample, every=1)
    count = stampede.read(finished) if finished.output else Count(0, 0)
    flags = list(count.notes)
    if finished.killed:
        flags.append(finished.killed)
    elif finished.exit_code != 0:
        flags.append(f"exit code {finished.exit_code}")
    if count.requests != LONG_REQUESTS or count.failures:
        flags.append(f"{count.requests:,} requests, {count.failures:,} of them failed")
    if finished.wall_seconds <= 60:
        flags.append("the run ended within the first minute, and is compared with its middle")
    if not series:
        raise NoServer(f"the run of {LONG_REQUESTS:,} requests ended at once: {finished.errors.strip()}")
    end = series[-1][1]
    reference = min(60, finished.wall_seconds / 2)
    after = next((resident for instant, resident in series if instant >= reference), end)
    growth = end / after - 1
    verdict = "holds" if growth <= LONG_GROWTH else "DOES NOT HOLD"
    part.summary.append(
        {
            "client": "stampede",
            "long_requests": count.requests,
            "failures": count.failures,
            "wall_seconds": finished.wall_seconds,
            "cpu_seconds": finished.cpu_seconds,
            "resident_after_a_minute": after,
            "resident_at_the_end": end,
            "growth": growth,
            "peak_bytes": finished.peak_bytes,
            "flags": flags,
            "resident_series": [[round(instant, 1), resident] for instant, resident in series],
        }
    )
    return Table(
        "A long run: memory, MB",
        ["requests", "seconds", "after the first minute", "at the end", "peak", "growth", f"at most {LONG_GROWTH:.0%}"],
        [
            [
                f"{count.requests:,}",
                f"{finished.wall_seconds:.0f}",
                number(after / 1e6),
                number(end / 1e6),
                number(finished.peak_bytes / 1e6),
                f"{growth:+.1%}",
                verdict,
            ]
        ],
        [f"⚠ {flag}" for flag in flags],
    )
