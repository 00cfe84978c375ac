# Every incident that shows in the history of requests is found by its scenario, by the invariant that is about it; the server
# as it should be passes; and lost answers are no proof of anything.
. "$(dirname "$0")/support/lib.sh"

# How often each is run.
rounds=${ROUNDS:-1}
# A loaded machine may be slow; correctness may not depend on it.
patient=(--quiet --json --reports none "${anywhere[@]}")

# ran OPTION…: leaves `result.json`, and the exit code.
ran() { stampede run "$@" "${patient[@]}" >"$work/result.json" 2>"$work/errors"; }

# clean NAME SCENARIO OPTION…: the run passes.
clean() {
  local name=$1 scenario=$2 status
  shift 2
  once_more ran "scenarios/$scenario.json5" "$@"
  status=$?
  expect "$name" "$status $(field "$work/result.json" "'; '.join(f['name'] for f in r['findings'] if f['verdict'] != 'pass')")" "0 "
}

# found SCENARIO INCIDENT INVARIANT OPTION…: the run fails, and this invariant with it.
found() {
  local scenario=$1 incident=$2 invariant=$3 status failing
  shift 3
  once_more ran "scenarios/$scenario.json5" --incident "$incident" "$@"
  status=$?
  failing=$(field "$work/result.json" "'; '.join(sorted(f['name'] for f in r['findings'] if f['verdict'] == 'fail'))")
  if [ "$status" = 99 ] && grep -Fq -- "$invariant" <<<"$failing"; then
    ok "$scenario finds $incident: $invariant"
  else
    fail "$scenario finds $incident: $invariant" "exit code $status, failing: $failing" "$(wrongs "$work/result.json")" "$(head -c 1000 "$work/errors")"
  fi
}

# kept SCENARIO INCIDENT OPTION…: whatever else fails, no invariant does.
kept() {
  local scenario=$1 incident=$2 failing
  shift 2
  once_more ran "scenarios/$scenario.json5" --incident "$incident" "$@"
  failing=$(field "$work/result.json" \
    "'; '.join(f['message'] for f in r['findings'] if f['kind'] == 'invariant' and f['verdict'] == 'fail')")
  errors=$(field "$work/result.json" "r['totals']['errors'] > 0")
  expect "$incident breaks no invariant of $scenario, for all its errors" "$failing $errors" " True"
}

# Answers that are lost are errors, and no fault of the rules.
lossy=(--incident fault.drop-responses --set 'thresholds.errors=rate < 30%')
quick=(--set 'thresholds.latency{step:issue}=p(95) < 60s')

for round in $(seq "$rounds"); do
  clean "two clicks, one coupon (round $round)" coupon/double-click
  found coupon/double-click coupon.duplicate 'one coupon for two clicks'
  found coupon/double-click coupon.ack-then-lose 'every coupon that was promised is there'
  found coupon/double-click coupon.applied-but-failed 'one coupon for two clicks'
  found coupon-cap coupon.overissue 'never over-issued' "${quick[@]}"
  found coupon-cap coupon.lost-update 'never over-issued' "${quick[@]}"
  found coupon-cap coupon.lost-update 'the counter agrees with the list' "${quick[@]}"
  found coupon-cap coupon.oversold-out 'never over-issued' "${quick[@]}"
  found coupon-cap coupon.ack-then-lose 'never over-issued' "${quick[@]}"
  found coupon-cap coupon.applied-but-failed 'never over-issued' "${quick[@]}"
  # Refusals of a server in need keep their promise: what fails then is a budget.
  kept coupon-cap db.pool-exhausted "${quick[@]}"
  kept coupon-cap memory.pressure=0.1 "${quick[@]}"

  found roulette-daily-limit event.limit-off 'three spins a day'
  found roulette-daily-limit event.limit-race 'three spins a day on ten devices'
  found roulette-daily-limit event.stamp-swallowed 'every spin stamps the day'
  clean "midnight in Seoul (round $round)" event/kst-midnight
  found event/kst-midnight event.limit-utc 'three spins on each day of Seoul'
  found event/kst-midnight event.limit-race 'three spins on each day of Seoul'
  found event/kst-midnight event.log-lost 'every spin is in the log'
  clean "one stamp a day (round $round)" event/stamp-race
  found event/stamp-race event.stamp-race 'one stamp a day'

  clean "one row for each url (round $round)" archive/upsert-race
  found archive/upsert-race archive.upsert-race 'an url is inserted once'
  clean "every answer can be traced (round $round)" archive/request-id
  found archive/request-id archive.request-id-lost 'every answer names its request'
  found oversized-payload archive.payload-guard-off 'no oversized body gets through'
  found oversized-payload archive.batch-guard-off 'no oversized batch gets through'

  clean "lost answers break no rule (round $round)" coupon-cap "${lossy[@]}" "${quick[@]}"
  clean "nor two clicks' (round $round)" coupon/double-click "${lossy[@]}"
  found coupon-cap coupon.overissue 'never over-issued' "${lossy[@]}" "${quick[@]}"
done
