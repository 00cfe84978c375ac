# The generator judges itself: stopped, or beside neighbours that burn every core, it says so, and blames no target.
. "$(dirname "$0")/support/lib.sh"

port=$(free_port)
background "$root/bin/stampede" serve --port "$port" --control-token secret-of-the-test >"$work/serve.log" 2>&1
wait_for 300 grep -q '^listening on' "$work/serve.log" || { cat "$work/serve.log"; fail "serve starts"; exit; }
cat >"$work/open.json5" <<SCENARIO
{
  name: 'open', target: 'http://127.0.0.1:$port',
  traffic: { all: { load: { arrivals: '200/s', for: '8s', max_users: 100 }, steps: [{ name: 'live', get: '/health/live', outcomes: { ok: 200 } }] } },
  thresholds: { latency: 'p(95) < 100ms', requests: 'rate > 100/s' },
}
SCENARIO

# observed RULE: what the last run measured for it.
observed() { field "$work/result.json" "[x['observed']['value'] for x in r['self_check']['rules'] if x['rule'] == '$1' and x['observed']][0]"; }

# p95: of the last run, in milliseconds.
p95() { field "$work/result.json" "round(r['steps'][0]['latency']['p95_ns'] / 1e6, 3)"; }

# A machine that others use may spoil a run, and then some run shows what they did.
calm=
shown=
for attempt in 1 2 3 4 5; do
  stampede run "$work/open.json5" --quiet --json --reports none >"$work/result.json" 2>"$work/errors"
  status=$?
  [ "$status" = 0 ] && calm=$(p95) && break
  [ "$status" = 111 ] || [ "$status" = 112 ] || break
  others_disturbed "$work/result.json" && shown=yes
done
if [ "$status" = 0 ]; then
  ok "an open load on a quiet machine passes"
  expect "and every arrival of it is accounted for" "$(observed lost_arrivals)" 0
elif { [ "$status" = 111 ] || [ "$status" = 112 ]; } && [ -n "$shown" ]; then
  ok "an open load on a machine that others use says that they do"
else
  fail "an open load passes, or shows what spoiled it" "exit code $status" "$(head -c 3000 "$work/result.json")"
fi

# stopped RUN_OPTION…: the exit code of a run that was stopped for a second in its middle.
stopped() {
  local runner
  "$root/bin/stampede" run "$work/open.json5" --quiet --json --reports none "$@" >"$work/result.json" 2>"$work/errors" &
  runner=$!
  children+=("$runner")
  sleep 3
  kill -STOP "$runner"
  sleep 1
  kill -CONT "$runner"
  wait "$runner"
}

# said: what the last run says of the generator.
said() { field "$work/result.json" "'; '.join(f['message'] for f in r['findings'] if f['kind'] == 'self_check')" >"$work/said"; }

stopped --set 'thresholds.latency=p(95) < 5s'
expect "a generator that was stopped for a second is invalid, though the budget holds" $? 112
said
contains "and says for how long and what to do" "$work/said" "^a worker thread was paused for [0-9.]+ (ms|s) at once \(limit 500 ms\): nothing was sent"
expect "and for how long it stood still" "$(field "$work/result.json" "0.85e9 < $(observed pause) < 20e9")" True

# As in a run that is so long that a second moves none of its percentiles.
stopped --set 'thresholds.latency=p(95) < 5s' --set "self_check={ lag: 'off', p95_shift: 'off', run_queue: 'off', steal: 'off', cpu_pressure: 'off' }"
expect "a stop that no percentile tells is invalid" $? 112
said
contains "and is called one" "$work/said" "^a worker thread was paused for [0-9.]+ (ms|s) at once"

stopped --set 'thresholds.latency=p(95) < 2ms'
expect "nor is a budget that it broke by its stop the target's breach" $? 112

# Two for each core, for as long as the runs beside them take.
for neighbour in $(seq $((2 * $(nproc)))); do
  background timeout 90 sh -c 'while :; do :; done'
done
# Neighbours make times longer: a budget that is kept beside them is kept, and one that they break is not the target's breach.
for attempt in 1 2 3; do
  stampede run "$work/open.json5" --quiet --json --reports none >"$work/result.json" 2>"$work/errors"
  status=$?
  case $status in
    0) verdict=kept && break ;;
    111 | 112) verdict="spoiled with a p95 of $(p95) ms" ;;
    *) verdict="exit code $status: $(head -c 2000 "$work/result.json")" && break ;;
  esac
  echo "beside neighbours: $verdict"
done
case $verdict in
  kept) ok "a budget that is kept beside neighbours that burn every core is kept" ;;
  spoiled*) ok "neighbours that burn every core spoil an open load, and are no breach" ;;
  *) fail "neighbours that burn every core spoil an open load, or leave its budget kept" "$verdict" ;;
esac
# The least time that no run on a quiet machine takes: with noise it may break, and that must not count.
if [ -n "$calm" ]; then
  stampede run "$work/open.json5" --quiet --json --reports none --set "thresholds.latency=p(95) < $(python3 -c "print(f'{3 * $calm + 1:.3f}')")ms" >"$work/result.json" 2>"$work/errors"
  status=$?
  case $status in
    0 | 111 | 112) ok "nor is a budget that they broke the target's breach" ;;
    *) fail "nor is a budget that they broke the target's breach" "exit code $status" "$(head -c 3000 "$work/result.json")" ;;
  esac
fi
stampede run scenarios/coupon-cap.json5 --quiet --json --reports none >"$work/result.json" 2>"$work/errors"
status=$?
case $status in
  0 | 111 | 112) ok "nor do they make a burst a breach" ;;
  *) fail "nor do they make a burst a breach" "exit code $status" "$(head -c 2000 "$work/result.json")" ;;
esac
