#!/usr/bin/env bash
# The explorer's assets, web/graphiql/dist:  build  makes them anew;  check  makes them elsewhere and compares.
# Not for: cargo builds, which use the committed assets and need no npm.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../web/graphiql"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

case "${1:-build}" in
  build) node build.mjs ;;
  check)
    made="$(mktemp -d)"
    trap 'rm -rf "$made"' EXIT
    node build.mjs "$made/dist"
    if ! diff -rq dist "$made/dist"; then
      echo "ide: web/graphiql/dist is not what its sources make. Run make ide and commit the result." >&2
      exit 1
    fi
    ;;
  *)
    echo "usage: scripts/ide.sh {build|check}" >&2
    exit 2
    ;;
esac
