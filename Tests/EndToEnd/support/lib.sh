# Sourced by the end-to-end scripts: runs the real binary, and says `ok NAME` or `FAIL NAME` for each thing tested.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
cd "$root" || exit 70
work=$(mktemp -d)
children=()
failures=0

# A script may have more to end than its children.
clean_up() { :; }

finish() {
  clean_up
  for child in "${children[@]:-}"; do
    [ -n "$child" ] && kill "$child" 2>/dev/null
  done
  wait 2>/dev/null
  rm -rf "$work"
  exit $((failures > 0))
}
trap finish EXIT

stampede() { "$root/bin/stampede" "$@"; }

# promptly COMMAND…: before whatever else the machine does, where that is allowed; for tests whose tolerances are milliseconds.
promptly() {
  if chrt -f 1 true 2>/dev/null; then chrt -f 1 "$@"; else "$@"; fi
}

# For tests of correctness: how busy this machine is may not matter to them.
anywhere=(--set self_check=off)

# In the background it is called by its path: a function would run in a shell of its own, and signals would end that.

ok() { echo "ok $1"; }

fail() {
  echo "FAIL $1"
  shift
  printf '     %s\n' "$@"
  failures=$((failures + 1))
}

# expect NAME ACTUAL EXPECTED
expect() {
  if [ "$2" = "$3" ]; then ok "$1"; else fail "$1" "was:      $2" "expected: $3"; fi
}

# contains NAME FILE PATTERN: an extended regular expression, on some line of the file.
contains() {
  if grep -Eq -- "$3" "$2"; then ok "$1"; else fail "$1" "no line matches: $3" "in:" "$(head -c 3000 "$2")"; fi
}

# field FILE EXPRESSION: of a JSON file, in Python's words: field r.json 'r["totals"]["requests"]'
field() {
  python3 -c 'import json,sys; r=json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1" "$2"
}

# stood_still FILE: by the run's own word its generator did, for more than 2 s at once, as where a virtual machine was suspended.
# Requests time out meanwhile, and what was to happen at once does not.
stood_still() {
  [ "$(field "$1" "any(x['rule'] == 'pause' and x['observed'] and x['observed']['value'] > 2e9 for x in r['self_check']['rules'])" 2>/dev/null)" = True ]
}

# others_disturbed FILE: whether a run's result shows that something else than the generator had the machine.
others_disturbed() {
  [ "$(field "$1" "max([x['observed']['value'] / limit for rule, limit in (('cpu_pressure', 0.1), ('steal', 0.02), ('run_queue', 0.02)) for x in r['self_check']['rules'] if x['rule'] == rule and x['observed']] + [(r['generator']['probe_lag'] or {}).get('p99_ns', 0) / 0.5e6]) > 1")" = True ]
}

# once_more STEP…: `STEP…` runs the binary and leaves `$work/result.json`; where the machine stood still, a second time.
once_more() {
  local status
  "$@"
  status=$?
  stood_still "$work/result.json" || return $status
  echo "the machine stood still: once more"
  "$@"
}

# wrongs FILE: what was answered that nobody looked for, and what was not answered, as a word of explanation.
wrongs() {
  field "$1" "'; '.join(f\"{s['step']}.{o['outcome']}: {o['count']} {o['samples'][:1]}\" for s in r['steps'] for o in s['outcomes'] if o['count'] and o['kind'] != 'expected')"
}

# outcome FILE STEP OUTCOME: how many requests of a step ended so.
outcome() {
  field "$1" "sum(o['count'] for s in r['steps'] if s['step'] == '$2' for o in s['outcomes'] if o['outcome'] == '$3')"
}

# background COMMAND…: started, and ended with the script.
background() {
  "$@" &
  last_child=$!
  children+=("$last_child")
}

# wait_for SECONDS COMMAND…: until it succeeds.
wait_for() {
  local tries=$(($1 * 20))
  shift
  while ! "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.05
  done
}

# free_port: one that nobody listens on now.
free_port() {
  python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'
}

# install_packages PACKAGE…: Debian's. What went wrong is in `$work/install.log`.
install_packages() {
  local as_root=
  [ "$(id -u)" = 0 ] || as_root='sudo -n'
  $as_root sh -c "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $*" \
    >"$work/install.log" 2>&1
}

# package COMMAND PACKAGE: installs a Debian package that a test needs, where it is missing.
package() {
  command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || install_packages "$2" || {
    fail "installing $2" "$(tail -n 5 "$work/install.log")"
    exit 1
  }
}

# skip NAME REASON: ends a script whose tests cannot be run here. Continuous integration must be able to run all of them.
skip() {
  if [ "${CI:-}" = true ]; then fail "$@"; else echo "skip $1: $2"; fi
  exit
}
