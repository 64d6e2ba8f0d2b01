"""Counting rows in one pass: events, different people and sums, by period and label, by label, and in all.

SQL would read everything once for each of these; and different people by period cost it a hash of every pair, where a
bit for each does.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]

BITS_MAX = 1 << 31
"""Above 256 MB of bits pairs are sorted instead."""
HALVED_ROWS = 1_000_000
"""From so many rows on, two threads share them."""
_LOW_BITS = 31
"""Sums are kept in two halves, so that none overflows."""

BY_PERIOD, BY_LABEL, IN_ALL, OF_LABEL, OF_CALL = 0, 1, 2, 3, 4

SCHEMA = pa.schema(
    [
        ("grain", pa.int32()),
        ("bucket", pa.int32()),
        ("label", pa.string()),
        ("series", pa.int32()),
        ("events", pa.int64()),
        ("people", pa.int64()),
        ("valued", pa.int64()),
        ("sum_high", pa.int64()),
        ("sum_low", pa.int64()),
        ("least", pa.int64()),
        ("greatest", pa.int64()),
    ]
)
"""``sum_high`` times 2^31 plus ``sum_low`` is the sum; ``least`` and ``greatest`` are NULL where nothing is valued."""


def tally(
    table: pa.Table, *, series: int, buckets: int, labels_max: int, other: str, each: Sequence[int] = ()
) -> pa.Table:
    """A kernel. Columns: ``profile_key``; ``bucket`` from 0; ``label``, text or NULL; for each series i ``s{i}``,
    whether the row is of it, and ``v{i}``, a whole number or NULL; ``event``, a number that the rows of one event
    share. Without ``label`` none has one, without ``s{i}`` every row is of it, without ``v{i}`` nothing is added up,
    without ``event`` each row is an event.

    An event with several rows counts once with each label that it has, and once in all; and so does its number, but
    for the series in ``each``, whose numbers are of the rows.

    Gives rows of ``SCHEMA``: of each period and label (``BY_PERIOD``), of each label (``BY_LABEL``) and of all
    (``IN_ALL``); how many events of any series have each label (``OF_LABEL``); and for the call itself how many labels
    were put together as ``other`` (``OF_CALL``): all but the ``labels_max`` most frequent. Where there is more than
    one call, others must be known before.
    """
    names, labels = _labels_of(table)
    flags = [_column(table, f"s{number}", True).astype(np.bool_, copy=False) for number in range(series)]
    wanted = flags[0] if len(flags) == 1 else np.logical_or.reduce(flags)
    events = _events_of(table)
    often = _count_labels(
        labels, wanted if events is None else first_of(wanted, events, labels, len(names)), len(names)
    )
    folded, names, often, labels = _fold(names, often, labels, labels_max, other)
    rows: list[tuple[Any, ...]] = [(OF_CALL, -1, None, -1, folded, *_NOTHING)]
    rows += [(OF_LABEL, -1, name, -1, n, *_NOTHING) for name, n in zip(names, often, strict=True) if n]
    grid = _Grid(_column(table, "profile_key", 0), _column(table, "bucket", 0), labels, names, buckets, events)
    for number, flag in enumerate(flags):
        values = table.column(f"v{number}") if f"v{number}" in table.column_names else None
        rows += grid.count(number, flag, values, each=number in each)
    return _make(rows)


_NOTHING: tuple[Any, ...] = (0, 0, 0, 0, None, None)
"""People and values of a row that has none."""


def _labels_of(table: pa.Table) -> tuple[list[str | None], Any]:
    if "label" not in table.column_names:
        return [None], np.broadcast_to(np.int32(0), table.num_rows)
    coded = table.column("label").combine_chunks().dictionary_encode()
    names: list[str | None] = [*coded.dictionary.to_pylist(), None]
    return names, coded.indices.fill_null(len(names) - 1).to_numpy(zero_copy_only=False).astype(np.int32)


def _events_of(table: pa.Table) -> Any:
    """The events of the rows, counted from 0; None where each row is one."""
    if "event" not in table.column_names:
        return None
    return table.column("event").combine_chunks().dictionary_encode().indices.to_numpy()


def first_of(wanted: Any, events: Any, groups: Any, width: int) -> Any:
    """Which of the ``wanted`` rows are the first of their event in their group; groups are below ``width``."""
    found = np.zeros(len(wanted), np.bool_)
    total = (int(events.max()) + 1) * width if len(events) else 0
    if total <= BITS_MAX:
        # Of one layout, so that it is compiled once.
        rows, of, within = (np.ascontiguousarray(one) for one in (wanted, events, groups))
        _mark_first(rows, of, within, width, np.zeros((total >> 3) + 1, np.uint8), found)
        return found
    rows = np.flatnonzero(wanted)
    pairs = events[rows].astype(np.int64) * width + groups[rows]
    found[rows[np.unique(pairs, return_index=True)[1]]] = True
    return found


@njit(cache=True, nogil=True)
def _mark_first(  # pragma: no cover  # compiled
    wanted: Any, events: Any, groups: Any, width: int, seen: Any, found: Any
) -> None:
    for row in range(len(wanted)):
        if wanted[row]:
            pair = np.int64(events[row]) * width + groups[row]
            bit = np.uint8(1 << (pair & 7))
            if not seen[pair >> 3] & bit:
                seen[pair >> 3] |= bit
                found[row] = True


def _count_labels(labels: Any, wanted: Any, total: int) -> list[int]:
    if total == 1:
        return [int(np.count_nonzero(wanted))]
    return np.bincount(labels[wanted], minlength=total).tolist()


def _fold(
    names: list[str | None], often: list[int], labels: Any, labels_max: int, other: str
) -> tuple[int, list[str | None], list[int], Any]:
    """How many labels were put together; and the names, counts and numbers of rows that are left."""
    known = sorted(
        (-n, name, at) for at, (n, name) in enumerate(zip(often, names, strict=True)) if n and name is not None
    )
    if len(known) <= labels_max:
        return 0, names, often, labels
    kept = known[:labels_max]
    numbers = np.full(len(names), labels_max + 1, np.int32)
    numbers[[at for _, _, at in kept]] = np.arange(labels_max)
    numbers[-1] = labels_max
    counts = [-n for n, _, _ in kept] + [often[-1], -sum(n for n, _, _ in known[labels_max:])]
    return len(known) - labels_max, [*(name for _, name, _ in kept), None, other], counts, numbers[labels]


class _Grid:
    """The rows, with the groups of periods and labels that they are in."""

    def __init__(
        self, keys: Any, buckets: Any, labels: Any, names: list[str | None], periods: int, events: Any
    ) -> None:
        self.keys, self.buckets, self.labels, self.names, self.events = keys, buckets, labels, names, events
        self.periods, self.width, self.total = periods, len(names), periods * len(names)
        self._first = int(keys.min()) if len(keys) else 0
        self._words = ((int(keys.max()) - self._first) >> 6) + 1 if len(keys) else 1

    def count(self, series: int, flag: Any, values: Any, *, each: bool) -> list[tuple[Any, ...]]:
        once, in_all = self._once(flag)
        events, people = self._count_bits(once) if self._fits else self._count_pairs(once)
        if in_all is not once:
            events[IN_ALL] = np.array([np.count_nonzero(in_all)])
        sums = None if values is None else self._sums(*((flag, flag) if each else (once, in_all)), values)
        rows: list[tuple[Any, ...]] = []
        for grain in (BY_PERIOD, BY_LABEL, IN_ALL):
            for group in np.flatnonzero(events[grain]).tolist():
                bucket = group // self.width if grain == BY_PERIOD else -1
                name = None if grain == IN_ALL else self.names[group % self.width]
                told = _NOTHING[1:] if sums is None else tuple(column[group] for column in sums[grain])
                rows.append((grain, bucket, name, series, int(events[grain][group]), int(people[grain][group]), *told))
        return rows

    def _once(self, flag: Any) -> tuple[Any, Any]:
        """The rows by which events are counted: of each label, and of all."""
        if self.events is None:
            return flag, flag
        nothing = np.broadcast_to(np.int32(0), len(flag))
        return first_of(flag, self.events, self.labels, self.width), first_of(flag, self.events, nothing, 1)

    @property
    def _fits(self) -> bool:
        return self._words * self.total * 64 <= BITS_MAX

    def _count_bits(self, flag: Any) -> tuple[list[Ints], list[Ints]]:
        """A bit for each person in each group: larger groups are joined from smaller ones."""
        halves = 2 if self._words * self.total * 64 <= BITS_MAX // 4 and len(self.keys) >= HALVED_ROWS else 1

        def mark(half: int) -> tuple[Any, Ints]:
            part = slice(len(self.keys) * half // halves, len(self.keys) * (half + 1) // halves)
            seen = np.zeros((self.total, self._words), np.uint64)
            events = np.zeros(self.total, np.int64)
            keys, buckets, labels = self.keys[part], self.buckets[part], self.labels[part]
            _mark(keys, buckets, labels, flag[part], self._first, self.width, seen, events)
            return seen, events

        with ThreadPoolExecutor(halves) as threads:
            (seen, events), *others = threads.map(mark, range(halves))
        for other, more in others:
            seen |= other
            events += more
        joined = np.bitwise_or.reduce(seen.reshape(self.periods, self.width, self._words), axis=0)
        all_ = np.bitwise_or.reduce(joined, axis=0, keepdims=True)
        people = [np.bitwise_count(bits).sum(axis=1, dtype=np.int64) for bits in (seen, joined, all_)]
        return self._by_grain(events), people

    def _count_pairs(self, flag: Any) -> tuple[list[Ints], list[Ints]]:
        groups = self._groups()[flag]
        keys = self.keys[flag]
        events = self._by_grain(np.bincount(groups, minlength=self.total))
        people: list[Ints] = []
        for grain, divisor in ((groups, self.total), (groups % self.width, self.width), (groups * 0, 1)):
            pairs = np.unique(np.stack([grain, keys]), axis=1) if len(keys) else np.empty((2, 0), np.int64)
            people.append(np.bincount(pairs[0], minlength=divisor))
        return events, people

    def _groups(self) -> Ints:
        return self.buckets.astype(np.int64) * self.width + self.labels

    def _by_grain(self, events: Ints) -> list[Ints]:
        by_label = events.reshape(self.periods, self.width).sum(axis=0)
        return [events, by_label, by_label.sum(keepdims=True)]

    def _sums(self, flag: Any, in_all: Any, values: Any) -> list[list[Sequence[int | None]]]:
        groups = self._groups()
        valid = values.is_valid().to_numpy()
        numbers = values.fill_null(0).to_numpy().astype(np.int64)
        known = valid & flag
        taken, told = groups[known], numbers[known]
        whole = told if in_all is flag else numbers[valid & in_all]
        return [
            _sums(taken, told, self.total),
            _sums(taken % self.width, told, self.width),
            _sums(np.zeros(len(whole), np.int64), whole, 1),
        ]


@njit(cache=True, nogil=True)
def _mark(  # pragma: no cover  # compiled
    keys: Any, buckets: Any, labels: Any, flag: Any, first: int, width: int, seen: Any, events: Any
) -> None:
    for row in range(len(keys)):
        if flag[row]:
            group = buckets[row] * width + labels[row]
            events[group] += 1
            place = keys[row] - first
            seen[group, place >> 6] |= np.uint64(1) << np.uint64(place & 63)


def _sums(groups: Ints, numbers: Ints, total: int) -> list[Sequence[int | None]]:
    """Of each group how many numbers, their sum in two halves, the least and the greatest."""
    valued = np.bincount(groups, minlength=total)
    halves = [np.zeros(total, np.int64) for _ in range(2)]
    np.add.at(halves[0], groups, numbers >> _LOW_BITS)
    np.add.at(halves[1], groups, numbers & ((1 << _LOW_BITS) - 1))
    ends: list[Sequence[int | None]] = []
    for pick, start in ((np.minimum, np.iinfo(np.int64).max), (np.maximum, np.iinfo(np.int64).min)):
        extreme = np.full(total, start, np.int64)
        pick.at(extreme, groups, numbers)
        ends.append([int(one) if n else None for one, n in zip(extreme, valued, strict=True)])
    return [valued.tolist(), halves[0].tolist(), halves[1].tolist(), *ends]


def _column(table: pa.Table, name: str, otherwise: Any) -> Any:
    if name not in table.column_names:
        return np.broadcast_to(otherwise, table.num_rows)
    return table.column(name).combine_chunks().to_numpy(zero_copy_only=False)


def _make(rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(SCHEMA)
    return pa.table([pa.array(column, kind.type) for column, kind in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)


def sum_of(row: Any) -> int:
    """The sum of a row of ``SCHEMA``, a mapping."""
    return (row["sum_high"] << _LOW_BITS) + row["sum_low"]
