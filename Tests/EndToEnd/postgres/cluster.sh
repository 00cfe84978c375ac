#!/bin/bash
# A PostgreSQL server of one's own, in a directory of its own: it touches no other, and only its own processes are ended.
#
#   cluster.sh start DIR [PORT [NAME=VALUE…]]   makes it first if DIR is empty; NAME=VALUE are PostgreSQL's settings
#   cluster.sh stall DIR                        holds up the process that writes commits for which nobody waits
#   cluster.sh crash DIR                        kills every process of it at once
#   cluster.sh stop DIR
set -euo pipefail

command=${1:-} directory=${2:-} port=${3:-}
if [ -z "$command" ] || [ -z "$directory" ]; then
  sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
  exit 104
fi
data=$directory/data

# Debian keeps the server's programs out of PATH.
programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
PATH=${programs:+$programs:}$PATH

# PostgreSQL refuses to run as root.
as_server=()
if [ "$(id -u)" = 0 ]; then
  user=postgres
  id "$user" >/dev/null 2>&1 || user=nobody
  as_server=(setpriv "--reuid=$user" "--regid=$(id -gn "$user")" --clear-groups)
fi

start() {
  if [ ! -e "$data/PG_VERSION" ]; then
    mkdir -p "$directory"
    [ ${#as_server[@]} = 0 ] || chown "$user" "$directory"
    "${as_server[@]}" initdb -D "$data" -U postgres -A trust --no-sync >"$directory/initdb.log"
    {
      echo "listen_addresses = '127.0.0.1'"
      echo "port = $port"
      echo "unix_socket_directories = '$directory'"
      shift 3
      for setting in "$@"; do echo "${setting%%=*} = '${setting#*=}'"; done
    } >>"$data/postgresql.conf"
  fi
  (cd "$directory" && "${as_server[@]}" pg_ctl start -D "$data" -l "$directory/server.log" -w -t 60 >/dev/null) || {
    tail -n 20 "$directory/server.log" >&2
    return 1
  }
}

# The process that started all the others, and these. Processes that end meanwhile are no error.
postmaster() { head -n 1 "$data/postmaster.pid"; }
children() { { grep -ls "^PPid:[[:space:]]*$(postmaster)\$" /proc/[0-9]*/status || true; } | cut -d / -f 3; }

# With `synchronous_commit = off` a commit is acknowledged while it is in memory only. How long it stays there is up to this
# process. Held up, as by a slow disk, it makes sure that a crash loses something.
stall() {
  local process
  for process in $(children); do
    if grep -qsa '^postgres: walwriter' "/proc/$process/cmdline"; then kill -STOP "$process"; fi
  done
}

crash() {
  local postmaster processes process
  postmaster=$(postmaster)
  # Stopped first, so that it starts no others and tells none of them to end in good order.
  kill -STOP "$postmaster"
  processes=$(children)
  # One that has ended since is no error either.
  kill -KILL "$postmaster" $processes || true
  for process in "$postmaster" $processes; do
    while is_alive "$process"; do sleep 0.01; done
  done
  rm -f "$data/postmaster.pid" "$directory"/.s.PGSQL.*
}

# A process that nobody has waited for yet is dead all the same.
is_alive() { grep -qs '^State:[[:space:]]*[^Z]' "/proc/$1/status"; }

case $command in
  start) start "$@" ;;
  stall) stall ;;
  crash) crash ;;
  stop) [ ! -e "$data/postmaster.pid" ] || "${as_server[@]}" pg_ctl stop -D "$data" -m immediate >/dev/null ;;
  *)
    echo "cluster.sh: unknown command '$command'" >&2
    exit 104
    ;;
esac
