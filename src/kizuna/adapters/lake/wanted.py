"""Which rows of a table are meant, and where in its files they are.

Statistics rule out most row groups unread: within an event name a sorted file ascends by key, so one
customer's rows can be in one group of each name. Of the others only the columns that decide are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kizuna.adapters.lake.merge import order_columns
from kizuna.adapters.lake.runs import open_parquet
from kizuna.adapters.lake.storage import Folder
from kizuna.kernel.lake import TableName, month_of

if TYPE_CHECKING:
    from kizuna.adapters.lake.named import Named

Hits = dict[int, np.ndarray]
"""Ascending row numbers within the row group, by row group; groups that stay as they are are missing. One of
which rows lose nothing but identifiers has none."""

KEY_COLUMNS: dict[TableName, tuple[str, ...]] = {
    "events": ("key",),
    "profiles": ("profile_key",),
    "aliases": ("key", "profile_key"),
}


@dataclass(frozen=True)
class Wanted:
    """Rows for which all that is given holds. Times are microseconds since 1970; the bounds are exclusive."""

    keys: np.ndarray | None = None
    """Ascending."""
    key_columns: tuple[str, ...] = ("key",)
    """One of them must hold a key."""
    names: frozenset[str] | None = None
    before_us: int | None = None
    received_before_us: int | None = None

    @property
    def columns(self) -> list[str]:
        found = list(self.key_columns) if self.keys is not None else []
        found += ["name"] if self.names is not None else []
        return found + [name for name, _ in self._bounds]

    @property
    def _bounds(self) -> list[tuple[str, int]]:
        bounds = (("time", self.before_us), ("received_at", self.received_before_us))
        return [(name, bound) for name, bound in bounds if bound is not None]

    def find(self, batch: pa.RecordBatch | pa.Table) -> np.ndarray:
        """Numbers of the rows that are meant."""
        mask = np.ones(batch.num_rows, dtype=bool)
        if self.keys is not None:
            held = [np.isin(values, self.keys) for values in order_columns(batch, self.key_columns)]
            mask &= np.logical_or.reduce(held)
        for name, bound in self._bounds:
            mask &= order_columns(batch, (name,))[0] < bound
        rows = np.flatnonzero(mask)
        if self.names is not None and len(rows):
            values = batch.column("name").to_pylist()
            rows = rows[[values[row] in self.names for row in rows.tolist()]]
        return rows

    def may_hold(self, statistics: dict[str, Any]) -> bool:
        """False when the statistics of a row group say that no row of it is meant."""
        if self.keys is not None:
            ranges = [statistics.get(name) for name in self.key_columns]
            if not any(found is None or self.overlaps(found.min_raw, found.max_raw) for found in ranges):
                return False
        for name, bound in self._bounds:
            found = statistics.get(name)
            if found is not None and found.min_raw >= bound:
                return False
        name = statistics.get("name") if self.names is not None else None
        return name is None or name.min != name.max or name.min in (self.names or ())

    def wants_month(self, month: str | None) -> bool:
        """False for a month that begins too late."""
        if month is None or self.before_us is None:
            return True
        return month <= month_of(datetime.fromtimestamp(self.before_us // 1_000_000, UTC))

    def overlaps(self, low: int, high: int) -> bool:
        """Whether a key is in the range, both ends included."""
        keys = self.keys
        return keys is None or bool(np.searchsorted(keys, low, "left") < np.searchsorted(keys, high, "right"))


def want_keys(table: TableName, keys: Sequence[int], received_before_us: int | None = None) -> Wanted:
    """All rows of the keys; of events those received before a moment, if one is given."""
    bound = received_before_us if table == "events" else None
    return Wanted(np.unique(np.asarray(keys, dtype="int64")), KEY_COLUMNS[table], received_before_us=bound)


def find_hits(folder: Folder, path: str, wanted: Wanted, named: Named | None = None) -> Hits:
    """Where in a file the rows are that are meant, and the groups with others that are to lose identifiers."""
    with open_parquet(folder, path) as file:
        hits = {group: rows for group, rows in _find(file, wanted) if len(rows)}
        if named is not None:
            hits |= {group: np.empty(0, dtype="int64") for group in named.find_groups(file, hits)}
        return hits


def holds_any(folder: Folder, path: str, wanted: Wanted, named: Named | None = None) -> bool:
    with open_parquet(folder, path) as file:
        if any(len(rows) for _, rows in _find(file, wanted)):
            return True
        return named is not None and any(True for _ in named.find_groups(file))


def _find(file: pq.ParquetFile, wanted: Wanted) -> Iterator[tuple[int, np.ndarray]]:
    columns = wanted.columns
    places = {name: file.schema_arrow.get_field_index(name) for name in columns}
    for group in range(file.metadata.num_row_groups):
        entry = file.metadata.row_group(group)
        statistics = {name: entry.column(place).statistics for name, place in places.items()}
        if wanted.may_hold({name: found for name, found in statistics.items() if found and found.has_min_max}):
            yield group, wanted.find(file.read_row_group(group, columns=columns, use_threads=False))
