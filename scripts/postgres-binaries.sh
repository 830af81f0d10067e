#!/usr/bin/env bash
# Prints the folder that holds PostgreSQL's server programs; fails when there is none.
# Not for: choosing among several versions; the newest one is taken.
set -euo pipefail

for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) "$(pg_config --bindir 2>/dev/null || true)" \
  "$(dirname "$(command -v initdb 2>/dev/null || echo /nowhere/initdb)")"; do
  if [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ] && [ -x "$folder/postgres" ]; then
    printf '%s\n' "$folder"
    exit 0
  fi
done
echo "postgres: no server programs found (Debian's package: postgresql-15)" >&2
exit 1
