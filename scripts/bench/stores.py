"""The databases of the bench on SQLite and PostgreSQL: made, copied, renamed, counted, and filled with measures in bulk.

Both kinds answer to the same names, so that what loads them need not ask which it has. Not for what is loaded (load.py, dataset.py).
"""

import sqlite3
import subprocess

import dataset

# Who is said to have recorded what is copied in bulk, and when.
RECORDED_BY = "charge-des-mesures"
RECORDED_AT = "2026-01-01 00:00:00"
COLUMNS = ("department_code, meeting_id, indicator_id, fortnight, sector_code, authority, parquet_code, service, value, "
           "recorded_at, recorded_by")


def copy_to_postgres(postgres, database, measures, spread):
    """Rows into the table without its indexes, which are made afterwards."""
    indicators = dict(line.split("|") for line in postgres.psql(database, "select code, id from indicators").split())
    meetings = {tuple(line.split("|")[:2]): line.split("|")[2]
                for line in postgres.psql(database, "select department_code, held_on, id from meetings").split()}
    indexes = postgres.psql(
        database,
        "select indexrelid::regclass || '|' || pg_get_indexdef(indexrelid) from pg_index where indrelid = 'measures'::regclass "
        "and not exists (select from pg_constraint where conindid = indexrelid)",
    ).strip().splitlines()
    for line in indexes:
        postgres.psql(database, f"drop index {line.split('|')[0]}")
    command = [postgres.binaries / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", postgres.url(database),
               # The keys that are copied were just read from the tables that they refer to.
               "-c", "set session_replication_role = replica", "-c", f"copy measures ({COLUMNS}) from stdin"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True, stderr=subprocess.PIPE) as psql:
        try:
            for rows in dataset.stored_rows(dataset.departments(), measures, spread, indicators, meetings, RECORDED_AT, RECORDED_BY):
                psql.stdin.write("".join(["\t".join(map(str, row)) + "\n" for row in rows]))
            psql.stdin.close()
        except BrokenPipeError:
            pass
        if psql.wait() != 0:
            raise RuntimeError(f"COPY: {psql.stderr.read()[-1000:]}")
    for line in indexes:
        postgres.psql(database, line.split("|", 1)[1])


def copy_to_sqlite(path, measures, spread):
    """The same for SQLite."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("pragma synchronous = off")
        indicators = {code: number for code, number in connection.execute("select code, id from indicators")}
        held = connection.execute("select department_code, held_on, id from meetings")
        meetings = {(code, str(day)): number for code, day, number in held}
        made = "select name, sql from sqlite_master where type = 'index' and tbl_name = 'measures' and sql is not null"
        indexes = connection.execute(made).fetchall()
        connection.execute("begin immediate")
        for name, _ in indexes:
            connection.execute(f"drop index {name}")
        insert = f"insert into measures ({COLUMNS}) values ({', '.join('?' * 11)})"
        for rows in dataset.stored_rows(dataset.departments(), measures, spread, indicators, meetings, RECORDED_AT, RECORDED_BY):
            connection.executemany(insert, rows)
        for _, sql in indexes:
            connection.execute(sql)
        connection.execute("commit")
        connection.execute("pragma wal_checkpoint(truncate)")
    finally:
        connection.close()


class SqliteStore:
    """Loaded SQLite files."""

    name = "SQLite"

    def __init__(self, palts, folder):
        self.palts, self.folder = palts, folder
        folder.mkdir(parents=True, exist_ok=True)

    def url(self, name):
        return f"sqlite:{self.folder / name}.sqlite"

    def has(self, name):
        return (self.folder / f"{name}.sqlite").exists()

    def copy(self, source, target):
        self.drop(target)
        subprocess.run(["cp", "--reflink=auto", self.folder / f"{source}.sqlite", self.folder / f"{target}.sqlite"], check=True)

    def drop(self, name):
        for suffix in ("", "-wal", "-shm"):
            (self.folder / f"{name}.sqlite{suffix}").unlink(missing_ok=True)

    def rename(self, source, target):
        with sqlite3.connect(self.folder / f"{source}.sqlite") as connection:
            connection.execute("pragma wal_checkpoint(truncate)")
        connection.close()
        self.drop(target)
        (self.folder / f"{source}.sqlite").rename(self.folder / f"{target}.sqlite")

    def names(self):
        return [path.stem for path in self.folder.glob("*.sqlite")]

    def bulk(self, name, measures, spread):
        copy_to_sqlite(self.folder / f"{name}.sqlite", measures, spread)

    def settle(self, name):
        """SQLite needs nothing after a load."""

    def count(self, name, table):
        connection = sqlite3.connect(f"file:{self.folder / name}.sqlite?mode=ro", uri=True)
        try:
            return connection.execute(f"select count(*) from {table}").fetchone()[0]
        finally:
            connection.close()

    def size_mb(self, name):
        return (self.folder / f"{name}.sqlite").stat().st_size / 1e6


class PostgresStore:
    """Loaded databases of a PostgreSQL."""

    name = "PostgreSQL"

    def __init__(self, palts, postgres):
        self.palts, self.postgres = palts, postgres

    def url(self, name):
        return self.postgres.url(name)

    def has(self, name):
        return name in self.names()

    def copy(self, source, target):
        self.postgres.copy(source, target)

    def drop(self, name):
        self.postgres.drop(name)

    def rename(self, source, target):
        self.drop(target)
        self.postgres.psql("postgres", f'alter database "{source}" rename to "{target}"')

    def names(self):
        return self.postgres.databases()

    def create(self, name):
        self.drop(name)
        self.postgres.psql("postgres", f'create database "{name}"')

    def bulk(self, name, measures, spread):
        copy_to_postgres(self.postgres, name, measures, spread)

    def settle(self, name):
        """What autovacuum would do within minutes."""
        self.postgres.psql(name, "vacuum analyze")
        self.postgres.psql(name, "checkpoint")

    def count(self, name, table):
        return int(self.postgres.psql(name, f"select count(*) from {table}"))

    def size_mb(self, name):
        return int(self.postgres.psql(name, "select pg_database_size(current_database())")) / 1e6
