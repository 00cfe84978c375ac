# The three headline scenarios on the bundled server: each passes, and each incident fails it for its own reason.
. "$(dirname "$0")/support/lib.sh"

# How often each is run; a race that shows only sometimes is not shown.
rounds=${ROUNDS:-2}
# A loaded machine may be slow; correctness may not depend on it.
patient=(--quiet --json --reports none "${anywhere[@]}")
coupon=(scenarios/coupon-cap.json5 --set 'thresholds.latency{step:issue}=p(95) < 60s')

# ran OPTION…: leaves `result.json`, and the exit code.
ran() { stampede run "$@" "${patient[@]}" >"$work/result.json" 2>"$work/errors"; }

# broken NAME EXPECTED_FINDINGS COMMAND…: exits with 99, and the findings that fail are those.
broken() {
  local name=$1 wanted=$2 status
  shift 2
  once_more ran "$@"
  status=$?
  if [ "$status" != 99 ]; then
    fail "$name" "exit code $status, not 99" "$(head -c 2000 "$work/errors")"
    return 1
  fi
  local failing
  failing=$(field "$work/result.json" "'; '.join(sorted(f['name'] for f in r['findings'] if f['verdict'] == 'fail'))")
  if ! grep -Eq -- "$wanted" <<<"$failing"; then
    fail "$name" "these failed: $failing" "and not:      $wanted" "$(wrongs "$work/result.json")"
    return 1
  fi
}

for round in $(seq "$rounds"); do
  once_more ran "${coupon[@]}"
  status=$?
  counts="$(outcome "$work/result.json" issue issued) $(outcome "$work/result.json" issue sold_out)"
  expect "coupon-cap issues 1,000 and turns 4,000 away (round $round)" "$status $counts" "0 1000 4000"

  broken "x" "never over-issued" "${coupon[@]}" --incident coupon.overissue &&
    if [ "$(field "$work/result.json" "len([f for f in r['findings'] if f['counterexample'] and f['counterexample']['requests']]) > 0")" = True ]; then
      ok "coupon.overissue is found, and the requests that prove it are named (round $round)"
    else
      fail "coupon.overissue names the offending requests (round $round)"
    fi
  broken "coupon.lost-update is found (round $round)" "never over-issued" "${coupon[@]}" --incident coupon.lost-update &&
    ok "coupon.lost-update is found (round $round)"

  once_more ran scenarios/roulette-daily-limit.json5
  expect "a roulette day keeps to its limits (round $round)" $? 0
  for incident in event.limit-race event.limit-off; do
    broken "$incident is found (round $round)" "three spins" scenarios/roulette-daily-limit.json5 --incident $incident &&
      ok "$incident is found (round $round)"
  done

  once_more ran scenarios/oversized-payload.json5 --set 'thresholds.latency{group:ordinary}=p(95) < 60s'
  expect "oversized payloads are refused and nobody else is (round $round)" $? 0
  for incident in archive.payload-guard-off archive.batch-guard-off; do
    broken "$incident is found (round $round)" "let_through" scenarios/oversized-payload.json5 --incident $incident &&
      ok "$incident is found (round $round)"
  done
done
