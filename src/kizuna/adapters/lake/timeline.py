"""One profile's events, newest first: month by month, until there are enough."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kizuna.adapters.lake.merge import order_columns, take_rows
from kizuna.adapters.lake.runs import open_parquet
from kizuna.adapters.lake.storage import Folder
from kizuna.adapters.lake.tables import LiveFile, Snapshot, Table
from kizuna.adapters.lake.timeline_index import ORDER, TimelineIndex, index_schema
from kizuna.kernel.lake import TimelineEvent, month_of

OPEN_INDEXES_MAX = 64
OPEN_FOOTERS_MAX = 128
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_US, _LAST_US = -(1 << 62), 1 << 62


@dataclass(frozen=True)
class Page:
    """What is asked of a timeline. Times are microseconds since 1970, both ends included."""

    keys: tuple[int, ...]
    limit: int
    names: tuple[str, ...]
    touchpoints: tuple[str, ...]
    low_us: int
    high_us: int
    before: tuple[int, str] | None

    def wants_month(self, month: str) -> bool:
        low = "" if self.low_us == _FIRST_US else month_of(_moment(self.low_us))
        high = "9999-99" if self.high_us == _LAST_US else month_of(_moment(self.high_us))
        return low <= month <= high


def make_page(
    keys: Sequence[int],
    *,
    before: tuple[datetime, str] | None,
    limit: int,
    names: Sequence[str],
    touchpoints: Sequence[str],
    since: datetime | None,
    until: datetime | None,
) -> Page:
    cursor = None if before is None else (to_micros(before[0]), before[1])
    high = _LAST_US if until is None else to_micros(until) - 1
    return Page(
        keys=tuple(sorted(set(keys))),
        limit=limit,
        names=tuple(names),
        touchpoints=tuple(touchpoints),
        low_us=_FIRST_US if since is None else to_micros(since),
        high_us=high if cursor is None else min(high, cursor[0]),
        before=cursor,
    )


def to_micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(us: int) -> datetime:
    """The nearest moment of the years 1 to 9999; a zone can put what a caller wrote outside of them."""
    return _EPOCH + timedelta(microseconds=min(max(us, _MIN_US), _MAX_US))


_MIN_US = to_micros(datetime.min.replace(tzinfo=UTC))
_MAX_US = to_micros(datetime.max.replace(tzinfo=UTC))


class TimelineReader:
    """Reads pages; keeps indexes and footers of immutable files open, the least used go first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._indexes: OrderedDict[str, TimelineIndex | None] = OrderedDict()
        self._footers: OrderedDict[str, pq.FileMetaData] = OrderedDict()
        self._versions: dict[str, int] = {}

    def read(self, table: Table, page: Page) -> list[TimelineEvent]:
        snapshot = table.snapshot()
        if snapshot is None or not page.keys or page.limit < 1:
            return []
        self._forget_gone(table.folder, snapshot)
        rows: list[dict[str, Any]] = []
        seen: set[tuple[int, str]] = set()
        for month in snapshot.months():
            if page.wants_month(month):
                _add_rows(rows, seen, self._month_rows(table.folder, snapshot, month, page), page)
                if len(rows) >= page.limit:
                    break
        return [_event(row) for row in rows[: page.limit]]

    def forget(self) -> None:
        with self._lock:
            self._indexes.clear()
            self._footers.clear()

    def _forget_gone(self, folder: Folder, snapshot: Snapshot) -> None:
        """An erased file stays on the disk as long as somebody has it open."""
        with self._lock:
            if self._versions.get(folder.url) == snapshot.version:
                return
            self._versions[folder.url] = snapshot.version
            live = {folder.full_path(file.path) for file in snapshot.files}
            live |= {folder.full_path(file.generation) for file in snapshot.files}
            for kept in (self._indexes, self._footers):
                for name in [name for name in kept if name.startswith(f"{folder.url}/") and name not in live]:
                    del kept[name]

    def _month_rows(self, folder: Folder, snapshot: Snapshot, month: str, page: Page) -> pa.Table:
        parts: list[pa.Table] = []
        generations: set[str] = set()
        for file in snapshot.files:
            if file.month != month:
                continue
            index = self._index(folder, file) if file.kind == "sorted" else None
            if index is None:
                parts += self._file_rows(folder, file, page)
            elif file.generation not in generations:
                generations.add(file.generation)
                parts += _index_rows(index, page)
        return pa.concat_tables(parts) if parts else index_schema().empty_table()

    def _index(self, folder: Folder, file: LiveFile) -> TimelineIndex | None:
        name = folder.full_path(file.generation)
        with self._lock:
            if name in self._indexes:
                self._indexes.move_to_end(name)
                return self._indexes[name]
        try:
            index = TimelineIndex(folder, file.generation)
        except FileNotFoundError:
            index = None
        with self._lock:
            self._indexes[name] = index
            if len(self._indexes) > OPEN_INDEXES_MAX:
                self._indexes.popitem(last=False)
        return index

    def _file_rows(self, folder: Folder, file: LiveFile, page: Page) -> Iterator[pa.Table]:
        """Rows out of a Parquet file: groups that cannot hold a key are skipped unread, then of the
        rest only the key column is read, and the wide columns where it has one."""
        name = folder.full_path(file.path)
        with self._lock:
            metadata = self._footers.get(name)
        with open_parquet(folder, file.path, metadata) as parquet:
            with self._lock:
                self._footers[name] = parquet.metadata
                if len(self._footers) > OPEN_FOOTERS_MAX:
                    self._footers.popitem(last=False)
            keys = np.asarray(page.keys, dtype="int64")
            groups = [group for group in _groups_with(parquet, keys) if _holds(parquet, group, keys)]
            if groups:
                columns = index_schema().names
                table = parquet.read_row_groups(groups, columns=columns, use_threads=False)
                yield _matching(table.select(columns), page, None)


def _groups_with(parquet: pq.ParquetFile, keys: np.ndarray) -> Iterator[int]:
    column = parquet.schema_arrow.get_field_index("key")
    for group in range(parquet.metadata.num_row_groups):
        statistics = parquet.metadata.row_group(group).column(column).statistics
        low, high = (statistics.min, statistics.max) if statistics is not None else (keys[0], keys[-1])
        if np.searchsorted(keys, low, "left") < np.searchsorted(keys, high, "right"):
            yield group


def _holds(parquet: pq.ParquetFile, group: int, keys: np.ndarray) -> bool:
    table = parquet.read_row_group(group, columns=["key"], use_threads=False)
    return bool(np.isin(order_columns(table, ("key",))[0], keys).any())


def _index_rows(index: TimelineIndex, page: Page) -> Iterator[pa.Table]:
    for key in page.keys:
        found = 0
        for batch in index.read_newest(key, page.low_us, page.high_us):
            part = _matching(pa.Table.from_batches([batch]), page, key)
            found += part.num_rows
            yield part
            if found > page.limit:
                break


def _matching(table: pa.Table, page: Page, key: int | None) -> pa.Table:
    keys, times = order_columns(table, ORDER)
    mask = keys == key if key is not None else np.isin(keys, page.keys)
    mask &= (times >= page.low_us) & (times <= page.high_us)
    # Few rows match: taking them is cheap, so text is compared on those only.
    kept = take_rows(table, np.flatnonzero(mask))
    for name, wanted in (("name", page.names), ("touchpoint", page.touchpoints)):
        if wanted and kept.num_rows:
            values = kept.column(name).to_pylist()
            kept = take_rows(kept, np.array([i for i, value in enumerate(values) if value in wanted], dtype="int64"))
    return kept


def _add_rows(rows: list[dict[str, Any]], seen: set[tuple[int, str]], found: pa.Table, page: Page) -> None:
    """The newest of a month that the page has not shown, without repetitions."""
    narrow = [order_columns(found, ("time",))[0].tolist(), found.column("message_id").to_pylist()]
    order = sorted(range(found.num_rows), key=lambda i: (narrow[0][i], narrow[1][i]), reverse=True)
    taken: list[int] = []
    sources = found.column("source_id").to_pylist()
    for i in order:
        place = (narrow[0][i], narrow[1][i])
        if page.before is not None and place >= page.before:
            continue
        identity = (sources[i], narrow[1][i])
        if identity not in seen:
            seen.add(identity)
            taken.append(i)
            if len(rows) + len(taken) >= page.limit:
                break
    rows += to_dicts(take_rows(found, np.array(taken, dtype="int64")))


def to_dicts(table: pa.Table) -> list[dict[str, Any]]:
    """Rows with times in ``datetime.UTC`` (Arrow's own way to Python's times imports pandas)."""
    columns: list[list[Any]] = []
    for field in table.schema:
        column = table.column(field.name)
        if pa.types.is_timestamp(field.type):
            moments = [_moment(us) for us in order_columns(table, (field.name,))[0].tolist()]
            there = column.is_valid().to_pylist() if column.null_count else [True] * len(moments)
            columns.append([moment if given else None for moment, given in zip(moments, there, strict=True)])
        else:
            columns.append(column.to_pylist())
    return [dict(zip(table.schema.names, values, strict=True)) for values in zip(*columns, strict=True)]


def _event(row: dict[str, Any]) -> TimelineEvent:
    row["properties"] = msgspec.Raw(row["properties"].encode())
    row["context"] = msgspec.Raw(row["context"].encode())
    return TimelineEvent(**row)
