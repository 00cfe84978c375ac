# What is said before a run, and load that did not happen: nothing passes by not happening, and no target is blamed for it.
. "$(dirname "$0")/support/lib.sh"

port=$(free_port)
background python3 "$root/Tests/EndToEnd/support/hang.py" "$port"
answers() { curl -sf "http://127.0.0.1:$1/ok"; }
wait_for 60 answers "$port" || fail "the target starts"

# scenario NAME TRAFFIC [MORE]
scenario() {
  cat >"$work/$1.json5" <<SCENARIO
{ name: '$1', target: 'http://127.0.0.1:$port', self_check: 'off', ${3:-}
  traffic: { all: $2 } }
SCENARIO
}
steps="steps: [{ name: 'one', get: '/ok' }]"

# ran NAME [OPTION…]: its exit code is in $status, its result in $work/result.json.
ran() {
  local name=$1
  shift
  rm -rf "$work/reports"
  stampede run "$work/$name.json5" --reports "$work/reports" --quiet "$@" >"$work/out" 2>"$work/err"
  status=$?
  cp "$work"/reports/*/result.json "$work/result.json" 2>/dev/null
}
# verdict KIND: of the run's findings of this kind, in order.
verdict() { field "$work/result.json" "' '.join(f['verdict'] for f in r['findings'] if f['kind'] == '$1')"; }

# Warnings
scenario few "{ load: { burst: 100 }, $steps }" "thresholds: { latency: 'p(95) < 10s' },"
stampede check "$work/few.json5" >"$work/out" 2>"$work/err"
expect "check takes a scenario with too few requests" $? 0
contains "and says how many a percentile needs" "$work/err" "latency: p\(95\) < 10s' cannot pass: it takes at least 400 requests, and the load makes at most 100"
contains "and how many the default budget on errors needs" "$work/err" "default budget 'errors: rate < 1%' cannot pass: it takes at least 299 requests"
stampede check --strict "$work/few.json5" >/dev/null 2>&1
expect "check --strict does not take it" $? 104
stampede check --strict --verdict point "$work/few.json5" >"$work/out" 2>&1
expect "a plain comparison needs no number" $? 0
ran few
expect "the run is inconclusive, as was said" $status 111
contains "a quiet run says it before it begins" "$work/err" "cannot pass: it takes at least 400"
contains "and in its report" "$work/out" "few.json5:[0-9]+:[0-9]+: 'latency: p"
expect "the warnings are in the result" "$(field "$work/result.json" "len(r['warnings'])")" 2
scenario foreign "{ load: { burst: 400 }, steps: [{ name: 'one', get: '/ok/{user}' }] }" "data: { idle: ['a'] },"
stampede check "$work/foreign.json5" >"$work/out" 2>"$work/err"
contains "another tool's variable is pointed out" "$work/err" "'\{user\}' in step 'one' is sent as it stands"
contains "and the variable that was meant" "$work/err" 'did you mean .\$\{user\}'
contains "data that nothing uses is, too" "$work/err" "nothing uses the data 'idle'"
stampede check --strict scenarios/*.json5 scenarios/*/*.json5 >"$work/out" 2>&1
expect "the scenarios that come with the project are taken without a word" $? 0

# Data that runs out
rows="data: { row: { sequence: 'r{n}', count: 500, order: 'unique' } },"
drawing="steps: [{ name: 'one', get: '/ok/\${row}' }]"
scenario closed "{ load: { users: 4, for: '60s' }, $drawing }" "$rows"
ran closed
expect "a closed load whose data runs out is invalid" $status 112
expect "what was judged on it is inconclusive" "$(verdict threshold)" inconclusive
contains "the cause is named" "$work/out" "ended after .* of its load"
contains "it was warned of" "$work/err" "4 users run out of them before the load ends unless an iteration takes"
scenario open "{ load: { arrivals: '500/s', for: '60s', max_users: 20 }, $drawing }" "$rows"
ran open
expect "so is an open one" $status 112
expect "whose arrivals without data are no errors" "$(field "$work/result.json" "r['totals']['requests'], r['totals']['errors']")" "(500, 0)"
scenario counted "{ load: { users: 4, shared_iterations: 500 }, $drawing }" "$rows"
ran counted
expect "a load that asks for as many as there are rows passes" $status 0

# Users that never connect
narrow=$(free_port)
background python3 "$root/Tests/EndToEnd/support/hang.py" "$narrow" 2
sleep 1
scenario narrow "{ load: { users: 6, for: '3s' }, $steps }" "client: { connect_timeout: '500ms', timeout: '2s' }, thresholds: { errors: 'rate < 60%' },"
ran narrow --target "http://127.0.0.1:$narrow"
expect "users that never connect keep the others from passing" $status 111
contains "and are counted" "$work/out" "[1-6] of 6 users of 'all' never got a connection"

# Local ports
scenario fresh "{ load: { users: 4, for: '2s' }, connections: 'fresh', $steps }"
if [ "$(id -u)" = 0 ] && unshare -n true 2>/dev/null; then
  cat >"$work/alone.sh" <<'ALONE'
ip link set lo up && echo "40000 40100" >/proc/sys/net/ipv4/ip_local_port_range || exit 1
python3 "$root/Tests/EndToEnd/support/hang.py" "$port" & target=$!
for _ in $(seq 200); do curl -sf "http://127.0.0.1:$port/ok" >/dev/null && break; sleep 0.05; done
"$root/bin/stampede" run "$work/fresh.json5" --reports "$work/reports" --quiet >"$work/out" 2>&1
status=$?
kill $target
exit $status
ALONE
  package ip iproute2
  rm -rf "$work/reports"
  root=$root port=$port work=$work unshare -n bash "$work/alone.sh"
  expect "a machine without local ports makes a run invalid" $? 112
  contains "and says what to do" "$work/out" "ip_local_port_range"
  cp "$work"/reports/*/result.json "$work/result.json"
  expect "the target's own error rate is judged without them" "$(field "$work/result.json" "[f['observed']['value'] for f in r['findings'] if f['name'] == 'errors'][0]")" 0
else
  echo "skipped: a machine without local ports (needs root and a network namespace)"
fi

# Interrupts and hangs
scenario hang "{ load: { users: 2, for: '60s' }, steps: [{ name: 'ok', get: '/ok' }, { name: 'hang', get: '/hang' }] }" "client: { timeout: '50s' }, thresholds: { errors: 'rate < 1%', requests: 'rate > 1000/s' },"
rm -rf "$work/reports"
"$root/bin/stampede" run "$work/hang.json5" --reports "$work/reports" --quiet --verdict point >"$work/out" 2>&1 &
runner=$!
children+=("$runner")
sleep 3
kill -INT "$runner"
wait "$runner"
expect "an interrupt while the target hangs exits with 105" $? 105
cp "$work"/reports/*/result.json "$work/result.json"
expect "what was under way is counted" "$(field "$work/result.json" "r['totals']['requests'], r['totals']['cancelled'], r['totals']['errors']")" "(4, 2, 0)"
expect "as cancelled" "$(outcome "$work/result.json" hang cancelled)" 2
expect "with its time" "$(field "$work/result.json" "r['elapsed_ns'] > 1e9")" True
expect "and keeps no budget by its absence" "$(verdict threshold)" "inconclusive inconclusive"
stampede report "$work"/reports/*/ >"$work/out" 2>&1
expect "the same is made of its journal" $? 105

scenario abort "{ load: { users: 4, for: '60s' }, steps: [{ name: 'ok', get: '/ok' }, { name: 'hang', get: '/hang' }] }" "client: { timeout: '50s' }, thresholds: { latency: { threshold: 'p(95) < 100ms', abort_on_fail: true } },"
ran abort
expect "a target that hangs breaks a budget on latency though nothing is answered" $status 99
expect "and ends the run" "$(field "$work/result.json" "r['ending']['kind'], r['elapsed_ns'] < 40e9")" "('aborted', True)"
scenario arrivals "{ load: { arrivals: '20/s', for: '60s', max_users: 2 }, steps: [{ name: 'hang', get: '/hang' }] }" "client: { timeout: '50s' }, thresholds: { latency: { threshold: 'p(95) < 100ms', abort_on_fail: true } },"
ran arrivals
expect "arrivals that wait for a user count, too" $status 99
