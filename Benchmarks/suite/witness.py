"""The server that notes when each request of a schedule came, in a process of its own on the server's processor."""

import array
import math
import time
from dataclasses import dataclass

from suite.build import program
from suite.nginx import NoServer


@dataclass
class Lateness:
    """How late requests came by a schedule, in nanoseconds, and how many came."""

    requests: int
    median: int
    p99: int
    greatest: int
    # From the first request to the last.
    rate: float
    # The longest time for which the witness itself was not there to see.
    blind: int

    def as_json(self) -> dict:
        return {
            "witnessed_requests": self.requests,
            "witnessed_p50_ns": self.median,
            "witnessed_p99_ns": self.p99,
            "witnessed_max_ns": self.greatest,
            "witnessed_rate": self.rate,
            "witness_blind_ns": self.blind,
        }


class Witness:
    """Started by `start`; `stop` says what it saw."""

    def __init__(self, context, capacity: int):
        self._context = context
        self._file = context.scratch / "witness"
        self._capacity = capacity

    def start(self) -> str:
        """Starts it, and says its URL."""
        compiled = program(self._context.root, self._context.build, "witness")
        self._process = self._context.launcher.start([compiled, self._file, self._capacity], self._context.server_cpu)
        for _ in range(100):
            if (port := self._process.output_so_far()).endswith("\n"):
                return f"http://127.0.0.1:{port.strip()}"
            if not self._process.is_running():
                break
            time.sleep(0.05)
        raise NoServer(f"the witness does not start: {self._process.stop().errors.strip()}")

    def stop(self, rate: float, skipped_seconds: float) -> Lateness | None:
        """Ends it, and holds what it saw against requests at a constant rate; those due in the first seconds are left
        out, since connections were still made then.

        The schedule is laid as early as can be: through the request that was earliest by its number. So lateness that
        all requests have in common does not show, for any client.
        """
        finished = self._process.stop()
        if not self._file.exists():
            return None
        pairs = array.array("Q")
        pairs.frombytes(self._file.read_bytes())
        self._file.unlink()
        numbers, instants = pairs[0::2], pairs[1::2]
        gap = 1e9 / rate
        offsets = [
            instant - round(number * gap)
            for number, instant in zip(numbers, instants)
            if number >= skipped_seconds * rate
        ]
        if not offsets:
            return None
        earliest = min(offsets)
        late = sorted(offset - earliest for offset in offsets)

        def percentile(share: float) -> int:
            return late[max(0, math.ceil(share * len(late)) - 1)]

        span = (max(instants) - min(instants)) / 1e9
        return Lateness(
            requests=len(instants),
            median=percentile(0.5),
            p99=percentile(0.99),
            greatest=late[-1],
            rate=(len(instants) - 1) / span if span else 0,
            blind=int(finished.output.split()[-1]),
        )
