"""Writes a worker's recorded requests as docs/history-format.md describes them.

recording.py FOLDER REQUESTS: of the step 'issue' in scenarios/coupon-cap.json5, each by a buyer of its own. The first 1,000 are issued
a coupon, the others are too late.
"""

import struct
import sys
from pathlib import Path

TABLE = 65_536

folder, requests = Path(sys.argv[1]), int(sys.argv[2])
record = struct.Struct("<QQqII4IHHHHQ").pack


def head(kind: bytes) -> bytes:
    return kind + struct.pack("<II", 1, 0) + bytes(48)


def name(kind: int, text: str) -> bytes:
    return struct.pack("<BI", kind, len(text.encode())) + text.encode()


with (
    open(folder / "worker-0.operations", "wb", 1 << 20) as operations,
    open(folder / "worker-0.names", "wb", 1 << 20) as names,
):
    operations.write(head(b"STMPDOPS"))
    names.write(head(b"STMPDNAM"))
    names.write(name(2, "issue") + name(3, "rush\0issue\0issued") + name(3, "rush\0issue\0sold_out") + name(4, "buyer"))
    for number in range(1, requests + 1):
        names.write(name(1, f"user-{number:05}"))
        sold_out = number > 1_000
        sequence = 0 if sold_out else number
        # Each takes half a millisecond, and a hundred are under way at once.
        operations.write(
            record(
                number * 5_000, number * 5_000 + 500_000, sequence, number % 100, number, number, 0, 0, 0, 0,
                1 if sold_out else 0, 409 if sold_out else 201, 0 if sold_out else 1, number,
            )  # fmt: skip
        )
