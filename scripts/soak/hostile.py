"""What attackers do in a soak: every kind of request that once brought a server down or filled its memory, again and again.

Each kind is a function that sends one attempt and answers what came back, in a word. Only to loopback, bounded by the soak's time.
"""

import base64
import collections
import http.client
import json
import os
import random
import socket
import threading
import time

from client import Client

# Attackers come from another address than honest users: what is held against an address is held against theirs.
SOURCE = "127.0.0.2"
# An account without any grant, and ones whose grants reach elsewhere.
NOBODY = "sans-droit"


def accounts(palts, url, settings):
    """Makes the account without a grant."""
    file = palts.folder / "var" / "nobody"
    file.write_text("Sans-aucun-droit-2010\n")
    palts.run(url, "user", "add", NOBODY, "--display-name", "Sans droit", "--password-file", str(file), settings=settings)


def comb(teeth, west=5.40, south=43.30, width=0.02):
    """A comb of that many teeth, as one ring: valid, and hard on recursion."""
    step, ring = width / teeth, [[west, south - 0.001]]
    for tooth in range(teeth):
        x = west + tooth * step
        ring += [[round(x, 7), south + 0.01], [round(x + step * 0.4, 7), south + 0.01],
                 [round(x + step * 0.5, 7), south], [round(x + step * 0.9, 7), south]]
    return ring + [[west + width, south - 0.001], [west, south - 0.001]]


def scribble(positions):
    """A ring that crosses itself everywhere."""
    place = random.Random(7)
    ring = [[round(5.3 + place.random() * 0.1, 6), round(43.3 + place.random() * 0.1, 6)] for _ in range(positions)]
    return [*ring, ring[0]]


class Attacker:
    """One account, and what it sends."""

    def __init__(self, port, name, password):
        self.port, self.client, self.name, self.password, self.token = port, Client(port, 30, SOURCE), name, password, None

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=10, source_address=(SOURCE, 0))

    def signed_in(self):
        if self.token is None:
            self.token = self.client.login(self.name, self.password)
        return self.token

    def graphql(self, document, variables=None, token=True):
        body = json.dumps({"query": document, "variables": variables or {}}).encode()
        return self.said(self.client.post(body, self.signed_in() if token else None))

    def said(self, exchange):
        status, answer = exchange
        try:
            errors = json.loads(answer).get("errors") or []
            code = errors[0]["extensions"]["code"] if errors else "answered"
        except (ValueError, KeyError, AttributeError, TypeError):
            code = "answered" if status < 400 else "other"
        if code == "UNAUTHENTICATED":
            self.token = None
        return f"{status} {code}"


def polygon_upload(who):
    feature = {"type": "Feature", "properties": {"code": "X-1", "nom": "Peigne"},
               "geometry": {"type": "Polygon", "coordinates": [comb(9_000)]}}
    body = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    # At the version of now: what is refused as old is not examined.
    version = who.client.ask('{ plan(departmentCode: "13") { pending { version } } }', token=who.signed_in())["plan"]["pending"]["version"]
    path = (f"/imports/sectors?revision=pending&department=13&version={version}&authority=GENDARMERIE&kind=NEIGHBOURHOOD"
            "&severity=3")
    return who.said(who.client.post(body, who.signed_in(), path, "application/geo+json"))


def scribbled_question(who):
    question = {"type": "Polygon", "coordinates": [scribble(4_000)]}
    name = random.choice(["containing", "within"])
    return who.graphql("query($g: GeoJSON) { sectors(first: 5, %s: $g) { nodes { code } } }" % name, {"g": question})


def introspection(who):
    fields = "__schema { types { name description fields { name description type { name ofType { name ofType { name } } } } } }"
    return who.graphql("{ " + " ".join(f"a{number}: {fields}" for number in range(60)) + " }", token=random.random() < 0.5)


def diagnoses(who):
    aliases = " ".join(f"a{number}: diagnosis" for number in range(1_500))
    return who.graphql('{ plan(departmentCode: "13") { current { ' + aliases + " } } }")


def long_names(who):
    return who.graphql("{ " + "a" * 60_000 + ": __typename }")


def large_input(who):
    sectors = [{"code": f"X-{number}", "name": "n" * 100, "kind": "NEIGHBOURHOOD", "authority": "POLICE", "severity": 3}
               for number in range(2_000)]
    document = "mutation($i: UpsertSectorsInput!) { upsertSectors(input: $i) { version } }"
    return who.graphql(document, {"i": {"revisionId": "x", "version": 1, "sectors": sectors}})


def nested_json(who):
    body = b'{"query":"query($v: GeoJSON) { sectors(first: 1, within: $v) { nodes { code } } }","variables":{"v":' + b"[" * 50_000 + b"]" * 50_000 + b"}}"
    return who.said(who.client.post(body, who.signed_in()))


def nested_document(who):
    return who.graphql("{" + "a{" * 20_000 + "b" + "}" * 20_000 + "}")


def forged_token(who):
    forged = ".".join(base64.urlsafe_b64encode(os.urandom(40)).decode().rstrip("=") for _ in range(3))
    return who.said(who.client.post(b'{"query":"{ viewer { capabilities } }"}', forged))


def wrong_password(who):
    document = "mutation($u: String!, $p: String!) { login(username: $u, password: $p) { accessToken } }"
    return who.graphql(document, {"u": f"inconnu-{random.randrange(10_000)}", "p": "x" * random.randrange(1, 200)}, token=False)


def escalation(who):
    document = "mutation($i: GrantInput!) { grantRole(input: $i) { username } }"
    return who.graphql(document, {"i": {"username": who.name, "role": "ADMINISTRATOR"}})


def foreign_plan(who):
    return who.graphql('mutation { discardRevision(input: { revisionId: "%s", version: 1 }) { id } }' % base64.b64encode(os.urandom(12)).decode())


def rubbish_list(who):
    path = "/imports/national-list?list=SENSITIVE_SCHOOLS&from=2010-09-01"
    return who.said(who.client.post(os.urandom(200_000), who.signed_in(), path, "text/csv"))


def slow_body(who):
    """A body that arrives byte by byte, from somebody who is nobody."""
    with who.connect() as sock:
        sock.sendall(b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 900000\r\n\r\n")
        for _ in range(20):
            sock.sendall(b" " * random.choice([1, 20_000]))
            time.sleep(0.3)
        return "left open"


def never_reads(who):
    """Many requests on one connection, and nobody who reads the answers."""
    token, body = who.signed_in(), json.dumps({"query": '{ departments { code name region { name } defenceZone { name } } }'}).encode()
    head = (f"POST /graphql HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n\r\n").encode()
    with who.connect() as sock:
        sock.settimeout(5)
        for _ in range(400):
            sock.sendall(head + body)
        time.sleep(10)
        return "not read"


def trickled_upload(who):
    token = who.signed_in()
    with who.connect() as sock:
        sock.sendall((f"POST /imports/schools?department=13 HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n"
                      "content-type: application/geo+json\r\ncontent-length: 60000000\r\n\r\n").encode())
        for _ in range(20):
            sock.sendall(b"[")
            time.sleep(0.3)
        return "left open"


def flood(who):
    said = collections.Counter(who.graphql("{ viewer { capabilities } }") for _ in range(200))
    return said.most_common(1)[0][0]


QUICK = (introspection, diagnoses, long_names, large_input, nested_json, nested_document, forged_token, wrong_password, escalation,
         foreign_plan, rubbish_list, flood)
HEAVY = (polygon_upload, scribbled_question)
SLOW = (slow_body, never_reads, trickled_upload)
# One process each, with an account of its own.
GROUPS = (("quick", NOBODY, "Sans-aucun-droit-2010"), ("quick", "education-13", None), ("heavy", "gendarmerie-13", None), ("slow", NOBODY, "Sans-aucun-droit-2010"))
KINDS = {"quick": (QUICK, 2), "heavy": (HEAVY, 2), "slow": (SLOW, 40)}


def work(port, password, group, stop, queue):
    """One group of attackers until they are told to stop."""
    name, account, own = group
    kinds, threads = KINDS[name]
    said, lock = collections.defaultdict(collections.Counter), threading.Lock()

    def attack(number):
        who, turn = Attacker(port, account, own or password), number
        while not stop.is_set():
            kind = kinds[turn % len(kinds)]
            turn += 1
            try:
                outcome = kind(who)
            except (OSError, http.client.HTTPException) as fault:
                outcome = type(fault).__name__
            except Exception as fault:  # what an attacker stumbles over is no fault of the server
                outcome, who.token = type(fault).__name__, None
                time.sleep(0.5)
            with lock:
                said[f"{account} {kind.__name__}"][outcome] += 1

    running = [threading.Thread(target=attack, args=(number,), daemon=True) for number in range(threads)]
    for thread in running:
        thread.start()
    stop.wait()
    for thread in running:
        thread.join(timeout=40)
    queue.put({"who": "hostile", "said": {kind: dict(counts) for kind, counts in said.items()}})
