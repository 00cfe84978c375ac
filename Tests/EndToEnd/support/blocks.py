"""Takes a tutorial apart: blocks.py DOCUMENT DIRECTORY [OLD=NEW…]

Writes each fenced block with a tag to DIRECTORY as a numbered file, and prints a line for each, `KIND FILE DETAIL FIRST_LINE`:

    sh tutorial [exit=N]     `run FILE N`         commands, and the exit code of the last
    sh tutorial terminal     `terminal FILE -`    a command that runs on; it takes the place of the one before
    text output              `output FILE -`      lines of what the commands before it printed
    json5 file=NAME          `file FILE NAME`     a file that the reader saves
    python excerpt=PATH      `excerpt FILE PATH`  a part of a file of the repository

OLD=NEW replaces text in commands and saved files, as the reader would for another port.
"""

import re
import sys

document, directory, *replacements = sys.argv[1:]
text = open(document, encoding="utf-8").read()
for number, (info, body) in enumerate(re.findall(r"^```(\S+ [^\n]+)\n(.*?)^```$", text, re.M | re.S)):
    tags = info.split()
    name = f"{directory}/{number:02}"
    named = dict(tag.split("=", 1) for tag in tags if "=" in tag)
    if tags[1] == "tutorial":
        line = f"terminal {name} -" if "terminal" in tags else f"run {name} {named.get('exit', 0)}"
    elif tags[1] == "output":
        line = f"output {name} -"
    elif "file" in named:
        line = f"file {name} {named['file']}"
    elif "excerpt" in named:
        line = f"excerpt {name} {named['excerpt']}"
    else:
        sys.exit(f"{document}: a block has an unknown tag: {info}")
    print(line, body.split("\n", 1)[0])
    if tags[0] in ("sh", "json5"):
        for old, new in (replacement.split("=", 1) for replacement in replacements):
            body = body.replace(old, new)
    open(name, "w", encoding="utf-8").write(body)
