"""What every part of the suite needs."""

import sys
from dataclasses import dataclass
from pathlib import Path
from random import Random

from suite.packages import Programs
from suite.process import Launcher


@dataclass
class Options:
    """The command line, read. None where the part's own default is meant."""

    rounds: int | None = None
    seconds: int | None = None
    connections: list[int] | None = None
    peers: list[str] | None = None
    static_file: bool = False
    long: bool = False


@dataclass
class Context:
    options: Options
    root: Path
    # Compiled programs, and files that last as long as the suite runs.
    build: Path
    scratch: Path
    stampede: Path
    programs: Programs
    launcher: Launcher
    server_cpu: int
    client_cpu: int
    # Draws the order of runs.
    random: Random

    @property
    def scripts(self) -> Path:
        return self.root / "Benchmarks" / "scripts"


def say(text: str) -> None:
    """Progress goes to standard error: standard output is the report alone."""
    print(f"bench: {text}", file=sys.stderr, flush=True)
