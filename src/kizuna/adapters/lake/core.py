"""The lake's work, done in the calling thread. ``delta.DeltaLake`` gives it threads."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa

from kizuna.adapters.engines.messages import LakeView, Source
from kizuna.adapters.lake.layout import WrittenFile, write_run
from kizuna.adapters.lake.merge import sort_table
from kizuna.adapters.lake.storage import Storage, again_when_gone, storage_errors
from kizuna.adapters.lake.tables import Snapshot, Table
from kizuna.adapters.lake.timeline import TimelineReader, make_page, to_micros
from kizuna.adapters.lake.timeline_index import INDEX_FOLDER, indexed_generation
from kizuna.adapters.lake.wanted import Wanted, want_keys
from kizuna.kernel.errors import Invalid
from kizuna.kernel.lake import (
    Appended,
    Erased,
    Progress,
    SqlMask,
    StopFlag,
    TableName,
    TableState,
    TimelineEvent,
    table_schema,
)

if TYPE_CHECKING:
    from kizuna.adapters.lake.compact import Work
    from kizuna.adapters.lake.named import Named

TABLES: tuple[TableName, ...] = ("events", "profiles", "aliases")


class LakeCore:
    def __init__(self, url: str, options: dict[str, str] | None, memory_mb: int) -> None:
        self.storage = Storage(url, options)
        self._memory_mb = memory_mb
        self._tables: dict[tuple[int, TableName], Table] = {}
        self._lock = threading.Lock()
        self._timelines = TimelineReader()

    def table(self, workspace_id: int, name: TableName) -> Table:
        with self._lock:
            found = self._tables.get((workspace_id, name))
            if found is None:
                found = self._tables[workspace_id, name] = Table(self.storage, workspace_id, name)
            return found

    def append(self, workspace_id: int, name: TableName, rows: pa.Table, load_id: int | None, app_id: str) -> Appended:
        table = self.table(workspace_id, name)
        rows = _check_rows(rows, name)
        last = None if load_id is None else table.last_load(app_id)
        if load_id is not None and last is not None and load_id <= last:
            snapshot = table.snapshot()
            return Appended(snapshot.version if snapshot else -1, 0, written=False)
        files: list[WrittenFile] = []
        with storage_errors("writing a load"):
            for month, part in _split_months(rows, name):
                stem = f"load-{'x' if load_id is None else load_id}-{uuid.uuid4().hex}"
                files += write_run(table.folder, table.layout, month, stem, [sort_table(part, table.layout.order)])
        version, written = table.add(files, app_id, load_id)
        if not written:
            for file in files:
                table.folder.delete(file.path)
        return Appended(version, rows.num_rows if written else 0, written)

    def table_state(self, workspace_id: int, name: TableName) -> TableState | None:
        snapshot = self.table(workspace_id, name).snapshot()
        if snapshot is None:
            return None
        files = snapshot.files
        return TableState(
            version=snapshot.version,
            files=len(files),
            unmerged_files=sum(file.kind == "fresh" for file in files),
            rows=sum(file.rows for file in files),
            bytes=sum(file.size for file in files),
        )

    def make_work(self, **options: Any) -> Work:
        from kizuna.adapters.lake.compact import Work

        return Work(memory_mb=self._memory_mb, **options)

    def vacuum(self, workspace_id: int, retention_h: int) -> int:
        deleted = 0
        for name in TABLES:
            table = self.table(workspace_id, name)
            deleted += len(table.vacuum(retention_h))
            if name == "events":
                deleted += self._vacuum_indexes(table, retention_h)
        self._timelines.forget()
        return deleted

    def _vacuum_indexes(self, table: Table, retention_h: int) -> int:
        """Indexes whose generation is no longer part of the table; young ones may be about to be."""
        snapshot = table.snapshot()
        live = {file.generation for file in snapshot.files} if snapshot else set[str]()
        oldest = time.time() - retention_h * 3600
        deleted = 0
        with storage_errors("deleting old files"):
            for path, changed_at in table.folder.list(INDEX_FOLDER):
                if indexed_generation(path) not in live and changed_at <= oldest:
                    table.folder.delete(path)
                    deleted += 1
        return deleted

    def read_timeline(self, workspace_id: int, keys: Sequence[int], **page: Any) -> list[TimelineEvent]:
        table = self.table(workspace_id, "events")
        with storage_errors("reading a timeline"):
            return again_when_gone(lambda: self._timelines.read(table, make_page(keys, **page)))

    def known_message_ids(self, workspace_id: int, source_id: int, ids: pa.Array, months: Sequence[str]) -> pa.Array:
        from kizuna.adapters.lake.duplicates import known_ids
        from kizuna.adapters.lake.work import open_work

        table = self.table(workspace_id, "events")

        def look() -> pa.Array:
            snapshot = table.snapshot()
            files = [] if snapshot is None else [f for f in snapshot.files if not months or f.month in months]
            with open_work(self._memory_mb) as work:
                return known_ids(work, table.folder, files, source_id, ids)

        with storage_errors("looking for known messages"):
            return again_when_gone(look)

    def erase(
        self,
        workspace_id: int,
        tables: Sequence[TableName],
        want: Callable[[TableName], Wanted],
        progress: Progress | None = None,
        stop: StopFlag | None = None,
        named: Named | None = None,
    ) -> Erased:
        """Removes rows from the tables, one after the other, and what is ``named`` from those of events."""
        from kizuna.adapters.lake.erase import Tally, erase_rows
        from kizuna.adapters.lake.rewrite import Erasing, Stopped

        erased = Erased()
        for name in tables:
            tally = Tally()
            stopped = False
            try:
                erasing = Erasing(want(name), stop=stop)
                if name == "events":
                    erasing = Erasing(want(name), named, progress, stop)
                erase_rows(self.table(workspace_id, name), erasing, tally)
            except Stopped:
                stopped = True
            erased = msgspec.structs.replace(tally.into(erased, name), stopped=stopped)
            if stopped:
                break
        self._timelines.forget()
        return erased

    def erase_keys(
        self,
        workspace_id: int,
        keys: Sequence[int],
        received_before: datetime | None,
        identifiers: Sequence[tuple[str, str]] = (),
        **told: Any,
    ) -> Erased:
        from kizuna.adapters.lake.named import Named

        bound = None if received_before is None else to_micros(received_before)
        tables: Sequence[TableName] = TABLES if keys else ("events",) if identifiers else ()
        named = Named(frozenset(identifiers), bound) if identifiers else None
        return self.erase(workspace_id, tables, lambda name: want_keys(name, keys, bound), named=named, **told)

    def erase_events(
        self,
        workspace_id: int,
        names: Sequence[str],
        before: datetime,
        keys: Sequence[int] | None,
        dry_run: bool,
        **told: Any,
    ) -> Erased:
        from kizuna.adapters.lake.erase import count_rows

        wanted = Wanted(
            keys=None if keys is None else np.unique(np.asarray(keys, dtype="int64")),
            names=frozenset(names),
            before_us=to_micros(before),
        )
        if dry_run:
            table = self.table(workspace_id, "events")
            return again_when_gone(lambda: Erased(events=count_rows(table, wanted)))
        return self.erase(workspace_id, ("events",), lambda _: wanted, **told)

    def read_person(self, workspace_id: int, keys: Sequence[int], batch_rows: int) -> Iterator[list[dict[str, Any]]]:
        from kizuna.adapters.lake.person import read_rows

        return read_rows(self.table(workspace_id, "events"), want_keys("events", keys), batch_rows)

    def view(self, workspace_id: int, mask: SqlMask | None = None) -> LakeView:
        """What a query of this moment reads."""
        sources: dict[TableName, Source] = {}
        for name in TABLES:
            table = self.table(workspace_id, name)
            snapshot = table.snapshot()
            if snapshot is not None:
                sources[name] = _source(table, snapshot)
        storage = self.storage
        return LakeView(workspace_id, f"{storage.url}/ws={workspace_id}", storage.local, storage.options, sources, mask)

    def check(self) -> None:
        folder = self.storage.folder(0, "check")
        path = f"{uuid.uuid4().hex}.txt"
        with storage_errors("being checked"):
            with folder.open_output(path) as file:
                file.write(b"kizuna")
            with folder.open_input(path) as file:
                assert file.read() == b"kizuna"
            folder.delete(path)

    def close(self) -> None:
        self._timelines.forget()
        with self._lock:
            self._tables.clear()


def _source(table: Table, snapshot: Snapshot) -> Source:
    files = sorted(file.path for file in snapshot.files)
    tidy = all(file.kind == "sorted" for file in snapshot.files)
    tidy = tidy and len({file.generation for file in snapshot.files}) <= 1
    return Source(snapshot.version, [table.folder.full_path(f) if table.folder.local else f for f in files], tidy)


def _check_rows(rows: pa.Table, name: TableName) -> pa.Table:
    schema = table_schema(name)
    try:
        return rows.select(schema.names).cast(schema)
    except (KeyError, ValueError, pa.ArrowException) as error:
        raise Invalid("lake_columns", f"These rows are not of the lake's table “{name}”: {error}") from error


def _split_months(rows: pa.Table, name: TableName) -> list[tuple[str | None, pa.Table]]:
    if rows.num_rows == 0:
        return []
    if name != "events":
        return [(None, rows)]
    narrow = rows.drop_columns(["month"])
    coded = rows.column("month").combine_chunks().dictionary_encode()
    months: list[str] = coded.dictionary.to_pylist()
    if len(months) == 1:
        return [(months[0], narrow)]
    codes = coded.indices.to_numpy()
    return [(month, narrow.filter(pa.array(codes == code))) for code, month in enumerate(months)]
