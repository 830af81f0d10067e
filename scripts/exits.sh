#!/usr/bin/env bash
# Runs single tests in processes of their own, many at a time, and counts those that end badly after their test has passed: aborts and crashes at
# the end of a process come once in thousands, and only under load.
#   scripts/exits.sh [PROCESSES]    2 000 unless said
# Not for: starting PostgreSQL (scripts/postgres.sh run scripts/exits.sh).
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
: "${PALTS_TEST_POSTGRES:?not set; use make exits}"

PROCESSES="${1:-2000}"
CARGO="${CARGO:-cargo}"
AT_ONCE=$(($(nproc) * 4))
# Each opens pools, reads epochs and writes; the last one has a replica.
TESTS=(
  meetings::a_meeting_is_recorded_with_its_decisions_and_figures
  sessions::
  smoke::
  replica::without_its_replica_the_primary_answers
)

# SUITE names a binary that is built already. Messages are JSON, on one line each; the suite is the one integration test.
suite="${SUITE:-$("$CARGO" test --locked --no-run --test suite --message-format=json |
  sed -n 's/.*"executable":"\([^"]*\/suite-[^"]*\)".*/\1/p' | tail -n 1)}"
[ -x "$suite" ] || { echo "exits: the suite was not built" >&2; exit 1; }

mapfile -t names < <(for test in "${TESTS[@]}"; do "$suite" --list "$test" 2>/dev/null | sed -n 's/: test$//p'; done)
[ "${#names[@]}" -gt 0 ] || { echo "exits: no test of that name" >&2; exit 1; }

results="$(mktemp -d)"
trap 'rm -rf "$results"' EXIT
export PALTS_TEST_DATABASE=postgres
one() {
  local status=0
  "$1" --exact "$2" >"$3" 2>&1 || status=$?
  if [ "$status" -eq 0 ]; then rm -f "$3"; else printf '\nexit status %s of %s\n' "$status" "$2" >>"$3"; fi
}
export -f one
for ((i = 0; i < PROCESSES; i++)); do
  printf '%s\0%s\0%s\0' "$suite" "${names[i % ${#names[@]}]}" "$results/$i"
done | xargs -0 -n 3 -P "$AT_ONCE" bash -c 'one "$@"' one

bad="$(find "$results" -type f | wc -l)"
echo "exits: $PROCESSES processes, $AT_ONCE at once, $bad ended badly"
if [ "$bad" -gt 0 ]; then
  find "$results" -type f | head -n 5 | xargs tail -n 15 >&2
  exit 1
fi
