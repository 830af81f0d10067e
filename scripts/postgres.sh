#!/usr/bin/env bash
# A private PostgreSQL for the tests: own folder, own free port, loopback only, a password drawn at each start.
#   run COMMAND…  starts one, runs the command with PALTS_TEST_POSTGRES set, stops it whatever happened
#   start         starts one that stays, and prints its address;  url  prints it again;  stop  ends it
# Not for: keeping data. It does not wait for the disk, and its folder goes when it stops.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly NOTE="$PWD/var/test-postgres"
readonly SUPERUSER=palts

say() { printf 'postgres: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# PostgreSQL refuses to run as root: there it runs as the user that Debian's package makes for it.
unprivileged() {
  if [ "$(id -u)" -eq 0 ]; then
    (cd / && exec setpriv --reuid=postgres --regid=postgres --clear-groups env HOME=/nonexistent "$@")
  else
    (cd / && exec "$@")
  fi
}

port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Sets FOLDER and URL.
launch() {
  local binaries password port attempt
  binaries="$(scripts/postgres-binaries.sh)" || fail "run scripts/setup.sh test first."
  if [ "$(id -u)" -eq 0 ] && ! id postgres >/dev/null 2>&1; then
    fail "root cannot run it, and there is no user 'postgres' to run it as. Run as an ordinary user."
  fi

  FOLDER="$(mktemp -d "${TMPDIR:-/tmp}/palts-postgres.XXXXXX")"
  chmod 700 "$FOLDER"
  if [ "$(id -u)" -eq 0 ]; then chown postgres:postgres "$FOLDER"; fi
  password="$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
  unprivileged sh -c 'umask 077; printf "%s\n" "$1" > "$2/password"' sh "$password" "$FOLDER"
  unprivileged "$binaries/initdb" --pgdata="$FOLDER/data" --username="$SUPERUSER" --pwfile="$FOLDER/password" \
    --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$FOLDER.initdb.log" 2>&1 || {
    cat "$FOLDER.initdb.log" >&2
    rm -rf "$FOLDER" "$FOLDER.initdb.log"
    fail "initdb failed."
  }
  rm -f "$FOLDER.initdb.log"
  unprivileged rm "$FOLDER/password"

  # A port below the range that the system hands out by itself; another one when somebody was quicker.
  for attempt in 1 2 3 4 5 6 7 8 9 10; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    if port_is_taken "$port"; then continue; fi
    if unprivileged "$binaries/pg_ctl" start --silent --wait --timeout=60 --pgdata="$FOLDER/data" --log="$FOLDER/log" \
      --options="-p $port -h 127.0.0.1 -k '$FOLDER' -N 300 -F \
        -c synchronous_commit=off -c full_page_writes=off -c max_wal_size=2GB -c shared_buffers=256MB \
        -c timezone=UTC -c autovacuum_naptime=1h -c logging_collector=off" >/dev/null 2>&1; then
      URL="postgres://$SUPERUSER:$password@127.0.0.1:$port/postgres"
      return 0
    fi
    grep -qiE 'could not bind|address already in use' "$FOLDER/log" || break
  done
  tail -n 20 "$FOLDER/log" >&2 || true
  rm -rf "$FOLDER"
  fail "did not start after $attempt attempt(s)."
}

# halt FOLDER: stops the server that lives there and removes the folder.
halt() {
  local folder="$1" binaries
  case "$folder" in
    */palts-postgres.??????) ;;
    *) fail "'$folder' is no folder of a test server; nothing was removed." ;;
  esac
  binaries="$(scripts/postgres-binaries.sh)"
  if [ -f "$folder/data/postmaster.pid" ]; then
    unprivileged "$binaries/pg_ctl" stop --silent --wait --timeout=30 --mode=immediate --pgdata="$folder/data" >/dev/null 2>&1 ||
      say "the server in $folder did not stop by itself."
  fi
  rm -rf "$folder"
}

noted() { sed -n "${1}p" "$NOTE" 2>/dev/null || true; }

is_running() { [ -n "$(noted 1)" ] && [ -f "$(noted 1)/data/postmaster.pid" ]; }

command_start() {
  if is_running; then
    noted 2
    return 0
  fi
  launch
  mkdir -p var
  (umask 077 && printf '%s\n%s\n' "$FOLDER" "$URL" > "$NOTE")
  printf '%s\n' "$URL"
}

command_url() {
  is_running || fail "not running; start it with: scripts/postgres.sh start"
  noted 2
}

command_stop() {
  if [ ! -f "$NOTE" ]; then
    say "not running."
    return 0
  fi
  if [ -d "$(noted 1)" ]; then halt "$(noted 1)"; fi
  rm -f "$NOTE"
}

# The command has a process group of its own, so that an interruption reaches all of it and this script outlives it.
command_run() {
  [ "$#" -gt 0 ] || fail "usage: scripts/postgres.sh run COMMAND…"
  local child="" status=0
  FOLDER=""
  trap 'if [ -n "$FOLDER" ]; then halt "$FOLDER"; fi' EXIT
  trap 'say "interrupted"; if [ -n "$child" ]; then kill -TERM -- "-$child" 2>/dev/null || true; else exit 130; fi' INT TERM HUP
  launch
  set -m
  # It is on this machine. A connection whose TLS is being set up while a test ends would run into the libraries' clean-up at exit.
  PGSSLMODE=disable PGGSSENCMODE=disable PALTS_TEST_POSTGRES="$URL" "$@" </dev/null &
  child=$!
  set +m
  while :; do
    status=0
    wait "$child" || status=$?
    kill -0 "$child" 2>/dev/null || break
  done
  exit "$status"
}

case "${1:-}" in
  start) command_start ;;
  stop) command_stop ;;
  url) command_url ;;
  run)
    shift
    command_run "$@"
    ;;
  *) fail "usage: scripts/postgres.sh {start|stop|url|run COMMAND…}" ;;
esac
