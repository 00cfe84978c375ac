# The requests that a run recorded: judged again, listed, shown, exported.
. "$(dirname "$0")/support/lib.sh"

stampede run scenarios/coupon-cap.json5 --set 'thresholds.latency{step:issue}=p(95) < 60s' "${anywhere[@]}" --quiet --json \
  --incident coupon.overissue --reports "$work/reports" >"$work/result.json" 2>"$work/errors"
expect "a run finds the over-issue" $? 99
run=$(echo "$work"/reports/*)

stampede history "$run" >"$work/out" 2>&1
expect "its requests are judged again to the same verdict" $? 99
contains "with what there is on record" "$work/out" '^5,000 requests on record'
contains "and the requests that prove it" "$work/out" 'beyond the cap, lowest number first'
contains "and the command that repeats it" "$work/out" '^ *again  stampede run scenarios/coupon-cap.json5'
stampede history "$run" --json >"$work/findings.json"
expect "in the words of the result" \
  "$(field "$work/findings.json" '[(f["name"], f["verdict"], f["counterexample"] and f["counterexample"]["requests"]) for f in r]')" \
  "$(field "$work/result.json" '[(f["name"], f["verdict"], f["counterexample"] and f["counterexample"]["requests"]) for f in r["findings"] if f["kind"] == "invariant"]')"

stampede history "$run" --by buyer --limit 2 >"$work/out"
contains "values of a variable are listed" "$work/out" '^5,000 values of buyer, the 2 with the most requests'
stampede history "$run" --key user-00042 >"$work/out"
contains "the requests of one are shown on an axis of time" "$work/out" '^  A ├─*┤  [0-9.]+–[0-9.]+ s$'
stampede history "$run" --by byer >"$work/out" 2>&1
expect "an unknown variable is a wrong command line" $? 104
contains "and the nearest name is offered" "$work/out" "did you mean 'buyer'"

stampede history "$run" --export "$work/history.ndjson" >"$work/out"
expect "all requests are exported" "$(wc -l <"$work/history.ndjson")" 5001
expect "as many of each outcome as the result counts" \
  "$(grep -c '"outcome":"issued"' "$work/history.ndjson")" "$(outcome "$work/result.json" issue issued)"
stampede history "$run" --export - --outcome issued | python3 -c '
import json, sys
lines = [json.loads(line) for line in sys.stdin]
numbers = sorted(line["sequence"] for line in lines[1:])
print(lines[0]["schema"], numbers == list(range(1, len(numbers) + 1)), all(l["returned"] > l["invoked"] for l in lines[1:]))
' >"$work/out"
expect "in a form that another checker can read" "$(cat "$work/out")" "stampede.history/1 True True"
stampede history "$run" --export /proc/nowhere/h >"$work/out" 2>&1
expect "a file that cannot be written is told" "$? $(grep -c 'cannot write /proc/nowhere/h' "$work/out")" "70 1"
# Three million keys took 420 MB when all of them were kept; what a portion of them takes is in docs/history-format.md.
many=$work/many
swiftc -O -o "$work/recording" Tests/EndToEnd/support/recording.swift
cp -r "$run" "$many" && rm "$many"/history/* \
  && "$work/recording" "$many/history" 3000000 "$(field "$many/run.json" 'r["started_at"]')" \
  && python3 Tests/EndToEnd/support/journal.py "$many/intervals.ndjson" 'end["recorded"] = [3000000]; end["elapsed"] = 16 * 10**9'
python3 - "$root/.build/release/stampede" history "$many" --json >"$work/findings.json" <<'PEAK' 2>"$work/peak"
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, file=sys.stderr)
sys.exit(status)
PEAK
expect "three million requests, each with a key of its own, are all judged" \
  "$? $(field "$work/findings.json" '[f["samples"] for f in r if f["name"] == "never over-issued"]')" "99 [3000000]"
peak=$(cat "$work/peak")
expect "in less than 160 MB (it took $peak)" "$((peak < 160))" 1
stampede history "$many" --key user-2999999 >"$work/out"
contains "and the last of them is found by its key" "$work/out" '^1 request'
rm -r "$many"

stampede history "$work" >"$work/out" 2>&1
expect "a directory that is no run's is a wrong command line" $? 104

stampede report reports/example --json >"$work/example.json" 2>&1
expect "the example that is kept here is judged as it was" \
  "$? $(field "$work/example.json" '[n for n in r["notes"] if "result.json says" in n]')" "99 []"
