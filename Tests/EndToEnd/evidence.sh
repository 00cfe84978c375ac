# What the verdict says of many runs whose true p95 is known, with the budget 25 % above the true p95 and 20 % below it. A healthy
# target never fails, and is inconclusive only where the sample is below the stated minimum; an unhealthy one never passes.
#
#   RUNS=100 bash Tests/EndToEnd/evidence.sh                 exponential delays, 3 s a run
#   RUNS=30 KIND=queue bash Tests/EndToEnd/evidence.sh       a queue, whose requests are not independent, 20 s a run
. "$(dirname "$0")/support/lib.sh"

runs=${RUNS:-5}
# Built, where it has to be, before anything goes first.
stampede --version >/dev/null
case ${KIND:-delays} in
  # -ln(0.05) · 20 ms = 59.9 ms
  delays) scenario=Tests/EndToEnd/truth/budget.json5 above=74.9ms below=47.9ms ;;
  # -ln(0.05)/(1000/s - 300/s) = 4.28 ms
  queue) scenario=Tests/EndToEnd/truth/budget-queue.json5 above=5.35ms below=3.42ms ;;
  *) fail "KIND is delays or queue"; exit ;;
esac

# judged BUDGET SEED: sets `verdict` to the budget's, or to `below-minimum` where too few requests are the reason. A run that the
# generator or the machine spoiled by its own word is run again, three times at the most; each has to end as spoiled runs do.
judged() {
  local attempt status
  for attempt in 1 2 3 4; do
    promptly "$root/bin/stampede" run $scenario --seed "$2" --set "thresholds.latency=p(95) < $1" --quiet --json --reports none \
      >"$work/result.json" 2>"$work/errors"
    status=$?
    verdict=$(finding '["verdict"]')
    if [ "$(field "$work/result.json" 'r["self_check"]["verdict"]')" = pass ] && [[ $(finding '["message"]') != *"too noisy"* ]]; then
      [ "$verdict" = inconclusive ] && [ "$(finding '["effective_samples"] * 0.05 < 20')" = True ] && verdict=below-minimum
      return
    fi
    [ $status = 111 ] || [ $status = 112 ] || { verdict="spoiled, and $verdict with exit code $status"; return; }
    verdict=spoiled
    repeated=$((repeated + 1))
    others_disturbed "$work/result.json" && shown=yes
  done
}

# finding EXPRESSION: of the last run's latency budget.
finding() { field "$work/result.json" "[f for f in r['findings'] if f['name'] == 'latency'][0]$1" 2>/dev/null; }

# right ALLOWED: whether the last verdict is.
right() { [ "$verdict" = spoiled ] || grep -Eqx -- "$1" <<<"$verdict"; }

# many NAME BUDGET ALLOWED: ALLOWED is an extended regular expression of verdicts. A target whose processor was taken away for a
# while was slow, and nobody saw why; so a verdict is wrong if two more runs with the seed, the same plan, have wrong ones too, and
# so are all if a third of the seeds begin with a wrong one. Where every run was spoiled, some have to show by whom.
many() {
  local seed bad=0 once=0 shown=
  local -A count=()
  repeated=0
  for seed in $(seq "$runs"); do
    judged "$2" "$seed"
    count[$verdict]=$((${count[$verdict]:-0} + 1))
    right "$3" && continue
    once=$((once + 1))
    echo "seed $seed: $verdict: $(field "$work/result.json" '"; ".join(f["message"] for f in r["findings"])' 2>&1 | head -c 600)$(head -c 300 "$work/errors")"
    judged "$2" "$seed"
    right "$3" && continue
    judged "$2" "$seed"
    right "$3" && continue
    bad=$((bad + 1))
  done
  echo "$1, $runs runs: $(for word in "${!count[@]}"; do echo "${count[$word]} $word"; done | paste -sd, | sed 's/,/, /g'); spoiled and run again: $repeated; wrong at first: $once; load average $(cut -d' ' -f1-3 /proc/loadavg)"
  if [ $bad -gt 0 ]; then
    fail "$1: none is judged wrongly" "$bad of $runs were, three times each"
  elif [ $once -gt 1 ] && [ $((3 * once)) -gt "$runs" ]; then
    fail "$1: none is judged wrongly" "$once of $runs were at first"
  elif [ "${count[spoiled]:-0}" = "$runs" ] && [ -z "$shown" ]; then
    fail "$1: a run is judged, or shows who spoiled it" "all were spoiled"
  else
    ok "$1: none is judged wrongly"
  fi
}

many "true p95 at 80 % of the budget" "$above" 'pass|below-minimum'
many "true p95 at 125 % of the budget" "$below" 'fail|inconclusive|below-minimum'
