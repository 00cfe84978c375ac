# Ledgers: every way to page, what is wrong with them, and runs that are interrupted. ROUNDS=100 interrupts more often.
. "$(dirname "$0")/support/lib.sh"
rounds=${ROUNDS:-30}
port=$(free_port)
background python3 Tests/EndToEnd/support/ledgers.py "$port" 2>/dev/null
service="http://127.0.0.1:$port/m"
wait_for 20 curl -sf "$service/up/rows" || fail "the service starts"

# scenario LEDGER [MORE]: 60 buyers at once for 25 coupons.
scenario() {
  cat >"$work/ledger.json5" <<SCENARIO
{
  name: 'ledger', target: 'http://127.0.0.1:1', self_check: 'off', verdict: 'point',
  data: { buyer: { sequence: 'buyer-{n}', count: 60 } }, ${2:-}
  traffic: { rush: { load: { burst: 60, max_users: 20 }, steps: [
    { name: 'issue', post: '/issue', json: { user: '\${buyer}' }, timeout: '20s', outcomes: { issued: 201, sold_out: 409 } } ] } },
  invariants: {
    capped: { capped: { step: 'issue', accepted: 'issued', rejected: 'sold_out', cap: 25, ledger: { $1, per: 'buyer' } } },
    kept: { conserved: { of: 'issue.issued', per: 'buyer', ledger: { $1 } } },
  },
}
SCENARIO
}

# run SERVICE OPTIONS…: against one of the services; the exit code.
run() {
  local name=$1
  shift
  stampede run "$work/ledger.json5" --target "$service/$name" --workers 1 --quiet --reports "${reports:-none}" "$@" \
    >"$work/out" 2>"$work/errors"
  status=$?
}

# exits NAME CODE [PATTERN]: of the run before; the pattern is on a line of its output or its errors.
exits() {
  cat "$work/errors" "$work/out" | tr -s ' \n' ' ' >"$work/said"
  if [ "$status" != "$2" ]; then
    fail "$1" "exit code $status, and not $2" "$(head -c 1500 "$work/said")"
  elif [ -n "${3:-}" ] && ! grep -Eq -- "$3" "$work/said"; then
    fail "$1" "nothing matches: $3" "$(head -c 1500 "$work/said")"
  else
    ok "$1"
  fi
}

asked() { curl -s "$service/$1/asked" | python3 -c "import json,sys; print(json.load(sys.stdin)['$2'])"; }

list="get: '/rows', rows: '\$.rows', key: '\$.user'"
declare -A paging=(
  [pages]="page: { parameter: 'page', size_parameter: 'size', size: 7 }"
  [rows]="page: { parameter: 'offset', size_parameter: 'limit', size: 7, by: 'rows' }"
  [cursor]="page: { parameter: 'cursor', next: '\$.next' }"
  [link]="page: { next: { link: '\$.next' } }"
  [header]="page: { next: { header: 'Link' } }"
)
for style in pages rows cursor link header; do
  scenario "$list, ${paging[$style]}"
  run "$style"
  exits "by $style: a service that keeps everything passes" 0
  run "$style-lost"
  exits "by $style: a lost row is found" 99 "1 request answered issued, and the ledger does not hold"
  run "$style-doubled"
  exits "by $style: a doubled row is found" 99 "the ledger holds 1 row that no request accounts for"
done
scenario "$list, ${paging[pages]}, total: '\$.total'"
run pages-total
exits "a total that agrees passes" 0

scenario "$list"
run plain --inconclusive pass
exits "the first page of a list without declared pages is no loss of rows" 112 "the list has exactly 20 rows.*say with 'page'"
run link-fresh
exits "a next page that was not declared is told" 112 "the response says 'next'.*page: 'none'"
run plain-total
exits "a total that is larger is told" 112 "'total': 25, and 20 rows were read"
run plain-whole
exits "a list that is whole passes without declared pages" 0
run plain-whole-lost
exits "and a lost row in it is found" 99
run plain-whole-broken --inconclusive pass
exits "a ledger that cannot be read is INVALID, also with --inconclusive pass" 112 "could not be read: status 500"
scenario "$list, page: { parameter: 'offset', first: 0, size_parameter: 'limit', size: 7 }"
run rows-fresh
exits "an offset that is counted as pages is told" 112 "'offset' counts rows, as it seems.*by: 'rows'"
scenario "$list, ${paging[link]}"
run link-elsewhere
exits "a link to another origin is not followed" 112 "leads to http://localhost:$port, and the ledger is at http://127.0.0.1:$port"
scenario "$list, ${paging[pages]}, limits: { pages: 30 }"
run pages-endless
exits "a list that pages for ever ends at its limit" 112 "does not end after 30 pages"

# Before the load.
scenario "get: 'http://127.0.0.1:$port/nowhere', rows: '\$.rows', key: '\$.user'"
run missing
exits "a ledger that is not there ends the run before the load" 104 "ledger.json5:[0-9]+:[0-9]+: error: the ledger cannot be read before the load"
expect "and nothing was sent" "$(asked missing asked)" 0
scenario "get: '/rows', rows: '\$.rows', key: '\$.usr', page: 'none'"
run old-whole
exits "a mistyped key ends the run before the load" 104 "row 1 has nothing at .\.usr.*is 'key' right"
expect "and nothing was sent then" "$(asked old-whole asked)" 0
scenario "$list, ${paging[pages]}"
reports=$work/reports run pages-old
exits "rows that were there before are no phantoms and no over-issue" 0 "7 rows more were there before the load"
directory=$(echo "$work"/reports/*)
stampede report "$directory" --json >"$work/again.json" 2>"$work/errors"
expect "a run with old rows is judged again from its directory" \
  "$? $(field "$work/again.json" "[l['rows_before'] for l in r['ledgers']], [n for n in r['notes'] if 'result.json says' in n]")" "0 ([7, 7], [])"
run pages-old-lost
exits "a lost row among old ones is found" 99

# In time.
scenario "$list, page: 'none', eventually: '20s'"
run plain-whole-late
exits "a list that settles late passes when it has" 0
scenario "$list, page: 'none', eventually: '300ms'"
run plain-whole-late2-late
exits "and what is missing when its time is over is lost" 99

# From a program.
cat >"$work/list.py" <<'PROGRAM'
import json, sys, urllib.request
if sys.argv[2] != "s3cr3t-word": sys.exit("wrong password: " + sys.argv[2])
print("id,user")
for row in json.load(urllib.request.urlopen(sys.argv[1]))["rows"]: print(f"{row['id']},{row['user']}")
PROGRAM
export LEDGER_PASSWORD=s3cr3t-word
scenario "command: ['python3', '$work/list.py', '$service/plain-whole-program/rows', '\${env.LEDGER_PASSWORD}'], format: 'csv', key: 'user'"
run plain-whole-program
exits "a program is not run unasked" 104 "add --allow-commands"
expect "and nothing was sent before that was said" "$(asked plain-whole-program lists)" 0
run plain-whole-program --allow-commands
exits "a ledger from a program passes" 0
LEDGER_PASSWORD=another-secret run plain-whole-program --allow-commands
exits "what a program complains of is told without secrets" 104 'exit code 1: wrong password: \*\*\*'
stampede check "$work/ledger.json5" >"$work/out" 2>&1
expect "check does not run a program" $? 0
contains "and says that there is one" "$work/out" "need --allow-commands"

# try
scenario "$list, ${paging[pages]}"
stampede try "$work/ledger.json5" --target "$service/pages-old" >"$work/out" 2>&1
contains "try shows a ledger's rows" "$work/out" "row 1: key 'old-1' in"
contains "and how many there are" "$work/out" "rows on [0-9]+ pages, [0-9]+ of them before the iteration"

# Interrupts, over a run with all phases.
cat >"$work/phases.json5" <<SCENARIO
{
  name: 'phases', target: '$service/phases', self_check: 'off', verdict: 'point',
  data: { buyer: { sequence: 'buyer-{n}' } },
  set_up: [{ name: 'up', post: '/slow400' }],
  traffic: { rush: { load: { users: 5, for: '700ms' }, steps: [
    { name: 'issue', post: '/issue', json: { user: '\${buyer}' }, outcomes: { issued: 201, sold_out: 409 } } ] } },
  tear_down: [{ name: 'down', post: '/slow300' }, { name: 'more', post: '/slow300' }],
  invariants: {
    first: { conserved: { of: 'issue.issued', per: 'buyer', ledger: { get: '/slow350', rows: '\$.rows', key: '\$.user' } } },
    second: { conserved: { of: 'issue.issued', per: 'buyer', ledger: {
      command: ['sh', '-c', 'sleep 0.4; echo user'], format: 'csv', key: 'user' } } },
    third: { conserved: { of: 'issue.issued', per: 'buyer', ledger: { get: '/slow350', rows: '\$.rows', key: '\$.user', eventually: '900ms', before: false } } },
  },
}
SCENARIO
cat >"$work/allowed" <<WRAPPER
#!/bin/bash
exec "$root/bin/stampede" "\$@" --allow-commands
WRAPPER
chmod +x "$work/allowed"
stampede --version >/dev/null
python3 Tests/EndToEnd/support/interrupts.py "$rounds" "${SEED:-$RANDOM}" 2 "$work/allowed" "$work/phases.json5" \
  "$work/interrupted" >"$work/rounds" 2>&1
expect "one signal ends a run within 2 s in every phase, a second one at once, and both leave a result" $? 0
cat "$work/rounds"

# Where nobody takes what it prints, a run ends all the same.
scenario "$list, page: 'none'"
mkfifo "$work/full"
sleep 60 <"$work/full" &
children+=($!)
head -c 65536 /dev/zero >"$work/full"
"$root/bin/stampede" run "$work/ledger.json5" --target "$service/plain-whole-pipe" --workers 1 --quiet --json \
  --reports "$work/piped" >"$work/full" 2>"$work/errors" &
writer=$!
wait_for 20 eval "[ -e $work/piped/*/result.json ]"
sleep 0.2
kill -TERM "$writer"
began=$(date +%s%N)
wait "$writer"
expect "a run that cannot print its result ends after a signal" $(($(date +%s%N) - began < 4000000000)) 1
