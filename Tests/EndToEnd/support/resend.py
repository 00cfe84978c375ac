"""Sends the requests of a result's counterexamples by the commands that it gives, and says how what the server was sent then
differs from what the run had sent it: resend.py RESULT LOG SHELL"""

import base64
import json
import re
import subprocess
import sys

result, log, shell = json.load(open(sys.argv[1])), sys.argv[2], sys.argv[3]


def entries():
    return [json.loads(line) for line in open(log)]


# Each request draws these anew.
DRAWN = [
    (rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", b"UUID"),
    (rb"20\d\d-\d\d-\d\dT\d\d(:|%3A)\d\d(:|%3A)\d\d\.\d{3}Z", b"NOW"),
    (rb"drawn\D*-?\d+", b"DRAWN"),
    (rb"\b1[6-9]\d{11}\b", b"MILLISECONDS"),
]


def shape(entry):
    def settled(text):
        for pattern, name in DRAWN:
            text = re.sub(pattern, name, text)
        return text

    # What says how a connection is used, and by whom.
    own = {"host", "user-agent", "accept", "connection"}
    headers = dict(sorted([n, settled(v.encode()).decode()] for n, v in entry["headers"] if n not in own))
    target, body = entry["target"], base64.b64decode(entry["body"])
    return {
        "method": entry["method"],
        "target": settled(target.encode()).decode(),
        "headers": headers,
        "body": settled(body),
    }


sent = {dict(entry["headers"]).get("x-step"): entry for entry in entries()}
compared = 0
for finding in result["findings"]:
    for request in (finding.get("counterexample") or {}).get("requests", []):
        before = len(entries())
        script = "\n".join(["set -u", *request["before"], request["curl"]])
        done = subprocess.run([shell, "-c", script], capture_output=True, timeout=60)
        received = entries()[before:]
        wanted = shape(sent[request["step"]])
        got = shape(received[-1]) if received else None
        compared += 1
        if done.returncode != 0 or got != wanted:
            print(f"{request['step']}: exit code {done.returncode}: {done.stderr.decode()[-300:]}")
            for key in wanted:
                if not got or got[key] != wanted[key]:
                    print(f"  {key}: {str(got and got[key])[:600]}\n  wanted: {str(wanted[key])[:600]}")
            print("  " + script[:2000])
print(f"{compared} compared")
