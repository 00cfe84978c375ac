# Disks that are full, files with a limit, streams that are closed, directories that were damaged: the verdict stays right.
. "$(dirname "$0")/support/lib.sh"

# A run whose requests are all recorded: 2,000 buyers, each twice, 128 KB of records each second.
cat >"$work/rush.json5" <<'SCENARIO'
{
  name: 'rush', self_check: 'off',
  data: { buyer: { sequence: 'user-{n:05}', each: 2 } },
  traffic: {
    rush: {
      load: { burst: 4000, max_users: 100 },
      steps: [
        {
          name: 'issue', post: '/api/coupon-policies/1/issue', json: { userId: '${buyer}' },
          outcomes: { issued: 201, refused: 409 },
        },
      ],
    },
  },
  invariants: { once: { at_most: { of: 'issue.issued', count: 1, per: 'buyer' } } },
}
SCENARIO
binary="$root/bin/stampede"
run=("$binary" run "$work/rush.json5" --quiet)

"${run[@]}" --reports "$work/whole" >"$work/out" 2>&1
expect "the run passes with room on disk" $? 0
whole=$(ls -d "$work"/whole/*/)

# --- Files with a limit, and disks

(ulimit -f 64; "${run[@]}" --reports "$work/short" --json >"$work/out.pipe" 2>"$work/err"; echo $? >"$work/code") &
wait $!
expect "a limit on the size of files (ulimit -f) leaves the verdict" "$(cat "$work/code")" 0
(ulimit -f 64; "${run[@]}" --reports "$work/short2" 2>"$work/err" | cat >/dev/null; echo "${PIPESTATUS[0]}" >"$work/code")
expect "and so does a reader of its output" "$(cat "$work/code")" 0
# The limit is the run's alone: who writes down what it shows has none.
(ulimit -f 1; exec "${run[@]}" --reports "$work/tiny" 2>"$work/err") | cat >"$work/shown"
echo "${PIPESTATUS[0]}" >"$work/code"
expect "a limit of one block leaves it, too" "$(cat "$work/code")" 0
contains "and it is said that recorded requests could not be written" "$work/shown" "recorded requests could not be written"
contains "result.json that cannot be written is said on standard error" "$work/err" "the report is incomplete: cannot write .*result.json"
short=$(ls -d "$work"/tiny/*/)
stampede report "$short" >"$work/out" 2>&1
expect "what was left on disk is not enough to pass" $(($? == 111 || $? == 105 || $? == 104)) 1

if mkdir -p "$work/disk" && mount -t tmpfs -o size=200k tmpfs "$work/disk" 2>/dev/null; then
  "${run[@]}" --reports "$work/disk" 2>"$work/err" >"$work/shown"
  expect "a full disk leaves the verdict" $? 0
  contains "and is named" "$work/shown" "space left|on device"
  TMPDIR="$work/disk" "${run[@]}" --reports none 2>"$work/err" >"$work/shown"
  expect "so does one that is full for temporary files" $? 0
  expect "and they are gone afterwards" "$(find "$work/disk" -name 'stampede-*' | wc -l)" 0
  stampede report "$(ls -d "$work"/disk/*/ | head -n 1)" >"$work/out" 2>&1
  expect "what was left of it does not pass" $(($? != 0 && $? < 128)) 1
  umount "$work/disk"
else
  echo "skip a full disk: mounting a tmpfs needs root"
fi

chmod 500 "$work/whole"
if [ "$(id -u)" != 0 ]; then
  "${run[@]}" --reports "$work/whole/sub" >"$work/shown" 2>&1
  expect "a place that cannot be written leaves the verdict" $? 0
fi
chmod 700 "$work/whole"

# --- Streams

"${run[@]}" --reports none >&- 2>"$work/err"
expect "a closed standard output leaves the verdict" $? 0
contains "and it is said" "$work/err" "standard output cannot be written"
"${run[@]}" --reports "$work/closed" >&- 2>&-
expect "both closed leave it" $? 0
closed=$(ls -d "$work"/closed/*/)
stampede report "$closed" >"$work/out" 2>&1
expect "and nothing that was meant for a person is in the run's files" $? 0
"${run[@]}" --reports none >/dev/full 2>"$work/err"
expect "a full device leaves it" $? 0
contains "and it is said once" "$work/err" "No space left on device"
"${run[@]}" --reports none 2>"$work/err" | true
expect "a reader that goes away leaves it" "${PIPESTATUS[0]}" 0
stampede history "$whole" --export - >/dev/full 2>"$work/err"
expect "an export that cannot be written fails" $? 70
stampede history "$whole" --export - 2>"$work/err" | head -n 1 >"$work/out"
contains "and one of which the beginning was enough does not complain" "$work/out" stampede.history/1
expect "at all" "$(cat "$work/err")" ""

# --- Temporary files

mkdir "$work/tmp"
TMPDIR="$work/tmp" "$binary" run "$work/rush.json5" --quiet --reports none --set traffic.rush.load='{users: 2, for: "60s"}' \
  >"$work/out" 2>&1 &
runner=$!
children+=("$runner")
wait_for 100 compgen -G "$work/tmp/stampede-history-*/worker-0.names" >/dev/null || fail "the run records into \$TMPDIR"
kill -9 "$runner"
wait "$runner" 2>/dev/null
expect "a run that is killed leaves its temporary files" "$(ls "$work/tmp" | wc -l)" 1
TMPDIR="$work/tmp" "${run[@]}" --reports none >"$work/out" 2>&1
expect "and the next removes them" "$(ls "$work/tmp" | wc -l)" 0
TMPDIR="$work/tmp" "$binary" run "$work/rush.json5" --quiet --reports none --set traffic.rush.load='{users: 2, for: "60s"}' \
  >"$work/out" 2>&1 &
runner=$!
children+=("$runner")
wait_for 100 compgen -G "$work/tmp/stampede-history-*/worker-0.names" >/dev/null
kill -TERM "$runner"
wait "$runner"
expect "one that is stopped by a signal removes them itself" "$(ls "$work/tmp" | wc -l)" 0

# --- Directories

damage() { # damage NAME FILE PYTHON: of a copy of the whole run
  rm -rf "$work/copy"
  cp -r "$whole" "$work/copy"
  python3 - "$work/copy/$2" "$3" <<'PYTHON'
import sys
path, change = sys.argv[1:]
data = bytearray(open(path, "rb").read())
exec(change)
open(path, "wb").write(data)
PYTHON
  for command in report history; do
    stampede "$command" "$work/copy" >"$work/out" 2>&1
    code=$?
    expect "$command of a directory with $1 does not pass, or crash" $((code != 0 && code < 128)) 1
  done
}
damage "a flipped bit in its records" history/worker-0.operations 'data[1000] ^= 1'
contains "and the report says what is left out" "$work/out" "1 request damaged or missing"
damage "a cut in its records" history/worker-0.operations 'del data[640:1000]'
damage "records of version 1" history/worker-0.operations 'data[8] = 1'
contains "and says what to do" "$work/out" "run the scenario again"
damage "a lost line" intervals.ndjson 'del data[data.index(b"\n")+1:data.index(b"\n", data.index(b"\n")+1)+1]'
damage "another scenario" scenario.json5 'data[:] = data.replace(b"count: 1", b"count: 9")'
cp -r "$whole" "$work/newer"
sed -i 's|stampede.run/1|stampede.run/7|' "$work/newer/run.json"
stampede report "$work/newer" >"$work/out" 2>&1
expect "a directory of a newer version is refused" $? 104
contains "in words" "$work/out" "another version wrote it"

# --- Files that a scenario names

mkfifo "$work/fifo"
sed "s|data: {|data: { rows: { csv: '$work/fifo' },|" "$work/rush.json5" >"$work/fifo.json5"
timeout 10 "$binary" check "$work/fifo.json5" >"$work/out" 2>&1
expect "a pipe in place of data is an error, and no hang" $? 104
contains "that says what is read" "$work/out" "only regular files are read"
timeout 10 "$binary" check "$work/fifo" >"$work/out" 2>&1
expect "and so is one in place of a scenario" $? 104

# 64 MB of short lines: the whole process stays below twice that, and 20 MB for itself.
python3 -c '
import sys
line = "".join("user-%07d,%d\n" % (n, n % 1000) for n in range(0, 100000))
text = "id,shard\n" + line * (64 * 1024 * 1024 // len(line))
open(sys.argv[1], "w").write(text)' "$work/large.csv"
sed "s|data: {|data: { rows: { csv: '$work/large.csv' },|" "$work/rush.json5" >"$work/large.json5"
python3 - "$binary" "$work/large.json5" >"$work/peak" <<'PYTHON'
import resource, subprocess, sys
code = subprocess.run([sys.argv[1], "check", sys.argv[2]], stdout=subprocess.DEVNULL).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
PYTHON
read -r code peak <"$work/peak"
expect "a CSV of 64 MB is read" "$code" 0
expect "in less than twice its size ($peak MB)" $((peak < 148)) 1

# The case of many steps: rows beyond 16 bits.
python3 -c '
import sys
steps = ",".join("{ name: \"s%d\", get: \"/health/live\" }" % n for n in range(3700))
open(sys.argv[1], "w").write("{ name: \"many\", self_check: \"off\", data: { b: { sequence: \"u-{n}\", each: 2 } }, traffic: { g: { load: { users: 2, iterations: 1 }, steps: [" + steps + ",{ name: \"last\", post: \"/api/coupon-policies/1/issue\", json: { userId: \"${b}\" }, outcomes: { ok: 201, out: 409 } }] } }, invariants: { c: { at_most: { of: \"last.ok\", count: 1, per: \"b\" }, sequential: true } } }")' "$work/many.json5"
"$binary" run "$work/many.json5" --quiet --reports none >"$work/out" 2>&1
expect "3,700 steps and an invariant run to a verdict" $(($? == 0 || $? == 111 || $? == 112)) 1
