"""Plain GET requests as fast as they go, of all clients: requests per second of the client's CPU, and its memory."""

from clients import Target, ab, bare, h2load, hey, k6, locust, siege, stampede, wrk
from parts import Part
from suite.context import Context
from suite.markdown import Table, cell, flag_notes
from suite.nginx import Nginx
from suite.rounds import Run, interleave
from suite.sample import Sample, Spread

SUMMARY = "GET requests per client CPU-second, and peak memory, of all clients; plain and TLS"

PLAIN = [1, 16, 64, 256, 2000]
TLS = [64, 500]
ROUNDS = 5
SECONDS = 3

# Those that a claim of a few per cent is about run in every round; of those that are far away two rounds show as much.
NEAR = [stampede, bare, wrk]
FAR = [ab, h2load, hey, siege, k6, locust]
# siege and Locust would tell nothing more over TLS than how slow they are.
FAR_TLS = [ab, h2load, hey, k6]


def run(context: Context) -> Part:
    options = context.options
    missing: dict[str, str] = {}
    cases = [(False, count) for count in options.connections or PLAIN]
    cases += [(True, count) for count in options.connections or TLS]
    with Nginx(context, max(count for _, count in cases)) as nginx:
        groups = [_group(context, nginx, tls, count, missing) for tls, count in cases]
        samples = interleave(context, "peers", groups)
    clients = [client for client in NEAR + FAR if samples.of(client=client.NAME)]
    settings = {
        "seconds": options.seconds or SECONDS,
        "rounds": options.rounds or ROUNDS,
        "static_file": options.static_file,
        "target": "nginx, one worker: " + ("a file of 1,024 bytes" if options.static_file else "return 200"),
    }
    part = Part("peers", samples, [], missing=missing, settings=settings)
    for tls, words in ((False, "plain"), (True, "TLS")):
        counts = [count for each, count in cases if each == tls]
        part.tables += _tables(part, clients, tls, words, counts)
    return part


def _group(context: Context, nginx: Nginx, tls: bool, connections: int, missing: dict) -> list[Run]:
    options = context.options
    seconds = options.seconds or SECONDS
    rounds = options.rounds or ROUNDS
    url = nginx.url("/file" if options.static_file else "/", tls)
    runs = []
    for client in NEAR + (FAR_TLS if tls else FAR):
        if options.peers and client.NAME.split()[0] not in options.peers and client is not stampede:
            continue
        if connections > getattr(client, "MOST_CONNECTIONS", connections):
            continue
        program = context.programs.find(client.PROGRAM) if client.PROGRAM else None
        if client.PROGRAM and not program:
            missing[client.NAME] = context.programs.missing[client.PROGRAM]
            continue
        target = Target(url, connections, seconds)
        runs.append(
            Run(
                key={"client": client.NAME, "connections": connections, "transport": "TLS" if tls else "plain"},
                command=lambda client=client, program=program: client.get(context, program, target),
                read=client.read,
                seconds=seconds,
                rounds=rounds if client in NEAR or options.rounds else 2,
                witness=nginx.requests,
            )
        )
    return runs


def _tables(part: Part, clients: list, tls: bool, words: str, counts: list[int]) -> list[Table]:
    present = [client for client in clients if part.samples.of(client=client.NAME, transport=words)]
    headers = ["connections"] + [client.NAME for client in present]
    speed = Table(f"GET, {words}: thousand requests per client CPU-second (median, least–greatest)", headers)
    ratios = Table(
        f"GET, {words}: Stampede's requests per CPU-second by those of … (median of rounds)",
        ["connections"] + [client.NAME for client in present if client is not stampede],
    )
    rates = Table(f"GET, {words}: thousand requests per second, start-up included", headers)
    memory = Table(f"GET, {words}: peak memory, MB", headers)

    def spread(figure, client, count) -> Spread | None:
        return part.samples.spread(figure, client=client.NAME, connections=count, transport=words)

    for count in counts:
        per_cpu = [spread(lambda each: each.per_cpu_second, client, count) for client in present]
        per_second = [spread(lambda each: each.per_second, client, count) for client in present]
        peaks = [spread(lambda each: each.peak_bytes, client, count) for client in present]
        ratio = [_ratio(part, client, count, words) for client in present]
        speed.rows.append([f"{count:,}"] + [cell(each, 1e-3) for each in per_cpu])
        rates.rows.append([f"{count:,}"] + [cell(each, 1e-3) for each in per_second])
        memory.rows.append([f"{count:,}"] + [cell(each, 1e-6) for each in peaks])
        ratios.rows.append(
            [f"{count:,}"] + [cell(each) for client, each in zip(present, ratio) if client is not stampede]
        )
        for index, client in enumerate(present):
            part.summary.append(
                {
                    "client": client.NAME,
                    "connections": count,
                    "transport": words,
                    "requests_per_cpu_second": per_cpu[index] and per_cpu[index].as_json(),
                    "requests_per_second": per_second[index] and per_second[index].as_json(),
                    "peak_bytes": peaks[index] and peaks[index].as_json(),
                    "stampede_ratio": ratio[index] and ratio[index].as_json(),
                }
            )
    speed.notes = flag_notes(part.samples.of(transport=words), _describe)
    return [speed, ratios, rates, memory] if present else []


def _ratio(part: Part, client, count: int, words: str) -> Spread | None:
    key = {"connections": count, "transport": words}
    return part.samples.ratio(
        lambda each: each.per_cpu_second, {"client": stampede.NAME, **key}, {"client": client.NAME, **key}
    )


def _describe(sample: Sample) -> str:
    return f"{sample.key['client']}, {sample.key['connections']:,} connections"
