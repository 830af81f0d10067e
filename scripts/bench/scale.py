"""How palts behaves as more is asked of it at once (make bench-scale): requests a second, times, statements and memory against concurrent users,
departments in one answer, departments written in, and nested depth, on one loaded database, not cached.

Not for more and more measures (bench.py growth), nor for peers.
"""

import argparse
import contextlib
import csv
import json
import random
import re
import signal
import statistics
import sys
import time
from itertools import pairwise
from pathlib import Path

import dataset
import versions
from bench import WITHOUT_ANSWERS, Bench
from client import Client
from load import loaded
from processes import free_port, say
from stores import SqliteStore
from table import number
from workloads import CONNECTIONS, SETTLED, Reading, Tokens, Writing, Wrong, judge, wrk

USERS = (1, 4, 16, 32, 64, 128, 256, 512)
# What clients do who are turned away: ask again at once, or after the second that they are told to wait. Asked of more than the queue holds.
IMPATIENT, PATIENT = "fixed.lua", "patient.lua"
CROWD = 256
# Connections where the number of users is not what varies.
ASKING = 8
# Departments that are written in at once, no department twice: each point fills slots of its own.
WRITTEN = ((0, 1), (1, 4), (5, 16), (21, 80))
# How often a document is asked for by itself, to count what it makes palts do.
COUNTED = 5

# Regions and defence zones of so many departments: what the secretariat asks for, who reads plans and no meetings.
PLACES = (("regionCode", "region", 1), ("regionCode", "region", 4), ("regionCode", "region", 8), ("regionCode", "region", 13),
          ("defenceZoneCode", "defence_zone", 20), (None, None, 101))
HEADS = "code name plan { current { semester status dueOn } }"
WHOLE = (
    "code name plan { current { semester status dueOn sectors(first: 30) { nodes { id code name kind severity geometry } } "
    "objectives { rank title description axis dueOn } } }"
)

# How many of each list's members a nested document asks for, and how often it turns.
FAN = 3
TURNS = range(6)
LEVELS = (2, 6, 12, 18, 24)


def nested(turns):
    """A plan's sectors, their measures, and then in turns the measures of those measures' meetings and sectors: each turn has three more levels
    and three times as many measures."""
    inner = "value"
    for turn in range(turns, 0, -1):
        inner = f"value {'meeting' if turn % 2 else 'sector'} {{ measures(first: {FAN}) {{ nodes {{ {inner} }} }} }}"
    return (f"query($c: DepartmentCode!) {{ plan(departmentCode: $c) {{ current {{ sectors(first: {FAN}) {{ nodes {{ code "
            f"measures(first: {FAN}) {{ nodes {{ {inner} }} }} }} }} }} }} }}")


def chain(levels):
    """So many levels without a list in them."""
    names = ["plan(departmentCode: $c)", *("plan" if level % 2 else "department" for level in range(levels - 2))]
    inner = "code" if names[-1] == "department" else "id"
    for name in reversed(names):
        inner = f"{name} {{ {inner} }}"
    return f"query($c: DepartmentCode!) {{ {inner} }}"


def depth(document):
    """Its levels of selections."""
    at, most = 0, 0
    for letter in document:
        at += {"{": 1, "}": -1}.get(letter, 0)
        most = max(most, at)
    return most


def refused_documents():
    """Documents beyond a limit each, by name."""
    pages = "sectors(first: 500) { nodes { measures(first: 500) { nodes { value } } } }"
    return {
        "25 levels without lists": chain(25),
        "25 levels, lists of 3": nested(6),
        "two lists of 500 in each other": f"query($c: DepartmentCode!) {{ plan(departmentCode: $c) {{ current {{ {pages} }} }} }}",
        "4 001 fields": "query($c: DepartmentCode!) { plan(departmentCode: $c) { " + "id " * 4001 + "} }",
        "8 001 tokens": "query($c: DepartmentCode!) { plan(departmentCode: $c) { " + "a: id " * 2700 + "} }",
    }


def body(document, variables=None):
    """The bytes of a request, as text."""
    return json.dumps({"query": document, **({"variables": variables} if variables else {})}, separators=(",", ":"))


def data(status, answer):
    """What an answer without errors holds."""
    read = json.loads(answer)
    if status != 200 or read.get("errors"):
        raise Wrong(f"{status}: {answer[:300].decode(errors='replace')}")
    return read["data"]


def objects(value):
    """All objects in an answer."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from objects(one)


class Server:
    """A palts whose own counters are read."""

    def __init__(self, bench, store, database, stack):
        self.metrics, self.scratch = Client(free_port()), bench.scratch
        name = f"scale-{store.name}"
        self.process = bench.palts.serve(name, store.url(database), WITHOUT_ANSWERS, self.metrics.port)
        stack.callback(self.process.stop)
        self.client, self.tokens = Client(self.process.port), Tokens(self.process.port)
        self.tokens.renew()

    def counted(self):
        """Statements so far, and operations so far by how they ended."""
        status, text = self.metrics.send("GET", "/metrics")
        statements = re.search(rb"^palts_database_statements_total (\d+)", text, re.MULTILINE)
        if status != 200 or statements is None:
            raise Wrong(f"/metrics: {status}")
        ended = {}
        for code, count in re.findall(rb'^palts_graphql_operations_total\{.*code="(\w*)".*\} (\d+)', text, re.MULTILINE):
            ended[code.decode()] = ended.get(code.decode(), 0) + int(count)
        return int(statements.group(1)), ended

    def alone(self, request, right):
        """What one request by itself takes, once everything that palts remembers is remembered: statements, and bytes of the answer."""
        token, text = request
        counts = [self.counted()[0]]
        for _ in range(COUNTED + 1):
            status, answer = self.client.post(text.encode(), token)
            right(status, answer)
            counts.append(self.counted()[0])
        # The first one is not counted; the median, for palts has errands of its own.
        return statistics.median(after - before for before, after in pairwise(counts[1:])), len(answer)

    def asked(self, requests, connections, seconds, warm, allowed=("OK",), script=IMPATIENT):
        """What so many connections get that ask these requests: wrk's measures, and how many operations ended how. Anything that is not
        allowed makes the figure void."""
        file = self.scratch / f"requests-{self.client.port}.txt"
        file.write_text("".join(f"{token}\t{text}\n" for token, text in requests))
        environment = {"REQUESTS": str(file)}
        if warm:
            wrk(self.client.port, script, warm, environment, connections)
            # What is under way when wrk leaves is executed all the same, and would stand in the queue of those who come next.
            time.sleep(SETTLED)
        _, before = self.counted()
        run = wrk(self.client.port, script, seconds, environment, connections)
        _, after = self.counted()
        ended = {code: count - before.get(code, 0) for code, count in after.items() if count > before.get(code, 0)}
        others = {code: count for code, count in ended.items() if code not in allowed}
        # wrk counts a refusal with 503 as failed; beside those nothing may fail. What was under way at the end is palts's count only.
        if others or run.failed > ended.get("LIMIT", 0):
            raise Wrong(f"{run.failed} of {run.requests} failed; ended with {ended}")
        return run, ended


class Table:
    """Rows of one curve; a point that is wrong has no figure, and is counted."""

    def __init__(self, title, heads):
        self.title, self.heads, self.rows, self.wrong = title, heads, [], 0

    def point(self, name, measure):
        """One row, if it is right."""
        try:
            self.rows.append([*name, *measure()])
        except (Wrong, RuntimeError, OSError) as fault:
            self.rows.append([*name, f"WRONG: {' '.join(str(fault).split())[:300]}"])
            self.wrong += 1
        say("  " + " | ".join(map(str, self.rows[-1])))

    def markdown(self):
        sides = ["---:" if head[0].islower() else "---" for head in self.heads]
        rows = [[*row, *[""] * (len(self.heads) - len(row))] for row in self.rows]
        return "\n".join([f"## {self.title}", "", *(f"| {' | '.join(map(str, row))} |" for row in [self.heads, sides, *rows])])


def users(bench, table, store, database):
    """More and more connections on W1 and W3."""
    for workload in ("W1", "W3"):
        with contextlib.ExitStack() as stack:
            server = Server(bench, store, database, stack)
            requests = Reading(workload, server.client.port, server.tokens, server.scratch).requests()
            points = [(connections, IMPATIENT) for connections in bench.arguments.users]
            points += [(connections, PATIENT) for connections in bench.arguments.users if connections > CROWD]
            for connections, script in points:

                def measure():
                    for token, text in random.Random(7).sample(requests, 5):
                        judge(workload, *server.client.post(text.encode(), token))
                    run, _ = server.asked(requests, connections, bench.arguments.seconds, bench.arguments.warm, ("OK", "LIMIT"),
                                              script)
                    seconds = run.requests / run.rate
                    refused = f"{number(run.failed / seconds)}" if run.failed else ""
                    good = (run.requests - run.failed) / seconds
                    return [number(good), refused, f"{run.p50:.1f}", f"{run.p99:.1f}", f"{server.process.resident_mb():.0f}"]

                waits = " (who is refused waits a second)" if script == PATIENT else ""
                table.point([workload, store.name, f"{connections}{waits}"], measure)


def places():
    """The argument that names each place, and how many departments it has."""
    with open(dataset.REFERENCE / "departments.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for argument, column, count in PLACES:
        if argument is None:
            yield "", len(rows)
            continue
        codes = [row[column] for row in rows]
        yield next(f'({argument}: "{code}")' for code in sorted(set(codes)) if codes.count(code) == count), count


def departments(bench, table, store, database):
    """A national reader's question about more and more departments."""
    for title, fields in (("heads", HEADS), ("whole plans", WHOLE)):
        with contextlib.ExitStack() as stack:
            server = Server(bench, store, database, stack)
            for place, count in places():
                request = (server.tokens.secretariat, body(f"{{ departments{place} {{ {fields} }} }}"))

                def right(status, answer):
                    found = data(status, answer)["departments"]
                    if len(found) != count or any(one["plan"]["current"] is None for one in found):
                        raise Wrong(f"{len(found)} departments instead of {count}, or without plans")
                    for one in found if fields == WHOLE else ():
                        current = one["plan"]["current"]
                        counts = [len(current["sectors"]["nodes"]), len(current["objectives"])]
                        if counts != [30, 10]:
                            raise Wrong(f"{one['code']}: {counts} sectors and objectives")

                def measure():
                    statements, size = server.alone(request, right)
                    run, _ = server.asked([request], ASKING, bench.arguments.seconds, bench.arguments.warm)
                    return [f"{size / 1000:.0f}", f"{statements:g}", number(run.rate), number(run.rate * count), f"{run.p50:.1f}",
                            f"{run.p99:.1f}", f"{server.process.resident_mb():.0f}"]

                table.point([title, store.name, count], measure)


class Some:
    """The users of some departments."""

    def __init__(self, tokens, departments):
        self.of, self.departments = tokens.of, departments


def writers(bench, table, store, database):
    """As many connections as ever, that record meetings in more and more departments: those of one department wait for each other."""
    with contextlib.ExitStack() as stack:
        server = Server(bench, store, database, stack)
        for first, count in WRITTEN:
            some = Some(server.tokens, server.tokens.departments[first : first + count])
            target = Writing(server.client.port, some, server.scratch, store, database)

            def measure():
                target.check()
                run = target.run(bench.arguments.seconds)
                if run.failed:
                    raise Wrong(f"{run.failed} of {run.requests} failed")
                return [number(run.rate), number(20 * run.rate), f"{run.p50:.1f}", f"{run.p99:.1f}", f"{server.process.resident_mb():.0f}"]

            table.point([store.name, count], measure)


def of_departments(server, document):
    """The document for all departments in turn, each asked by its préfecture."""
    return [(server.tokens.of[one.code], body(document, {"c": one.code})) for one in server.tokens.departments]


def levels(bench, table, store, database):
    """Deeper and deeper documents, without lists and with lists in lists."""
    series = [("no lists", chain(count), 0) for count in LEVELS]
    series += [(f"lists of {FAN}", nested(turns), FAN ** (turns + 2)) for turns in TURNS]
    with contextlib.ExitStack() as stack:
        server = Server(bench, store, database, stack)
        for title, document, measures in series:
            requests = of_departments(server, document)

            def right(status, answer):
                found = data(status, answer)
                bottom = sum(1 for one in objects(found) if list(one) == ["value"])
                if found["plan"] is None or bottom != measures:
                    raise Wrong(f"{bottom} measures at the bottom instead of {measures}")

            def measure():
                statements, size = server.alone(requests[0], right)
                for token, text in random.Random(7).sample(requests, 5):
                    right(*server.client.post(text.encode(), token))
                run, _ = server.asked(requests, ASKING, bench.arguments.seconds, bench.arguments.warm)
                return [measures or "", f"{size / 1000:.1f}", f"{statements:g}", number(run.rate), f"{run.p50:.1f}", f"{run.p99:.1f}",
                        f"{server.process.resident_mb():.0f}"]

            table.point([title, store.name, depth(document)], measure)


def refusals(bench, table, store, database):
    """Documents beyond the limits: what is answered, what it costs."""
    with contextlib.ExitStack() as stack:
        server = Server(bench, store, database, stack)
        for title, document in refused_documents().items():
            requests = of_departments(server, document)

            def measure():
                before, _ = server.counted()
                _, answer = server.client.post(requests[0][1].encode(), requests[0][0])
                fault = json.loads(answer)["errors"][0]
                code = fault["extensions"]["code"]
                if code == "INTERNAL":
                    raise Wrong(answer.decode())
                statements = server.counted()[0] - before
                run, ended = server.asked(requests, ASKING, bench.arguments.seconds, bench.arguments.warm, (code, ""))
                return [f"{code}: {fault['message']}", statements, number(run.rate), f"{run.p99:.1f}"]

            table.point([title], measure)


CURVES = {
    "users": (users, "Concurrent users", ["Workload", "Database", "connections", "answered/s", "refused/s", "p50 ms", "p99 ms", "memory MB"]),
    "departments": (departments, f"Departments in one answer ({ASKING} connections)",
                    ["Asked for", "Database", "departments", "kB", "statements", "requests/s", "departments/s", "p50 ms", "p99 ms",
                     "memory MB"]),
    "writers": (writers, f"Departments written in at once, a meeting with 20 measures each time ({CONNECTIONS} connections)",
                ["Database", "departments", "meetings/s", "measures/s", "p50 ms", "p99 ms", "memory MB"]),
    "depth": (levels, f"Nested depth ({ASKING} connections)",
              ["Document", "Database", "levels", "measures at the bottom", "kB", "statements", "requests/s", "p50 ms", "p99 ms", "memory MB"]),
    "refusals": (refusals, f"Documents beyond the limits ({ASKING} connections)",
                 ["Document", "Answer", "statements", "refused/s", "p99 ms"]),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", default="var/bench", help="where databases are kept")
    parser.add_argument("--program", type=Path, help="a palts that is built already, instead of building it")
    parser.add_argument("--measures", type=int, default=300_000, help="how many measures are loaded")
    parser.add_argument("--database", help="a loaded database's name in the folder, instead of the one that fits this palts")
    parser.add_argument("--stores", default="PostgreSQL,SQLite")
    parser.add_argument("--only", default=",".join(CURVES), help="which curves")
    parser.add_argument("--users", default=",".join(map(str, USERS)), help="numbers of connections")
    parser.add_argument("--seconds", type=int, default=3, help="of each point")
    parser.add_argument("--warm", type=int, default=1, help="seconds before each point")
    arguments = parser.parse_args()
    arguments.ceiling, arguments.what = None, "scale"
    arguments.users = [int(count) for count in arguments.users.split(",")]
    # Asked to end, it still stops what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    tables = {}
    with contextlib.ExitStack() as stack:
        bench = Bench(arguments, stack)
        for store in [store for store in bench.stores if store.name in arguments.stores.split(",")]:
            full = arguments.database or loaded(bench.palts, store, arguments.measures, 1)
            database = "run_scale"
            store.copy(full, database)
            stack.callback(store.drop, database)
            for only in arguments.only.split(","):
                curve, title, heads = CURVES[only]
                # What is refused before anything is read does not depend on the database.
                if only == "refusals" and isinstance(store, SqliteStore) and only in tables:
                    continue
                say(f"{title}, {store.name}")
                curve(bench, tables.setdefault(only, Table(title, heads)), store, database)
        said = "\n\n".join([f"Measured on {arguments.measures} measures, points of {arguments.seconds} s, not cached.",
                            *(table.markdown() for table in tables.values()), "\n".join(versions.lines(bench.postgres, [], arguments.program))])
    print(said)
    (bench.folder / "scale.md").write_text(said + "\n", encoding="utf-8")
    wrong = sum(table.wrong for table in tables.values())
    if wrong:
        sys.exit(f"bench: {wrong} points are WRONG and count for nothing")


if __name__ == "__main__":
    main()
