# Values of responses are taken for what they are: numbers, cookies, nulls, bodies that are not JSON, and text that would command a
# terminal or tell a secret.
. "$(dirname "$0")/support/lib.sh"

port=$(free_port)
background python3 Tests/EndToEnd/support/values.py "$port"
wait_for 20 python3 -c "import socket; socket.create_connection(('127.0.0.1', $port)).close()"

# scenario NAME STEPS [MORE]
scenario() {
  printf '%s\n' "{ name: '$1', target: 'http://127.0.0.1:$port', verdict: 'point', self_check: 'off', thresholds: { errors: 'rate <= 100%' }, ${3:-}" \
    "  traffic: { all: { load: { users: 1, iterations: 1 }, steps: [ $2 ] } } }" >"$work/$1.json5"
}
run() { stampede run "$work/$1.json5" --json --quiet --reports none >"$work/result.json" 2>"$work/err"; }
# outcomes: of each step, in order.
outcomes() { field "$work/result.json" "' '.join(o['outcome'] for s in r['steps'] for o in s['outcomes'] if o['count'])"; }

steps="{ name: 'first', get: '/numbers', capture: { id: '\$.id', u64: '\$.u64', dec: '\$.dec', price: '\$.price', exp: '\$.exp', next: '\$.next' } },"
for name in id u64 dec price exp; do
  steps+="{ name: '$name', get: '/numbers', outcomes: { changed: { json: { '\$.$name': { notEquals: '\${$name}' } } }, same: { json: { '\$.$name': '\${$name}' } } } },"
done
steps+="{ name: 'sent', post: '/echo', json: { a: '\${u64|number}', b: 19.90, c: 18446744073709551615 }, outcomes: { same: { json: { '\$.body': '{\"a\":18446744073709551615,\"b\":19.90,\"c\":18446744073709551615}' } } } },"
steps+="{ name: 'more', get: '/numbers', if_present: 'next' }"
scenario numbers "$steps"
run numbers
expect "captured numbers equal themselves and are sent as they were, and a null is absent" "$(outcomes)" "ok same same same same same same"

json="outcomes: { ok: { status: 200, json: { '\$.errors': { exists: false } } } }, continue_on_error: true"
scenario not-json "{ name: 'plain', get: '/graphql', $json }, { name: 'gzip', get: '/graphql', headers: { 'Accept-Encoding': 'gzip' }, $json },
  { name: 'html', get: '/html', $json }, { name: 'empty', get: '/empty', $json }, { name: 'cut', get: '/cut', $json }"
run not-json
expect "what is not JSON has no paths" "$(outcomes)" "unexpected unexpected unexpected unexpected unexpected"
contains "a compressed body is named before the run" "$work/err" "warning: the step 'gzip' asks for a compressed body"
contains "and in the sample" "$work/result.json" 'status 200; ok: not JSON: the body is gzip-encoded, and bodies are not decoded yet: remove Accept-Encoding'
contains "so is HTML" "$work/result.json" 'ok: not JSON: begins with <html>down</html>'
contains "so is an empty body" "$work/result.json" 'status 200; ok: the body is empty'
contains "so is a body that ends early" "$work/result.json" 'ok: JSON ends early at byte 20'
contains "what is in the way of a match is said" "$work/result.json" 'ok: \$.errors is \[.*\], expected none'

scenario cookies "{ name: 'login', post: '/login', capture: { sid: { cookie: 'SID' } } }, { name: 'me', get: '/me', headers: { Cookie: 'SID=\${sid}' } }"
run cookies
expect "the last of several cookies counts" "$(outcomes)" "ok ok"
stampede try "$work/cookies.json5" >"$work/out" 2>&1
contains "a masked cookie keeps its name" "$work/out" '> Cookie: SID=\*\*\*$'
contains "and its attributes" "$work/out" '< Set-Cookie: SID=\*\*\*; Path=/$'

scenario gaps "{ name: 'login', get: '/302' }, { name: 'account', get: '/me', continue_on_error: true }"
run gaps
contains "redirects that count as ok are told" "$work/result.json" "1 response to step 'login' was a redirect, which is not followed"
contains "so are cookies that nobody sends back" "$work/result.json" "sets the cookie mark, and step 'account' does not send it"
scenario links "{ name: 'a', get: '/302', outcomes: { moved: { status: 302, capture: { loc: { header: 'Location' } } } } }, { name: 'b', get: '/\${loc}' }"
stampede check "$work/links.json5" >"$work/out" 2>&1
contains "a link that is put into a path is told before the run" "$work/out" "warning: '\\$\{loc\}' is the link of the header 'location'"
scenario text "{ get: '/html', capture: { csrf: { regex: 'x' } } }"
stampede check "$work/text.json5" >"$work/out" 2>&1
contains "so is a capture from text" "$work/out" 'nothing can be taken out of HTML or text yet'

scenario names "{ name: 'a', post: '/echo', query: { 'q\${n}': 1 }, form: { 'items[\${n}]': 2, 'a\$\${b}': 3 },
  outcomes: { same: { json: { '\$.target': '/echo?q7=1', '\$.body': 'items%5B7%5D=2&a%24%7Bb%7D=3' } } } }" "data: { n: ['7'] },"
run names
expect "names of fields and parameters are filled in" "$(outcomes)" "same"

scenario escapes "{ name: 'a', get: '/escapes', outcomes: { no: { body: { startsWith: 'x' } } } }"
stampede try "$work/escapes.json5" >"$work/out" 2>&1
stampede run "$work/escapes.json5" --reports "$work/escapes" >>"$work/out" 2>&1
stampede report "$work/escapes"/* >>"$work/out" 2>&1
printf '{ name: "e", "\033]0;x\007\342\200\256": 1 }' >"$work/bad.json5"
stampede check "$work/bad.json5" >>"$work/out" 2>&1
expect "no control character reaches the terminal" "$(python3 -c "
import sys; t = open(sys.argv[1], encoding='utf-8').read()
print(sorted({hex(ord(c)) for c in t if (ord(c) < 32 and c != '\n') or 127 <= ord(c) < 160 or c in '\u202e\u2066'}))" "$work/out")" "[]"
contains "they are spelled out" "$work/out" '^< \\e\[2J\\e\]0;owned\\u\{7\}\\e\[31mred\\rover\\u\{202E\}x'
expect "and no line of a body passes for one of Stampede's own" "$(grep -c '^✓ outcome: forged' "$work/out")" 0

export SPELLED='s3cr/t& Pass'
scenario spelled "{ name: 'a', get: '/spell', headers: { 'X-Secret': '\${env.SPELLED}' } }"
{ stampede try "$work/spelled.json5"; stampede run "$work/spelled.json5" --json --reports "$work/spelled"; } >"$work/out" 2>&1
hex=$(printf %s "$SPELLED" | od -An -tx1 | tr -d ' \n')
expect "no spelling of a secret is shown" "$(grep -raoE "s3cr|u0073|&#115;|$hex|$(printf 'user:%s' "$SPELLED" | base64 | cut -c9-20)" "$work/out" "$work/spelled" | head -n 5)" ""

control=$(free_port)
printf 'token-of-a-file\n' >"$work/token"
background "$root/bin/stampede" serve --port "$control" --token-file "$work/token" --incident coupon.overissue >"$work/serve" 2>&1
wait_for 20 python3 -c "import socket; socket.create_connection(('127.0.0.1', $control)).close()"
contains "a server takes its token from a file, and does not print it" "$work/serve" "^control token: that of the file '.*/token'$"
there="http://127.0.0.1:$control"
code() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
expect "it is the control interface's" \
  "$(code "$there/_control/incidents") $(code -H 'Authorization: Bearer token-of-a-file' "$there/_control/incidents")" "401 200"
expect "metrics tell no incident without it" \
  "$(curl -s "$there/metrics" | grep -c incident_on) $(curl -s -H 'Authorization: Bearer token-of-a-file' "$there/metrics" | grep -c 'incident_on{.*} 1')" "0 1"
STAMPEDE_CONTROL_TOKEN=token-of-a-file stampede try scenarios/coupon-cap.json5 --target "$there" --incident coupon.overissue >"$work/out" 2>&1
contains "a run takes it from the environment" "$work/out" 'outcome: issued'
: >"$work/empty"
stampede serve --port 0 --token-file "$work/empty" >"$work/out" 2>&1
expect "an empty token is refused" "$? $(grep -c 'is empty: anybody would have it' "$work/out")" "104 1"
STAMPEDE_CONTROL_TOKEN= stampede serve --port 0 >"$work/out" 2>&1
expect "an empty one of the environment, too" "$? $(grep -c 'is empty: anybody would have it' "$work/out")" "104 1"
