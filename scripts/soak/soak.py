"""`make soak`: honest users and attackers at one server, on SQLite and on PostgreSQL, for minutes.

Ends with an error unless the server went on as one process, came to rest under its limit of memory, left an entry in the audit for every
act that it acknowledged, and its chains and rollups verify. Reports how long honest users waited beside the attackers; that is not judged,
for machines differ. Not for comparing speed (scripts/bench).
"""

import argparse
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bench"))

import hostile  # noqa: E402
import honest  # noqa: E402
from client import Client  # noqa: E402
from dataset import ROOT  # noqa: E402
from processes import Palts, Postgres, free_port, say  # noqa: E402

PASSWORD = "demonstration-2010"
REST_MB = 400
# Memory that is given back is given back within so many seconds.
REST_S = 60


class Watch:
    """Looks at the server each second: its memory, and whether it is the same process."""

    def __init__(self, server):
        self.server, self.peak = server, 0.0

    def look(self):
        if self.server.process.poll() is not None:
            raise RuntimeError(f"the server ended with {self.server.process.returncode}")
        now = self.server.resident_mb()
        self.peak = max(self.peak, now)
        return now


def rest(watch):
    """The least memory within the time of rest."""
    end, least = time.monotonic() + REST_S, watch.look()
    while time.monotonic() < end and least >= REST_MB:
        time.sleep(1)
        least = min(least, watch.look())
    return least


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else float("nan")


def audited(client, token, actor):
    """How many acts of that actor stand in the audit as done, by act."""
    counts, after = {}, None
    document = ("query($a: String) { auditEntries(first: 500, after: $a) { nodes { actor act outcome } "
                "pageInfo { endCursor hasNextPage } } }")
    while True:
        page = client.ask(document, {"a": after}, token)["auditEntries"]
        for node in page["nodes"]:
            if node["actor"] == actor and node["outcome"] == "DONE":
                counts[node["act"]] = counts.get(node["act"], 0) + 1
        if not page["pageInfo"]["hasNextPage"]:
            return counts
        after = page["pageInfo"]["endCursor"]


def missing(server, before, done):
    """Acts that were acknowledged and do not stand in the audit."""
    client = Client(server.port)
    short = []
    for actor in sorted({actor for actor, _ in done}):
        token = client.login(actor, PASSWORD)
        now = audited(client, token, actor)
        for (who, act), count in sorted(done.items()):
            if who == actor and now.get(act, 0) - before.get((who, act), 0) < count:
                short.append(f"{actor} {act}: {count} acknowledged, {now.get(act, 0) - before.get((who, act), 0)} in the audit")
    return short


def counted_before(server):
    client = Client(server.port)
    counts = {}
    for actor in honest.WRITERS:
        for act, count in audited(client, client.login(actor, PASSWORD), actor).items():
            counts[(actor, act)] = count
    return counts


def soak(name, palts, url, seconds):
    """One database; answers the lines of its report and its faults."""
    settings = {"PALTS_DEMONSTRATION": "true", "PALTS_LOG__LEVEL": "error"}
    palts.run(url, "migrate", settings=settings)
    palts.run(url, "demo", settings=settings)
    hostile.accounts(palts, url, settings)
    metrics = free_port()
    server = palts.serve(f"soak-{name}", url, settings, metrics)
    watch, faults = Watch(server), []
    try:
        before = counted_before(server)
        queue, stop = multiprocessing.Queue(), multiprocessing.Event()
        workers = [multiprocessing.Process(target=honest.work, args=(server.port, PASSWORD, stop, queue), daemon=True)]
        workers += [multiprocessing.Process(target=hostile.work, args=(server.port, PASSWORD, kinds, stop, queue), daemon=True)
                    for kinds in hostile.GROUPS]
        for worker in workers:
            worker.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            watch.look()
            time.sleep(1)
        stop.set()
        reports = [queue.get(timeout=120) for _ in workers]
        for worker in workers:
            worker.join(timeout=30)
        resting = rest(watch)
        if resting >= REST_MB:
            faults.append(f"{name}: {resting:.0f} MB at rest; the limit is {REST_MB}")
        mine = next(report for report in reports if report["who"] == "honest")
        faults += [f"{name}: {line}" for line in missing(server, before, mine["done"])]
        faults += [f"{name}: an honest request failed: {line}" for line in mine["failed"][:5]]
        lines = [f"{name}: {len(mine['times'])} honest requests, p50 {percentile(mine['times'], .5) * 1000:.0f} ms, "
                 f"p99 {percentile(mine['times'], .99) * 1000:.0f} ms, slowest {max(mine['times']) * 1000:.0f} ms; "
                 f"{len(mine['failed'])} failed, {mine['turned_away']} turned away and sent again",
                 f"{name}: memory at most {watch.peak:.0f} MB, at rest {resting:.0f} MB"]
        for report in reports:
            if report["who"] == "hostile":
                lines += [f"{name}:   {kind}: {said}" for kind, said in sorted(report["said"].items())]
    finally:
        server.stop()
    for command in (("audit", "verify"), ("rollup", "verify")):
        palts.run(url, *command, settings=settings)
    return lines, faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, type=Path, help="the palts that is soaked")
    parser.add_argument("--seconds", type=int, default=600, help="for each database (default 600)")
    parser.add_argument("--only", choices=["sqlite", "postgres"], help="one database alone")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="palts-soak-"))
    (folder / "var").mkdir()
    palts, postgres, lines, faults = Palts(arguments.program.resolve(), folder), None, [], []
    try:
        if arguments.only != "postgres":
            say(f"SQLite, {arguments.seconds} s")
            more, wrong = soak("SQLite", palts, f"sqlite:{folder}/var/palts.sqlite", arguments.seconds)
            lines, faults = lines + more, faults + wrong
        if arguments.only != "sqlite":
            say(f"PostgreSQL, {arguments.seconds} s")
            postgres = Postgres(ROOT / "var" / "soak").start()
            postgres.drop("palts_soak")
            postgres.psql("postgres", "create database palts_soak")
            more, wrong = soak("PostgreSQL", palts, postgres.url("palts_soak"), arguments.seconds)
            lines, faults = lines + more, faults + wrong
    finally:
        if postgres is not None:
            postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print("\n".join(lines))
    for fault in faults:
        print(f"FAULT {fault}")
    print("no restart, no act without its entry, chains and rollups verify" if not faults else f"{len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    os.umask(0o077)
    main()
