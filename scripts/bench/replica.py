"""Shows two instances of palts and a streaming replica on this machine (make bench-replica): one writes, the other has its queries answered by the
replica, and no answer is older than a write that was acknowledged before it was asked for.

Makes the replica with pg_basebackup, works on a copy of a loaded database, and removes both. What is printed is kept in FOLDER/replica.md. Not for
figures of several machines: here all servers share the same processors.
"""

import argparse
import contextlib
import os
import random
import shutil
import signal
import socket
import statistics
import sys
import threading
import time
from pathlib import Path

import versions
from bench import WITHOUT_ANSWERS, Bench
from client import Client, Refused
from load import loaded
from processes import Postgres, free_port, say
from workloads import DOCUMENTS, Reading, Tokens, Writing, Wrong

WORKLOADS = ["W1", "W2", "W3"]
# Departments in which meetings are recorded while all are read.
WRITTEN = 6
COUNT = "query($c: DepartmentCode!) { plan(departmentCode: $c) { department { meetings(first: 1) { totalCount } } } }"


class Standby(Postgres):
    """A streaming replica of a PostgreSQL, in a folder of its own that goes when it stops."""

    def __init__(self, primary):
        self.binaries, self.password = primary.binaries, primary.password
        self.folder = primary.folder.with_name(primary.folder.name + "-replica")
        self.port, self.primary = None, primary

    def start(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self.folder.chmod(0o700)
        self.call("pg_basebackup", f"--dbname={self.primary.url('postgres')}", f"--pgdata={self.folder}/data", "--write-recovery-conf",
                  "--wal-method=stream", "--checkpoint=fast")
        self.port = free_port()
        options = " ".join([f"-p {self.port} -h 127.0.0.1 -k '{self.folder}'", *(f"-c {name}={value}" for name, value in self.TUNING.items())])
        self.call("pg_ctl", "start", "--silent", "--wait", "--timeout=120", f"--pgdata={self.folder}/data", f"--log={self.folder}/log",
                  f"--options={options}")
        return self

    def stop(self):
        if self.port is not None:
            self.port = None
            self.call("pg_ctl", "stop", "--silent", "--wait", "--timeout=60", "--mode=immediate", f"--pgdata={self.folder}/data")

    def remove(self):
        try:
            self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def catch_up(self):
        """Waits until it shows what the primary has written by now."""
        written = self.primary.psql("postgres", "select pg_current_wal_lsn()").strip()
        end = time.monotonic() + 120
        while self.psql("postgres", f"select pg_last_wal_replay_lsn() >= '{written}'").strip() != "t":
            if time.monotonic() > end:
                raise RuntimeError("the replica does not follow")
            time.sleep(0.05)


class Instance:
    """A palts and its metrics."""

    def __init__(self, palts, name, url, replica=None):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            metrics = probe.getsockname()[1]
        settings = {**WITHOUT_ANSWERS, "PALTS_HTTP__METRICS_ADDRESS": f"127.0.0.1:{metrics}"}
        if replica:
            settings["PALTS_DATABASE__REPLICA_URL"] = replica
        self.server = palts.serve(name, url, settings)
        self.port, self.metrics, self.tokens = self.server.port, Client(metrics), Tokens(self.server.port)

    def figures(self):
        """How often the replica answered, was behind, and was away."""
        text = self.metrics.send("GET", "/metrics")[1].decode()
        read = dict(line.split() for line in text.splitlines() if line.startswith("palts_replica_"))
        return [int(float(read[f"palts_replica_{name}_total"])) for name in ("answers", "behind", "away")]


class Traffic:
    """Meetings recorded through one instance while another is asked how many there are."""

    def __init__(self, writing, reading, folder, store, database, pause):
        self.writing, self.reading, self.pause = writing, reading, pause
        self.meetings = Writing(writing.port, writing.tokens, folder, store, database)
        self.written = writing.tokens.departments[:WRITTEN]
        self.acknowledged = {one.code: self.count(writing, one.code) for one in writing.tokens.departments}
        self.turns = dict.fromkeys(self.acknowledged, 0)
        self.writes = self.stale = 0
        self.reads = {}
        self.faults, self.lock = [], threading.Lock()

    @staticmethod
    def count(instance, code):
        answer = instance.tokens.client.ask(COUNT, {"c": code}, instance.tokens.of[code])
        return answer["plan"]["department"]["meetings"]["totalCount"]

    def write(self):
        department = random.choice(self.written)
        code = department.code
        given = self.meetings.meeting(department, self.turns[code])
        self.turns[code] += 1
        self.writing.tokens.client.ask(DOCUMENTS["W4"], {"i": given}, self.writing.tokens.of[code])
        self.acknowledged[code] += 1
        self.writes += 1
        time.sleep(self.pause)

    def read(self):
        # Where it is written, most often; elsewhere too.
        code = random.choice(random.choice([self.written, self.writing.tokens.departments])).code
        least, instance = self.acknowledged[code], self.reading
        seen = self.count(instance, code)
        with self.lock:
            self.reads[instance] = self.reads.get(instance, 0) + 1
            if seen < least:
                self.stale += 1
                self.faults.append(f"{code}: {seen} meetings were read after {least} had been acknowledged")

    @contextlib.contextmanager
    def flowing(self, readers=3):
        """One writer, for each department's acknowledged meetings are then in order, and some who read."""
        stop = threading.Event()

        def again(act):
            while not stop.is_set():
                try:
                    act()
                except (Refused, OSError) as fault:
                    self.faults.append(str(fault)[:300])

        threads = [threading.Thread(target=again, args=[act]) for act in [self.write, *[self.read] * readers]]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()


@contextlib.contextmanager
def lag_sampled(primary):
    """How far the replica's state is behind, in milliseconds, every quarter of a second."""
    stop, found = threading.Event(), []

    def sample():
        while not stop.wait(0.25):
            said = primary.psql("postgres", "select extract(epoch from replay_lag) * 1000 from pg_stat_replication").strip()
            found.extend(float(line) for line in said.splitlines() if line)

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join()


def share(before, after):
    """What the replica did in between, in words."""
    answers, behind, away = (now - then for then, now in zip(before, after))
    asked = max(answers + behind + away, 1)
    return f"{answers} ({100 * answers / asked:.0f} %) | {behind} | {away}"


def show(arguments, stack):
    """All of it; answers what there is to say, and what is wrong."""
    bench = Bench(arguments, stack)
    store, database = bench.stores[0], "run_replica"
    source = arguments.database or loaded(bench.palts, store, arguments.measures, 1)
    store.copy(source, database)
    stack.callback(store.drop, database)
    standby = Standby(bench.postgres)
    stack.callback(standby.remove)
    say("making the replica")
    standby.start().catch_up()
    one = Instance(bench.palts, "palts-writing", store.url(database))
    stack.callback(one.server.stop)
    other = Instance(bench.palts, "palts-replica", store.url(database), standby.url(database))
    stack.callback(other.server.stop)
    # The same without the replica, to compare.
    alone = Instance(bench.palts, "palts-primary", store.url(database))
    stack.callback(alone.server.stop)
    for instance in (one, other, alone):
        instance.tokens.renew()

    targets = {(name, workload): Reading(workload, instance.port, instance.tokens, bench.scratch)
               for name, instance in (("primary", alone), ("replica", other)) for workload in WORKLOADS}
    rates, wrong = {}, []

    def rated(name, workload, how):
        target = targets[name, workload]
        try:
            target.check()
            run = target.run(arguments.seconds)
        except (Wrong, RuntimeError, OSError) as fault:
            wrong.append(f"{workload}, {name}: {fault}")
            return
        if run.failed:
            wrong.append(f"{workload}, {name}: {run.failed} of {run.requests} requests failed")
        rates.setdefault((name, workload, how), []).append(run.rate)

    def rate(name, workload, how):
        return f"{statistics.median(rates.get((name, workload, how), [0])):.0f}"

    rows = []
    for workload in WORKLOADS:
        say(f"{workload}, nobody writes")
        before = other.figures()
        for _ in range(arguments.rounds):
            rated("primary", workload, "calm")
            rated("replica", workload, "calm")
        rows.append(f"| {workload} | nobody | {rate('primary', workload, 'calm')} | {rate('replica', workload, 'calm')} | "
                    f"{share(before, other.figures())} |")
    traffic = Traffic(one, other, bench.scratch, store, database, arguments.pause)
    with lag_sampled(bench.postgres) as lag:
        for workload in WORKLOADS:
            say(f"{workload}, meetings are recorded")
            with traffic.flowing():
                # Who counts meetings asks the instance that is measured: so both have the same to do.
                traffic.reading = alone
                for _ in range(arguments.rounds):
                    rated("primary", workload, "busy")
                traffic.reading, before = other, other.figures()
                for _ in range(arguments.rounds):
                    rated("replica", workload, "busy")
                after = other.figures()
            rows.append(f"| {workload} | {WRITTEN} departments | {rate('primary', workload, 'busy')} | "
                        f"{rate('replica', workload, 'busy')} | {share(before, after)} |")
        say("meetings are recorded and counted, and nothing else")
        before = other.figures()
        with traffic.flowing():
            time.sleep(arguments.seconds * arguments.rounds)
        rows.append(f"| how many meetings | {WRITTEN} departments | | | {share(before, other.figures())} |")
    say("the replica stops")
    standby.stop()
    before, reads = other.figures(), traffic.reads[other]
    with traffic.flowing():
        time.sleep(arguments.seconds)
    rows.append(f"| how many meetings, the replica stopped | {WRITTEN} departments | | | {share(before, other.figures())} |")
    wrong += traffic.faults[:5]
    if rates and sum(other.figures()[:1]) == 0:
        wrong.append("the replica never answered")
    lines = [
        f"Two instances on one database of {store.count(database, 'measures')} measures; kept answers switched off; medians of {arguments.rounds} rounds of "
        f"{arguments.seconds} s.", "",
        "| asked for | written meanwhile | requests/s, primary alone | requests/s, with the replica | answered by the replica | it was behind | it was away |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |", *rows, "",
        f"{traffic.writes} meetings were recorded through the first instance, each with 20 measures; {traffic.reads[other]} times the second was asked how many a "
        f"department had ({traffic.reads[other] - reads} times without the replica). Answers older than a meeting acknowledged before the question: "
        f"**{traffic.stale}**; requests that failed: {len(traffic.faults) - traffic.stale}.",
        f"Replica's lag while meetings were recorded: median {statistics.median(lag or [0]):.1f} ms, at most {max(lag or [0]):.1f} ms "
        f"({len(lag)} samples).",
        *versions.lines(bench.postgres, [], arguments.program),
    ]
    return bench.folder / "replica.md", "\n".join(lines), wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", default="var/bench", help="where databases are kept")
    parser.add_argument("--program", type=Path, help="a palts that is built already, instead of building it")
    parser.add_argument("--database", help="a loaded database in FOLDER, instead of the one that this version loads")
    parser.add_argument("--measures", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3, help="of each round")
    parser.add_argument("--pause", type=float, default=0.02, help="seconds between two writes")
    arguments = parser.parse_args()
    arguments.what, arguments.ceiling = "replica", None
    # Asked to end, it still stops what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with contextlib.ExitStack() as stack:
        file, said, wrong = show(arguments, stack)
    print(said)
    file.write_text(said + "\n", encoding="utf-8")
    if wrong:
        sys.exit("bench: WRONG:\n  " + "\n  ".join(wrong))


if __name__ == "__main__":
    main()
