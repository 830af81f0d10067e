"""The servers that the bench starts, and stops again whatever happens: PostgreSQL, palts, the bare ceiling and the peers.

Each listens on a free port of loopback. Not for what is in their databases (load.py).
"""

import contextlib
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from client import Client
from dataset import ROOT

SUPERUSER = "palts"


def say(text):
    """Progress, for whoever waits."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def free_port(but=None):
    """A port that nobody listens on, and that is not meant for another server; below the range that the system hands out by itself."""
    for port in range(21000 + os.getpid() % 4000, 32000):
        if port == but:
            continue
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")


def resident_mb(pids):
    """What these processes hold in memory now, in MB."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    total += int(line.split()[1])
    return total / 1024


def children(pid):
    """The processes that one has started, directly."""
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def busy_share(seconds):
    """Which part of the processors works although nothing is asked of the servers: what else this machine does."""

    def read():
        ticks = [int(count) for count in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
        return sum(ticks), ticks[3] + ticks[4]

    (total, idle), _ = read(), time.sleep(seconds)
    total_after, idle_after = read()
    return 1 - (idle_after - idle) / max(total_after - total, 1)


class Process:
    """A server in a process group of its own."""

    def __init__(self, name, command, env, port, log, ready, folder, patience=60):
        self.name, self.port, self.log = name, port, log
        with open(log, "ab") as out:
            self.process = subprocess.Popen(
                command, env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
        end = time.monotonic() + patience
        while not ready(self):
            if self.process.poll() is not None or time.monotonic() > end:
                tail = Path(log).read_text(errors="replace")[-2000:]
                self.stop()
                raise RuntimeError(f"{name} did not start:\n{tail}")
            time.sleep(0.05)

    def resident_mb(self):
        """Its memory, that of its workers included."""
        return resident_mb([self.process.pid, *children(self.process.pid)])

    def stop(self):
        """Ends it in good order, within seconds."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def answers(path):
    """Whether the server answers GET with 200."""

    def ready(server):
        try:
            return Client(server.port, timeout=5).send("GET", path)[0] == 200
        except OSError:
            return False

    return ready


def listens(server):
    """Whether the server takes connections."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", server.port)) == 0


class Palts:
    """How palts is run here: which program, on which database, with which settings."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def environment(self, url, settings=None):
        """The variables of a run; whatever the caller's environment says of palts is left out."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("PALTS_")}
        keys = self.folder / "var" / "keys"
        env.update({
            "PALTS_DATABASE_URL": url,
            "PALTS_HTTP__METRICS_ADDRESS": "",
            # One account and one machine send everything: limits for each of them would be all that is measured.
            "PALTS_HTTP__REQUESTS_PER_S": "0",
            "PALTS_HTTP__CONNECTIONS_PER_ADDRESS": "0",
            "PALTS_GRAPHQL__CALLER_QUEUE": "0",
            "PALTS_SESSIONS__ACCESS_MINUTES": "60",
            "PALTS_LOG__LEVEL": "warn",
        })
        if (keys / "signing.pem").exists():
            env["PALTS_KEYS__SIGNING"], env["PALTS_KEYS__ANCHOR"] = str(keys / "signing.pem"), str(keys / "anchor.pem")
        env.update(settings or {})
        return env

    def run(self, url, *arguments, settings=None, **more):
        """Runs a command to its end; statements of those that load may take as long as they need."""
        env = self.environment(url, {"PALTS_DATABASE__STATEMENT_TIMEOUT_MS": "3600000", **(settings or {})})
        done = subprocess.run([self.program, *arguments], env=env, cwd=self.folder, text=True, capture_output=True, **more)
        if done.returncode != 0:
            raise RuntimeError(f"palts {' '.join(arguments)}: {done.stderr.strip()[-2000:] or done.stdout.strip()[-2000:]}")
        return done.stdout

    def serve(self, name, url, settings=None, metrics=None):
        """Serves until it is stopped; its metrics on a port of their own, if one is named."""
        port = free_port(metrics)
        if metrics is not None:
            settings = {**(settings or {}), "PALTS_HTTP__METRICS_ADDRESS": f"127.0.0.1:{metrics}"}
        command = [self.program, "serve", "--address", f"127.0.0.1:{port}"]
        return Process(name, command, self.environment(url, settings), port, self.folder / f"{name}.log", answers("/readyz"), self.folder)


class Postgres:
    """A PostgreSQL of its own whose data stay between runs, tuned as the peers' README says, waiting for the disk at every commit."""

    TUNING = {
        "shared_buffers": "2GB", "effective_cache_size": "12GB", "work_mem": "32MB", "random_page_cost": "1.1", "jit": "off",
        "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "max_wal_size": "8GB", "maintenance_work_mem": "512MB",
        "timezone": "UTC", "lc_messages": "C", "max_connections": "200", "logging_collector": "off",
    }

    def __init__(self, folder):
        found = subprocess.run([ROOT / "scripts" / "postgres-binaries.sh"], check=True, text=True, capture_output=True)
        self.binaries = Path(found.stdout.strip())
        self.folder = self.place(folder)
        self.port = None

    @staticmethod
    def unprivileged(*command):
        """PostgreSQL refuses to run as root: there it runs as the user that Debian's package makes for it."""
        if os.geteuid() == 0:
            return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "env", "HOME=/nonexistent", *map(str, command)]
        return [str(part) for part in command]

    def place(self, folder):
        """The folder of the data; elsewhere when PostgreSQL's user may not enter the project's."""
        folder.mkdir(parents=True, exist_ok=True)
        if subprocess.run(self.unprivileged("test", "-x", folder), cwd="/").returncode == 0:
            return folder / "postgres"
        elsewhere = Path(os.environ.get("TMPDIR", "/tmp")) / f"palts-bench-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]}"
        say(f"PostgreSQL's user may not enter {folder}; its data are in {elsewhere}")
        return elsewhere

    def start(self):
        """Makes the cluster when there is none, and starts it."""
        password_file = self.folder / "password"
        if not (self.folder / "data" / "PG_VERSION").exists():
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            password_file.write_text(os.urandom(16).hex() + "\n")
            password_file.chmod(0o600)
            if os.geteuid() == 0:
                shutil.chown(self.folder, "postgres", "postgres")
                shutil.chown(password_file, "postgres", "postgres")
            self.folder.chmod(0o700)
            self.call("initdb", f"--pgdata={self.folder}/data", f"--username={SUPERUSER}", f"--pwfile={password_file}",
                      "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8")
        self.password = password_file.read_text().strip()
        self.port = free_port()
        settings = [f"-c {name}={value}" for name, value in self.TUNING.items()]
        options = " ".join([f"-p {self.port} -h 127.0.0.1 -k '{self.folder}'", *settings])
        # A server that a killed run left behind still holds the data.
        if (self.folder / "data" / "postmaster.pid").exists():
            subprocess.run(self.unprivileged(self.binaries / "pg_ctl", "stop", "--silent", "--mode=fast", f"--pgdata={self.folder}/data"),
                           cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.call("pg_ctl", "start", "--silent", "--wait", "--timeout=120", f"--pgdata={self.folder}/data", f"--log={self.folder}/log",
                  f"--options={options}")
        return self

    def call(self, program, *arguments):
        # Into a file: the server that pg_ctl starts keeps its output open, and a pipe would never end.
        with tempfile.TemporaryFile("w+") as out:
            command = self.unprivileged(self.binaries / program, *arguments)
            done = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, stdout=out, stderr=out)
            if done.returncode != 0:
                out.seek(0)
                raise RuntimeError(f"{program} failed: {out.read()[-2000:]}")

    def stop(self):
        """Stops it; the data stay."""
        if self.port is not None:
            self.port = None
            self.call("pg_ctl", "stop", "--silent", "--wait", "--timeout=120", "--mode=fast", f"--pgdata={self.folder}/data")

    def url(self, database):
        """Where a database is reached."""
        return f"postgres://{SUPERUSER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def psql(self, database, *commands, stdin=None, file=None, variables=None):
        """Runs SQL; answers what it prints, unadorned."""
        arguments = [self.binaries / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.url(database)]
        for name, value in (variables or {}).items():
            arguments += ["-v", f"{name}={value}"]
        for command in commands:
            arguments += ["-c", command]
        if file is not None:
            arguments += ["-f", file]
        done = subprocess.run(arguments, text=True, input=stdin, capture_output=True)
        if done.returncode != 0:
            raise RuntimeError(f"psql: {done.stderr.strip()[-2000:]}")
        return done.stdout

    def databases(self):
        """The names of all of them."""
        return self.psql("postgres", "select datname from pg_database").split()

    def drop(self, database):
        """Removes a database, whoever is connected to it."""
        self.psql("postgres", f'drop database if exists "{database}" with (force)')

    def copy(self, source, target):
        """Makes a database as another one stands."""
        self.drop(target)
        self.psql("postgres", f'create database "{target}" template "{source}" strategy file_copy')
