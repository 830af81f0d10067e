#!/usr/bin/env bash
# Installs what is missing, and only that, from the system's packages: for building (`build`, the default), for the
# test suite (`test`: also a PostgreSQL server, which no service starts, npm with the audits of GraphQL over HTTP, and a browser),
# for the explorer's assets (`ide`: npm) for the bench (`bench`: a PostgreSQL server, wrk and Python; `peers`: npm too), or for fuzzing (`fuzz`).
# Not for: Rust itself, which is looked for and never installed.
set -euo pipefail

readonly POSTGRES_BINARIES="$(dirname "${BASH_SOURCE[0]}")/postgres-binaries.sh"
readonly RUST_WANTED="1.95"

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif have sudo; then
    sudo "$@"
  else
    fail "needs root for: $* (not root, and no sudo here). Run that as root, then try again."
  fi
}

apt_lists_read=no
apt_install() {
  say "installing $*"
  if [ "$apt_lists_read" = no ]; then
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq </dev/null
    apt_lists_read=yes
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" </dev/null >&2
}

# need WHAT PACKAGE...: installs the packages, or says what somebody else must install.
need() {
  local what="$1"
  shift
  if have apt-get; then
    apt_install "$@" || fail "could not install $what ($*)."
  else
    fail "$what is missing, and this system has no apt-get. Install it (Debian calls it: $*), then try again."
  fi
}

has_libpq() {
  printf '#include <libpq-fe.h>\nint main(void) { return PQlibVersion() == 0; }\n' |
    cc -x c - $(pkg-config --cflags libpq 2>/dev/null) -o /dev/null $(pkg-config --libs libpq 2>/dev/null || echo -lpq) 2>/dev/null
}

setup_build() {
  have cc || need "a C compiler" gcc libc6-dev
  have pkg-config || need "pkg-config" pkg-config
  has_libpq || need "PostgreSQL's client library" libpq-dev
  have cargo || fail "Rust $RUST_WANTED or newer is missing (cargo is not on the PATH). Install it with rustup, then try again."
  local found
  found="$(rustc --version | cut -d' ' -f2)"
  [ "$(printf '%s\n' "$RUST_WANTED" "$found" | sort -V | head -n1)" = "$RUST_WANTED" ] ||
    fail "Rust $RUST_WANTED or newer is needed, $found is here. Run: rustup update stable"
}

# Debian's package makes a cluster and starts it; the tests want the binaries alone. Where PostgreSQL's common part is
# not here yet, a setting that holds during the installation only says so.
install_postgres() {
  local folder=/etc/postgresql-common/createcluster.d package=postgresql status=0
  have apt-get || fail "a PostgreSQL server is missing, and this system has no apt-get. Install version 15 or newer, then try again."
  [ -d /etc/postgresql-common ] || apt_install postgresql-common || fail "could not install postgresql-common."
  if apt-cache show postgresql-15 >/dev/null 2>&1; then package=postgresql-15; fi
  as_root mkdir -p "$folder"
  echo 'create_main_cluster = false' | as_root tee "$folder/palts-no-cluster.conf" >/dev/null
  apt_install "$package" || status=$?
  as_root rm -f "$folder/palts-no-cluster.conf"
  as_root rmdir --ignore-fail-on-non-empty "$folder"
  [ "$status" -eq 0 ] || fail "could not install a PostgreSQL server ($package)."
}

setup_test() {
  setup_build
  "$POSTGRES_BINARIES" >/dev/null 2>&1 || install_postgres
  have pg_dump || need "PostgreSQL's client" postgresql-client
  have curl || need "curl" curl
  have openssl || need "openssl" openssl
  setup_ide
  setup_audits
  setup_browser
  have cargo-nextest || say "cargo-nextest is not here: the tests run by cargo test, slower and with a plainer report."
}

# The test suite's own npm packages, exactly those of the lock file; nothing is done when they are there already.
setup_audits() {
  local folder
  folder="$(dirname "${BASH_SOURCE[0]}")/../tests/npm"
  if [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ]; then return; fi
  say "installing the npm packages of the test suite"
  npm ci --prefix "$folder" --no-audit --no-fund --loglevel=error >&2 || fail "could not install the packages of tests/npm."
}

# For the explorer's test: which headers make a page blank, only a browser says.
setup_browser() {
  have chromium || have chromium-browser || have google-chrome || have google-chrome-stable || need "Chromium" chromium
}

setup_ide() {
  if ! have node || ! have npm; then need "Node.js with npm" nodejs npm; fi
}

setup_bench() {
  setup_build
  "$POSTGRES_BINARIES" >/dev/null 2>&1 || install_postgres
  have psql || need "PostgreSQL's client" postgresql-client
  have wrk || need "the load generator wrk" wrk
  have python3 || need "Python" python3
  python3 -c 'import tomllib' 2>/dev/null || fail "Python 3.11 or newer is needed, $(python3 --version) is here."
}

setup_fuzz() {
  setup_build
  have c++ || need "a C++ compiler" g++
  if ! cargo fuzz --version >/dev/null 2>&1; then
    say "installing cargo-fuzz"
    cargo install --quiet --locked cargo-fuzz || fail "could not install cargo-fuzz."
  fi
}

case "${1:-build}" in
  build) setup_build ;;
  fuzz) setup_fuzz ;;
  test) setup_test ;;
  ide) setup_ide ;;
  bench) setup_bench ;;
  peers)
    setup_bench
    setup_ide
    ;;
  *) fail "usage: scripts/setup.sh [build|test|ide|bench|peers|fuzz]" ;;
esac
