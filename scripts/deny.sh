#!/usr/bin/env bash
# Checks the dependencies against deny.toml, with the cargo-deny that is here or one installed into a cache.
# Licences, bans and sources always; advisories where their database can be fetched.
# Not for: deciding what is allowed (deny.toml).
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly VERSION="0.20.2"
readonly CACHE="${PALTS_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/palts-tools}"
export PATH="$CACHE/cargo-deny-$VERSION/bin:$PATH"

if ! cargo-deny --version >/dev/null 2>&1; then
  echo "deny: installing cargo-deny $VERSION into $CACHE (once; some minutes)" >&2
  env -u CARGO_TARGET_DIR cargo install cargo-deny --version "$VERSION" --locked --quiet --root "$CACHE/cargo-deny-$VERSION"
fi

cargo-deny --locked --log-level error check licenses bans sources

if refusal="$(timeout 120 cargo-deny --locked fetch db 2>&1)"; then
  cargo-deny --locked --log-level error check --disable-fetch advisories
else
  echo "deny: ADVISORIES NOT CHECKED, their database cannot be fetched from here:" >&2
  printf '%s\n' "$refusal" | tail -n 3 >&2
fi
