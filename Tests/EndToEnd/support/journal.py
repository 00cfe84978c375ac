"""Changes what the last line of a journal says, and seals the line again.

journal.py FILE STATEMENT: with the line's `run_end` as `end`: journal.py intervals.ndjson 'end["elapsed"] = 5'
"""

import json
import sys

START, FIRST, LAST, MASK = 0x9E3779B97F4A7C15, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 2**64 - 1


def fold(a, b):
    product = a * b
    return (product >> 64) ^ (product & MASK)


def checksum(data, seed):
    state = START ^ seed ^ (len(data) << 32 & MASK)
    data += bytes(-len(data) % 16)
    for i in range(0, len(data), 16):
        left, right = (int.from_bytes(data[j : j + 8], "little") for j in (i, i + 8))
        state = fold(left ^ FIRST, right ^ state)
    word = fold(state ^ LAST, START)
    return (word ^ word >> 32) & 0xFFFFFFFF


path, statement = sys.argv[1:]
lines = open(path, "rb").read().splitlines()
line = json.loads(lines[-1])
end = line["run_end"]
exec(statement)
text = json.dumps({"run_end": end}, separators=(",", ":"), ensure_ascii=False).encode()[:-1]
lines[-1] = text + b',"check":"%d:%08x"}' % (len(lines), checksum(text, len(lines)))
open(path, "wb").write(b"\n".join(lines) + b"\n")
