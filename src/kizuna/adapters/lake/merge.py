"""Merging sorted runs as a stream: memory does not depend on how long the runs are.

A *run* is an iterator of Arrow batches in ascending order of the integer columns ``order``. Every
step takes from all runs what is at or below the smallest of their last buffered rows, sorts that,
and gives it out; so each row is read once, and only one batch of each run is held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa

Key = tuple[int, ...]

FAN_IN_MAX = 64
BUFFER_ROWS = 32 * 1024
"""Rows held over all runs; about 16 MB of typical events, of which a step makes two or three copies."""


def batch_rows(runs_n: int) -> int:
    """How long the batches of each of so many runs should be."""
    return max(512, BUFFER_ROWS // max(1, runs_n))


def order_columns(batch: pa.RecordBatch | pa.Table, order: Sequence[str]) -> list[np.ndarray]:
    return [_as_ints(batch.column(name)) for name in order]


def _as_ints(column: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """An integer or time column without nulls, as its buffer has it (``to_numpy`` imports pandas)."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    buffer = column.buffers()[1]
    width = column.type.bit_width // 8
    if buffer is None or len(column) == 0:
        return np.empty(0, f"int{width * 8}")
    return np.frombuffer(buffer, f"int{width * 8}", len(column), column.offset * width)


def take_rows(table: pa.Table, rows: np.ndarray) -> pa.Table:
    """Rows by number. ``pyarrow.array`` would do, but imports pandas where there is one: 45 MB."""
    numbers = np.ascontiguousarray(rows, dtype="int64")
    return table.take(pa.Array.from_buffers(pa.int64(), len(numbers), [None, pa.py_buffer(numbers)]))


def count_up_to(columns: Sequence[np.ndarray], bound: Key) -> int:
    """How many leading rows of sorted ``columns`` are at or below ``bound``, compared column by column."""
    low, high = 0, len(columns[0])
    for column, value in zip(columns, bound, strict=True):
        part = column[low:high]
        low, high = low + int(np.searchsorted(part, value, "left")), low + int(np.searchsorted(part, value, "right"))
    return high


class _Cursor:
    """The unread rest of one run's present batch."""

    def __init__(self, run: Iterator[pa.RecordBatch], order: Sequence[str]) -> None:
        self._run = run
        self._order = order
        self._batch: pa.RecordBatch | None = None
        self._columns: list[np.ndarray] = []
        self.alive = self._advance()

    @property
    def last(self) -> Key:
        return tuple(int(column[-1]) for column in self._columns)

    def take(self, bound: Key, into: list[pa.RecordBatch]) -> None:
        while self.alive and self._batch is not None:
            count = count_up_to(self._columns, bound)
            if count:
                into.append(self._batch.slice(0, count))
            if count < self._batch.num_rows:
                self._batch = self._batch.slice(count)
                self._columns = [column[count:] for column in self._columns]
                return
            self.alive = self._advance()

    def _advance(self) -> bool:
        for batch in self._run:
            if batch.num_rows:
                self._batch = batch
                self._columns = order_columns(batch, self._order)
                return True
        self._batch = None
        return False


def merge_runs(runs: Iterable[Iterator[pa.RecordBatch]], order: Sequence[str]) -> Iterator[pa.Table]:
    """One ascending stream of tables out of many runs; rows that compare equal keep the runs' order."""
    cursors = [cursor for cursor in (_Cursor(run, order) for run in runs) if cursor.alive]
    while cursors:
        taken: list[pa.RecordBatch] = []
        bound = min(cursor.last for cursor in cursors)
        for cursor in cursors:
            cursor.take(bound, taken)
        yield sort_table(pa.Table.from_batches(taken), order) if len(taken) > 1 else pa.Table.from_batches(taken)
        cursors = [cursor for cursor in cursors if cursor.alive]


def sort_table(table: pa.Table, order: Sequence[str]) -> pa.Table:
    """Stable; numpy's sort of integer columns is several times faster than Arrow's of mixed ones."""
    columns = order_columns(table, order)
    return take_rows(table.combine_chunks(), np.lexsort(columns[::-1]))


def is_sorted(table: pa.Table, order: Sequence[str]) -> bool:
    """True when rows ascend by ``order``."""
    columns = order_columns(table, order)
    undecided = np.ones(max(0, table.num_rows - 1), dtype=bool)
    for column in columns:
        if bool((undecided & (column[1:] < column[:-1])).any()):
            return False
        undecided &= column[1:] == column[:-1]
    return True
