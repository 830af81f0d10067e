#!/usr/bin/env bash
# A private PostgreSQL for the tests: own folder, no port, and a socket that only its owner (and root) can reach, so that it needs no password.
# Without passwords and TLS, nothing of OpenSSL is loaded into tests, whose clean-up at the end of a process has aborted some.
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

# Sets FOLDER and URL.
launch() {
  local binaries
  binaries="$(scripts/postgres-binaries.sh)" || fail "run scripts/setup.sh test first."
  if [ "$(id -u)" -eq 0 ] && ! id postgres >/dev/null 2>&1; then
    fail "root cannot run it, and there is no user 'postgres' to run it as. Run as an ordinary user."
  fi

  FOLDER="$(mktemp -d "${TMPDIR:-/tmp}/palts-postgres.XXXXXX")"
  # A socket's path has 107 characters at most, and stands in a URL.
  if [ "${#FOLDER}" -gt 80 ] || [[ "$FOLDER" =~ [^A-Za-z0-9._/-] ]]; then
    rmdir "$FOLDER"
    FOLDER="$(mktemp -d /tmp/palts-postgres.XXXXXX)"
  fi
  chmod 700 "$FOLDER"
  if [ "$(id -u)" -eq 0 ]; then chown postgres:postgres "$FOLDER"; fi
  unprivileged mkdir -m 700 "$FOLDER/socket"
  unprivileged "$binaries/initdb" --pgdata="$FOLDER/data" --username="$SUPERUSER" \
    --auth-local=trust --auth-host=reject --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$FOLDER.initdb.log" 2>&1 || {
    cat "$FOLDER.initdb.log" >&2
    rm -rf "$FOLDER" "$FOLDER.initdb.log"
    fail "initdb failed."
  }
  rm -f "$FOLDER.initdb.log"

  unprivileged "$binaries/pg_ctl" start --silent --wait --timeout=60 --pgdata="$FOLDER/data" --log="$FOLDER/log" \
    --options="-h '' -k '$FOLDER/socket' -N 300 -F \
      -c synchronous_commit=off -c full_page_writes=off -c max_wal_size=2GB -c shared_buffers=256MB \
      -c timezone=UTC -c autovacuum_naptime=1h -c logging_collector=off" >/dev/null 2>&1 || {
    tail -n 20 "$FOLDER/log" >&2 || true
    rm -rf "$FOLDER"
    fail "did not start."
  }
  URL="postgres://$SUPERUSER@${FOLDER//\//%2F}%2Fsocket/postgres"
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
  PGGSSENCMODE=disable PALTS_TEST_POSTGRES="$URL" "$@" </dev/null &
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
