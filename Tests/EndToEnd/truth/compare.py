"""Holds a run's figures against the formula of the service that it ran against, and against the service's own log.

    compare.py stall RESULT
    compare.py mm1 RESULT

Says `ok NAME` or `FAIL NAME` for each figure, and ends with 1 where one is wrong.
"""

import json
import math
import sys

failures = 0


def near(name: str, measured: float, truth: float, tolerance: float, late: float = 0, below: float | None = None) -> None:
    """Nanoseconds. Lateness makes times longer and none shorter, so that `late` is allowed above the truth only; `below` is
    what is allowed below it where that is not the tolerance."""
    global failures
    below = tolerance if below is None else below
    line = f"{measured / 1e6:.2f} ms, has to be {truth / 1e6:.2f} + {(tolerance + late) / 1e6:.2f} - {below / 1e6:.2f}"
    if truth - below <= measured <= truth + tolerance + late:
        print(f"ok {name} ({line})")
    else:
        print(f"FAIL {name}", f"     is {line}", sep="\n")
        failures += 1


def equal(name: str, measured: object, truth: object) -> None:
    global failures
    if measured == truth:
        print(f"ok {name}")
    else:
        print(f"FAIL {name}", f"     was:      {measured}", f"     expected: {truth}", sep="\n")
        failures += 1


def latency(result: dict, step: str) -> dict:
    return next(each["latency"] for each in result["steps"] if each["step"] == step)


def lateness(result: dict) -> float:
    """What the machine may have added to a time, nanoseconds.

    A request waits for three turns that the server's log knows nothing of: until it is sent, until the server reads it, and until
    the answer is read. The run tells how late its threads were let in at p99, those that ask for short turns and those that do
    not; up to half a millisecond is taken for quiet. A run that was spoiled bounds it by nothing."""
    if result["verdict"] != "pass":
        return math.inf
    generator = result["generator"]
    return 3 * max(500_000, generator["lag"]["p99_ns"], (generator["probe_lag"] or {}).get("p99_ns", 0))


def stall(result: dict) -> None:
    """Seconds and requests a second, as in stall.json5."""
    service, stands_still, period, periods, rate = 0.0005, 0.505, 5, 3, 200
    tolerance = 1e9 * max(1 / rate, 0.005)
    # The tolerance is for lateness too; a run that was spoiled bounds it by nothing.
    late = math.inf if result["verdict"] != "pass" else 0
    # The capacity is what so many users have answered in a second.
    for step, users in (("many", 300), ("few", 40)):
        load = rate * service / users
        for percent in (95, 99):
            truth = service + max(0, stands_still - (1 - percent / 100) * period * (1 - load))
            figure = latency(result, step)[f"p{percent}_ns"]
            near(f"a stall: p{percent} of an open load with {users} users", figure, 1e9 * truth, tolerance, late)
    near("a stall: p95 of one user in a loop is blind to it", latency(result, "alone")["p95_ns"], 1e9 * service, 5e6, late)
    witness = result["server_log"]["systems"]["truth"]["stall"]
    lengths = [each["end_ns"] - each["start_ns"] for each in witness["stalls"]]
    equal("a stall: the server stood still as often and as long as it was to", lengths, [round(1e9 * stands_still)] * periods)
    equal("a stall: client and server count the same requests", result["totals"]["requests"], witness["count"])


def mm1(result: dict) -> None:
    """Requests a second as in mm1.json5."""
    capacity, rate = 200, 60
    measured = latency(result, "main")
    witness = result["server_log"]["systems"]["truth"]["mm1"]
    equal("an M/M/1 queue: client and server count the same requests", measured["count"], witness["count"])
    late = lateness(result)
    # The sampling error of 30,000 requests is 1.6 % and 2.4 % (simulated); two and a half times what it is for so many, and
    # three times for fewer.
    scale = 2.5 if measured["count"] > 20_000 else 3 * math.sqrt(30_000 / measured["count"])
    for percent, error in ((95, 0.016), (99, 0.024)):
        figure = measured[f"p{percent}_ns"]
        truth = -math.log(1 - percent / 100) / (capacity - rate) * 1e9
        tolerance = scale * error * truth
        near(f"an M/M/1 queue: p{percent} of the server's own plan, by the formula", witness["planned_ns"][f"p{percent}"], truth, tolerance, late)
        near(f"an M/M/1 queue: p{percent} by the formula", figure, truth, tolerance, late)
        # The same requests as the server saw them: without sampling error. Each took the client at least as long, and
        # histograms round up; it is above by what the way costs, and by what the machine was late.
        seen = witness["sojourn_ns"][f"p{percent}"]
        near(f"an M/M/1 queue: p{percent} as the server saw it", figure, seen, 0.03 * seen, late, below=0)


with open(sys.argv[2]) as file:
    document = json.load(file)
if sys.argv[1] == "stall":
    stall(document)
else:
    mm1(document)
sys.exit(failures > 0)
