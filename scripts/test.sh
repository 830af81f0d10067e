#!/usr/bin/env bash
# Runs the tests on SQLite and on the PostgreSQL named by PALTS_TEST_POSTGRES: all of them, or those on real data.
#   scripts/test.sh all            the whole suite
#   scripts/test.sh acceptance     those on real data, on the whole files in PALTS_TEST_DATA instead of the extracts in tests/data
# Not for: starting PostgreSQL (scripts/postgres.sh run).
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
: "${PALTS_TEST_POSTGRES:?not set; use make test, or scripts/postgres.sh run scripts/test.sh all}"

CARGO="${CARGO:-cargo}"
profile=default
if [ "${CI:-}" = true ]; then profile=ci; fi

case "${1:-all}" in
  all)
    if command -v cargo-nextest >/dev/null 2>&1; then
      "$CARGO" nextest run --locked --profile "$profile"
      # What must not compile, in the words of the documentation.
      "$CARGO" test --locked --doc
      PALTS_TEST_DATABASE=postgres exec "$CARGO" nextest run --locked --profile "$profile" --filterset 'binary(suite)'
    fi
    "$CARGO" test --locked --no-fail-fast
    PALTS_TEST_DATABASE=postgres exec "$CARGO" test --locked --no-fail-fast --test suite
    ;;
  acceptance)
    : "${PALTS_TEST_DATA:?not set; use make acceptance DATA=FOLDER}"
    if command -v cargo-nextest >/dev/null 2>&1; then
      "$CARGO" nextest run --locked --profile "$profile" --run-ignored all --filterset 'test(/(^|::)(acceptance|real_data)::/)'
      PALTS_TEST_DATABASE=postgres exec "$CARGO" nextest run --locked --profile "$profile" --run-ignored all \
        --filterset 'binary(suite) & test(/(^|::)acceptance::/)'
    fi
    "$CARGO" test --locked --no-fail-fast --test suite acceptance:: -- --include-ignored
    PALTS_TEST_DATABASE=postgres exec "$CARGO" test --locked --no-fail-fast --test suite acceptance:: -- --include-ignored
    ;;
  *)
    echo "usage: scripts/test.sh {all|acceptance}" >&2
    exit 2
    ;;
esac
