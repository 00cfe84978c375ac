# The tutorial, docs/your-service.md, as a reader goes through it: its commands, its files, and what it says they print.
. "$(dirname "$0")/support/lib.sh"
. "$(dirname "$0")/support/postgres.sh"
package curl curl
need_postgres "the tutorial"
stampede --version >/dev/null

# Commands run where a reader would, but without leaving files in the repository.
here=$work/repository
mkdir -p "$here" "$work/blocks"
ln -s "$root/bin" "$root/Tests" "$root/.build" "$here"
chmod 755 "$work"
clean_up() { [ ! -d "$work/coupons" ] || "$cluster" stop "$work/coupons"; }
service_port=$(free_port)
python3 Tests/EndToEnd/support/blocks.py docs/your-service.md "$work/blocks" \
  "/tmp/coupons=$work/coupons" "5433=$(free_port)" "8080=$service_port" >"$work/list" || fail "the tutorial can be read"

# is_part FILE OTHER: whether the other holds all of its lines.
is_part() { python3 -c 'import sys; sys.exit(open(sys.argv[1]).read() not in open(sys.argv[2]).read())' "$1" "$2"; }

# The report folds its lines at the terminal's width.
export COLUMNS=80
counts=0
while read -r kind block detail title <&3; do
  name="$kind $(basename "$block"): $title"
  case $kind in
    run)
      (cd "$here" && bash -e "$block") >"$work/output" 2>&1 </dev/null
      status=$?
      if [ "$status" = "$detail" ]; then ok "$name"; else fail "$name" "exit code $status, not $detail" "$(head -c 4000 "$work/output")"; fi
      ;;
    terminal)
      [ -z "${terminal:-}" ] || { kill "$terminal" && wait "$terminal"; } 2>/dev/null
      # In place of the shell, so that its end is the command's.
      { printf 'exec ' && cat "$block"; } >"$block.sh"
      cd "$here" || exit
      background bash "$block.sh"
      cd "$root" || exit
      terminal=$last_child
      if wait_for 60 curl -sf "http://127.0.0.1:$service_port/health"; then ok "$name"; else fail "$name"; fi
      ;;
    output)
      if missing=$(python3 Tests/EndToEnd/support/shown.py "$block" "$work/output"); then
        ok "$name"
      else
        fail "$name" "not printed:" "$missing" "$(head -c 4000 "$work/output")"
      fi
      ;;
    file) cp "$block" "$here/$detail" && ok "$name" ;;
    excerpt)
      if is_part "$block" "$detail"; then
        ok "$name"
      else
        fail "$name" "this is not a part of $detail"
      fi
      ;;
  esac
  counts=$((counts + 1))
done 3<"$work/list"
# The tests of the database run the same scenario.
if is_part Tests/EndToEnd/postgres/coupons.json5 docs/your-service.md; then
  ok "the tutorial's scenario is the one of the tests"
else
  fail "the tutorial's scenario is the one of the tests"
fi
[ "$counts" -ge 20 ] || fail "the tutorial has its blocks" "there are $counts"
