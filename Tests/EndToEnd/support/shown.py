"""Says which lines of an excerpt a program did not print: shown.py EXCERPT OUTPUT

Lines may be folded elsewhere, and numbers, dots and bars may differ; a line `…` stands for any others.
"""

import re
import sys


def plain(text):
    text = re.sub(r"[├─┤]+|\.{3,}", " ", text)
    text = re.sub(r"[0-9][0-9.,]*", "0", text)
    return " ".join(re.sub(r"\b(ns|µs|ms)\b", "s", text).split())


excerpt, output = (open(path, encoding="utf-8").read() for path in sys.argv[1:])
output = plain(output)
missing = [line for line in excerpt.splitlines() if line.strip() != "…" and plain(line) not in output]
print("\n".join(missing))
sys.exit(bool(missing))
