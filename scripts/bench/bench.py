"""Measures palts: `quick` alone, `full` beside the peers, `growth` over more and more measures (make bench, bench-quick, bench-growth).

Builds, loads (once: databases are kept in FOLDER), asks every server in turns, several short rounds, and prints one table of medians.
"""

import argparse
import contextlib
import fcntl
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import versions
from dataset import ROOT
from load import LOADING, loaded
from peers import Peers, PeerTarget
from processes import Palts, Postgres, Process, busy_share, free_port, listens, say
from stores import PostgresStore, SqliteStore
from table import Cell, markdown, number
from workloads import TITLES, Ceiling, Reading, Tokens, Writing, Wrong

CEILING = "bare actix, same bytes"
# Every request is executed; and nothing is believed of what was read before, but what never changes.
WITHOUT_ANSWERS = {"PALTS_GRAPHQL__CACHED_ANSWER_BYTES": "0"}
WITHOUT_MEMORY = {**WITHOUT_ANSWERS, "PALTS_GRAPHQL__REMEMBERS": "false"}
POSTGRAPHILE, PAIR = "PostGraphile, 1 process", "PostGraphile, 2 processes"
PEERS = [(POSTGRAPHILE, "PostGraphile", 1), (PAIR, "PostGraphile", 2), ("Apollo, 1 process", "Apollo", 1)]


def build():
    """The release binary and the ceiling, in cargo's target folder; where they are."""
    cargo = os.environ.get("CARGO", "cargo").split()
    # In one build, so that the library is compiled once.
    subprocess.run([*cargo, "build", "--locked", "--release", "--bin", "palts", "--example", "ceiling"], check=True, cwd=ROOT)
    metadata = subprocess.run([*cargo, "metadata", "--no-deps", "--format-version=1"], check=True, cwd=ROOT, capture_output=True)
    release = Path(json.loads(metadata.stdout)["target_directory"]) / "release"
    return release / "palts", release / "examples" / "ceiling"


class Bench:
    """Servers, and what was measured of them."""

    def __init__(self, arguments, stack):
        self.folder = (ROOT / arguments.folder).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.arguments, self.stack = arguments, stack
        self.alone()
        # Requests hold tokens: they go when the run ends.
        self.scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="run-", dir=self.folder)))
        program, self.ceiling_program = build() if arguments.program is None else (arguments.program, arguments.ceiling)
        self.palts = Palts(program, self.folder)
        self.make_keys()
        self.postgres = Postgres(self.folder).start()
        stack.callback(self.postgres.stop)
        self.stores = [PostgresStore(self.palts, self.postgres), SqliteStore(self.palts, self.folder / "sqlite")]
        self.targets, self.servers, self.tokens, self.cells, self.memory, self.notes, self.busy = {}, {}, [], {}, {}, [], []

    def alone(self):
        """Makes sure that nobody else measures in this folder; sweeps up what a run left that was killed."""
        lock = self.stack.enter_context(open(self.folder / "lock", "w", encoding="ascii"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            sys.exit(f"bench: another one runs in {self.folder}")
        for left in self.folder.glob("run-*"):
            shutil.rmtree(left)
        for left in self.folder.glob("measures-*.csv"):
            left.unlink()

    def make_keys(self):
        """The keys that tokens and anchors are signed with: a demonstration makes them for itself, and they are used from then on."""
        if not (self.folder / "var" / "keys" / "anchor.pem").exists():
            database = f"sqlite:{self.folder}/keys.sqlite"
            self.palts.run(database, "migrate", settings=LOADING)
            self.palts.run(database, "user", "list", settings=LOADING)
        for left in self.folder.glob("keys.sqlite*"):
            left.unlink()

    def serve(self, store, measures, spread, workloads, prefix="palts, "):
        """palts on a copy of a loaded database, without and with its answer cache."""
        full = loaded(self.palts, store, measures, spread)
        database = f"run_{measures}"
        store.copy(full, database)
        self.stack.callback(store.drop, database)
        modes = [("", WITHOUT_ANSWERS)]
        if self.arguments.what != "growth":
            modes.append((", repeated", {}))
        if self.arguments.what == "full":
            modes.append((", nothing remembered", WITHOUT_MEMORY))
        for mode, settings in modes:
            name = f"{prefix}{store.name}{mode}"
            server = self.palts.serve(name.replace(", ", "-").replace(" ", "-"), store.url(database), settings)
            self.stack.callback(server.stop)
            self.servers[name] = server
            tokens = Tokens(server.port)
            self.tokens.append(tokens)
            for workload in workloads:
                if workload != "W4":
                    self.targets[name, workload] = Reading(workload, server.port, tokens, self.scratch)
                elif not mode:
                    self.targets[name, workload] = Writing(server.port, tokens, self.scratch, store, database)

    def bare(self, workloads):
        """The ceiling for the answers of the first palts."""
        for workload in workloads if self.ceiling_program else ():
            reading = next((target for (_, its), target in self.targets.items() if its == workload and isinstance(target, Reading)), None)
            if reading is None:
                continue
            reading.check()
            file = self.scratch / f"answer-{workload}.json"
            file.write_bytes(reading.sample())
            port = free_port()
            server = Process(f"ceiling-{workload}", [str(self.ceiling_program), f"127.0.0.1:{port}", str(file)], dict(os.environ), port,
                             self.folder / "ceiling.log", listens, self.folder)
            self.stack.callback(server.stop)
            self.servers[CEILING] = server
            self.targets[CEILING, workload] = Ceiling(reading, port)

    def add_peers(self, workloads):
        """The peers, if they are here."""
        source = self.arguments.peers
        if not source or not (Path(source) / "peers.sh").exists():
            why = f"there are no peers in {source}" if source else "no folder of peers was named"
            self.notes.append(f"SKIPPED: PostGraphile and Apollo; {why} (make bench PEERS=FOLDER).")
            return []
        peers = Peers(Path(source), self.folder / "peers", self.postgres)
        peers.install()
        count = peers.load(self.arguments.measures)
        self.notes.append(f"The peers' set has {count} measures.")
        for name, peer, workers in PEERS:
            try:
                server = peers.start(peer, workers)
            except RuntimeError as fault:
                self.notes.append(f"SKIPPED: {name}: {fault}")
                continue
            self.stack.callback(server.stop)
            self.servers[name] = server
            for workload in workloads:
                if workload != "W0":
                    self.targets[name, workload] = PeerTarget(peers, peer, server.port, workload)
        return peers.installed()

    def measure(self, workloads):
        """Every target under every workload in turns: once to warm, then the rounds."""
        for tokens in self.tokens:
            tokens.renew()
        for turn in range(self.arguments.rounds + 1):
            self.busy.append(busy_share(0.5))
            say(f"round {turn} of {self.arguments.rounds}" if turn else "warming up")
            for workload in workloads:
                for (name, its), target in self.targets.items():
                    if its == workload:
                        self.run(name, workload, target, turn)

    def run(self, name, workload, target, turn):
        cell = self.cells.setdefault((name, workload), Cell())
        if cell.wrong:
            return
        try:
            target.check()
            run = target.run(self.arguments.seconds if turn else self.arguments.warm)
        except (Wrong, RuntimeError, OSError) as fault:
            cell.wrong = " ".join(str(fault).split())[:300]
            say(f"  {name}, {workload}: WRONG: {cell.wrong}")
            return
        if turn:
            cell.runs.append(run)
        if run.failed:
            cell.wrong = f"{run.failed} of {run.requests} requests failed"
        self.memory[name] = max(self.memory.get(name, 0), self.servers[name].resident_mb())

    def wrong(self):
        """How many cells could not be counted."""
        return sum(1 for cell in self.cells.values() if cell.wrong)


def compare(arguments, stack, workloads, peers):
    """palts, its ceiling and, in `full`, the peers."""
    bench = Bench(arguments, stack)
    for store in bench.stores:
        bench.serve(store, arguments.measures, 1, workloads)
    for tokens in bench.tokens:
        tokens.renew()
    bench.bare([workload for workload in workloads if workload in ("W0", "W1", "W2")])
    installed = bench.add_peers(workloads) if peers else []
    bench.measure(workloads)
    whole = next((target.expected for (_, its), target in bench.targets.items() if its == "W2" and isinstance(target, Reading)), 0)
    titles = {workload: title.format(size=f"{whole / 1000:.0f} kB") for workload, title in TITLES.items()}
    names = [*dict.fromkeys(name for name, _ in bench.targets)]
    ordered = [name for name in names if name != CEILING] + [CEILING]
    table = markdown(bench.cells, workloads, ordered, bench.memory, titles, POSTGRAPHILE, PAIR, CEILING)
    head = (f"{arguments.measures} measures; medians of {arguments.rounds} rounds of {arguments.seconds} s in turns; palts with "
            "authentication, scopes and audit, every request of W1 to W3 another department or period.")
    return bench, head, table, installed


def growth(arguments, stack):
    """palts over more and more measures, the same answers at each size."""
    workloads = ["W1", "W2", "W3", "W4"]
    sizes = [int(size) for size in arguments.sizes.split(",")]
    rows, wrong, bench = {}, 0, Bench(arguments, stack)
    for size in sizes:
        for store in bench.stores:
            if size > arguments.sqlite_most and isinstance(store, SqliteStore):
                continue
            with contextlib.ExitStack() as each:
                bench.stack, bench.targets, bench.servers, bench.tokens, bench.cells, bench.memory = each, {}, {}, [], {}, {}
                bench.serve(store, size, 5, workloads)
                say(f"{store.name}, {size} measures")
                bench.measure(workloads)
                wrong += bench.wrong()
                for (name, workload), cell in bench.cells.items():
                    said = f"WRONG: {cell.wrong}" if cell.wrong else f"{number(cell.rate())} ({cell.p50():.1f}, {cell.p99():.1f})"
                    rows.setdefault((name, TITLES[workload].format(size="with its geometry")), {})[size] = said
                    rows.setdefault((name, "memory MB"), {})[size] = f"{bench.memory.get(name, 0):.0f}"
                    rows.setdefault((name, "database MB"), {})[size] = f"{store.size_mb(f'run_{size}'):.0f}"
    heads = " | ".join(f"{size / 1e6:g} million" for size in sizes)
    lines = [f"| server | requests/s (p50 ms, p99 ms) | {heads} |", f"| --- | --- | {' | '.join(['---:'] * len(sizes))} |"]
    for (name, what), by_size in sorted(rows.items()):
        lines.append(f"| {name} | {what} | {' | '.join(by_size.get(size, '') for size in sizes)} |")
    head = (f"Growth: five services measure each indicator in each sector; medians of {arguments.rounds} rounds of {arguments.seconds} s, "
            "not cached.")
    return bench, head, "\n".join(lines), wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["quick", "full", "growth"])
    parser.add_argument("--peers", help="folder with the peers: peers.sh, dataset.sql, workloads.lua")
    parser.add_argument("--folder", default="var/bench", help="where databases and packages are kept")
    parser.add_argument("--program", type=Path, help="a palts that is built already, instead of building it")
    parser.add_argument("--ceiling", type=Path, help="the example `ceiling`, beside --program")
    parser.add_argument("--measures", type=int, help="how many measures are loaded")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=int, help="of each round")
    parser.add_argument("--sizes", default="300000,3000000,30000000", help="of the growth series")
    parser.add_argument("--sqlite-most", type=int, default=3_000_000, help="the largest of them that SQLite is loaded with, too")
    parser.add_argument("--workloads", default="W0,W1,W2,W3,W4")
    arguments = parser.parse_args()
    quick = arguments.what == "quick"
    arguments.measures = arguments.measures or (300_000 if quick else 3_000_000)
    arguments.rounds = arguments.rounds or 3
    arguments.seconds = arguments.seconds or (1 if quick else 5)
    arguments.warm = 1 if quick else 2
    # Asked to end, it still stops what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with contextlib.ExitStack() as stack:
        if arguments.what == "growth":
            bench, head, table, wrong = growth(arguments, stack)
            installed = []
        else:
            bench, head, table, installed = compare(arguments, stack, arguments.workloads.split(","), peers=not quick)
            wrong = bench.wrong()
        others = f"What else the machine did took {100 * statistics.mean(bench.busy):.0f} % of its processors."
        said = "\n".join([head, "", table, "", *bench.notes, others, *versions.lines(bench.postgres, installed, arguments.program)])
    print(said)
    (bench.folder / f"{arguments.what}.md").write_text(said + "\n", encoding="utf-8")
    if wrong:
        sys.exit(f"bench: {wrong} figures are WRONG and count for nothing")


if __name__ == "__main__":
    main()
