# Figures against formulas: services whose latency is known beforehand, and the server's own log of what it did.
#
#   LENGTH=full bash Tests/EndToEnd/truth.sh     with 30,000 requests to the queue, which takes eight minutes
. "$(dirname "$0")/support/lib.sh"

# What the binary knows of the mistakes that builds for tests can make.
stampede --version >/dev/null
expect "the release has none of the mistakes that tests can switch on" \
  "$(grep -ac -e measuredFromSend -e percentilesAveraged "$root/.build/release/stampede")" 0

# valid SCENARIO RUN_OPTION…: runs it, and what the machine or the generator spoiled by the run's own word again, four times at the
# most. The exit code is the last run's.
valid() {
  local name=$1 status attempt
  shift
  for attempt in 1 2 3 4 5; do
    promptly "$root/bin/stampede" run "Tests/EndToEnd/truth/$name.json5" --seed 1 "$@" --quiet --json --reports none \
      >"$work/$name.json" 2>"$work/errors"
    status=$?
    [ $status = 111 ] || [ $status = 112 ] || return $status
    others_disturbed "$work/$name.json" && shown=yes
    echo "run $attempt was spoiled: $(field "$work/$name.json" '"; ".join(f["message"] for f in r["findings"] if f["verdict"] != "pass")')"
  done
  return $status
}

# compared SCENARIO RUN_OPTION…: a mistake in a figure is there in every run; what a machine does that stands still for a moment, at a
# point where the run cannot see it, is not there three times. A machine that is never quiet leaves what lateness cannot do: that
# times are not too short, and nothing is lost.
compared() {
  local name=$1 status attempt shown=
  for attempt in 1 2 3; do
    valid "$@"
    status=$?
    python3 Tests/EndToEnd/truth/compare.py "$name" "$work/$name.json" >"$work/compared" && break
    [ $attempt = 3 ] && failures=$((failures + 1)) || { echo "a figure is off, once more:"; grep -v '^ok ' "$work/compared" | sed 's/^FAIL/off:/'; }
  done
  case $status in
    0) ok "$name: the run is valid" ;;
    111 | 112)
      if [ -n "$shown" ]; then
        ok "$name: the runs say that they were spoiled, and show by whom"
      else
        fail "$name: a run is valid, or shows who spoiled it" "$(head -c 3000 "$work/$name.json")"
      fi
      ;;
    *) fail "$name: the run is valid" "exit code $status" "$(head -c 3000 "$work/$name.json")" ;;
  esac
  cat "$work/compared"
}

compared stall
if [ "${LENGTH:-}" = full ]; then
  compared mm1 --profile full
else
  compared mm1
fi
