# The commands that a counterexample gives send what the run had sent, byte by byte.
. "$(dirname "$0")/support/lib.sh"
package jq jq
package curl curl

port=$(free_port)
background python3 Tests/EndToEnd/support/echo.py "$port" "$work/log"
wait_for 20 curl -s "http://127.0.0.1:$port/" || fail "the server starts"
printf 'a\0b\r\n%s\n' "\"'" >"$work/the photo's.bin"

cat >"$work/requests.json5" <<'SCENARIO'
{
  name: 'requests',
  client: { headers: { 'X-Step': '${step}', 'X-Empty': '' } },
  data: { buyer: { sequence: "it's \"$x\" `u` \\ !{n:03}", count: 5 }, mark: ['${x} $${x}'] },
  set_up: [{ name: 'before-all', post: '/set-up', json: { curl: 'curl', user: '${user}', group: '${group}' },
    headers: { 'X-Curl': 'curl' }, capture: { admin: '$.plain' } }],
  traffic: {
    all: {
      load: { users: 1, iterations: 1 },
      steps: [
        { name: 'first', post: '/curl', text: 'curl with curl: ${admin}', capture: {
          code: '$.code', level: '$.level', padded: '$.padded', count: '$.count', lines: '$.lines', plain: '$.plain',
          first_id: '$.list[*].id', many: '$.list.length()', whole: '$.whole', ended: '$.ended', hostile: '$.hostile', quoted: "$['a key']", PATH: '$.plain', 한글: '$.plain' } },
        { name: 'second', post: '/second', json: { admin: '${admin}', code: '${code}' },
          capture: { place: { header: 'location' }, session: { cookie: 'SID' }, told: 'status', all: 'body', path: '$.plain' } },
        { name: 'json', put: '/json/${code}/x', query: { q: '${code} ${buyer}', '한': 'b&c' },
          headers: { 'X-Code': 'curl ${plain} ${buyer}', 'X-Quoted': "it's \"$y\" `z` \\", 'X-Hostile': '<${hostile}>' },
          json: { code: '${code}', 'k-${code}': '${lines}', text: "a'b\"c$d`e\\f\n${plain}", buyer: '${buyer}', mark: '$${code} $${plain} ${plain}', it: [1.5, null, true] } },
        { name: 'numbers', post: '/numbers', json: { a: ['${level|number}', '${padded|number}', '${count|number}', '${code|number}', '${seed|number}', '${buyer|number}', '${iteration|number}', '${step|number}'] } },
        { name: 'kinds', post: '/kinds/${first_id}/${many}', text: '${whole} ${quoted} ${PATH} ${한글} ${path}' },
        { name: 'heads', post: '/heads/${place}/${session}/${told}', json: { all: '${all}', place: '${place}', told: '${told|number}' }, headers: { 'X-Session': '${session}', 'X-All': '${all}' } },
        { name: 'ends', post: '/ends/${ended}', text: '${ended}${all}' }, { name: 'end', post: '/end', text: '${ended}' }, { name: 'body', post: '/body', text: '${all}' },
        { name: 'ended-number', post: '/end', json: ['${ended|number}', '${all|number}'] }, { name: 'hostile', post: '/hostile', headers: { 'X-Hostile': '${hostile}' } },
        { name: 'head-ends', post: '/head-ends', text: '${place} ${all}' },
        { name: 'both', post: '/both', json: { whole: '${whole}', told: '${told}', all: '${all}' } },
        { name: 'text', post: '/text', text: "two\nlines\t${code} 100% \\n it's \u0000 curl\n" },
        { name: 'option', post: '/text', text: "-x\n1\u00012" },
        { name: 'form', post: '/form?a=b', query: { c: '[d]' }, form: { curl: 'curl -s', code: '${code}', buyer: ['${buyer}', '@x'] } },
        { name: 'at', post: '/at', text: '@nothing' },
        { name: 'nothing', post: '/nothing' }, { name: 'delete', delete: '/delete/it' },
        { name: 'none', post: '/none', text: '' },
        { name: 'filled', post: '/filled', bytes: 1500000, chunked: true },
        { name: 'zeros', post: '/zeros', bytes: { count: 1000, fill: 0 } }, { name: 'high', post: '/high', bytes: { count: 1000, fill: 255 } },
        { name: 'backslashes', post: '/backslashes', bytes: { count: 1000, fill: '\\' } },
        { name: 'file', post: '/file', file: "the photo's.bin" },
        { name: 'sized', post: '/sized', json_sized: { bytes: 3000, pad: '$.p.q', fill: "'", value: { p: { q: "it's curl " }, r: 'ü' } } },
        { name: 'sized-told', post: '/sized', json_sized: { bytes: 2000, pad: '$.p', value: { p: '책상 ', code: '${code}', n: '${level|number}' } } },
        { name: 'too-long', post: '/sized', json_sized: { bytes: 60, pad: '$.p', value: { p: '', code: '${code}' } } },
        { name: 'exact', post: '/sized', json_sized: { bytes: 1100000, value: { id: '${uuid}' } } },
        { name: 'batch', post: '/batch', json_batch: { count: 12, item: { n: 'a&b|\\ ${item} it\'s', m: '${item|number}', code: '${code}', level: '${level|number}' } } },
        { name: 'empty-batch', post: '/batch', json_batch: { count: 0, item: 1 } },
        { name: 'drawn', post: '/drawn/${uuid}/${now}', json: { id: '${uuid}', at: '${now}', ms: '${unix_ms|number}', drawn: ['${random(1,6)|number}'], text: 'drawn ${random(-5,-1)}' } },
        { name: 'brackets', get: '/a{1,2}/[1-3]/../b/./c?x={y}' },
        { name: 'head', head: '/head/${plain}' }, { name: 'head-with-body', request: { method: 'HEAD', url: '/head' }, text: 'x' },
        { name: 'purge', request: { method: 'PURGE', url: '/purge' } },
        { name: 'get-with-body', request: { method: 'GET', url: '/get' }, json: { a: '${lines}' } },
      ],
    },
  },
  thresholds: { errors: 'count == 0' },
  self_check: 'off',
}
SCENARIO

# Each step's request is one that must not be.
steps=$(grep -oE "name: '[a-z-]+'" "$work/requests.json5" | cut -d"'" -f2 | grep -vE '^(requests|before-all)$')
invariants=()
for step in $steps; do invariants+=("'no $step': { never: '$step.ok' }"); done
rules=$(IFS=,; echo "{ ${invariants[*]} }")

: >"$work/log"
stampede run "$work/requests.json5" --target "http://127.0.0.1:$port" --set "invariants=$rules" --reports "$work/reports" --quiet >"$work/out" 2>&1
expect "requests that must not be are violations" $? 99
directory=$(echo "$work"/reports/*)
expect "all of them" "$(field "$directory/result.json" 'len([1 for f in r["findings"] if f.get("counterexample")])')" "$(echo "$steps" | wc -l)"
for shell in dash bash; do
  cp "$work/log" "$work/$shell.log"
  python3 Tests/EndToEnd/support/resend.py "$directory/result.json" "$work/log" $shell >"$work/differences" 2>&1
  expect "the commands send in $shell what the run sent" "$(cat "$work/differences")" "$(echo "$steps" | wc -l) compared"
  cp "$work/$shell.log" "$work/log"
done
