"""What the bench loads into palts: a nation of 101 departments, the same on every machine, of the same counts and sizes as the peers' set.

30 sectors of 49 positions in each department, disjoint and inside its bounding box; 10 objectives; 120 meetings, two a month from 2021 to
2025; 20 indicators; and as many measures as are asked for, each in a slot of its own. Not for how it gets into the database (load.py).
"""

import csv
import datetime
import math
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "config" / "reference"

SECTORS = 30
OBJECTIVES = 10
INDICATORS = [f"BENCH_{number:02}" for number in range(1, 21)]
MEETINGS = 120
SEMESTERS = [f"{year}-S{half}" for year in range(2021, 2026) for half in (1, 2)]

# A grid of 6 by 5 sectors in the middle of the department; cells no larger than this many degrees keep a sector under 50 km².
COLUMNS, ROWS = 6, 5
WIDEST, HIGHEST = 0.06, 0.045
CORNERS = 48

FILLER = "Le trafic se reporte d'un hall à l'autre au fil des semaines, et les guetteurs changent de place avec lui. "


class Department:
    """A department of the reference, with its parquets."""

    def __init__(self, index, row, parquets):
        self.index = index
        self.code = row["code"]
        self.bbox = tuple(float(row[side]) for side in ("west", "south", "east", "north"))
        self.coordinating = row["coordinating_parquet"]
        self.parquets = parquets

    def sector_code(self, number):
        return f"{self.code}-S{number + 1:02}"

    def authority(self, number):
        return "GENDARMERIE" if number % 3 == 1 else "POLICE"

    def parquet(self, number):
        return self.parquets[number % len(self.parquets)]


def departments():
    """All of them, by code."""
    with open(REFERENCE / "parquets.csv", encoding="utf-8", newline="") as file:
        reach = [(row["code"], row["departments"].split("|")) for row in csv.DictReader(file)]
    with open(REFERENCE / "departments.csv", encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["code"])
    return [
        Department(index, row, [code for code, codes in reach if row["code"] in codes])
        for index, row in enumerate(rows)
    ]


def outline(department, number):
    """A ring of 48 corners round the middle of the sector's cell, none further out than 0.45 of the cell: so no two sectors meet."""
    west, south, east, north = department.bbox
    wide = min((east - west) * 0.9 / COLUMNS, WIDEST)
    high = min((north - south) * 0.9 / ROWS, HIGHEST)
    column, row = number % COLUMNS, number // COLUMNS
    lon = (west + east) / 2 + (column - (COLUMNS - 1) / 2) * wide
    lat = (south + north) / 2 + (row - (ROWS - 1) / 2) * high
    ring = []
    for corner in range(CORNERS):
        angle = corner * math.tau / CORNERS
        far = 0.35 + 0.10 * math.sin(corner * 2.3 + number * 0.7 + department.index * 1.9)
        ring.append([round(lon + far * wide * math.cos(angle), 6), round(lat + far * high * math.sin(angle), 6)])
    ring.append(ring[0])
    return {"type": "Polygon", "coordinates": [ring]}


def sectors(department):
    """The department's mapping, as `POST /imports/sectors` takes it."""
    kinds = ["HOUSING_ESTATE", "NEIGHBOURHOOD", "PUBLIC_SPACE", "TRANSPORT_HUB"]
    features = [
        {
            "type": "Feature",
            "properties": {
                "code": department.sector_code(number),
                "name": f"Secteur {number + 1} de {department.code}",
                "kind": kinds[number % len(kinds)],
                "authority": department.authority(number),
                "severity": 5 - number // 6,
                "parquetCode": department.parquet(number),
                "description": f"Secteur {number + 1}. {FILLER}",
            },
            "geometry": outline(department, number),
        }
        for number in range(SECTORS)
    ]
    return {"type": "FeatureCollection", "features": features}


def objectives(department):
    """The department's objectives, as `upsertObjective` takes them but for the revision."""
    return [
        {
            "code": f"{department.code}-O{number + 1:02}",
            "axis": "DETERRENCE" if number % 2 == 0 else "REPRESSION",
            "title": f"Objectif {number + 1} : réduire le risque {number + 1}",
            "description": (f"Description détaillée de l'objectif {number + 1}. " + FILLER * 2).strip(),
            "leadService": "POLICE",
            "partnerServices": ["PREFECTURE", "GENDARMERIE"],
            "departmentWide": False,
            "sectorCodes": [department.sector_code(number * 3 + place) for place in range(3)],
            "modesOfAction": ["Présence visible aux heures de sortie"],
            "targets": [{"indicator": INDICATORS[number], "target": 100 + number}],
        }
        for number in range(OBJECTIVES)
    ]


def meeting_days():
    """The days of the meetings, the same in every department: the 5th and the 20th of each month."""
    return [
        datetime.date(2021 + number // 24, 1 + number % 24 // 2, 5 if number % 2 == 0 else 20) for number in range(MEETINGS)
    ]


def fortnight(day):
    """As the API writes it."""
    return f"{day.year}-{day.month:02}-{1 if day.day <= 15 else 2}"


def fortnight_ordinal(day):
    """As the database keeps it: twice the months since January 2000, and one in the second half."""
    return ((day.year - 2000) * 12 + day.month - 1) * 2 + (0 if day.day <= 15 else 1)


def services(department, sector, indicator, spread):
    """Who measures an indicator in a sector: one service, or with `spread` five of them, so that there is room for 36 million measures."""
    own = department.authority(sector)
    if spread == 1:
        return ["CUSTOMS"] if indicator % 5 == 4 else [own]
    return [own, "JUDICIAL_POLICE", "CUSTOMS", "TAX", "GIR"][:spread]


def slots(department, spread):
    """Everything that may be measured at one of the department's meetings: indicator and sector by number, and service."""
    return [
        (indicator, sector, service)
        for sector in range(SECTORS)
        for indicator in range(len(INDICATORS))
        for service in services(department, sector, indicator, spread)
    ]


STRIDES = [7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67]


def picks(department, meeting, count, total):
    """Which of `total` slots a meeting fills, and with which value in hundredths; strides share no factor with 600 or 3 000: none repeats."""
    start = (department.index * 7919 + meeting * 104729) % total
    stride = STRIDES[(department.index + meeting) % len(STRIDES)]
    seed = department.index * 1000003 + meeting * 8191
    for place in range(count):
        yield (start + place * stride) % total, (seed + place * 77773) % 1048576


def shares(measures):
    """How many measures each of the 12 120 meetings brings, so that they come to exactly as many as asked for."""
    meetings = 101 * MEETINGS

    def share(department, meeting):
        place = department.index * MEETINGS + meeting
        return (place + 1) * measures // meetings - place * measures // meetings

    return share


def most(spread):
    """The most measures there is room for."""
    return 101 * MEETINGS * SECTORS * len(INDICATORS) * spread


def csv_rows(all_departments, measures, spread):
    """The measures as lines of the CSV file that `palts import measures` takes, its header first."""
    yield "department,meeting,fortnight,indicator,sector,service,value\n"
    share, days = shares(measures), meeting_days()
    for department in all_departments:
        filled = [
            f"{INDICATORS[indicator]},{department.sector_code(sector)},{service}"
            for indicator, sector, service in slots(department, spread)
        ]
        for meeting, day in enumerate(days):
            head = f"{department.code},{day},{fortnight(day)},"
            chosen = picks(department, meeting, share(department, meeting), len(filled))
            yield "".join([f"{head}{filled[slot]},{value // 100}.{value % 100:02}\n" for slot, value in chosen])


def stored_rows(all_departments, measures, spread, indicator_ids, meeting_ids, recorded_at, recorded_by):
    """The same measures as the table keeps them, a list for each meeting: for COPY, where a file would be too slow."""
    share, days = shares(measures), meeting_days()
    for department in all_departments:
        filled = [
            (indicator_ids[INDICATORS[indicator]], department.sector_code(sector), department.authority(sector),
             department.parquet(sector), service)
            for indicator, sector, service in slots(department, spread)
        ]
        for meeting, day in enumerate(days):
            meeting_id, ordinal = meeting_ids[department.code, str(day)], fortnight_ordinal(day)
            rows = []
            for slot, value in picks(department, meeting, share(department, meeting), len(filled)):
                indicator, sector, authority, parquet, service = filled[slot]
                rows.append((department.code, meeting_id, indicator, ordinal, sector, authority, parquet, service, value * 100,
                             recorded_at, recorded_by))
            yield rows
