# Servers that are not ours: the counts agree with their own logs to the request.
. "$(dirname "$0")/support/lib.sh"
package nginx nginx-light
package openssl openssl
nginx=$(command -v nginx || echo /usr/sbin/nginx)

# The server's workers may run as another user.
chmod 755 "$work"
mkdir -p "$work/html" "$work/logs"
echo hello >"$work/html/index.html"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' \
  -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
plain=$(free_port)
secure=$(free_port)
closing=$(free_port)
cat >"$work/nginx.conf" <<CONF
worker_processes 1; pid $work/nginx.pid; error_log $work/logs/error.log; daemon off;
events { worker_connections 2048; }
http {
  client_body_temp_path $work/b; proxy_temp_path $work/p; fastcgi_temp_path $work/f; uwsgi_temp_path $work/u; scgi_temp_path $work/s;
  keepalive_requests 1000000; root $work/html;
  server { listen 127.0.0.1:$plain; access_log $work/logs/plain.log; }
  server { listen 127.0.0.1:$secure ssl; ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem; access_log $work/logs/secure.log; }
  server { listen 127.0.0.1:$closing; keepalive_timeout 0; access_log $work/logs/closing.log; }
}
CONF
background "$nginx" -c "$work/nginx.conf" -p "$work"
wait_for 20 curl -sf "http://127.0.0.1:$plain/" || fail "nginx starts" "$(cat "$work/logs/error.log")"

cat >"$work/get.json5" <<'SCENARIO'
{
  name: 'get', target: 'http://127.0.0.1:1',
  traffic: { all: { load: { users: 20, shared_iterations: 3000 }, steps: [{ name: 'get', get: '/index.html', outcomes: { ok: 200 } }] } },
}
SCENARIO

# agrees NAME URL LOG OPTIONS…: every request answered, and as many lines in the server's log.
agrees() {
  local name=$1 url=$2 log=$3 before status
  shift 3
  before=$(wc -l <"$log")
  stampede run "$work/get.json5" --target "$url" --quiet --json --reports none "$@" >"$work/result.json" 2>"$work/errors"
  status=$?
  sleep 0.2 # The server writes its log after it has answered.
  expect "$name" "$status $(field "$work/result.json" "r['totals']['requests']") $(($(wc -l <"$log") - before))" "0 3000 3000"
}

touch "$work"/logs/{plain,secure,closing}.log
agrees "nginx over HTTP" "http://127.0.0.1:$plain" "$work/logs/plain.log"
agrees "nginx over HTTP, two workers" "http://127.0.0.1:$plain" "$work/logs/plain.log" --workers 2
agrees "nginx over HTTP, pooled connections" "http://127.0.0.1:$plain" "$work/logs/plain.log" --set client.connections=pooled
agrees "nginx over HTTP, a connection a request" "http://127.0.0.1:$plain" "$work/logs/plain.log" --set client.connections=fresh
agrees "nginx over HTTPS" "https://127.0.0.1:$secure" "$work/logs/secure.log" --set "client.ca=$work/cert.pem"
agrees "nginx over HTTPS, not verified" "https://localhost:$secure" "$work/logs/secure.log" --set client.insecure=true
agrees "a server that closes every connection" "http://127.0.0.1:$closing" "$work/logs/closing.log"

stampede run "$work/get.json5" --target "https://127.0.0.1:$secure" --quiet --reports none >"$work/out" 2>&1
expect "a certificate that nobody vouches for is no target" $? 113
contains "and the reason is given" "$work/out" "certificate"

port=$(free_port)
background python3 -u -m http.server "$port" --bind 127.0.0.1 --directory "$work/html" 2>"$work/logs/python.log" >/dev/null
wait_for 20 curl -sf "http://127.0.0.1:$port/"
agrees "python3 -m http.server" "http://127.0.0.1:$port" "$work/logs/python.log" \
  --set traffic.all.load.shared_iterations=3000 --set traffic.all.load.users=4
