"""Rows of others that name somebody who is to go: a neighbour's event at the person's computer.

Nothing but the values tells which rows these are, so the columns of identifiers are read of every row
group: as they are and once for all people, for a customer more costs a look into a set.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kizuna.adapters.lake.merge import order_columns
from kizuna.kernel.unname import unname

pc: Any = import_module("pyarrow.compute")

_IDS = ("user_id", "anonymous_id")
_COLUMNS = (*_IDS, "identifiers")
_BETWEEN = "],["


@dataclass(frozen=True)
class Named:
    """Identifiers that are to go from rows of the events, whosever the rows are."""

    pairs: frozenset[tuple[str, str]]
    """Normalised (type, value)."""
    received_before_us: int | None = None
    """Exclusive, microseconds since 1970."""

    def find_groups(self, file: pq.ParquetFile, known: Collection[int] = ()) -> Iterator[int]:
        """Row groups with such rows, but for those that are known."""
        columns = ["identifiers", *self._ids]
        if self.received_before_us is not None:
            columns.append("received_at")
        for group in range(file.metadata.num_row_groups):
            if group not in known and len(self.find(file.read_row_group(group, columns=columns, use_threads=False))):
                yield group

    def find(self, table: pa.Table) -> np.ndarray:
        """Numbers of the rows that hold one of the identifiers."""
        mask = self._find_in_lists(table.column("identifiers").combine_chunks())
        for name, values in self._ids.items():
            mask |= pc.is_in(table.column(name), value_set=values).to_numpy()
        if self.received_before_us is not None:
            mask &= order_columns(table, ("received_at",))[0] < self.received_before_us
        return np.flatnonzero(mask)

    def take_out(self, table: pa.Table) -> pa.Table:
        """The same rows, without the identifiers."""
        plain = [table.column(name).cast(pa.string()).combine_chunks() for name in _COLUMNS]
        read = table
        for name, column in zip(_COLUMNS, plain, strict=True):
            read = _replace(read, name, column)
        rows = self.find(read)
        if not len(rows):
            return table
        mask = np.zeros(table.num_rows, dtype=bool)
        mask[rows] = True
        found = zip(*(column.take(pa.array(rows)).to_pylist() for column in plain), strict=True)
        left = zip(*(unname(names, self.pairs) for names in found), strict=True)
        for name, column, values in zip(_COLUMNS, plain, left, strict=True):
            table = _replace(table, name, pc.replace_with_mask(column, pa.array(mask), pa.array(values, pa.string())))
        return table

    @cached_property
    def _ids(self) -> dict[str, pa.Array]:
        """Values by column, of the columns that may hold any."""
        values = {name: sorted(value for type_, value in self.pairs if type_ == name) for name in _IDS}
        return {name: pa.array(some, pa.string()) for name, some in values.items() if some}

    @cached_property
    def _pieces(self) -> pa.Array:
        """The identifiers as they stand in a list that was cut between its pairs."""
        ends = [(start, end) for start in ("", "[[") for end in ("", "]]")]
        return pa.array([f"{start}{text}{end}" for text in self._texts for start, end in ends], pa.string())

    @cached_property
    def _texts(self) -> list[str]:
        return [msgspec.json.encode(pair).decode()[1:-1] for pair in sorted(self.pairs)]

    def _find_in_lists(self, lists: pa.Array) -> np.ndarray:
        pieces = pc.split_pattern(lists, _BETWEEN)
        hits = pc.is_in(pc.list_flatten(pieces), value_set=self._pieces)
        mask = np.zeros(len(lists), dtype=bool)
        mask[pc.list_parent_indices(pieces).filter(hits).to_numpy()] = True
        for text in self._texts:
            if _BETWEEN in text:  # cut itself
                mask |= pc.fill_null(pc.match_substring(lists, text), False).to_numpy(zero_copy_only=False)
        return mask


def _replace(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    place = table.schema.get_field_index(name)
    return table.set_column(place, pa.field(name, column.type), column)
