"""The bundled reference server in a process of its own, on the server's processor."""

import re
import time

from suite.nginx import NoServer

# Coupons that no run comes near.
PLENTY = 10_000_000


class ReferenceServer:
    """Started by `with ReferenceServer(…) as server`, and gone at the end of it. Queries take no time."""

    def __init__(self, context):
        self._context = context

    def __enter__(self) -> "ReferenceServer":
        command = [
            self._context.stampede,
            "serve",
            "--port",
            "0",
            "--server-loops",
            "1",
            "--query-time",
            "0",
            "--env",
            f"COUPON_MAX_COUNT={PLENTY}",
        ]
        self._process = self._context.launcher.start(command, self._context.server_cpu)
        for _ in range(200):
            if found := re.search(r"listening on (\S+)", self._process.output_so_far()):
                self.base = found.group(1)
                return self
            if not self._process.is_running():
                break
            time.sleep(0.05)
        raise NoServer(f"the reference server does not start: {self._process.stop().errors.strip()}")

    def __exit__(self, *_) -> None:
        self._process.stop()

    @property
    def pid(self) -> int:
        return self._process.pid

    def url(self, path: str) -> str:
        return self.base + path
