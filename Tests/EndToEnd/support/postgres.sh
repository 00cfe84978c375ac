# Sourced after lib.sh: a PostgreSQL server and the coupon service on it, both of the test's own.
cluster=$root/Tests/EndToEnd/postgres/cluster.sh
# Kept from one run to the next.
python=$root/.build/python/bin/python3

# need_postgres NAME: installs the server and Python's driver where they are missing; skips NAME where they cannot be had.
need_postgres() {
  if ! command -v initdb >/dev/null && ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
    install_packages postgresql || skip "$1" "PostgreSQL cannot be installed: $(tail -n 1 "$work/install.log")"
  fi
  "$python" -c 'import psycopg' 2>/dev/null && return
  # Debian has the module for environments in a package of its own.
  python3 -c 'import ensurepip' 2>/dev/null || install_packages python3-venv
  { python3 -m venv "$root/.build/python" && "$python" -m pip install -q 'psycopg[binary]>=3.1,<4'; } >"$work/pip.log" 2>&1 ||
    skip "$1" "the driver psycopg cannot be installed: $(tail -n 1 "$work/pip.log")"
}

# start_database [NAME=VALUE…]
start_database() {
  # The server runs as a user of its own.
  chmod 755 "$work"
  database_port=$(free_port)
  # The disk is not what is tested: what was handed to the kernel outlives the processes.
  "$cluster" start "$work/database" "$database_port" fsync=off "$@" || {
    fail "PostgreSQL starts"
    exit 1
  }
  # The scenarios read the tables with psql.
  export DATABASE="host=127.0.0.1 port=$database_port user=postgres dbname=postgres"
  clean_up() { "$cluster" stop "$work/database"; }
}

# start_service OPTION…: the coupon service at `$service`; the one before is ended.
start_service() {
  [ -z "${service_process:-}" ] || { kill "$service_process" && wait "$service_process"; } 2>/dev/null
  local port
  port=$(free_port)
  service=http://127.0.0.1:$port
  background "$python" Tests/EndToEnd/postgres/coupons.py --port "$port" --cluster "$work/database" \
    --database "$DATABASE" "$@"
  service_process=$last_child
  wait_for 60 curl -sf "$service/health" || fail "the coupon service starts"
}
