# Connections to servers that are not ours: idle ones that are closed, proxies, several addresses, odd responses.
. "$(dirname "$0")/support/lib.sh"
package nginx nginx-light
package openssl openssl
nginx=$(command -v nginx || echo /usr/sbin/nginx)

chmod 755 "$work"
mkdir -p "$work/html" "$work/logs"
echo hello >"$work/html/index.html"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' \
  -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
idle=$(free_port)
tls=$(free_port)
limited=$(free_port)
spread=$(free_port)
proxy=$(free_port)
background python3 Tests/EndToEnd/support/closing.py "$idle" 0.3
background python3 Tests/EndToEnd/support/closing.py "$tls" 0.3 "$work/cert.pem" "$work/key.pem"
background python3 Tests/EndToEnd/support/plain_proxy.py "$proxy" me 'pr0xy:p@ss' "$work/proxy.log"
cat >"$work/nginx.conf" <<CONF
worker_processes 1; pid $work/nginx.pid; error_log $work/logs/error.log; daemon off;
events { worker_connections 2048; }
http {
  client_body_temp_path $work/b; proxy_temp_path $work/p; fastcgi_temp_path $work/f; uwsgi_temp_path $work/u; scgi_temp_path $work/s;
  root $work/html;
  server { listen 127.0.0.1:$limited; keepalive_timeout 1s; access_log $work/logs/limited.log; }
  server { listen 127.0.0.1:$spread; access_log $work/logs/1.log; }
  server { listen 127.0.0.2:$spread; access_log $work/logs/2.log; }
  server { listen 127.0.0.3:$spread; access_log $work/logs/3.log; }
}
CONF
background "$nginx" -c "$work/nginx.conf" -p "$work"
wait_for 20 curl -sf "http://127.0.0.1:$limited/" || fail "nginx starts" "$(cat "$work/logs/error.log")"
wait_for 20 python3 -c "import socket; [socket.create_connection(('127.0.0.1', p)).close() for p in ($idle, $tls, $proxy)]"

cat >"$work/think.json5" <<'SCENARIO'
{
  name: 'think', target: 'http://127.0.0.1:1', verdict: 'point', self_check: 'off', thresholds: { errors: 'rate < 100%' },
  traffic: {
    all: {
      load: { users: 60, for: '2s' }, think_time: { from: '295ms', to: '303ms' },
      steps: [{ name: 'ask', get: '/index.html' }],
    },
  },
}
SCENARIO
sed "s/get: '\/index.html'/post: '\/order', json: { id: 1 }/" "$work/think.json5" >"$work/order.json5"

# runs SCENARIO OPTIONS…: leaves the terminal's report in `out` and `result.json`.
runs() {
  local scenario=$1
  shift
  rm -rf "$work/reports"
  stampede run "$work/$scenario.json5" --quiet --reports "$work/reports" "$@" >"$work/out" 2>&1
  cp "$work"/reports/*/result.json "$work/result.json"
}
errors() { field "$work/result.json" "r['totals']['errors']"; }
count() { field "$work/result.json" "r['connections']['$1']"; }
# positive NAME NUMBER
positive() { if [ "$2" -gt 0 ]; then ok "$1"; else fail "$1" "was $2" "$(tail -n 40 "$work/out")"; fi; }

runs think --target "http://127.0.0.1:$idle"
expect "a server that closes idle connections as users come back costs a GET nothing" "$(errors)" 0
positive "and the report says how many were reopened" "$(count reopened)"
contains "in the terminal too" "$work/out" "[0-9]+ reopened to send a request again"
runs think --target "https://127.0.0.1:$tls" --set "client.ca=$work/cert.pem"
expect "likewise under TLS" "$(errors)" 0
positive "where connections are reopened too" "$(count reopened)"
runs think --target "http://127.0.0.1:$idle" --set client.connections=pooled
expect "likewise with pooled connections" "$(errors)" 0
runs think --target "http://127.0.0.1:$limited" --set "traffic.all.think_time='1s'" --set "traffic.all.load.for='4s'"
expect "nginx with a keep-alive of 1 s and users who think for 1 s: no errors" "$(errors)" 0

runs order --target "http://127.0.0.1:$idle"
positive "a POST is not sent again" "$(errors)"
expect "and nothing else is amiss" \
  "$(field "$work/result.json" "sorted({o['outcome'] for s in r['steps'] for o in s['outcomes'] if o['count']} - {'ok', 'closed', 'reset'})")" "[]"
contains "its sample says how long the connection had been idle" "$work/out" "had been idle for 0.3 s"
contains "and what helps" "$work/out" "client.keep_alive"
runs order --target "http://127.0.0.1:$idle" --set client.retry_closed=all
expect "unless the scenario says so" "$(errors)" 0
runs order --target "http://127.0.0.1:$idle" --set "traffic.all.steps.0.headers={'Idempotency-Key': '\${uuid}'}"
expect "or the request has an Idempotency-Key" "$(errors)" 0
runs order --target "http://127.0.0.1:$idle" --set "client.keep_alive='200ms'"
expect "or connections are renewed in time" "$(errors)" 0
positive "which is counted" "$(count renewed)"
runs think --target "http://127.0.0.1:$idle" --set client.retry_closed=never
positive "with 'never' a GET is not sent again either" "$(errors)"

cat >"$work/close.json5" <<SCENARIO
{
  name: 'close', target: 'http://127.0.0.1:$idle', verdict: 'point', self_check: 'off',
  traffic: { all: { load: { users: 2, iterations: 10 }, steps: [
    { name: 'last', get: '/x', headers: { connection: 'TE, Close' } }, { name: 'next', get: '/y' } ] } },
}
SCENARIO
runs close
expect "no request follows on a connection after Connection: close" "$(errors) $(curl -s "http://127.0.0.1:$idle/count" | cut -d' ' -f2)" "0 0"

cat >"$work/odd.json5" <<SCENARIO
{
  name: 'odd', target: 'http://127.0.0.1:$idle', verdict: 'point', self_check: 'off',
  traffic: { all: { load: { users: 1, iterations: 3 }, steps: [{ name: 'lf', get: '/lf', continue_on_error: true }] } },
}
SCENARIO
runs odd
expect "a response against the grammar is malformed" "$(outcome "$work/result.json" lf malformed)" 3
contains "and the option that accepts it is named" "$work/out" "client.lenient"
runs odd --set client.lenient=true
expect "with client.lenient it is read and counted" "$(errors) $(count lenient)" "0 {'bare LF line ends': 3}"

cat >"$work/surplus.json5" <<SCENARIO
{
  name: 'surplus', target: 'http://127.0.0.1:$idle', verdict: 'point', self_check: 'off',
  traffic: { all: { load: { users: 4, iterations: 50 }, steps: [
    { name: 'own', get: '/surplus/\${user}-\${iteration}', think_time: '20ms',
      outcomes: { own: { status: 200, body: { equals: '/surplus/\${user}-\${iteration}' } }, others: { status: 200, error: true } } } ] } },
}
SCENARIO
runs surplus
expect "no surplus response is taken for that to another request" "$(outcome "$work/result.json" own own)" 200
contains "and the target is named for it" "$work/out" "surplus responses.*the target answers more than it is asked"

sed "s/load: { users: 60, for: '2s' }/load: { users: 30, iterations: 2 }, connections: 'fresh'/; s/think_time: {[^}]*},//" \
  "$work/think.json5" >"$work/spread.json5"
lines() { wc -l <"$work/logs/$1.log"; }
runs spread --target "http://many.test:$spread" --workers 1 --set "client.resolve=['many.test:$spread:127.0.0.1,127.0.0.2,127.0.0.3']"
expect "the addresses of client.resolve are used in turn" "$(errors) $(lines 1) $(lines 2) $(lines 3)" "0 20 20 20"
runs spread --target "http://many.test:$spread" --workers 1 --set "client.resolve=['many.test:$spread:127.0.0.4,127.0.0.1']"
expect "one that refuses leaves its share to the next" "$(errors) $(lines 1)" "0 80"
printf '127.0.0.1 localhost\n127.0.0.1 many.test\n127.0.0.2 many.test\n127.0.0.3 many.test\n' >"$work/hosts"
if unshare -m true 2>/dev/null; then
  before="$(lines 2) $(lines 3)"
  unshare -m bash -c 'mount --bind "$1" /etc/hosts && exec "$2" run "$3" --target "$4" --workers 1 --quiet --reports none' - \
    "$work/hosts" "$root/bin/stampede" "$work/spread.json5" "http://many.test:$spread" >"$work/out" 2>&1
  expect "so are those of a name" "$? $before $(lines 1) $(lines 2) $(lines 3)" "0 20 20 100 40 40"
else
  echo "skipped: a name with several addresses (mount namespaces are not allowed here)"
fi

runs spread --target "http://127.0.0.1:$spread" --set "client.proxy='http://me:pr0xy%3Ap%40ss@127.0.0.1:$proxy'"
contains "a proxy that refuses CONNECT: the sample names the option" "$work/out" "client.proxy_tunnel: false"
runs spread --target "http://127.0.0.1:$spread" --set "client.proxy='http://me:pr0xy%3Ap%40ss@127.0.0.1:$proxy'" \
  --set client.proxy_tunnel=false --set traffic.all.connections=per_user
expect "with it requests go to the proxy itself" "$(errors) $(wc -l <"$work/proxy.log")" "0 60"
expect "over connections that are kept" "$(count opened)" 30
expect "and the proxy's password is nowhere" "$(grep -rlE 'pr0xy|bWU6cHIweHk6cEBzcw' "$work/out" "$work/reports")" ""
