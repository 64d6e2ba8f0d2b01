"""What was read out of events' properties, kept for the next question over the same version of a lake.

Taking JSON apart is what most questions spend their time on, and the charts of a dashboard ask for the same few
properties. So the first question that asks for most of the events of a name keeps what it and those before it asked
for, as a table in memory; others read that. An instance of DuckDB has one version of a lake, and so has its shelf.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb

from kizuna.conditions.compile_sql.dialects import DUCKDB
from kizuna.kernel.lake import OPENED_COLUMNS, Opened

ROWS_MAX = 2_000_000
RANGE_SHARE = 3
"""A question of less than one part in so many of a name's events reads them as they are."""
NAMES_MAX, PATHS_MAX, KEYS_MAX = 64, 16, 16
ROW_BYTES, VALUE_BYTES, THING_BYTES = 120, 24, 200
"""Guesses of what a row takes, each value that is kept of it, and each key of its list of objects."""

Path = tuple[str, ...]


@dataclass(frozen=True)
class Wish:
    """What was asked of the events of one name, in the order in which it was first asked."""

    paths: tuple[Path, ...] = ()
    head: Path | None = None
    keys: tuple[str, ...] = ()

    def holds(self, opened: Opened) -> bool:
        if not set(opened.paths) <= set(self.paths):
            return False
        return opened.head is None or (opened.head == self.head and set(opened.keys) <= set(self.keys))

    def join(self, opened: Opened) -> Wish:
        """With another list than before there is room for the newer one only."""
        paths = tuple(dict.fromkeys((*self.paths, *opened.paths)))
        if opened.head is None:
            return Wish(paths, self.head, self.keys)
        before = self.keys if opened.head == self.head else ()
        return Wish(paths, opened.head, tuple(dict.fromkeys((*before, *opened.keys))))

    @property
    def is_too_much(self) -> bool:
        """Or has two keys that are one name of a column."""
        names = {key.casefold() for key in self.keys}
        return len(self.paths) > PATHS_MAX or len(self.keys) > KEYS_MAX or len(names) < len(self.keys)

    @property
    def row_bytes(self) -> int:
        return ROW_BYTES + VALUE_BYTES * len(self.paths) + THING_BYTES * len(self.keys)


@dataclass
class Wishes:
    """Of one workspace, by the name of the event; they outlive versions of the lake."""

    _wishes: OrderedDict[str, Wish] = field(default_factory=OrderedDict[str, Wish])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def join(self, name: str, opened: Opened) -> Wish:
        with self._lock:
            joined = self._wishes.pop(name, Wish()).join(opened)
            if joined.is_too_much:
                joined = Wish().join(opened)
            self._wishes[name] = joined
            if len(self._wishes) > NAMES_MAX:
                self._wishes.popitem(last=False)
            return joined


@dataclass
class _Kept:
    """``users`` are the queries that read it; one that is ``old`` goes with the last of them."""

    table: str
    wish: Wish
    bytes: int
    users: int = 0
    old: bool = False


@dataclass
class _Place:
    """Of the events of one name. Whoever holds ``lock`` reads them."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    rows: int | None = None
    kept: _Kept | None = None


class Shelf:
    """The tables of one instance, which go with it; in all of about ``bytes_max`` at most."""

    def __init__(self, wishes: Wishes, bytes_max: int) -> None:
        self._wishes, self._bytes_max = wishes, bytes_max
        self._places: dict[str, _Place] = {}
        self._tables: list[_Kept] = []
        self._made = 0
        self._lock = threading.Lock()

    @contextmanager
    def lend(self, cursor: duckdb.DuckDBPyConnection, opened: Mapping[str, Opened]) -> Iterator[dict[str, str]]:
        """SELECTs that give the same as those of ``opened``. It may take as long as reading the events once."""
        used: list[_Kept] = []
        try:
            yield {name: self._find(cursor, one, used) for name, one in opened.items()}
        finally:
            self._give_back(cursor, used)

    def _find(self, cursor: duckdb.DuckDBPyConnection, opened: Opened, used: list[_Kept]) -> str:
        if opened.head is not None and len(opened.names) > 1:
            return opened.text  # lists of several events may be of several shapes
        found = [self._take(cursor, name, opened) for name in opened.names]
        used += [kept for kept in found if kept is not None]
        if len(used) < len(found):
            return opened.text
        return "\nUNION ALL ".join(_select(kept, opened) for kept in found if kept is not None)

    def _take(self, cursor: duckdb.DuckDBPyConnection, name: str, opened: Opened) -> _Kept | None:
        with self._lock:
            place = self._places.setdefault(name, _Place())
        wish = self._wishes.join(name, opened)
        with place.lock:  # who asks for the same meanwhile waits until it is there
            kept = place.kept
            if kept is None or not kept.wish.holds(opened):
                if not self._is_worth_it(cursor, place, name, opened, wish):
                    return None
                kept = self._keep(cursor, place, name, wish)
            with self._lock:
                kept.users += 1
            return kept

    def _is_worth_it(
        self, cursor: duckdb.DuckDBPyConnection, place: _Place, name: str, opened: Opened, wish: Wish
    ) -> bool:
        named = f"SELECT count(*) FROM happenings WHERE name = {DUCKDB.text(name)}"  # noqa: S608
        if place.rows is None:
            place.rows = _count(cursor, named)
        with self._lock:
            others = sum(one.bytes for one in self._tables if one is not place.kept)
        if place.rows > ROWS_MAX or others + place.rows * wish.row_bytes > self._bytes_max:
            return False
        since, until = DUCKDB.instant(opened.since_us), DUCKDB.instant(opened.until_us)
        return _count(cursor, f"{named} AND time >= {since} AND time < {until}") * RANGE_SHARE >= place.rows

    def _keep(self, cursor: duckdb.DuckDBPyConnection, place: _Place, name: str, wish: Wish) -> _Kept:
        with self._lock:
            self._made += 1
            table = f"kizuna_kept_{self._made}"
        columns = [*OPENED_COLUMNS]
        if wish.paths:
            columns.append(f"{DUCKDB.open('properties', wish.paths)} AS doc")
        if wish.head is not None:
            columns.append(f"{DUCKDB.objects('properties', wish.head, wish.keys)} AS things")
        select = f"SELECT {', '.join(columns)} FROM happenings WHERE name = {DUCKDB.text(name)}"  # noqa: S608
        cursor.execute(f"CREATE TABLE {table} AS {select}").fetchall()
        kept = _Kept(table, wish, (place.rows or 0) * wish.row_bytes)
        with self._lock:
            self._tables.append(kept)
            before, place.kept = place.kept, kept
            if before is not None:
                before.old = True
        self._drop_old(cursor)
        return kept

    def _give_back(self, cursor: duckdb.DuckDBPyConnection, used: Sequence[_Kept]) -> None:
        with self._lock:
            for kept in used:
                kept.users -= 1
        self._drop_old(cursor)

    def _drop_old(self, cursor: duckdb.DuckDBPyConnection) -> None:
        with self._lock:
            unread = [one for one in self._tables if one.old and not one.users]
            self._tables = [one for one in self._tables if one not in unread]
        for kept in unread:
            cursor.execute(f"DROP TABLE {kept.table}").fetchall()


def _count(cursor: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(cursor.execute(sql).fetchall()[0][0])


def _select(kept: _Kept, opened: Opened) -> str:
    columns = [*OPENED_COLUMNS]
    if opened.paths:
        places = [f"doc[{kept.wish.paths.index(path) + 1}]" for path in opened.paths]
        columns.append("doc" if opened.paths == kept.wish.paths else f"[{', '.join(places)}] AS doc")
    if opened.head is not None:
        columns.append("things")
    return f"SELECT {', '.join(columns)} FROM {kept.table}"  # noqa: S608
