"""A whole database by COPY: every logged table as text, and where its sequences stand.

Text, not COPY's binary form: it holds no object ids and no server version, so it goes into any later one.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

import psycopg
from psycopg import sql

from kizuna.adapters.postgres.migrate import RESTORING
from kizuna.kernel.errors import Forbidden, Unavailable

Connection = psycopg.Connection[Any]

APPLICATION = "kizuna-backup"

# Unlogged tables are worth nothing after a crash, so nothing after a restore either.
LIST_TABLES = """
    SELECT c.relname, pg_table_size(c.oid),
           array(SELECT a.attname::text FROM pg_attribute AS a
                 WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
                 ORDER BY a.attnum)
    FROM pg_class AS c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relpersistence = 'p'
      AND c.relname <> ALL (%(others)s)
    ORDER BY c.relname
"""
OTHERS = ["alembic_version", RESTORING]

LIST_UNLOGGED = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relpersistence = 'u' ORDER BY 1
"""

LIST_REFERENCES = """
    SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND conrelid <> confrelid
"""

LIST_SEQUENCES = """
    SELECT sequencename AS name, data_type::text, start_value, min_value, max_value, increment_by, cycle
    FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1
"""

# What COPY writes must not hang on the server's or the user's settings; rows must not be hidden by policies.
PLAIN = """
    SET datestyle = 'ISO, YMD'; SET timezone = 'UTC'; SET intervalstyle = 'postgres'; SET extra_float_digits = 1;
    SET bytea_output = 'hex'; SET client_encoding = 'UTF8'; SET row_security = off; SET statement_timeout = 0;
    SET idle_in_transaction_session_timeout = 0
"""


SEQUENCE_TYPES = {"smallint": sql.SQL("smallint"), "integer": sql.SQL("integer"), "bigint": sql.SQL("bigint")}


@dataclass(frozen=True, slots=True)
class TableShape:
    name: str
    bytes: int
    columns: list[str]


@contextmanager
def owner_connection(url: str, doing: str) -> Generator[Connection]:
    """The owner's connection. Raises ``Unavailable`` and ``Forbidden`` with a sentence."""
    try:
        with psycopg.connect(url, connect_timeout=10, application_name=APPLICATION, autocommit=True) as db:
            db.execute(PLAIN)  # a list of statements
            yield db
    except psycopg.errors.InsufficientPrivilege as error:
        raise Forbidden(
            "database_rights",
            f"The database user may not see or change everything: {str(error).splitlines()[0]}. "
            "Run this with the login that owns the database.",
        ) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise Unavailable(
            "database_unavailable",
            f"The database failed while {doing}: {str(error).strip().splitlines()[-1]}. "
            "Run the same command again: it goes on where it stopped.",
        ) from error


@contextmanager
def snapshot(db: Connection) -> Generator[list[TableShape]]:
    """One moment of the whole database, for as long as the block takes.

    The tables are locked against DROP and TRUNCATE before the moment is chosen: an emptied table would look
    empty to older snapshots, too.
    """
    tables = list_tables(db)
    names = sql.SQL(", ").join(sql.Identifier(table.name) for table in tables)
    with db.transaction():
        db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if tables:
            db.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(names))
        db.execute("SELECT 1")  # the moment
        yield list_tables(db)


def list_tables(db: Connection) -> list[TableShape]:
    return [TableShape(*row) for row in db.execute(LIST_TABLES, {"others": OTHERS}).fetchall()]


def list_unlogged(db: Connection) -> list[str]:
    return [name for (name,) in db.execute(LIST_UNLOGGED).fetchall()]


def read_sequences(db: Connection) -> list[dict[str, Any]]:
    """Sequences are of no snapshot: asked after it was taken, they stand at or behind what it shows."""
    cursor = db.execute(LIST_SEQUENCES)
    assert cursor.description is not None
    names = [column.name for column in cursor.description]
    found: list[dict[str, Any]] = []
    for row in cursor.fetchall():
        one = dict(zip(names, row, strict=True))
        state = db.execute(sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier(one["name"])))
        last_value, is_called = state.fetchone() or (one["start_value"], False)
        found.append(one | {"last_value": last_value, "is_called": is_called})
    return found


def copy_out(db: Connection, table: TableShape, note_rows: Callable[[int], None]) -> Iterator[bytes]:
    query = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(_columns(table.columns), sql.Identifier(table.name))
    cursor = db.cursor()
    with cursor.copy(query) as copy:
        for data in copy:
            yield bytes(data)
    note_rows(cursor.rowcount)


def order_for_filling(db: Connection, names: Iterable[str]) -> list[str]:
    """Tables after those they refer to."""
    wanted = set(names)
    sorter = TopologicalSorter({name: set[str]() for name in sorted(wanted)})
    for table, referred in db.execute(LIST_REFERENCES).fetchall():
        if table in wanted and referred in wanted:
            sorter.add(table, referred)
    return list(sorter.static_order())


def empty_tables(db: Connection, names: Sequence[str]) -> None:
    """Takes out what migrations put in. Tables that hold nothing are not touched: of some, even the owner
    may delete nothing."""
    for name in reversed(order_for_filling(db, names)):
        table = sql.Identifier(name)
        row = db.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(table)).fetchone()
        if row and row[0]:
            db.execute(sql.SQL("DELETE FROM {}").format(table))


def copy_in(db: Connection, name: str, columns: Sequence[str], chunks: Iterable[bytes]) -> int:
    """Fills a table as it was, without what its triggers would do about new rows. Returns how many rows."""
    table = sql.Identifier(name)
    db.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(table))
    cursor = db.cursor()
    with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(table, _columns(columns))) as copy:
        for data in chunks:
            copy.write(data)
    db.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(table))
    return cursor.rowcount


def set_sequence(db: Connection, one: dict[str, Any]) -> None:
    """Makes the sequence where no migration did, and puts it where it stood."""
    db.execute(
        sql.SQL("CREATE SEQUENCE IF NOT EXISTS {} AS {} INCREMENT {} MINVALUE {} MAXVALUE {} START {} {}").format(
            sql.Identifier(one["name"]),
            SEQUENCE_TYPES[one["data_type"]],
            *(sql.Literal(one[key]) for key in ("increment_by", "min_value", "max_value", "start_value")),
            sql.SQL("CYCLE" if one["cycle"] else "NO CYCLE"),
        )
    )
    name = sql.Identifier(one["name"]).as_string(db)
    db.execute("SELECT setval(%s::regclass, %s, %s)", (name, one["last_value"], one["is_called"]))


def _columns(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
