# What goes wrong: the target, the machine, the person at the keyboard.
. "$(dirname "$0")/support/lib.sh"

port=$(free_port)
cat >"$work/get.json5" <<SCENARIO
{
  name: 'get', target: 'http://127.0.0.1:$port',
  traffic: { all: { load: { users: 4, for: '30s' }, steps: [{ name: 'live', get: '/health/live', outcomes: { ok: 200 } }] } },
  thresholds: { latency: 'p(95) < 60s', requests: 'count > 1' },
}
SCENARIO
run=(run "$work/get.json5" --reports "$work/reports" --quiet "${anywhere[@]}")

# serve_there: a reference server on $port, its process in $server.
serve_there() {
  background "$root/bin/stampede" serve --port "$port" >"$work/serve.log" 2>&1
  server=$last_child
  wait_for 300 curl -sf "http://127.0.0.1:$port/health/live" || fail "serve starts" "$(cat "$work/serve.log")"
}

# newest: the newest run's directory.
newest() { ls -td "$work"/reports/*/ | head -n 1; }

stampede "${run[@]}" >"$work/out" 2>&1
expect "a target that is down exits with 113" $? 113
contains "and the address is named" "$work/out" "127.0.0.1[: a-z]*$port"

serve_there
"$root/bin/stampede" "${run[@]}" --set traffic.all.load.for=6s >"$work/out" 2>&1 &
runner=$!
sleep 2
kill -9 "$server"
wait "$runner"
expect "a target that is killed under way breaches the error budget" $? 99
contains "the outcome says so" "$work/out" "connect_refused|reset|closed"

serve_there
"$root/bin/stampede" "${run[@]}" >"$work/out" 2>&1 &
runner=$!
children+=("$runner")
sleep 2
kill -INT "$runner"
wait "$runner"
expect "an interrupt before any breach exits with 105" $? 105
contains "the partial figures are shown" "$work/out" "requests \.+ [1-9]"
expect "and written" "$(field "$(newest)/result.json" "r['ending']['kind']")" interrupted

"$root/bin/stampede" "${run[@]}" --set 'thresholds.latency=p(95) < 1ns' >"$work/out" 2>&1 &
runner=$!
children+=("$runner")
sleep 2
kill -INT "$runner"
wait "$runner"
expect "an interrupt after a breach exits with 99" $? 99

"$root/bin/stampede" "${run[@]}" >"$work/out" 2>&1 &
runner=$!
children+=("$runner")
sleep 3.6
kill -9 "$runner"
wait "$runner" 2>/dev/null
expect "a run that was killed leaves no result" "$([ -e "$(newest)/result.json" ] && echo there || echo none)" none
stampede report "$(newest)" --json >"$work/result.json" 2>"$work/errors"
expect "its journal is judged as a run cut off" "$? $(field "$work/result.json" "r['ending']['kind']")" "105 cut_off"
expect "with at least the first two seconds" "$(field "$work/result.json" "r['elapsed_ns'] >= 2e9 and r['totals']['requests'] > 0")" True
truncate -s -7 "$(newest)/intervals.ndjson"
stampede report "$(newest)" >"$work/out" 2>&1
expect "a journal that is torn in its last line is still read" $? 105

(
  ulimit -n 200
  stampede "${run[@]}" --set traffic.all.load.users=500
) >"$work/out" 2>&1
expect "too few file descriptors end the run before it starts" $? 112
contains "the number needed is named" "$work/out" "needs [0-9]+ file descriptors"

cat >"$work/bad.json5" <<'SCENARIO'
{
  name: 'bad',
  trafic: {},
  traffic: { all: { load: { users: -1, for: '3 parsecs' }, steps: [{ name: 'a', get: '/${nobody}', outcomes: { ok: { statu: 200 } } }] } },
  thresholds: { latencyy: 'p(95) < 1s', latency: 'p(95) < 3%' },
}
SCENARIO
stampede run "$work/bad.json5" >"$work/out" 2>&1
expect "a malformed scenario exits with 104" $? 104
for words in trafic users parsecs nobody statu latencyy '3%'; do
  contains "its error about $words has a place" "$work/out" "bad.json5:[0-9]+:[0-9]+: error: .*$words"
done
stampede check scenarios/*.json5 >"$work/out" 2>&1
expect "the scenarios of this repository are sound" $? 0

# A small file system of memory stands for the full disk, where this machine lets us make one.
mkdir "$work/full"
if mount -t tmpfs -o size=64k tmpfs "$work/full" 2>/dev/null; then
  head -c 60000 /dev/zero >"$work/full/filler"
  stampede run "$work/get.json5" --reports "$work/full" --quiet --set traffic.all.load.for=3s >"$work/out" 2>&1
  expect "a full disk costs the report and not the verdict" $? 0
  contains "and it is said" "$work/out" "No space"
  umount "$work/full"
else
  touch "$work/full/file"
  stampede run "$work/get.json5" --reports "$work/full/file" --quiet --set traffic.all.load.for=1s >"$work/out" 2>&1
  expect "a report that cannot be written costs the report and not the verdict" $? 0
  contains "and it is said" "$work/out" "Not a directory"
fi
