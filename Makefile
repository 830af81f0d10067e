# palts: everyday commands. `make` alone lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test exits acceptance build check fmt fmt-check lint deny schema ide ide-check bench bench-quick bench-growth bench-scale bench-replica bench-inner soak fuzz clean

CARGO ?= cargo
# dev shares what `make test` compiled, so the first `make run` is ready soonest; `make run PROFILE=release` for speed.
PROFILE ?= dev
TARGET := $(or $(CARGO_TARGET_DIR),target)
PALTS := $(TARGET)/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))/palts
# Real data for the acceptance tests; see docs.
DATA ?= ../shared/data

export CARGO

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The database and the demonstration's keys live in var/, which `make clean` leaves alone.
run: export PALTS_DATABASE_URL ?= sqlite:var/palts.sqlite
run: export PALTS_DEMONSTRATION = true
run: ## build, load the demonstration, serve it (SQLite, in var/) and say where to open it
	@scripts/setup.sh build
	$(CARGO) build --locked --profile $(PROFILE)
	@mkdir -p var
	$(PALTS) migrate
	@$(PALTS) demo > /dev/null
	exec $(PALTS) serve

test: ## run the whole suite, on SQLite and on a PostgreSQL of its own
	@scripts/setup.sh test
	scripts/postgres.sh run scripts/test.sh all

# How many processes.
EXITS ?= 2000

exits: ## run EXITS (2000) single tests on PostgreSQL, each in a process of its own and under load, and count those that end badly
	@scripts/setup.sh test
	scripts/postgres.sh run scripts/exits.sh "$(EXITS)"

acceptance: ## run the acceptance tests on the real data in DATA (default ../shared/data)
	@if [ ! -d "$(DATA)" ]; then \
	  echo "acceptance: skipped, there is no folder $(DATA) (make acceptance DATA=FOLDER)"; \
	else \
	  scripts/setup.sh test; \
	  PALTS_TEST_DATA="$$(realpath "$(DATA)")" scripts/postgres.sh run scripts/test.sh acceptance; \
	fi

build: ## build the release binary
	@scripts/setup.sh build
	$(CARGO) build --locked --release

check: fmt-check lint deny ## everything but the tests: formatting, clippy, dependencies

fmt: ## format the code
	$(CARGO) fmt

fmt-check:
	$(CARGO) fmt --check

lint: ## clippy, warnings being errors
	@scripts/setup.sh build
	$(CARGO) clippy --locked --all-targets -- -D warnings

deny: ## licences, bans, sources and, where reachable, advisories of the dependencies
	scripts/deny.sh

schema: ## write schema.graphql from the code
	$(CARGO) build --locked --profile $(PROFILE)
	$(PALTS) schema > schema.graphql.new
	mv schema.graphql.new schema.graphql

ide: ## build the explorer's assets anew (web/graphiql/dist, committed)
	@scripts/setup.sh ide
	scripts/ide.sh build

ide-check: ## check that the committed assets are what their sources make
	@scripts/setup.sh ide
	scripts/ide.sh check

# The peers are no part of the project: without their folder they are skipped. BENCH holds further options (scripts/bench/bench.py --help).
PEERS ?= ../shared/bench
BENCH ?=

bench: ## measure palts on 3 million measures, beside the peers in PEERS (default ../shared/bench)
	@scripts/setup.sh $(if $(wildcard $(PEERS)/peers.sh),peers,bench)
	python3 -B scripts/bench/bench.py full --peers "$(PEERS)" $(BENCH)

bench-quick: ## measure palts alone, on 300 000 measures: two minutes once they are loaded
	@scripts/setup.sh bench
	python3 -B scripts/bench/bench.py quick $(BENCH)

bench-growth: ## measure palts on 0.3, 3 and 30 million measures
	@scripts/setup.sh bench
	python3 -B scripts/bench/bench.py growth $(BENCH)

bench-replica: ## show two instances and a streaming replica: reads from it, writes to the primary, nothing older than what was acknowledged
	@scripts/setup.sh bench
	python3 -B scripts/bench/replica.py $(BENCH)

bench-scale: ## measure palts under more and more users, departments, writers and depth, on 300 000 measures: ten minutes once they are loaded
	@scripts/setup.sh bench
	python3 -B scripts/bench/scale.py $(BENCH)

bench-inner: ## measure the inner parts alone: rollup cells, cohorts, policy, geometry (Criterion)
	@scripts/setup.sh build
	$(CARGO) bench --locked --bench inner

SOAK ?=

soak: ## honest users and attackers at one server, ten minutes on each database; fails on a restart, a leak or an act without its entry
	@scripts/setup.sh bench
	$(CARGO) build --locked --release
	python3 -B scripts/soak/soak.py --program $(TARGET)/release/palts $(SOAK)

FUZZ_SECONDS ?= 600

fuzz: ## fuzz every input format for FUZZ_SECONDS each (default ten minutes)
	@scripts/setup.sh fuzz
	scripts/fuzz.sh $(FUZZ_SECONDS)

clean: ## remove what was built; var/ (databases, keys) stays
	$(CARGO) clean
	rm -rf web/graphiql/node_modules
