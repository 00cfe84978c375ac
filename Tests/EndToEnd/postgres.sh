# A real database: what coupon services on PostgreSQL get wrong is found, and what they get right passes.
#
#   ROUNDS=10 bash Tests/EndToEnd/postgres.sh     each run ten times
. "$(dirname "$0")/support/lib.sh"
. "$(dirname "$0")/support/postgres.sh"
package curl curl
need_postgres "coupons on PostgreSQL"
stampede --version >/dev/null

rounds=${ROUNDS:-2}
start_database
expect "its scenarios are checked without a word" \
  "$(stampede check Tests/EndToEnd/postgres/*.json5 2>&1 >/dev/null)" ""


# ends NAME SCENARIO EXIT_CODE FAILING OPTION…: every round ends so, and these findings fail, as an extended regular expression.
ends() {
  local name=$1 scenario=Tests/EndToEnd/postgres/$2.json5 wanted=$3 failing=$4 round status found
  shift 4
  for round in $(seq "$rounds"); do
    stampede run "$scenario" --target "$service" --quiet --json --reports none "${anywhere[@]}" "$@" \
      >"$work/result.json" 2>"$work/errors"
    status=$?
    found=$(field "$work/result.json" "'; '.join(sorted(f['name'] for f in r['findings'] if f['verdict'] != 'pass'))")
    if [ "$status" != "$wanted" ] || ! grep -Eqx -- "$failing" <<<"$found"; then
      fail "$name (round $round of $rounds)" "exit code $status, not $wanted" "not passed: $found" \
        "$(head -c 2000 "$work/errors")" "$(wrongs "$work/result.json")" \
        "$(field "$work/result.json" '"; ".join(f["message"] for f in r["findings"])')"
      return
    fi
  done
  ok "$name: $rounds of $rounds"
}

for mode in read-check-write count-then-insert; do
  start_service --issue "$mode"
  ends "$mode issues too many, which is found" coupons 99 'never over-issued'
done
for mode in for-update atomic; do
  start_service --issue "$mode"
  ends "$mode passes" coupons 0 ''
  ends "$mode passes, as the table says itself" coupons 0 '' --profile table --allow-commands
done

start_service --spin unsafe
ends "counting, then inserting breaks the daily limit, which is found" spins 99 'three spins a day; three spins a player in the table'
start_service --spin locked
ends "an advisory lock keeps the daily limit" spins 0 ''

start_service --issue atomic --commit off
ends "commits that were acknowledged and lost in a crash are found" crash 99 'what was acknowledged is kept' --allow-commands
start_service --issue atomic --commit on
ends "commits that were written before they were acknowledged pass a crash" crash 0 '' --allow-commands
