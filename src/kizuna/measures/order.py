"""Rows put together by person and in order of time: what every kernel does first."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from kizuna.measures.parallel import in_parts

Ints = NDArray[np.int64]

SPARSE = 4
"""Counting takes a place for each key there could be: above so many for each row, sorting is cheaper."""

SHORT = 24
"""Groups up to so many rows are put in order by insertion."""


class Ordered(NamedTuple):
    """Rows ``offsets[p]`` to ``offsets[p + 1]`` are of person ``keys[p]``, in order of time, ties in the order of the
    columns' values, the first column first. Keys ascend, and none is without rows."""

    keys: Ints
    offsets: Ints
    times: Ints
    columns: tuple[NDArray[Any], ...]


def order_rows(keys: NDArray[Any], times: NDArray[Any], *columns: NDArray[Any]) -> Ordered:
    """``keys``, ``times`` and ``columns``: one value a row, whole numbers, in any order. The outcome depends on the
    set of rows only."""
    keys, times = np.asarray(keys), np.asarray(times)
    packing = _Packing.of(times, columns)
    if packing is not None and _is_dense(keys):
        return _order_packed(keys, packing)
    places, distinct, offsets = _group(keys)
    ordered = times[places].astype(np.int64)
    taken = [np.asarray(column)[places] for column in columns]
    moved = _order_groups(offsets, ordered, _ranks(taken))
    if moved is not None:
        ordered = ordered[moved]
        taken = [column[moved] for column in taken]
    return Ordered(distinct, offsets, ordered, tuple(taken))


# --- the quick way: time and columns of a row in one number ------------------------------------------


class _Packing(NamedTuple):
    """Time and columns as the bits of one number, the time highest: numbers are ordered as rows are."""

    times: NDArray[Any]
    columns: tuple[NDArray[Any], ...]
    lows: tuple[int, ...]
    bits: tuple[int, ...]

    @staticmethod
    def of(times: NDArray[Any], columns: tuple[NDArray[Any], ...]) -> _Packing | None:
        """None where there are too many bits."""
        if not len(times):
            return None
        if not columns:  # nothing to pack: the times themselves are the numbers
            return _Packing(times, (), (0,), (0,))
        every = (times, *columns)
        lows = tuple(int(column.min()) for column in every)
        bits = tuple((int(column.max()) - low).bit_length() for column, low in zip(every, lows, strict=True))
        return _Packing(times, columns, lows, bits) if sum(bits) < 63 else None

    def pack(self) -> Ints:
        if not self.columns:
            return self.times.astype(np.int64, copy=False)
        packed = self.times.astype(np.int64)
        packed -= self.lows[0]
        for column, low, bits in zip(self.columns, self.lows[1:], self.bits[1:], strict=True):
            packed <<= bits
            packed |= column if low == 0 else column.astype(np.int64) - low
        return packed

    def unpack(self, packed: Ints) -> tuple[Ints, tuple[NDArray[Any], ...]]:
        """Overwrites ``packed``."""
        columns: list[NDArray[Any]] = []
        for column, low, bits in reversed(list(zip(self.columns, self.lows[1:], self.bits[1:], strict=True))):
            mask = (1 << bits) - 1
            if low == 0 and column.dtype.kind in "iu":
                taken = packed.astype(column.dtype)  # what does not fit is above the mask
                taken &= column.dtype.type(mask)
            else:
                taken = ((packed & mask) + low).astype(column.dtype)
            columns.append(taken)
            packed >>= bits
        if self.columns:
            packed += self.lows[0]
        return packed, tuple(reversed(columns))


def _is_dense(keys: NDArray[Any]) -> bool:
    return int(keys.max()) - int(keys.min()) < SPARSE * len(keys) + 1_024


def _order_packed(keys: NDArray[Any], packing: _Packing) -> Ordered:
    first = int(keys.min())
    width = int(keys.max()) - first + 1
    packed, ordered = packing.pack(), np.empty(len(keys), np.int64)
    ends = np.cumsum(_count(keys, first, width))
    starts = np.concatenate(([0], ends[:-1]))
    in_parts(width, len(keys), lambda low, high: _scatter(keys, packed, first, low, high, starts, ordered))
    filled = np.flatnonzero(ends > starts)
    times, columns = packing.unpack(ordered)
    return Ordered(filled + first, np.concatenate((starts[filled], [len(keys)])), times, columns)


@njit(cache=True, nogil=True)
def _count(keys: Any, first: int, width: int) -> Any:  # pragma: no cover  # compiled
    counts = np.zeros(width, np.int64)
    for row in range(len(keys)):
        counts[keys[row] - first] += 1
    return counts


@njit(cache=True, nogil=True)
def _scatter(
    keys: Any, packed: Any, first: int, low: int, high: int, starts: Any, ordered: Any
) -> None:  # pragma: no cover
    """The rows of persons ``low`` to ``high``, each to its person, and there in order."""
    following = starts[low:high].copy()
    base = first + low
    width = high - low
    for row in range(len(keys)):
        place = keys[row] - base
        if 0 <= place < width:
            ordered[following[place]] = packed[row]
            following[place] += 1
    for place in range(width):
        start, end = starts[low + place], following[place]
        if end - start > SHORT:
            ordered[start:end].sort()
            continue
        for at in range(start + 1, end):
            value = ordered[at]
            to = at
            while to > start and ordered[to - 1] > value:
                ordered[to] = ordered[to - 1]
                to -= 1
            ordered[to] = value


# --- any other way -----------------------------------------------------------------------------------


def _group(keys: NDArray[Any]) -> tuple[Ints, Ints, Ints]:
    """Where the rows of each person are, person by person; the persons; where each one's begin."""
    if not len(keys):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.zeros(1, np.int64)
    first = int(keys.min())
    if _is_dense(keys):
        places, counts = _count_in(keys, first, int(keys.max()) - first + 1)
        distinct = np.flatnonzero(counts)
        ends = np.cumsum(counts[distinct])
        return places, distinct + first, np.concatenate(([0], ends))
    places = np.argsort(keys, kind="stable")
    sorted_ = keys[places]
    starts = np.flatnonzero(np.concatenate(([True], sorted_[1:] != sorted_[:-1])))
    return places, sorted_[starts].astype(np.int64), np.concatenate((starts, [len(keys)]))


@njit(cache=True, nogil=True)
def _count_in(keys: Any, first: int, width: int) -> Any:  # pragma: no cover  # compiled
    counts = _count(keys, first, width)
    following = np.empty(width, np.int64)
    total = 0
    for place in range(width):
        following[place] = total
        total += counts[place]
    places = np.empty(len(keys), np.int64)
    for row in range(len(keys)):
        place = keys[row] - first
        places[following[place]] = row
        following[place] += 1
    return places, counts


def _ranks(columns: list[NDArray[Any]]) -> Ints | None:
    """One number a row that orders by all columns; None where there is nothing to order by."""
    if not columns:
        return None
    if len(columns) == 1:
        return columns[0].astype(np.int64)
    order = np.lexsort(tuple(reversed(columns)))
    differs = np.zeros(len(order), np.bool_)
    for column in columns:
        sorted_ = column[order]
        differs[1:] |= sorted_[1:] != sorted_[:-1]
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.cumsum(differs)
    return ranks


def _order_groups(offsets: Ints, times: Ints, ranks: Ints | None) -> Ints | None:
    """Where rows move within their groups; None when all stand in order."""
    ties = np.empty(0, np.int64) if ranks is None else ranks
    places = np.arange(len(times))
    return places if _sort_groups(offsets, times, ties, ranks is not None, places) else None


@njit(cache=True, nogil=True)
def _sort_groups(offsets: Any, times: Any, ties: Any, tied: bool, places: Any) -> bool:  # pragma: no cover
    moved = False
    for group in range(len(offsets) - 1):
        start, end = offsets[group], offsets[group + 1]
        if end - start > SHORT:
            if _merge_sort(start, end, times, ties, tied, places):
                moved = True
            continue
        for at in range(start + 1, end):
            place = places[at]
            to = at
            while to > start and _after(places[to - 1], place, times, ties, tied):
                places[to] = places[to - 1]
                to -= 1
            if to != at:
                places[to] = place
                moved = True
    return moved


@njit(cache=True, nogil=True)
def _after(one: int, other: int, times: Any, ties: Any, tied: bool) -> bool:  # pragma: no cover
    if times[one] != times[other]:
        return times[one] > times[other]
    return tied and ties[one] > ties[other]


@njit(cache=True, nogil=True)
def _merge_sort(start: int, end: int, times: Any, ties: Any, tied: bool, places: Any) -> bool:  # pragma: no cover
    """Bottom up: rows mostly come as a few runs that are in order already."""
    moved = False
    buffer = np.empty(end - start, np.int64)
    width = 1
    while width < end - start:
        low = start
        while low + width < end:
            middle, high = low + width, min(low + 2 * width, end)
            if _after(places[middle - 1], places[middle], times, ties, tied):
                moved = True
                left, right, at = low, middle, 0
                while left < middle and right < high:
                    if _after(places[left], places[right], times, ties, tied):
                        buffer[at] = places[right]
                        right += 1
                    else:
                        buffer[at] = places[left]
                        left += 1
                    at += 1
                while left < middle:
                    buffer[at] = places[left]
                    left += 1
                    at += 1
                places[low : low + at] = buffer[:at]
            low += 2 * width
        width *= 2
    return moved
