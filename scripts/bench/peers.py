"""The peers: PostGraphile and Apollo on PostgreSQL, from a folder outside the project which holds their servers, data set and load script.

Not for changing them: they run as they are, and their load script too.
"""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time

from dataset import ROOT
from processes import Process, free_port, listens, say
from versions import peers_node
from workloads import CONNECTIONS, SETTLED, THREADS, Target, Wrong, wrk

PACKAGES = {"PostGraphile": ("postgraphile", "postgraphile"), "Apollo": ("apollo", "@apollo/server")}
# The peers' own meetings; what W4 adds is beyond.
MEETINGS = 12_120
APOLLO_PORT = 55471


class Peers:
    """The folder of the peers, a scratch folder where they are installed, and their database."""

    def __init__(self, source, scratch, postgres):
        self.source, self.scratch, self.postgres = source.resolve(), scratch, postgres

    def install(self):
        """npm's packages, once."""
        for folder, package in PACKAGES.values():
            if not (self.scratch / folder / "node_modules" / package / "package.json").exists():
                say("installing the peers' packages")
                shutil.rmtree(self.scratch, ignore_errors=True)
                self.scratch.mkdir(parents=True)
                subprocess.run(["bash", self.source / "peers.sh", "setup", self.scratch], check=True, stdout=subprocess.DEVNULL)
                return

    def load(self, measures):
        """Their data set, kept between runs under what it was made from."""
        script = self.source / "dataset.sql"
        name = f"peers_{hashlib.sha256(script.read_bytes()).hexdigest()[:10]}_{measures}"
        self.database = name
        if name not in self.postgres.databases():
            say(f"loading the peers' data set of {measures} measures")
            begun = time.monotonic()
            self.postgres.drop("peers_making")
            self.postgres.psql("postgres", 'create database "peers_making"')
            # psql, or the server's user, may not read the folder: the text goes in by its standard input.
            self.postgres.psql("peers_making", stdin=script.read_text(encoding="utf-8"), variables={"n_measures": measures})
            self.postgres.psql("postgres", f'alter database "peers_making" rename to "{name}"')
            say(f"the peers' data are loaded in {time.monotonic() - begun:.0f} s")
        self.clean()
        return int(self.postgres.psql(name, "select count(*) from app.measure"))

    def clean(self):
        """Takes out what W4 recorded."""
        sql = [f"delete from app.measure where meeting_id > {MEETINGS}", f"delete from app.meeting where id > {MEETINGS}"]
        self.postgres.psql(self.database, *sql, "vacuum analyze app.meeting", "vacuum analyze app.measure")

    def installed(self):
        """Name, package and folder of each."""
        return [(name, package, self.scratch / folder) for name, (folder, package) in PACKAGES.items()]

    def start(self, name, workers):
        """Starts one of them, in one process or in several behind one port."""
        folder = self.scratch / PACKAGES[name][0]
        port = APOLLO_PORT if name == "Apollo" else free_port()
        env = {**os.environ, "DB": self.postgres.url(self.database), "PORT": str(port), "WORKERS": str(workers),
               "NODE_ENV": "production", "GRAPHILE_ENV": "production"}
        command = [peers_node(folder), "server.mjs"]
        if workers > 1:
            command = [peers_node(folder), str(ROOT / "scripts" / "bench" / "cluster.mjs"), "server.mjs"]
        log = self.scratch / f"{PACKAGES[name][0]}-{workers}.log"
        log.unlink(missing_ok=True)
        return Process(name, command, env, port, log, lambda server: listens(server) and all_up(server, workers), folder)


def all_up(server, workers):
    """Whether every worker has said that it listens."""
    with contextlib.suppress(OSError):
        with open(server.log, encoding="utf-8", errors="replace") as file:
            return file.read().count("up") >= workers
    return False


class PeerTarget(Target):
    """A peer under one of the four workloads."""

    def __init__(self, peers, name, port, workload):
        self.peers, self.port, self.workload, self.expected = peers, port, workload, None
        self.env = {"PEER": PACKAGES[name][0], "W": workload[1:], "CODES": str(peers.source / "codes.txt"), "PEERS": str(peers.source)}

    def check(self):
        """Their load script looks into every answer: once, a second of it, unmeasured, tells whether they are right."""
        if self.expected is not None:
            return
        command = ["wrk", f"-t{THREADS}", f"-c{CONNECTIONS}", "-d1s", "--timeout", "30s", "-s", self.peers.source / "workloads.lua",
                   f"http://127.0.0.1:{self.port}/graphql"]
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(command, env={**os.environ, **self.env}, text=True, capture_output=True, cwd=folder)
        found = re.search(r"non200=(\d+) gqlerr=(\d+) bytes_per_req=(\d+)", done.stdout)
        if not found or int(found[1]) or int(found[2]) or not int(found[3]):
            raise Wrong(f"{self.workload}: {done.stdout[-300:]} {done.stderr[-300:]}")
        self.expected = int(found[3])
        if self.workload == "W4":
            time.sleep(SETTLED)
            self.peers.clean()

    def run(self, seconds):
        count = "select count(*) from app.meeting"
        before = int(self.peers.postgres.psql(self.peers.database, count)) if self.workload == "W4" else 0
        run = wrk(self.port, "peers.lua", seconds, self.env)
        if not self.expected * 0.95 <= run.bytes_each <= self.expected * 1.05:
            raise Wrong(f"{self.workload}: {run.bytes_each:.0f} bytes a request instead of {self.expected:.0f}")
        if self.workload == "W4":
            # What was under way when wrk left is still being written.
            time.sleep(SETTLED)
            kept = int(self.peers.postgres.psql(self.peers.database, count)) - before
            self.peers.clean()
            if not 0 <= kept - run.requests <= 2 * CONNECTIONS:
                raise Wrong(f"W4: {kept} meetings were kept of {run.requests} requests")
        return run
