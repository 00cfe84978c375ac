"""The benchmark suite's command line; `bin/bench` starts it."""

import argparse
import datetime
import importlib
import json
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

from parts import Part
from suite import build, machine
from suite.context import Context, Options, say
from suite.nginx import NoServer
from suite.packages import Programs
from suite.process import Interrupted, Launcher, end_all, end_all_on_exit
from suite.sample import Samples

PARTS = ["peers", "script", "recording", "open", "stall", "server", "memory", "startup"]
# Their modules, where the name would be that of a built-in.
MODULES = {"open": "open_arrivals"}

EPILOG = """\
STAMPEDE=/path/to/program in the environment measures that program; without it bin/stampede builds one.
Figures mean something only where nothing else runs: each run during which other processes used the client's
processor is flagged. docs/benchmarks.md says how each figure comes about.
"""


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("a whole number from 1 was expected")
    return value


def positive_list(text: str) -> list[int]:
    return [positive(word) for word in text.split(",")]


def parse() -> argparse.Namespace:
    modules = {name: importlib.import_module(f"parts.{MODULES.get(name, name)}") for name in PARTS}
    listed = "\n".join(f"  {name:<9}{module.SUMMARY}" for name, module in modules.items())
    parser = argparse.ArgumentParser(
        prog="bin/bench",
        description=f"Stampede beside other load generators, on this machine.\n\nParts:\n{listed}",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="what to measure (default: all)")
    parser.add_argument("--rounds", type=positive, metavar="N", help="rounds of each part (default: the part's own)")
    parser.add_argument("--seconds", type=positive, metavar="S", help="seconds of a run (default: the part's own)")
    parser.add_argument(
        "--connections",
        type=positive_list,
        metavar="LIST",
        help="connections or users, such as 16,64 (default: the part's own)",
    )
    parser.add_argument("--peers", metavar="LIST", help="only these other clients, such as wrk,k6 (part peers)")
    parser.add_argument(
        "--static", action="store_true", help="a small file instead of nginx's 'return 200' (part peers)"
    )
    parser.add_argument("--long", action="store_true", help="also the run of ten million requests (part memory)")
    parser.add_argument(
        "--seed", type=int, metavar="N", help="of the order of runs (default: drawn, and in the result)"
    )
    parser.add_argument(
        "--results", metavar="DIR", help="where the result goes (default: Benchmarks/results); 'none' for nowhere"
    )
    parser.add_argument("--no-install", action="store_true", help="leave out peers that are not installed")
    arguments = parser.parse_args()
    for name in arguments.parts:
        if name not in PARTS:
            parser.error(f"there is no part '{name}'; parts are {', '.join(PARTS)}")
    arguments.modules = [(name, modules[name]) for name in PARTS if name in (arguments.parts or PARTS)]
    return arguments


def main() -> int:
    arguments = parse()
    root = Path(__file__).resolve().parent.parent
    scratch_root = root / ".build" / "bench"
    scratch_root.mkdir(parents=True, exist_ok=True)
    end_all_on_exit()
    try:
        stampede = build.stampede(root)
        launcher = build.program(root, scratch_root, "launch")
    except build.BuildError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 70
    described = machine.describe()
    server_cpu, client_cpu = described["server_processor"], described["client_processor"]
    if server_cpu == client_cpu:
        say("there is one processor: client and server share it, and no figure is worth much")
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(2**32)
    scratch = Path(tempfile.mkdtemp(dir=scratch_root, prefix="run-"))
    context = Context(
        options=Options(
            rounds=arguments.rounds,
            seconds=arguments.seconds,
            connections=arguments.connections,
            peers=arguments.peers.split(",") if arguments.peers else None,
            static_file=arguments.static,
            long=arguments.long,
        ),
        root=root,
        build=scratch_root,
        scratch=scratch,
        stampede=stampede,
        programs=Programs(scratch_root / "venv", not arguments.no_install, say),
        launcher=Launcher(launcher, scratch),
        server_cpu=server_cpu,
        client_cpu=client_cpu,
        random=random.Random(seed),
    )
    say(machine.line(described))
    # The driver itself keeps away from the client's processor.
    os.sched_setaffinity(0, {server_cpu})
    parts: list[Part] = []
    interrupted: Interrupted | None = None
    try:
        for name, module in arguments.modules:
            try:
                parts.append(module.run(context))
            except (NoServer, build.BuildError) as error:
                parts.append(skipped(name, str(error)))
    except Interrupted as signal:
        interrupted = signal
    finally:
        end_all()
        shutil.rmtree(scratch, ignore_errors=True)

    now = datetime.datetime.now(datetime.timezone.utc)
    result = {
        "schema": "stampede.benchmark/1",
        "machine": {**described, "load_average_after": os.getloadavg()[0]},
        "versions": context.programs.versions(),
        "parts": {},
    }
    for part in parts:
        result["parts"][part.name] = {
            "measured_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "revision": build.revision(root),
            "seed": seed,
            **part.as_json(),
        }
    if parts:
        report(described, parts, now)
    if interrupted:
        say("interrupted: the parts that were finished are above, and nothing was written")
        return 128 + interrupted.number
    if arguments.results != "none" and parts:
        folder = Path(arguments.results) if arguments.results else root / "Benchmarks" / "results"
        write(result, folder, now, described)
    return 0


def skipped(name: str, reason: str) -> Part:
    say(f"{name}: skipped: {reason}")
    return Part(name, Samples(), [], skipped=reason)


def report(described: dict, parts: list[Part], now: datetime.datetime) -> None:
    """The tables, as Markdown, on standard output."""
    print(f"Measured {now:%Y-%m-%d} on {machine.line(described)}.")
    print(
        "A processor each for client and server. Medians of interleaved rounds; in brackets the least and the greatest."
    )
    for part in parts:
        print(f"\n### {part.name}")
        if part.skipped:
            print(f"\nNot measured: {part.skipped}.")
        for table in part.tables:
            print(f"\n{table}")
        for client, reason in part.missing.items():
            print(f"\n{client} is missing: {reason}.")
    sys.stdout.flush()


def write(result: dict, folder: Path, now: datetime.datetime, described: dict) -> None:
    """Parts that this machine measured on the same day stay in its file, where they were not measured again."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{now:%Y-%m-%d}-{machine.slug(described)}.json"
    if file.exists():
        earlier = json.loads(file.read_text())
        result["parts"] = {**earlier["parts"], **result["parts"]}
        result["versions"] = {**earlier["versions"], **result["versions"]}
    result["parts"] = {name: result["parts"][name] for name in PARTS if name in result["parts"]}
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(result, indent=1) + "\n")
    partial.replace(file)
    say(f"written: {file}")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Interrupted as signal:
        sys.exit(128 + signal.number)
