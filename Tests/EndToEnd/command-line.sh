# What somebody meets who mistypes, and what a terminal is given that is no wider than it is.
. "$(dirname "$0")/support/lib.sh"

# in_terminal COLUMNS COMMAND…: what it writes to a terminal of that width, every byte of it.
in_terminal() {
  python3 - "$@" <<'PYTHON'
import fcntl, os, pty, struct, sys, termios
gate_out, gate_in = os.pipe()
child, terminal = pty.fork()
if child == 0:
    os.read(gate_out, 1)
    os.environ["TERM"] = "xterm"
    os.execvp(sys.argv[2], sys.argv[2:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, int(sys.argv[1]), 0, 0))
os.write(gate_in, b"x")
while True:
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        break
    if not piece:
        break
    os.write(1, piece)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
PYTHON
}

# widest FILE: of its lines without what colours them; the words of commands, which are not cut, apart.
widest() {
  python3 -c '
import re, sys
text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", open(sys.argv[1], newline="").read())
lines = [l for l in re.split(r"[\r\n]+", text) if not re.match(r" *(stampede |--|/|all runs)", l)]
print(max(len(l) for l in lines))' "$1"
}

coupon=(scenarios/coupon-cap.json5 --quiet "${anywhere[@]}" --set 'thresholds.latency{step:issue}=p(95) < 60s')

stampede run scenarios/coupon-capp.json5 >"$work/out" 2>&1
expect "a file that is not there is a wrong command line" $? 104
contains "and the one that is nearly called so is offered" "$work/out" "did you mean 'scenarios/coupon-cap.json5'\\?"
stampede run scenarios/coupon-cap >"$work/out" 2>&1
contains "so is the one with its ending" "$work/out" "did you mean 'scenarios/coupon-cap.json5'\\?"
stampede check scenarios/event >"$work/out" 2>&1
contains "of a directory its scenarios are named" "$work/out" "Is a directory; scenarios in it are kst-midnight.json5, stamp-race.json5"

stampede run "${coupon[@]}" --target http://127.0.0.1:1 --reports none >"$work/out" 2>&1
expect "a target that is not there cannot be judged" $? 113
contains "and the report says what to do" "$work/out" 'nothing listens at http://127.0.0.1:1: start the target'
expect "without figures of a load that never was" "$(grep -c TOTALS "$work/out")" 0

for columns in 80 100; do
  in_terminal $columns bin/stampede run --help >"$work/out"
  expect "help fits a terminal of $columns columns" "$(($(widest "$work/out") <= columns))" 1
  in_terminal $columns bin/stampede run "${coupon[@]}" --incident coupon.overissue --repeat 2 --reports "$work/reports" >"$work/out"
  expect "so does a series of runs, to its last line" "$? $(($(widest "$work/out") <= columns))" "99 1"
done
expect "which has colours" "$(grep -c $'\033\\[' "$work/out" | grep -vc '^0$')" 1
NO_COLOR=1 in_terminal 80 bin/stampede run "${coupon[@]}" --reports none >"$work/out"
expect "and none where they are not wanted" "$? $(grep -c $'\033\\[[0-9;]*m' "$work/out")" "0 0"
stampede run "${coupon[@]}" --reports none >"$work/out"
expect "or where nobody looks" "$? $(grep -c $'\033' "$work/out")" "0 0"
