"""From start to exit of a run of one request."""

from clients import ab, h2load, hey, k6, stampede, wrk
from parts import Part
from suite.context import Context
from suite.markdown import Table, cell, flag_notes
from suite.nginx import Nginx
from suite.process import Finished
from suite.rounds import Run, interleave
from suite.sample import Count

SUMMARY = "from start to exit of a run of one request"

ROUNDS = 20

BUNDLED = "stampede, the server included"


def run(context: Context) -> Part:
    rounds = context.options.rounds or ROUNDS
    missing: dict[str, str] = {}
    with Nginx(context) as nginx:
        url = nginx.url()
        runs = [
            _run("stampede", (stampede.run(context, _scenario(url)), {}), stampede.read, rounds),
            _run(
                BUNDLED,
                (stampede.run(context, {**_scenario(url), "name": "once-bundled", "target": "reference"}), {}),
                stampede.read,
                rounds,
            ),
        ]
        makers = {
            wrk: lambda program: ([program, "-t1", "-c1", "-d1s", "-s", context.scripts / "once.lua", url], {}),
            ab: lambda program: ([program, "-n", "1", "-c", "1", url], {}),
            hey: lambda program: ([program, "-cpus", "1", "-n", "1", "-c", "1", url], {}),
            h2load: lambda program: ([program, "--h1", "-n", "1", "-c", "1", url], {}),
            k6: lambda program: k6.run(context, program, "get.js", {"URL": url}, "--vus", "1", "--iterations", "1"),
        }
        for client, make in makers.items():
            if program := context.programs.find(client.PROGRAM):
                runs.append(_run(client.NAME, make(program), client.read, rounds))
            else:
                missing[client.NAME] = context.programs.missing[client.PROGRAM]
        samples = interleave(context, "startup", [runs])

    part = Part("startup", samples, [], missing=missing, settings={"rounds": rounds})
    table = Table("A run of one request, milliseconds", ["client", "start to exit", "CPU", "peak memory, MB"])
    for run_of in runs:
        wall, cpu, peak = (
            samples.spread(figure, **run_of.key)
            for figure in (lambda each: each.wall_seconds, lambda each: each.cpu_seconds, lambda each: each.peak_bytes)
        )
        table.rows.append([run_of.key["client"], cell(wall, 1e3), cell(cpu, 1e3), cell(peak, 1e-6)])
        part.summary.append(
            {**run_of.key, "wall_seconds": wall.as_json(), "cpu_seconds": cpu.as_json(), "peak_bytes": peak.as_json()}
        )
    table.notes = [
        "wrk ends after no less than a second; its script stops at the first answer.",
        *flag_notes(samples.all, lambda each: each.key["client"]),
    ]
    part.tables = [table]
    return part


def _scenario(url: str) -> dict:
    step = {**stampede.get_step("/health/live")}
    return stampede.scenario("once", url, {"users": 1, "iterations": 1}, [step])


def _run(name: str, command: tuple[list, dict], read, rounds: int) -> Run:
    def read_one(finished: Finished) -> Count:
        count = read(finished)
        if count.requests != 1:
            count.notes.append(f"{count.requests:,} requests in place of one")
        return count

    return Run(key={"client": name}, command=lambda: command, read=read_one, seconds=0.3, rounds=rounds)
