# Runs that are repeated until one fails.
. "$(dirname "$0")/support/lib.sh"

coupon=(scenarios/coupon-cap.json5 --set 'thresholds.latency{step:issue}=p(95) < 60s' --set traffic.rush.load.burst=2000
  --set traffic.rush.load.max_users=100 "${anywhere[@]}" --quiet)

stampede run "${coupon[@]}" --repeat 3 --seed 7 --reports "$work/reports" >"$work/out" 2>&1
expect "three runs of the correct server pass" $? 0
contains "each is told with its seed" "$work/out" '^run 1 of 3  seed 7  PASS  2,000 requests'
expect "with another seed each" "$(grep -o 'seed [0-9]*  PASS' "$work/out" | sort -u | wc -l)" 3
stampede run "${coupon[@]}" --repeat 3 --seed 7 --reports none >"$work/again" 2>&1
expect "and the same ones again from the same first seed" \
  "$(grep -o '^run.*seed [0-9]*' "$work/again")" "$(grep -o '^run.*seed [0-9]*' "$work/out")"
directory=$(echo "$work"/reports/*-coupon-cap-repeat)
expect "each leaves its own report" "$(ls "$directory")" "$(printf 'repeat.json\nrun-1\nrun-2\nrun-3')"
stampede report "$directory/run-2" --json >"$work/result.json" 2>&1
expect "which can be judged again" "$? $(field "$work/result.json" 'r["verdict"]')" "0 pass"

stampede run "${coupon[@]}" --repeat 5 --incident coupon.overissue --json --reports none >"$work/result.json" 2>"$work/errors"
expect "the first violation ends a series" \
  "$? $(field "$work/result.json" '(r["asked"], r["done"], r["verdict"], r["exit_code"], r["result"]["verdict"])')" \
  "99 (5, 1, 'fail', 99, 'fail')"
again=$(field "$work/result.json" 'r["again"]')
seed=$(field "$work/result.json" 'r["runs"][0]["seed"]')
expect "and names the command that repeats it" "${again##* --seed }" "$seed"
eval "$again --quiet --json --reports none" >"$work/repeated.json" 2>&1
expect "which finds it again" "$? $(field "$work/repeated.json" 'r["run"]["seed"]')" "99 $seed"

stampede run "${coupon[@]}" --repeat 4 --target http://127.0.0.1:1 --reports none >"$work/out" 2>&1
expect "a target that is not there is tried once" "$? $(grep -c '^run ' "$work/out")" "113 1"
stampede run "${coupon[@]}" --repeat 0 >"$work/out" 2>&1
expect "no runs at all are a wrong command line" $? 104
