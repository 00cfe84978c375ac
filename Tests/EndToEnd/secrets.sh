# What is secret reaches the server, and is in nothing that a run leaves: not on the screen, not in a file, not in what is made of its
# files later.
. "$(dirname "$0")/support/lib.sh"

port=$(free_port)
proxy=$(free_port)
background python3 Tests/EndToEnd/support/echo.py "$port" "$work/log"
background python3 Tests/EndToEnd/support/proxy.py "$proxy" me 'pr0xy:p@ss' "$work/proxy.log"
wait_for 20 python3 -c "import socket; [socket.create_connection(('127.0.0.1', p)).close() for p in ($port, $proxy)]"

cat >"$work/secrets.json5" <<'SCENARIO'
{
  name: 'secrets',
  client: { headers: { Authorization: 'Bearer l1teral', 'X-API-Key': 'k3y-value', 'X-Plain': 'pl4in' } },
  set_up: [{ name: 'sign-in', post: '/token', json: { user: 'me', password: 'p4ssword' }, capture: { session: '$.plain' } }],
  traffic: {
    all: {
      load: { users: 1, iterations: 2 },
      steps: [
        { name: 'reflect', post: '/reflect/${session}', query: { access_token: 'qu3ry' }, continue_on_error: true,
          headers: { Cookie: 'SID=c00kie; mark=${session}', 'X-Auth-Token': '${session}', 'X-Env': '${env.FROM_ENVIRONMENT}' },
          json: { client_secret: 'b0dy', note: 'pl4in', who: '${who.user}', with: '${who.password}', of: '${of_file.user} ${of_file.api_token}', link: 'https://[2001:db8::1]/users/me@example.com' } },
        { name: 'get', get: '/', headers: { 'Proxy-Authorization': 'Basic cHI6b3h5' } },
      ],
    },
  },
  data: {
    who: { columns: ['user', 'password'], list: [['al', 'l1st-al'], ['bo', 'l1st-bo']] },
    of_file: { csv: 'people.csv' },
  },
  invariants: { 'none is told': { never: ['get.ok', 'reflect.unexpected'] } },
  thresholds: { errors: 'rate <= 100%' },
  self_check: 'off',
}
SCENARIO
printf 'user,api_token\ncy,f1le/cy\ndi,f1le/di\n' >"$work/people.csv"
export FROM_ENVIRONMENT=3nvironment PROXY_PASSWORD='pr0xy:p@ss'

secrets='l1teral|k3y-value|p4ssword|qu3ry|c00kie|b0dy|cHI6b3h5|3nvironment|token-1|g1ven|pr0xy|p@ss|p%40ss|h3ader|l1st|f1le'

# hidden NAME PATH…: none of the secrets is in any of these.
hidden() {
  local name=$1
  shift
  expect "$name" "$(grep -raoE "$secrets" "$@" | sort | uniq -c | head -n 20)" ""
}

# everything REPORTS: what the run there left, shown in each way there is.
everything() {
  local directory
  for directory in "$1"/*; do
    stampede report "$directory"
    stampede report "$directory" --json
    stampede history "$directory"
    stampede history "$directory" --export -
  done
}

there=("$work/secrets.json5" --target "http://127.0.0.1:$port")
proxied=(--set "client.proxy=http://me:\${env.PROXY_PASSWORD}@127.0.0.1:$proxy")
given=(--set client.headers.x-secret-thing=g1ven --set 'traffic.all.steps.get.headers.Authorization="Bearer h3ader"')

: >"$work/log"
stampede run "${there[@]}" "${proxied[@]}" "${given[@]}" --reports "$work/reports" --quiet >"$work/out" 2>&1
expect "a run with secrets of all kinds is judged" $? 99
hidden "and none is on the screen" "$work/out"
hidden "nor in a file" "$work/reports"
everything "$work/reports" >"$work/again" 2>&1
contains "what is made of the files later" "$work/again" 'none is told'
hidden "has none either" "$work/again"
# told TEXT: whether the server was sent it.
told() {
  python3 -c '
import base64, json, sys
entries = map(json.loads, open(sys.argv[1]))
print(any(sys.argv[2] in str(e["headers"]) + e["target"] + base64.b64decode(e["body"]).decode() for e in entries))' "$work/log" "$1"
}
for used in 'Bearer l1teral' k3y-value p4ssword qu3ry 'SID=c00kie; mark=token-1' b0dy cHI6b3h5 3nvironment g1ven 'Bearer h3ader' l1st-al f1le/di; do
  expect "the server was told $used" "$(told "$used")" True
done
expect "and the proxy its password" "$(sort "$work/proxy.log" | uniq | head -n 3)" "CONNECT let through"
contains "what is no secret is there" "$work/out" 'pl4in'
contains "also in data" "$work/out" '"who":"bo","with":"\*\*\*","of":"di \*\*\*"|"who":"al","with":"\*\*\*","of":"cy \*\*\*"'
contains "with the names of what is" "$work/out" 'x-secret-thing: \*\*\*'
contains "an address with an @ in its path is left as it is" "$work"/reports/*/scenario.json5 'https://\[2001:db8::1\]/users/me@example\.com'
contains "a variable is left as it is" "$work"/reports/*/scenario.json5 "'X-Auth-Token': '..session.'"

# A password as it is written in a URL, on the command line and in the file.
literal="http://me:pr0xy%3Ap%40ss@127.0.0.1:$proxy"
sed "s|client: {|client: { proxy: '$literal',|" "$work/secrets.json5" >"$work/in-file.json5"
: >"$work/proxy.log"
stampede run "${there[@]}" --set "client.proxy=$literal" --reports "$work/literal" --quiet >"$work/out" 2>&1
expect "a password in the proxy's URL is used" "$? $(sort -u "$work/proxy.log")" "99 CONNECT let through"
stampede run "$work/in-file.json5" --target "http://127.0.0.1:$port" --reports "$work/literal" --json >>"$work/out" 2>&1
expect "also from the file" "$? $(sort -u "$work/proxy.log")" "99 CONNECT let through"
everything "$work/literal" >>"$work/out" 2>&1
hidden "and is nowhere" "$work/out" "$work/literal"
contains "but its user and host are" "$work/out" "http://me:\*\*\*@127.0.0.1:$proxy"
stampede try "${there[@]}" "${given[@]}" --set "client.proxy=$literal" >"$work/out" 2>&1
hidden "'try' shows none" "$work/out"
contains "and the rest of the request" "$work/out" 'SID|x-plain: pl4in|X-Plain: pl4in'
stampede run "${there[@]}" --repeat 2 --set "client.proxy=$literal" --reports "$work/repeat" >"$work/out" 2>&1
hidden "nor does a series of runs" "$work/out" "$work/repeat"

# Without its kind, and from an environment that is another one later.
: >"$work/proxy.log"
stampede run "${there[@]}" --set "client.proxy=${literal#http://}" --reports "$work/kind" --quiet >"$work/out" 2>&1
expect "a proxy without its kind is one for HTTP" "$? $(sort -u "$work/proxy.log")" "99 CONNECT let through"
hidden "and its password is nowhere" "$work/out" "$work/kind"
sed "s|client: {|client: { proxy: '\${env.PROXY}:$proxy',|" "$work/secrets.json5" >"$work/environment.json5"
PROXY=${literal%:*} stampede run "$work/environment.json5" --target "http://127.0.0.1:$port" --reports "$work/environment" --quiet \
  >"$work/out" 2>&1
expect "the environment has the proxy" $? 99
everything "$work/environment" >"$work/again" 2>&1
expect "and who reads the run again need not have it" "$(grep -c 'PROXY\|cannot be read' "$work/again")" 0
hidden "nor sees it" "$work/out" "$work/again" "$work/environment"

# Where nothing runs.
stampede run "${there[@]}" --set "client.proxy=http://me:wr0ng-pr0xy@127.0.0.1:$proxy" --reports "$work/refused" --quiet >"$work/out" 2>&1
expect "a wrong password is not let through" $? 113
hidden "and not told" "$work/out" "$work/refused"
for wrong in client.proxy=ftp://me:pr0xy@there 'client.proxy="me:pr0xy@there:x"' client.proxy=http://me:a/pr0xy@there:1 client.proxy=http://me:pr0xy@there:x \
  'client.headers.authorization=[["h3ader"]]' 'traffic.all.steps.get.jsn={ password: "h3ader" }' 'client.headers.x-api-key' \
  'client.headers={ authorization: "h3ader" "x-api-key": "g1ven }'; do
  stampede run "${there[@]}" --set "$wrong" --reports "$work/wrong" --quiet >"$work/out" 2>&1
  expect "$wrong is wrong" "$(($? == 104 || $? == 112))" 1
  hidden "and its complaint tells no secret" "$work/out" $(ls -d "$work/wrong" 2>/dev/null)
done
sed "s|client: {|client: { proxy: 'ftp://me:pr0xy@there',|; s|name: 'get',|name: 'get', jsn: 1,|" "$work/secrets.json5" >"$work/wrong.json5"
stampede check "$work/wrong.json5" >"$work/out" 2>&1
contains "what is wrong in the file is shown" "$work/out" "ftp://me:\*+@there"
hidden "but for secrets" "$work/out"
for broken in "'X-API-Key': 'k3y-value' 'oops'" "Authorization: 'Bearer l1teral, 'X-API-Key': 'k3y-value'" 'password: p4ssword oops'; do
  printf '%s\n' "{ name: 'broken'," "  client: { headers: { $broken } } }" >"$work/broken.json5"
  stampede check "$work/broken.json5" >"$work/out" 2>&1
  contains "what is no JSON5 is shown" "$work/out" '2 \|   client: \{ headers: \{.*\*\*\*'
  hidden "but for strings" "$work/out"
done
stampede run "$work/secrets.json5" --target "http://me:pr0xy@127.0.0.1:$port" --reports "$work/target" --quiet >"$work/out" 2>&1
expect "a target with a password is refused" "$? $(ls "$work/target" 2>/dev/null | wc -l)" "104 0"
hidden "and not told" "$work/out"

# The bundled server has no secrets of its own, but what --set gives is one.
coupon=(scenarios/coupon-cap.json5 --quiet "${anywhere[@]}" --set 'thresholds.latency{step:issue}=p(95) < 60s')
stampede run "${coupon[@]}" --incident coupon.overissue --set client.headers.x-api-key=g1ven --reports "$work/violated" >"$work/out" 2>&1
expect "with the bundled server" $? 99
contains "a counterexample's requests have what --set gave" "$work/out" 'x-api-key: \*\*\*'
contains "and the run's identity has it" "$work/violated"/*/run.json 'client\.headers\.x-api-key=\*\*\*'
hidden "not what is secret of it" "$work/out" "$work/violated"
