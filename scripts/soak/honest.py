"""What honest users do in a soak: read, record, correct, edit. Times are taken; what was acknowledged is counted by actor and act."""

import collections
import datetime
import http.client
import json
import random
import threading
import time
import uuid

from client import Client

WRITERS = ("prefecture-13", "prefecture-75", "prefecture-93")
DEPARTMENT = {name: name.rsplit("-", 1)[1] for name in WRITERS}

PLAN = ("query($d: DepartmentCode!) { plan(departmentCode: $d) { current { number status sectors(first: 20) { nodes { code name severity } } } "
        "pending { id version } } }")
ROLLUP = ("query($p: Period!, $d: DepartmentCode) { rollup(indicator: \"CANNABIS_KG\", period: $p, axis: SERVICE, departmentCode: $d) "
          "{ total { value } cells { label value measureCount } } }")
MEETING = "mutation($i: RecordMeetingInput!) { recordMeeting(input: $i) { id measures(first: 5) { nodes { id value } } } }"
CORRECT = "mutation($i: CorrectMeasureInput!) { correctMeasure(input: $i) { value } }"
OVERVIEW = "query($s: Semester!) { nationalOverview(semester: $s) { departmentsExpected departmentsLate } }"
PUBLICATIONS = "{ publications(first: 5) { nodes { period version } } }"


class Person:
    """One user with one connection, who waits a little between requests."""

    def __init__(self, port, name, password, board):
        self.client, self.name, self.password, self.board = Client(port, timeout=60), name, password, board
        self.token = None

    def ask(self, document, variables, act=None):
        """Sends until it is answered: who is turned away waits as he is told, and sends the same again."""
        key = uuid.uuid4().hex
        body = json.dumps({"query": document, "variables": variables}).encode()
        for _ in range(20):
            if self.token is None:
                self.token = self.client.login(self.name, self.password)
            headers = {"content-type": "application/json", "authorization": f"Bearer {self.token}"}
            if act:
                headers["idempotency-key"] = key
            begun = time.monotonic()
            status, answer = self.client.send("POST", "/graphql", body, headers)
            took = time.monotonic() - begun
            read = json.loads(answer)
            codes = {error["extensions"]["code"] for error in read.get("errors") or []}
            if codes & {"LIMIT", "UNAVAILABLE"}:
                self.board.turned_away += 1
                time.sleep(0.2)
                continue
            if "UNAUTHENTICATED" in codes:
                self.token = None
                continue
            self.board.times.append(took)
            if codes:
                if not codes <= {"CONFLICT"}:
                    self.board.failed.append(f"{self.name}: {answer[:300]!r}")
                return None
            if act:
                self.board.count(self.name, act)
            return read["data"]
        self.board.failed.append(f"{self.name}: turned away 20 times")
        return None


class Board:
    """What all of them have seen."""

    def __init__(self):
        self.times, self.failed, self.turned_away, self.lock = [], [], 0, threading.Lock()
        self.done = collections.Counter()

    def count(self, name, act):
        with self.lock:
            self.done[(name, act)] += 1


def prefecture(person, stop):
    """Reads its plan, records a meeting, corrects a figure."""
    code, today = DEPARTMENT[person.name], datetime.date.today()
    measures = []
    while not stop.is_set():
        person.ask(PLAN, {"d": code})
        person.ask(ROLLUP, {"p": str(today.year), "d": code})
        held = {"departmentCode": code, "heldOn": str(today), "attendance": ["PREFECTURE"], "measures": [],
                "idempotencyKey": uuid.uuid4().hex}
        person.ask(MEETING, {"i": held}, act="recordMeeting")
        if not measures:
            found = person.ask("query($d: DepartmentCode!) { department(code: $d) { meetings(first: 3) { nodes { measures(first: 20) "
                               "{ nodes { id service } } } } } }", {"d": code})
            for meeting in (found or {}).get("department", {}).get("meetings", {}).get("nodes", []):
                measures += [node["id"] for node in meeting["measures"]["nodes"] if node["service"] in ("PREFECTURE", "CUSTOMS", "TAX")]
        if measures:
            value = random.randint(1, 100_000) / 100
            person.ask(CORRECT, {"i": {"measureId": random.choice(measures), "value": value, "reason": "Relu."}}, act="correctMeasure")
        time.sleep(0.5)


def secretariat(person, stop):
    """Looks at the nation."""
    today = datetime.date.today()
    semester = f"{today.year}-S{1 if today.month < 7 else 2}"
    while not stop.is_set():
        person.ask(OVERVIEW, {"s": semester})
        person.ask(PUBLICATIONS, {})
        time.sleep(0.3)


def dashboard(person, stop):
    """Polls what is published."""
    while not stop.is_set():
        person.ask(PUBLICATIONS, {})
        time.sleep(0.1)


def work(port, password, stop, queue):
    """All honest users, in this process."""
    board = Board()
    plays = [(prefecture, name) for name in WRITERS] + [(secretariat, "secretariat"), (dashboard, "tableau-de-bord")]

    def play(act, name):
        person = Person(port, name, password, board)
        while not stop.is_set():
            try:
                act(person, stop)
            except (OSError, http.client.HTTPException, ValueError) as fault:
                board.failed.append(f"{name}: {fault!r}")
                time.sleep(1)

    threads = [threading.Thread(target=play, args=it, daemon=True) for it in plays]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    queue.put({"who": "honest", "times": board.times, "failed": board.failed, "turned_away": board.turned_away, "done": dict(board.done)})
