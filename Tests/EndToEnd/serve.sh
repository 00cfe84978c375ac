# The same scenarios against `stampede serve` in another process.
. "$(dirname "$0")/support/lib.sh"

port=$(free_port)
background "$root/bin/stampede" serve --port "$port" --control-token secret-of-the-test >"$work/serve.log" 2>&1
wait_for 300 grep -q '^listening on' "$work/serve.log" || { cat "$work/serve.log"; fail "serve starts"; exit; }
there=(--target "http://127.0.0.1:$port" --control-token secret-of-the-test --quiet --json --reports none "${anywhere[@]}")
coupon=(scenarios/coupon-cap.json5 --set 'thresholds.latency{step:issue}=p(95) < 60s')

stampede run "${coupon[@]}" "${there[@]}" >"$work/result.json"
expect "coupon-cap passes against another process" \
  "$? $(outcome "$work/result.json" issue issued) $(outcome "$work/result.json" issue sold_out)" "0 1000 4000"
expect "the server's own log counts the same requests" \
  "$(field "$work/result.json" "sum(x['count'] for x in r['server_log']['routes'] if x['route'].startswith('POST') and x['route'].endswith('/issue'))")" \
  5000

stampede run "${coupon[@]}" "${there[@]}" --incident coupon.overissue >"$work/result.json"
expect "the over-issue is found there" $? 99
stampede run "${coupon[@]}" "${there[@]}" >"$work/result.json"
expect "a later run starts from a healthy server" $? 0
stampede run scenarios/roulette-daily-limit.json5 "${there[@]}" >"$work/result.json"
expect "the roulette day passes there" $? 0
stampede run scenarios/roulette-daily-limit.json5 "${there[@]}" --incident event.limit-race >"$work/result.json"
expect "event.limit-race is found there" $? 99

stampede run "${coupon[@]}" --target "http://127.0.0.1:$port" --control-token wrong --quiet --reports none >"$work/out" 2>&1
expect "a wrong control token is an invalid run" $? 112
contains "and says which token is meant" "$work/out" "control token"
stampede run "${coupon[@]}" --target "http://127.0.0.1:$port" --incident coupon.overissue >"$work/out" 2>&1
expect "incidents without a token are a wrong command line" $? 104
stampede run "${coupon[@]}" --incident coupon.overisue >"$work/out" 2>&1
expect "an unknown incident is a wrong command line" $? 104
contains "and the nearest name is offered" "$work/out" "did you mean 'coupon.overissue'"
