"""Loads palts: accounts and plans through the API as the users who would do it, meetings too; measures by `palts import measures`, or where
there are too many for a file, by COPY and `palts rollup rebuild`. Loaded databases are kept under a key of all that they depend on.
"""

import datetime
import hashlib
import json
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dataset
from client import Client
from dataset import ROOT
from processes import say
from stores import RECORDED_BY, PostgresStore

PASSWORD = "mesures-de-charge-2010"
IMPORTER = RECORDED_BY
# Cheap password hashes while accounts are made; the servers that are measured run with the defaults.
LOADING = {
    "PALTS_DEMONSTRATION": "true",
    "PALTS_SESSIONS__HASHING__MEMORY_KIB": "64",
    "PALTS_SESSIONS__HASHING__PASSES": "1",
}
# More than this is not written to a file and imported, but copied into the table.
MOST_IMPORTED = 3_000_000
DOCUMENT_SIZE = 40


# What decides what is in a loaded database, beside these scripts: the tables, the reference, and what rollups keep of measures.
FOLDERS = ("migrations", "config/reference", "src/domain/rollup", "src/workflow/rollups")


def key():
    """A name for all that a loaded database depends on."""
    here = Path(__file__).parent
    files = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for path in [*files, here / "dataset.py", here / "load.py", here / "stores.py"]:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:10]


def prefecture(department):
    return f"prefecture-{department.code.lower()}"


def prosecutor(parquet):
    return f"procureur-{parquet.lower()}"


def accounts(departments):
    """Every account: name, and its grants."""
    everyone = {"secretariat": [{"role": "NATIONAL_SECRETARIAT"}], IMPORTER: []}
    for department in departments:
        code, here = department.code, {"departmentCode": department.code}
        everyone[prefecture(department)] = [{"role": "PREFECTURE", **here}]
        for role, name in (("PREFECT", "prefet"), ("POLICE", "police"), ("GENDARMERIE", "gendarmerie")):
            everyone[f"{name}-{code.lower()}"] = [{"role": role, **here}]
        for parquet in department.parquets:
            everyone[prosecutor(parquet)] = [{"role": "PUBLIC_PROSECUTOR", "parquetCode": parquet}]
        everyone[IMPORTER] += [{"role": role, **here} for role in ("PREFECTURE", "POLICE", "GENDARMERIE")]
    return everyone


def in_documents(client, token, field, kind, inputs, size=DOCUMENT_SIZE):
    """The same mutation for many inputs, as many in one document as are good to it."""
    for at in range(0, len(inputs), size):
        part = inputs[at : at + size]
        parameters = ", ".join(f"$i{place}: {kind}!" for place in range(len(part)))
        fields = " ".join(f"f{place}: {field}(input: $i{place}) {{ id }}" for place in range(len(part)))
        client.ask(f"mutation({parameters}) {{ {fields} }}", {f"i{place}": one for place, one in enumerate(part)}, token)


def make_accounts(palts, url, client, departments):
    """The administrator by the command line, everybody else by the administrator."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(PASSWORD + "\n")
        file.flush()
        palts.run(url, "user", "add", "administrateur", "--display-name", "Administration", "--password-file", file.name, settings=LOADING)
    palts.run(url, "user", "grant", "administrateur", "ADMINISTRATOR", settings=LOADING)
    token, everyone = client.login("administrateur", PASSWORD), accounts(departments)
    made = [{"username": name, "displayName": name, "password": PASSWORD} for name in everyone]
    # An operation hashes one password.
    in_documents(client, token, "createUser", "CreateUserInput", made, size=1)
    grants = [{"username": name, **grant} for name, given in everyone.items() for grant in given]
    in_documents(client, token, "grantRole", "GrantInput", grants)


def define_indicators(client):
    """The 20 indicators, by the secretariat."""
    inputs = [
        {"code": code, "label": f"Indicateur {number + 1}", "unit": ["faits", "kg", "euros", "heures"][number % 4],
         "definition": f"Indicateur {number + 1}, défini pour la mesure des performances.", "aggregation": "SUM", "published": True}
        for number, code in enumerate(dataset.INDICATORS)
    ]
    in_documents(client, client.login("secretariat", PASSWORD), "defineIndicator", "DefineIndicatorInput", inputs)


class Revision:
    """A revision under way: every mutation names the version before."""

    def __init__(self, client, department, semester):
        self.client, self.department, self.tokens = client, department, {}
        given = {"departmentCode": department.code, "semester": semester}
        document = "mutation($i: OpenRevisionInput!) { openRevision(input: $i) { id version } }"
        opened = client.ask(document, {"i": given}, self.token(prefecture(department)))["openRevision"]
        self.id, self.version, self.hash = opened["id"], opened["version"], None

    def token(self, username):
        if username not in self.tokens:
            self.tokens[username] = self.client.login(username, PASSWORD)
        return self.tokens[username]

    def step(self, username, mutation, kind="RevisionStepInput", **more):
        document = f"mutation($i: {kind}!) {{ {mutation}(input: $i) {{ version contentHash status }} }}"
        given = {"revisionId": self.id, "version": self.version, **more}
        after = self.client.ask(document, {"i": given}, self.token(username))[mutation]
        self.version, self.hash = after["version"], after["contentHash"]
        return after["status"]

    def sign(self, username, role):
        return self.step(username, "signRevision", "SignRevisionInput", contentHash=self.hash, role=role, capacity="IN_PERSON")

    def import_sectors(self):
        body = json.dumps(dataset.sectors(self.department), ensure_ascii=False).encode()
        path = f"/imports/sectors?department={self.department.code}&revision=pending"
        status, answer = self.client.post(body, self.token(prefecture(self.department)), path, "application/geo+json")
        report = json.loads(answer)
        if status != 200 or report.get("added") != dataset.SECTORS:
            raise RuntimeError(f"sectors of {self.department.code}: {status}: {answer[:500]!r}")
        self.version = report["version"]


def plan(client, department, today):
    """One department's plan, from its draft to the acknowledgement, and its meetings."""
    local, here = prefecture(department), department.code.lower()
    semester = f"{today.year}-S{1 if today.month < 7 else 2}"
    revision = Revision(client, department, semester)
    revision.import_sectors()
    revision.step(local, "updateDiagnosis", "UpdateDiagnosisInput", diagnosis=dataset.FILLER * 5)
    for objective in dataset.objectives(department):
        revision.step(local, "upsertObjective", "UpsertObjectiveInput", **objective)
    for username, service in (
        (f"police-{here}", "POLICE"), (f"gendarmerie-{here}", "GENDARMERIE"), (prosecutor(department.coordinating), "PARQUET"),
    ):
        revision.step(username, "contributeToDiagnosis", "ContributeToDiagnosisInput", service=service, text=dataset.FILLER * 2,
                      datedOn=str(today))
    revision.step(local, "submitRevision")
    for parquet in department.parquets:
        if parquet != department.coordinating:
            revision.sign(prosecutor(parquet), "PUBLIC_PROSECUTOR")
    revision.sign(f"prefet-{here}", "PREFECT")
    revision.sign(prosecutor(department.coordinating), "PUBLIC_PROSECUTOR")
    revision.step(local, "transmitRevision")
    status = revision.step("secretariat", "acknowledgeRevision")
    if status != "ACKNOWLEDGED":
        raise RuntimeError(f"the plan of {department.code} is {status}")
    meetings = [
        {"departmentCode": department.code, "heldOn": str(day), "attendance": ["PREFECTURE", "PARQUET", "POLICE", "GENDARMERIE"],
         "minutes": f"Compte rendu. {dataset.FILLER * 4}", "measures": []}
        for day in dataset.meeting_days()
    ]
    in_documents(client, revision.token(local), "recordMeeting", "RecordMeetingInput", meetings)


def load_plans(palts, url):
    """Tables, accounts, indicators, plans and meetings."""
    departments, today = dataset.departments(), datetime.date.today()
    palts.run(url, "migrate", settings=LOADING)
    server = palts.serve("loading", url, LOADING)
    try:
        client = Client(server.port)
        make_accounts(palts, url, client, departments)
        define_indicators(client)
        with ThreadPoolExecutor(max_workers=3) as workers:
            for done, _ in enumerate(workers.map(lambda department: plan(client, department, today), departments), 1):
                if done % 25 == 0:
                    say(f"  {done} plans of {len(departments)} are in force")
    finally:
        server.stop()


def can_import(palts):
    """Whether this palts imports measures from a file."""
    done = subprocess.run([palts.program, "import", "measures", "--help"], capture_output=True, cwd=palts.folder)
    return done.returncode == 0


def import_measures(palts, url, measures, spread):
    """By the command that an installation would use."""
    file = palts.folder / f"measures-{measures}-{spread}.csv"
    with open(file, "w", encoding="ascii") as out:
        out.writelines(dataset.csv_rows(dataset.departments(), measures, spread))
    begun = time.monotonic()
    try:
        palts.run(url, "import", "measures", str(file), "--as", IMPORTER)
    finally:
        file.unlink()
    return time.monotonic() - begun


def load_measures(palts, url, bulk, measures, spread):
    """By the command where it can, in bulk otherwise; says how, and how long it took."""
    if measures <= MOST_IMPORTED and can_import(palts):
        return f"palts import measures, {import_measures(palts, url, measures, spread):.0f} s"
    begun = time.monotonic()
    bulk()
    copied = time.monotonic() - begun
    begun = time.monotonic()
    palts.run(url, "rollup", "rebuild")
    return f"copied in {copied:.0f} s, palts rollup rebuild {time.monotonic() - begun:.0f} s"


def loaded(palts, store, measures, spread):
    """The name of a database with so many measures, made now unless it is kept from an earlier run."""
    if measures > dataset.most(spread):
        raise ValueError(f"there is room for {dataset.most(spread)} measures, not for {measures}")
    now = key()
    plans, full = f"plans_{now}", f"full_{now}_{measures}_{spread}"
    for stale in store.names():
        # What other tables or another generator made is of no use any more.
        if stale.startswith(("plans_", "full_")) and now not in stale or stale.startswith(("making", "run_")):
            store.drop(stale)
    if store.has(full):
        return full
    if not store.has(plans):
        say(f"{store.name}: loading 101 plans and {101 * dataset.MEETINGS} meetings through the API")
        begun = time.monotonic()
        if isinstance(store, PostgresStore):
            store.create("making")
        load_plans(palts, store.url("making"))
        store.settle("making")
        store.rename("making", plans)
        say(f"{store.name}: plans loaded in {time.monotonic() - begun:.0f} s")
    say(f"{store.name}: loading {measures} measures")
    store.copy(plans, "making")
    how = load_measures(palts, store.url("making"), lambda: store.bulk("making", measures, spread), measures, spread)
    store.settle("making")
    found = store.count("making", "measures")
    if found != measures:
        raise RuntimeError(f"{store.name}: {found} measures were loaded instead of {measures}")
    say(f"{store.name}: {measures} measures: {how}; {store.size_mb('making'):.0f} MB")
    store.rename("making", full)
    return full
