"""The workloads: what is asked of palts, equal to what the peers' load script asks of them; what a right answer is; and one run of wrk.

Not for which server is asked when (bench.py).
"""

import json
import os
import random
import re
import subprocess
import time

import dataset
from client import Client
from load import PASSWORD, prefecture

LUA = dataset.ROOT / "benches" / "load"
CONNECTIONS, THREADS = 32, 2
# Seconds after which what was under way when wrk left is written.
SETTLED = 1

DOCUMENTS = {
    "W0": '{ plan(departmentCode: "13") { id department { name } } }',
    "W1": "query($c: DepartmentCode!) { plan(departmentCode: $c) { department { code name } current { status semester dueOn } } }",
    "W2": (
        "query($c: DepartmentCode!) { plan(departmentCode: $c) { current { semester status dueOn "
        "sectors(first: 30) { nodes { id code name kind severity geometry } } objectives { rank title description axis dueOn } } "
        "department { code name meetings(first: 1) { nodes { id heldOn kind fortnight "
        "measures(first: 20) { nodes { value sector { code } indicator { code unit } } } } } } } }"
    ),
    "W3": (
        "query($i: String!, $p: Period!) { rollup(indicator: $i, period: $p, axis: REGION) "
        "{ total { measureCount value } cells { key label measureCount value } } }"
    ),
    "W4": "mutation($i: RecordMeetingInput!) { recordMeeting(input: $i) { id } }",
}
TITLES = {
    "W0": "W0 a plan's id and department",
    "W1": "W1 one plan, five fields",
    "W2": "W2 a department's whole plan, {size}",
    "W3": "W3 one indicator, one semester, by region",
    "W4": "W4 a meeting with 20 measures",
}


class Wrong(Exception):
    """A server answers, but not what was asked for: nothing of it may be counted."""


class Run:
    """What wrk measured."""

    def __init__(self, line):
        read = dict(re.findall(r"(\w+)=([\d.]+)", line))
        self.requests, self.failed, self.next = int(read["requests"]), int(read["failed"]), int(read["next"])
        self.rate = self.requests / float(read["seconds"])
        self.p50, self.p99 = float(read["p50_ms"]), float(read["p99_ms"])
        # Of wrk's count, heads included.
        self.bytes_each = int(read["bytes"]) / max(self.requests, 1)


def wrk(port, script, seconds, env, connections=CONNECTIONS):
    """One run of the load generator. It runs no more threads than it has connections."""
    command = ["wrk", f"-t{min(THREADS, connections)}", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", LUA / script,
               f"http://127.0.0.1:{port}/graphql"]
    done = subprocess.run(command, env={**os.environ, **env}, text=True, capture_output=True)
    line = next((line for line in done.stdout.splitlines() if line.startswith("RESULT")), None)
    if done.returncode != 0 or line is None:
        raise RuntimeError(f"wrk: {done.stderr[-500:]}{done.stdout[-500:]}")
    return Run(line)


def body(workload, variables=None):
    """The bytes of a request."""
    return json.dumps({"query": DOCUMENTS[workload], **({"variables": variables} if variables else {})}, separators=(",", ":"))


class Target:
    """A server under a workload."""

    def check(self):
        """Asks some of the workload's questions, and raises Wrong unless the answers are right."""
        raise NotImplementedError

    def run(self, seconds):
        """Measures."""
        raise NotImplementedError


def judge(workload, status, answer):
    """Whether an answer of palts is whole."""
    try:
        read = json.loads(answer)
    except ValueError:
        raise Wrong(f"{workload}: {status}: {answer[:200]!r}") from None
    if status != 200 or read.get("errors"):
        raise Wrong(f"{workload}: {status}: {answer[:400].decode(errors='replace')}")
    data = read["data"]
    if workload == "W2":
        plan = data["plan"]
        current, meeting = plan["current"], plan["department"]["meetings"]["nodes"][0]
        counts = [len(current["sectors"]["nodes"]), len(current["objectives"]), len(meeting["measures"]["nodes"])]
        rings = {len(sector["geometry"]["coordinates"][0]) for sector in current["sectors"]["nodes"]}
        if counts != [30, 10, 20] or rings != {49}:
            raise Wrong(f"W2: {counts} sectors, objectives and measures, outlines of {rings}")
    elif workload == "W3":
        cells, total = data["rollup"]["cells"], data["rollup"]["total"]
        if len(cells) != 18 or not total["measureCount"] or abs(sum(cell["value"] or 0 for cell in cells) - total["value"]) > 1:
            raise Wrong(f"W3: {len(cells)} cells, total {total}")
    elif workload == "W1" and not all([data["plan"]["department"]["name"], data["plan"]["current"]["dueOn"]]):
        raise Wrong(f"W1: {data}")
    elif workload == "W0" and not data["plan"]["department"]["name"]:
        raise Wrong(f"W0: {data}")


class Tokens:
    """Access tokens of one server's users, renewed before they end."""

    def __init__(self, port):
        self.client, self.departments = Client(port), dataset.departments()

    def renew(self):
        self.of = {department.code: self.client.login(prefecture(department), PASSWORD) for department in self.departments}
        self.secretariat = self.client.login("secretariat", PASSWORD)


class Reading(Target):
    """A workload of queries against one palts, each request drawn from a list."""

    def __init__(self, workload, port, tokens, folder):
        self.workload, self.port, self.tokens, self.folder = workload, port, tokens, folder
        self.client, self.expected = Client(port), None

    def requests(self):
        if self.workload == "W0":
            return [(self.tokens.of["13"], body("W0"))]
        if self.workload == "W3":
            drawn = [(indicator, semester) for indicator in dataset.INDICATORS for semester in dataset.SEMESTERS]
            random.Random(3).shuffle(drawn)
            return [(self.tokens.secretariat, body("W3", {"i": indicator, "p": semester})) for indicator, semester in drawn]
        codes = [department.code for department in self.tokens.departments]
        random.Random(1).shuffle(codes)
        return [(self.tokens.of[code], body(self.workload, {"c": code})) for code in codes]

    def check(self):
        requests = self.requests()
        # All of them the first time, which also says how many bytes an answer has.
        asked = requests if self.expected is None else random.sample(requests, min(5, len(requests)))
        sizes = []
        for token, text in asked:
            status, answer = self.client.post(text.encode(), token)
            judge(self.workload, status, answer)
            sizes.append(len(answer))
        if self.expected is None:
            self.expected = sum(sizes) / len(sizes)
        self.file = self.folder / f"requests-{self.port}-{self.workload}.txt"
        self.file.write_text("".join(f"{token}\t{text}\n" for token, text in requests))

    def run(self, seconds):
        run = wrk(self.port, "fixed.lua", seconds, {"REQUESTS": str(self.file)})
        # Heads are some hundred bytes; an answer with an error in it is much shorter, or longer, than a right one.
        if not self.expected * 0.98 <= run.bytes_each <= self.expected * 1.02 + 1000:
            raise Wrong(f"{self.workload}: {run.bytes_each:.0f} bytes a request instead of {self.expected:.0f}")
        return run

    def sample(self):
        """An answer's bytes, for the bare ceiling to repeat."""
        token, text = self.requests()[0]
        return self.client.post(text.encode(), token)[1]


class Writing(Target):
    """Meetings recorded with palts, each in slots of its own."""

    def __init__(self, port, tokens, folder, store, database):
        self.port, self.tokens, self.folder, self.store, self.database = port, tokens, folder, store, database
        self.client, self.start = Client(port), 0
        # Fortnights before those of the data set, and after Mayotte became a department.
        days = [(year, month, day) for year in range(2011, 2021) for month in range(1, 13) for day in (5, 20)]
        self.days = [f"{year}-{month:02}-{day:02}" for year, month, day in days if (year, month) > (2011, 4)]

    def check(self):
        departments = self.tokens.departments
        document = json.dumps(DOCUMENTS["W4"])
        lines = [document, *(f"day\t{day}" for day in self.days), *(f"{self.tokens.of[one.code]}\t{one.code}" for one in departments)]
        self.file = self.folder / f"requests-{self.port}-W4.txt"
        self.file.write_text("\n".join(lines) + "\n")
        # One meeting, as wrk will send them; its answer and its rows are looked at.
        before = self.store.count(self.database, "measures")
        department = departments[self.start % len(departments)]
        given = self.meeting(department, self.start // len(departments))
        status, answer = self.client.post(body("W4", {"i": given}).encode(), self.tokens.of[department.code])
        judge("W4", status, answer)
        after = self.store.count(self.database, "measures")
        if after - before != len(given["measures"]):
            raise Wrong(f"W4: {after - before} measures were kept of {len(given['measures'])}")
        self.start += 1
        self.expected = len(answer)

    def meeting(self, department, turn):
        """A meeting with 20 measures; each turn has other slots."""
        measures = [
            {"indicator": code, "sectorCode": department.sector_code((number + 1 + turn) % dataset.SECTORS), "service": "CUSTOMS",
             "value": 1.25}
            for number, code in enumerate(dataset.INDICATORS)
        ]
        return {"departmentCode": department.code, "heldOn": self.days[turn // dataset.SECTORS], "attendance": ["PREFECTURE"],
                "minutes": "Réunion", "measures": measures}

    def run(self, seconds):
        before = self.store.count(self.database, "meetings")
        run = wrk(self.port, "meetings.lua", seconds, {"REQUESTS": str(self.file), "START": str(self.start)})
        self.start = run.next
        time.sleep(SETTLED)
        kept = self.store.count(self.database, "meetings") - before
        # Those under way at the end are kept, but not counted.
        if not 0 <= kept - run.requests <= 2 * CONNECTIONS:
            raise Wrong(f"W4: {kept} meetings were kept of {run.requests} requests")
        return run


class Ceiling(Target):
    """The bare server, which answers the same bytes whatever it is asked."""

    def __init__(self, reading, port):
        self.reading, self.port = reading, port

    def check(self):
        token, text = self.reading.requests()[0]
        status, answer = Client(self.port).post(text.encode(), token)
        judge(self.reading.workload, status, answer)

    def run(self, seconds):
        return wrk(self.port, "fixed.lua", seconds, {"REQUESTS": str(self.reading.file)})
