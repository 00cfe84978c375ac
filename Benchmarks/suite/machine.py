"""What the figures were measured on, and whether others used it at the same time."""

import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path


def processors() -> tuple[int, int]:
    """The processors for server and client: the first that this process may use, and the next that is not the same
    core's other thread. Where there is none, the next; where there is but one, the same."""
    allowed = sorted(os.sched_getaffinity(0))
    server, others = allowed[0], allowed[1:]
    apart = [each for each in others if each not in siblings(server)]
    return server, (apart or others or allowed)[0]


def siblings(processor: int) -> set[int]:
    """The processors that are threads of the same core, this one among them."""
    try:
        text = Path(f"/sys/devices/system/cpu/cpu{processor}/topology/thread_siblings_list").read_text()
    except OSError:
        return {processor}
    found: set[int] = set()
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


def model() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return " ".join(found.group(1).split()) if found else platform.machine()


def memory_bytes(name: str) -> int:
    found = re.search(rf"^{name}:\s*(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return int(found.group(1)) * 1024 if found else 0


def distribution() -> str:
    try:
        found = re.search(r'^PRETTY_NAME="?([^"\n]+)', Path("/etc/os-release").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found.group(1) if found else platform.system()


def describe() -> dict:
    server, client = processors()
    return {
        "model": model(),
        "processors": os.cpu_count(),
        "server_processor": server,
        "client_processor": client,
        "processors_share_a_core": client in siblings(server),
        "memory_bytes": memory_bytes("MemTotal"),
        "kernel": platform.release(),
        "distribution": distribution(),
        "virtual": "hypervisor" in Path("/proc/cpuinfo").read_text(),
        "load_average_before": os.getloadavg()[0],
    }


def line(machine: dict) -> str:
    return (
        f"{machine['model']}, {machine['processors']} processors"
        f"{' of a virtual machine' if machine['virtual'] else ''}, "
        f"{'client and server on one core, ' if machine['processors_share_a_core'] else ''}"
        f"{machine['memory_bytes'] / 2**30:.0f} GiB, Linux {machine['kernel']}, {machine['distribution']}"
    )


def slug(machine: dict) -> str:
    words = re.sub(r"\((r|tm)\)|\bcpu\b|@.*", " ", machine["model"].lower())
    words = "-".join(re.findall(r"[a-z0-9]+", words))
    return f"{words}-{machine['processors']}-processors"


@dataclass
class Usage:
    """How long a processor has been used, in seconds: by processes, and by others than this virtual machine."""

    busy: float
    stolen: float


def usage(processor: int) -> Usage:
    for text in Path("/proc/stat").read_text().splitlines():
        if text.startswith(f"cpu{processor} "):
            user, nice, system, _, _, _, _, steal, *_ = (int(word) for word in text.split()[1:])
            ticks = os.sysconf("SC_CLK_TCK")
            return Usage((user + nice + system) / ticks, steal / ticks)
    return Usage(0, 0)


def disturbance(before: Usage, after: Usage, own_cpu: float, wall: float) -> str | None:
    """What others did to the client's processor during a run, where it was enough to spoil the figures."""
    # The processor's own account is in hundredths of a second.
    tolerance = max(0.05 * wall, 0.03)
    foreign = after.busy - before.busy - own_cpu
    stolen = after.stolen - before.stolen
    if foreign > tolerance:
        return f"other processes used the client's processor for {100 * foreign / wall:.0f} % of the time"
    if stolen > tolerance:
        return f"the hypervisor took {100 * stolen / wall:.0f} % of the time"
    return None
