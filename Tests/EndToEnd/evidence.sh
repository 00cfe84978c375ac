# What the verdict says of many runs whose true p95 is known: exponential delays, with the budget 25 % above the true p95 and 20 %
# below it. A healthy target never fails, and is inconclusive only where the sample is below the stated minimum; an unhealthy one
# never passes.
#
#   RUNS=100 bash Tests/EndToEnd/evidence.sh
. "$(dirname "$0")/support/lib.sh"

runs=${RUNS:-5}
scenario=Tests/EndToEnd/truth/budget.json5

# judged BUDGET SEED: sets `verdict` to the budget's, or to `below-minimum` where too few requests are the reason. A run that the
# generator or the machine spoiled by its own word is run again, three times at the most.
judged() {
  local attempt whole
  for attempt in 1 2 3 4; do
    promptly "$root/bin/stampede" run $scenario --seed "$2" --set "thresholds.latency=p(95) < $1" --quiet --json --reports none \
      >"$work/result.json" 2>"$work/errors"
    verdict=$(finding '["verdict"]')
    whole=$(field "$work/result.json" 'r["verdict"]')
    if [ "$verdict" = inconclusive ] && [ "$(finding '["effective_samples"] * 0.05 < 20')" = True ]; then
      verdict=below-minimum
      return
    fi
    # The budget alone would have made it so.
    [ "$whole" = "$verdict" ] && [ "$whole" != invalid ] && return
    verdict=spoiled
    repeated=$((repeated + 1))
  done
}

# finding EXPRESSION: of the last run's latency budget.
finding() { field "$work/result.json" "[f for f in r['findings'] if f['name'] == 'latency'][0]$1" 2>/dev/null; }

# many NAME BUDGET ALLOWED: ALLOWED is an extended regular expression of verdicts.
many() {
  local seed bad=0
  local -A count=()
  repeated=0
  for seed in $(seq "$runs"); do
    judged "$2" "$seed"
    count[$verdict]=$((${count[$verdict]:-0} + 1))
    if [ "$verdict" != spoiled ] && ! grep -Eqx -- "$3" <<<"$verdict"; then
      bad=$((bad + 1))
      echo "seed $seed: $verdict: $(field "$work/result.json" '"; ".join(f["message"] for f in r["findings"])' 2>&1 | head -c 600)$(head -c 300 "$work/errors")"
    fi
  done
  echo "$1, $runs runs: $(for word in "${!count[@]}"; do echo "${count[$word]} $word"; done | paste -sd, | sed 's/,/, /g'); spoiled and run again: $repeated; load average $(cut -d' ' -f1-3 /proc/loadavg)"
  if [ $((2 * ${count[spoiled]:-0})) -gt "$runs" ]; then
    fail "$1: none is judged wrongly" "the machine let less than half of the runs through"
  elif [ $bad = 0 ]; then
    ok "$1: none is judged wrongly"
  else
    fail "$1: none is judged wrongly" "$bad of $runs were"
  fi
}

# -ln(0.05) · 20 ms = 59.91 ms.
many "true p95 at 80 % of the budget" 74.9ms 'pass|below-minimum'
many "true p95 at 125 % of the budget" 47.9ms 'fail|inconclusive|below-minimum'
