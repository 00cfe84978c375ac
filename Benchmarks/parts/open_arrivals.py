"""How well arrivals keep to their schedule: what the generator says of itself, and what a server saw.

Both clients send the number of each arrival; a server that does nothing but note the instant says how late it came by a
constant rate. So the generator's own figure has a witness, and k6, which keeps no such figure, can be compared.
"""

import json

from clients import k6, stampede
from parts import Part
from suite.context import Context
from suite.markdown import Table, cell, flag_notes
from suite.process import Finished
from suite.rounds import Run, interleave
from suite.sample import Count, Spread
from suite.witness import Witness

SUMMARY = "schedule accuracy at 1,000, 5,000 and 20,000 arrivals a second, against k6's constant-arrival-rate"

RATES = [1000, 5000, 20000]
ROUNDS = 5
SECONDS = 5
# Of both clients: more than there are requests under way at once, unless the client falls behind.
USERS = 200


def run(context: Context) -> Part:
    options = context.options
    seconds = options.seconds or SECONDS
    rounds = options.rounds or ROUNDS
    k6_program = context.programs.find("k6")
    missing = {} if k6_program else {"k6": context.programs.missing["k6"]}
    groups = []
    for rate in RATES:
        group = [
            _run(
                context,
                "stampede",
                rate,
                seconds,
                rounds,
                _stampede(context, rate, seconds),
                _read_stampede(rate, seconds),
            )
        ]
        if k6_program:
            group.append(
                _run(
                    context,
                    "k6",
                    rate,
                    seconds,
                    rounds,
                    _k6(context, k6_program, rate, seconds),
                    _read_k6(rate, seconds),
                )
            )
        groups.append(group)
    samples = interleave(context, "open", groups)

    settings = {"seconds": seconds, "rounds": rounds, "users": USERS}
    part = Part("open", samples, [], missing=missing, settings=settings)
    table = Table(
        "Arrivals on schedule: lateness in milliseconds",
        [
            "client",
            "wanted a second",
            "achieved",
            "seen by the server: p50",
            "p99",
            "max",
            "said by itself: p50",
            "p99",
            "max",
            "CPU, s",
        ],
    )
    for rate in RATES:
        for name in ("stampede", "k6"):
            key = {"client": name, "rate": rate}
            figures = {
                figure: samples.spread(lambda each, figure=figure: each.figures.get(figure), **key)
                for figure in (
                    "witnessed_rate",
                    "witnessed_p50_ns",
                    "witnessed_p99_ns",
                    "witnessed_max_ns",
                    "lag_p50_ns",
                    "lag_p99_ns",
                    "lag_max_ns",
                )
            }
            cpu = samples.spread(lambda each: each.cpu_seconds, **key)
            if cpu:
                table.rows.append(
                    [name, f"{rate:,}", cell(figures["witnessed_rate"])]
                    + [cell(spread, 1e-6) for figure, spread in figures.items() if figure != "witnessed_rate"]
                    + [cell(cpu)]
                )
                part.summary.append(
                    {
                        **key,
                        "cpu_seconds": cpu.as_json(),
                        **{figure: spread and spread.as_json() for figure, spread in figures.items()},
                    }
                )
    blind = Spread.of(each.figures.get("witness_blind_ns") for each in samples.all)
    table.notes = [
        "k6 keeps no figure of its own lateness. Requests due in the first second are left out of what the server saw.",
        f"The longest time of a run in which the server itself was kept from looking: {cell(blind, 1e-6)} ms.",
        *flag_notes(samples.all, lambda each: f"{each.key['client']} at {each.key['rate']:,}/s"),
    ]
    part.tables = [table]
    return part


def _run(context: Context, name: str, rate: int, seconds: int, rounds: int, command, read) -> Run:
    witness = Witness(context, int(rate * (seconds + 5)))

    def finish() -> dict:
        # A run of a second or two has no time to spare.
        lateness = witness.stop(rate, 1 if seconds > 2 else 0)
        return lateness.as_json() if lateness else {}

    return Run(
        key={"client": name, "rate": rate},
        command=lambda: command(witness.start()),
        read=read,
        seconds=seconds,
        rounds=rounds,
        finish=finish,
    )


def _stampede(context: Context, rate: int, seconds: int):
    def command(base: str):
        load = {"arrivals": f"{rate}/s", "for": f"{seconds}s", "max_users": USERS}
        return stampede.run(
            context, stampede.scenario("arrivals", base + "/", load, [stampede.get_step("/${iteration}")])
        ), {}

    return command


def _read_stampede(rate: int, seconds: int):
    def read(finished: Finished) -> Count:
        count = stampede.read(finished)
        result = json.loads(finished.output)
        lag = result["generator"]["lag"]
        group = result["groups"][0]
        count.figures = {
            "lag_p50_ns": lag["med_ns"],
            "lag_p99_ns": lag["p99_ns"],
            "lag_max_ns": lag["max_ns"],
            "intended": group["intended"],
            "unsent": group["unsent"],
        }
        if group["unsent"] or group["intended"] != rate * seconds:
            count.notes.append(f"{group['intended']:,} arrivals were wanted, and {group['unsent']:,} not sent")
        return count

    return read


def _k6(context: Context, program: object, rate: int, seconds: int):
    def command(base: str):
        return k6.run(context, program, "arrivals.js", {"BASE": base, "RATE": rate, "SECONDS": seconds, "USERS": USERS})

    return command


def _read_k6(rate: int, seconds: int):
    def read(finished: Finished) -> Count:
        count = k6.read(finished)
        dropped = k6.metrics(finished).get("dropped_iterations", {"values": {"count": 0}})["values"]["count"]
        count.figures = {"intended": rate * seconds, "dropped": dropped}
        if dropped:
            count.notes.append(f"it dropped {dropped:,} of {rate * seconds:,} arrivals")
        return count

    return read
