"""The load generators that are compared: for each, how it is called, and how what it prints is read.

A client is a module with
- `NAME`, as tables show it;
- `PROGRAM`, by which `suite.packages` finds it; None for what the suite builds itself;
- `get(context, program, target)`: the command that sends GET requests as fast as it can on one processor, and its
  environment;
- `read(finished)`: the `Count` in what a run left. It may raise anything that reading a text can raise.
"""

from dataclasses import dataclass


@dataclass
class Target:
    """What a client is to do."""

    url: str
    connections: int
    seconds: int
