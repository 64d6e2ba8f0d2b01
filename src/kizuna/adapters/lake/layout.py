"""How each table lies on disk: its order, its encodings, and what the Delta log says of each file."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake.transaction import AddAction

from kizuna.adapters.lake.merge import order_columns
from kizuna.adapters.lake.storage import Folder
from kizuna.kernel.lake import TableName, table_schema

# Groups end where the event name changes, so a query for one name reads that name only. At 65,536
# rows opening a month costs 1 ms and a scan is as fast as with larger ones; at 8,192 it cost 4 ms.
ROW_GROUP_ROWS = 65_536
FILE_ROWS = 4_000_000


@dataclass(frozen=True)
class Layout:
    """The order of a table's rows, and how its columns are encoded."""

    table: TableName
    order: tuple[str, ...]
    partitioned: bool
    dictionary: tuple[str, ...]
    identity: str | None = None
    """Column of which compaction keeps one row, the last in ``order``."""

    @property
    def schema(self) -> pa.Schema:
        """The columns inside the files: without the partition."""
        schema = table_schema(self.table)
        return pa.schema([column for column in schema if column.name != "month"])

    @property
    def stats(self) -> tuple[str, ...]:
        """Columns whose bounds stand in the Delta log. None that names a customer: the log outlives the rows
        by days. Nothing is lost, as every file holds keys of the whole range."""
        return tuple(name for name in self.order if name in ("name_id", "time", "version"))

    @property
    def partition_by(self) -> list[str]:
        return ["month"] if self.partitioned else []


LAYOUTS: dict[TableName, Layout] = {
    "events": Layout(
        "events",
        ("name_id", "key", "time"),
        partitioned=True,
        dictionary=("name", "type", "touchpoint", "source_id", "user_id", "anonymous_id", "identifiers", "context"),
    ),
    "profiles": Layout(
        "profiles", ("profile_key", "version"), partitioned=False, dictionary=("deleted",), identity="profile_key"
    ),
    "aliases": Layout("aliases", ("key", "version"), partitioned=False, dictionary=(), identity="key"),
}


def writer_options(layout: Layout) -> dict[str, Any]:
    integers = [f.name for f in layout.schema if pa.types.is_integer(f.type) or pa.types.is_timestamp(f.type)]
    return {
        "compression": "zstd",
        "compression_level": 1,
        "use_dictionary": list(layout.dictionary),
        "column_encoding": {name: "DELTA_BINARY_PACKED" for name in integers if name not in layout.dictionary},
        "write_statistics": [*integers, *(n for n in ("name", "touchpoint") if n in layout.schema.names)],
    }


@dataclass
class WrittenFile:
    """A file that lies in the folder, and is not part of the table before it is committed."""

    path: str
    month: str | None
    size: int = 0
    rows: int = 0
    low: dict[str, int] = field(default_factory=dict)
    high: dict[str, int] = field(default_factory=dict)

    def note(self, rows: int, bounds: Mapping[str, tuple[int, int]]) -> None:
        """Counts in a row group: its rows, and the least and the greatest value of columns."""
        self.rows += rows
        for name, (low, high) in bounds.items():
            self.low[name] = min(self.low.get(name, low), low)
            self.high[name] = max(self.high.get(name, high), high)

    def add_action(self, *, data_change: bool) -> AddAction:
        stats = {
            "numRecords": self.rows,
            "minValues": {name: _stat(name, value, up=False) for name, value in self.low.items()},
            "maxValues": {name: _stat(name, value, up=True) for name, value in self.high.items()},
            "nullCount": dict.fromkeys(self.low, 0),
        }
        partition = {} if self.month is None else {"month": self.month}
        return AddAction(self.path, self.size, partition, int(time.time() * 1000), data_change, json.dumps(stats))


def _bounds(table: pa.Table, names: tuple[str, ...]) -> dict[str, tuple[int, int]]:
    columns = zip(names, order_columns(table, names), strict=True)
    return {name: (int(column.min()), int(column.max())) for name, column in columns}


def _stat(name: str, value: int, *, up: bool) -> int | str:
    """Delta's statistics of times have milliseconds: the upper one is rounded up, or rows would be skipped."""
    if name != "time":
        return value
    milliseconds = -(-value // 1000) if up else value // 1000
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}Z"


def write_run(
    folder: Folder, layout: Layout, month: str | None, stem: str, tables: Iterable[pa.Table]
) -> list[WrittenFile]:
    """Writes an ascending stream as files ``stem-0.parquet``, ``stem-1.parquet`` … one after the other."""
    files: list[WrittenFile] = []
    groups = _cut_groups(tables, layout)
    group = next(groups, None)
    try:
        while group is not None:
            prefix = f"month={month}/" if month else ""
            file = WrittenFile(f"{prefix}{stem}-{len(files)}.parquet", month)
            files.append(file)
            with (
                folder.open_output(file.path) as sink,
                pq.ParquetWriter(sink, layout.schema, **writer_options(layout)) as writer,
            ):
                while group is not None and file.rows < FILE_ROWS:
                    writer.write_table(group, row_group_size=ROW_GROUP_ROWS)
                    file.note(group.num_rows, _bounds(group, layout.stats))
                    group = next(groups, None)
            file.size = folder.size(file.path)
    except BaseException:
        for file in files:
            folder.delete(file.path)
        raise
    return files


def _cut_groups(tables: Iterable[pa.Table], layout: Layout) -> Iterator[pa.Table]:
    """Row groups: of one event name, and of at most ``ROW_GROUP_ROWS``."""
    held: list[pa.Table] = []
    held_rows = 0
    held_name: int | None = None
    for table in tables:
        for part, name in _split_names(table, layout):
            if held and (name != held_name or held_rows >= ROW_GROUP_ROWS):
                yield _join(held)
                held, held_rows = [], 0
            held.append(part)
            held_rows += part.num_rows
            held_name = name
    if held:
        yield _join(held)


def _join(tables: list[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables).combine_chunks()


def _split_names(table: pa.Table, layout: Layout) -> Iterator[tuple[pa.Table, int]]:
    step = ROW_GROUP_ROWS
    if layout.table != "events":
        yield from ((table.slice(at, step), 0) for at in range(0, table.num_rows, step))
        return
    names = order_columns(table, ("name_id",))[0]
    starts = np.flatnonzero(np.diff(names, prepend=-1 if len(names) == 0 else names[0] - 1))
    for start, end in zip(starts, [*starts[1:], len(names)], strict=True):
        for at in range(int(start), int(end), step):
            yield table.slice(at, min(step, int(end) - at)), int(names[start])
