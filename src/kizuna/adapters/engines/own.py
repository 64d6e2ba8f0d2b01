"""Kizuna's own SQL over a lake, in threads of this process: what it may ask is not in question, only how much.

An instance stays for a while after its last query: opening a lake's files and joining keys costs a second or
two, and whoever asks once asks again, as the builder of a segment does at every change.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from kizuna.adapters.engines.duckdb import explain_error
from kizuna.adapters.engines.fold import register_fold
from kizuna.adapters.engines.messages import LakeView
from kizuna.adapters.engines.shelf import Shelf, Wishes
from kizuna.adapters.engines.statements import join_relations
from kizuna.adapters.engines.views import has_aliases, lock, make_tables, open_duckdb, open_remote, present_profiles
from kizuna.adapters.lake.scratch import open_scratch
from kizuna.adapters.lake.storage import READ_TRIES, is_gone
from kizuna.kernel.errors import Conflict, Unavailable
from kizuna.kernel.lake import Opened

WARM_MAX = 2
WARM_S = 60.0
KEPT_SHARE = 4
"""What of the memory of queries what is kept of properties may take at most: one part of so many."""


class Query:
    """One query, as whoever waits for it sees it: it may be stopped at any moment."""

    def __init__(self, sql: str, tables: Mapping[str, pa.Table], opened: Mapping[str, Opened] | None = None) -> None:
        self.sql, self.tables, self.opened = sql, tables, opened or {}
        self._stopped = threading.Event()
        self._cursor: duckdb.DuckDBPyConnection | None = None

    def stop(self) -> None:
        """Call it until the query has ended: one that has not begun yet hears nothing."""
        self._stopped.set()
        cursor = self._cursor
        if cursor is not None:
            with suppress(duckdb.Error):  # closed meanwhile
                cursor.interrupt()

    def run(self, cursor: duckdb.DuckDBPyConnection, shelf: Shelf) -> pa.Table:
        try:
            for name, table in self.tables.items():
                cursor.register(name, table)
            self._cursor = cursor
            if self._stopped.is_set():
                raise Conflict("sql_cancelled", "The query was cancelled.")
            with shelf.lend(cursor, self.opened) as opened:
                return cursor.sql(join_relations(self.sql, opened)).to_arrow_table()
        finally:
            self._cursor = None
            cursor.close()


class Instance:
    """A DuckDB over one version of one lake, for several queries at once."""

    def __init__(self, view: LakeView, *, memory_mb: int, threads: int, wishes: Wishes) -> None:
        self.view = view
        self._shelf = Shelf(wishes, (memory_mb << 20) // KEPT_SHARE)
        self.running = 0
        self.used_at = time.monotonic()
        self._opened = ExitStack()
        try:
            spill_dir = self._opened.enter_context(open_scratch("kizuna-sql-"))
            connection = open_duckdb(memory_mb=memory_mb, threads=threads, spill_dir=spill_dir)
            self._connection = self._opened.enter_context(connection)
            make_tables(connection, view)
            self._remote = open_remote(view)
            connection.execute(_PEOPLE_SQL.format(rows=present_profiles(view)))
            joined = has_aliases(view)
            connection.execute(_HAPPENINGS_SQL.format(**(_JOINED if joined else _ALONE)))
            register_fold(connection)
            lock(connection, view)
        except BaseException:
            self.close()
            raise

    def run(self, query: Query) -> pa.Table:
        cursor = self._connection.cursor()
        for name, dataset in self._remote.items():
            cursor.register(name, dataset)
        return query.run(cursor, self._shelf)

    def close(self) -> None:
        self._opened.close()


@dataclass
class Instances:
    """The instances of this process: one for each lake that is asked, few at a time."""

    memory_mb: int
    threads: int
    _warm: dict[int, Instance] = field(default_factory=dict[int, Instance])
    _wishes: dict[int, Wishes] = field(default_factory=dict[int, Wishes])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, view: LakeView, query: Query) -> pa.Table:
        """In the calling thread. Raises what DuckDB's errors mean to whoever asked."""
        instance = self._take(view)
        try:
            return instance.run(query)
        except (duckdb.Error, pa.ArrowException, MemoryError) as error:
            if is_gone(error):
                raise Unavailable("lake_unavailable", "Files of the lake were deleted meanwhile; try again.") from error
            raise explain_error(error) from error
        finally:
            self._give_back(instance)

    def sweep(self) -> bool:
        """Closes what was idle for long; true when anything is left."""
        oldest = time.monotonic() - WARM_S
        with self._lock:
            old = [one for one in self._warm.values() if not one.running and one.used_at <= oldest]
            self._forget(old)
            left = bool(self._warm)
        _close(old)
        return left

    def close(self) -> None:
        with self._lock:
            every = list(self._warm.values())
            self._forget(every)
        _close([one for one in every if not one.running])

    def _take(self, view: LakeView) -> Instance:
        # The lock is held while one is opened: two for the same lake would take twice the memory.
        with self._lock:
            found = self._warm.get(view.workspace_id)
            if found is None or found.view != view:
                found = self._open(view)
            found.running += 1
            return found

    def _open(self, view: LakeView) -> Instance:
        others = sorted(self._warm.values(), key=lambda one: one.used_at)
        old = [one for one in others if one.view.workspace_id == view.workspace_id]
        old += [one for one in others if one not in old][: max(0, len(others) - len(old) - WARM_MAX + 1)]
        self._forget(old)
        _close([one for one in old if not one.running])
        wishes = self._wishes.setdefault(view.workspace_id, Wishes())
        made = Instance(view, memory_mb=self.memory_mb, threads=self.threads, wishes=wishes)
        self._warm[view.workspace_id] = made
        return made

    def _give_back(self, instance: Instance) -> None:
        with self._lock:
            instance.running -= 1
            instance.used_at = time.monotonic()
            over = not instance.running and self._warm.get(instance.view.workspace_id) is not instance
        if over:
            instance.close()

    def _forget(self, instances: list[Instance]) -> None:
        """One that runs is closed by its last query."""
        for one in instances:
            del self._warm[one.view.workspace_id]


def _close(instances: list[Instance]) -> None:
    for one in instances:
        one.close()


def run_again_when_changed(look: Callable[[], LakeView], instances: Instances, query: Query) -> pa.Table:
    """Once more when files were gone and the lake has another version: an erasure deletes at once."""
    view = look()
    for _ in range(READ_TRIES - 1):
        try:
            return instances.run(view, query)
        except Unavailable:
            before, view = view, look()
            if view == before:
                raise
    return instances.run(view, query)


_PEOPLE_SQL = """
    CREATE VIEW people AS
    SELECT profile_key, profile_id, name, identified, first_seen, last_seen, traits, identifiers
    FROM ({rows}) WHERE NOT deleted
"""
_HAPPENINGS_SQL = """
    CREATE VIEW happenings AS
    SELECT
        {key} AS profile_key, e.key, e.name, e.type, e.time, epoch_us(e.time) AS time_us, e.month, e.received_at,
        e.touchpoint, e.source_id, e.message_id, e.session_id, e.properties, e.context, e.load_id
    FROM kizuna_events AS e {join}
"""
_JOINED = {"key": "coalesce(a.profile_key, e.key)", "join": "LEFT JOIN kizuna_alias AS a ON a.key = e.key"}
_ALONE = {"key": "e.key", "join": ""}
