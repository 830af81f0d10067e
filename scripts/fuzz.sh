#!/usr/bin/env bash
# Fuzzes every target of tests/fuzz for so many seconds each, two at a time: scripts/fuzz.sh [SECONDS] [TARGET…]
# What it finds is kept in tests/fuzz/artifacts; a finding that was mended belongs into tests/fuzz/corpus, which the suite replays.
# Not for: CI; it takes minutes, and never ends the same way twice.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds="${1:-600}"
shift || true
targets=("$@")
if [ "${#targets[@]}" -eq 0 ]; then mapfile -t targets < <(cargo fuzz list --fuzz-dir tests/fuzz); fi

# The fuzzer's instrumentation is asked for by flags that only this variable opens on a stable compiler. No sanitizer: the code has no unsafe.
export RUSTC_BOOTSTRAP=1
cargo fuzz build --fuzz-dir tests/fuzz --sanitizer none

fuzz_one() {
  local target="$1"
  mkdir -p "tests/fuzz/corpus/$target" "var/fuzz/$target"
  cargo fuzz run --fuzz-dir tests/fuzz --sanitizer none "$target" "var/fuzz/$target" "tests/fuzz/corpus/$target" -- \
    -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -max_len=65536 -print_final_stats=1 >"var/fuzz/$target.log" 2>&1
}

failed=0
for ((first = 0; first < ${#targets[@]}; first += 2)); do
  pids=()
  for target in "${targets[@]:first:2}"; do
    fuzz_one "$target" &
    pids+=("$!:$target")
  done
  for entry in "${pids[@]}"; do
    target="${entry#*:}"
    if wait "${entry%%:*}"; then
      runs="$(sed -n 's/^stat::number_of_executed_units: *//p' "var/fuzz/$target.log")"
      echo "fuzz: $target: nothing found in $runs runs"
    else
      echo "fuzz: $target: FOUND SOMETHING, see var/fuzz/$target.log and tests/fuzz/artifacts/$target" >&2
      failed=1
    fi
  done
done
exit "$failed"
