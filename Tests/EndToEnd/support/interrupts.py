"""Interrupts runs at random instants, and says which did not end in time or left no result.

interrupts.py ROUNDS SEED LIMIT BINARY SCENARIO REPORTS
"""
import concurrent.futures, glob, json, os, random, signal, subprocess, sys, time

rounds, seed, limit, binary, scenario, reports = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), *sys.argv[4:7]
generator = random.Random(seed)


def interrupted(number, instant, twice):
    """The seconds that a run took to end after its signal, and what is wrong with what it left."""
    place = f"{reports}/{number}-{time.monotonic_ns()}"
    run = subprocess.Popen(
        [binary, "run", scenario, "--quiet", "--reports", place, "--workers", "1"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # Before its directory is there, a process cannot leave anything in it.
    while not glob.glob(f"{place}/*/run.json"):
        if run.poll() is not None:
            return 0, f"it ended with {run.returncode} before it began"
        time.sleep(0.005)
    time.sleep(instant)
    sent = time.monotonic()
    run.send_signal(signal.SIGTERM)
    if twice:
        time.sleep(0.05)
        run.send_signal(signal.SIGTERM)
    try:
        run.wait(30)
    except subprocess.TimeoutExpired:
        run.kill()
        return 30, "it did not end"
    took = time.monotonic() - sent
    try:
        result = json.load(open(glob.glob(f"{place}/*/result.json")[0]))
    except Exception as error:
        return took, f"no result: {error}"
    # A signal may come when all is done.
    if result["ending"]["kind"] not in ("interrupted", "completed"):
        return took, f"it ended as {result['ending']}"
    if result["ending"]["kind"] == "interrupted" and run.returncode not in (105, 99):
        return took, f"exit code {run.returncode}"
    return took, None


def round(number):
    instant, twice = instants[number]
    words = f"round {number}: {'two signals' if twice else 'a signal'} after {instant:.2f} s"
    for attempt in range(3):
        took, fault = interrupted(number, instant, twice)
        if fault is None and took <= (0.5 if twice else limit):
            return took, None
        # The machine may have had other things to do.
        print(f"{words}: {took:.2f} s, {fault or 'too long'}{'' if attempt == 2 else '; once more'}", flush=True)
    return took, words


instants = [(generator.uniform(0, 3.2), number % 5 == 4) for number in range(rounds)]
with concurrent.futures.ThreadPoolExecutor(3) as pool:
    ended = list(pool.map(round, range(rounds)))
once = [took for (took, fault), (_, twice) in zip(ended, instants) if fault is None and not twice]
print(f"longest after one signal: {max(once, default=0):.2f} s, of {rounds} rounds")
sys.exit(any(fault for _, fault in ended))
