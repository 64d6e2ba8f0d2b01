"""In which periods people were active: a bit a period, whatever the order of rows."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from kizuna.measures.parallel import in_parts

Ints = NDArray[np.int64]

WORD = 64
BYTES_MAX = 1 << 30


class Masks(NamedTuple):
    """``bits[g, period >> 6] >> (period & 63) & 1``: whether group g was active in a period. Group g is of person
    ``keys[g // labels]`` with label number ``g % labels``; groups without rows have no bits. ``older`` says of whom
    there was a row of a period before the first (its number is negative)."""

    keys: Ints
    labels: int
    bits: NDArray[np.uint64]
    older: NDArray[np.bool_]

    @property
    def groups(self) -> int:
        return len(self.older)


class Labelled(NamedTuple):
    """The texts of a column ``label``, and each row's number among them; where there is no such column one is NULL."""

    names: list[str | None]
    numbers: Any


def read_labels(table: pa.Table) -> Labelled:
    if "label" not in table.column_names:
        return Labelled([None], np.broadcast_to(np.int32(0), table.num_rows))
    coded = table.column("label").combine_chunks().dictionary_encode()
    names: list[str | None] = [*coded.dictionary.to_pylist(), None]
    return Labelled(names, coded.indices.fill_null(len(names) - 1).to_numpy(zero_copy_only=False).astype(np.int32))


def read_column(table: pa.Table, name: str, otherwise: Any = 0) -> Any:
    if name not in table.column_names:
        return np.broadcast_to(otherwise, table.num_rows)
    return table.column(name).combine_chunks().to_numpy(zero_copy_only=False)


def mark_periods(keys: Any, periods: Any, wanted: Any, labels: Any, labels_n: int, periods_n: int) -> Masks:
    """The masks of rows that are ``wanted``. Raises ``MemoryError`` where they would take more than ``BYTES_MAX``."""
    known, places, first = _index_keys(keys)
    bits = _make_bits(len(known) * labels_n, periods_n, periods)
    older = np.zeros(len(bits), np.bool_)

    def mark(low: int, high: int) -> None:
        _mark(places, first, periods, wanted, labels, labels_n, low, high, bits, older)

    in_parts(len(known), len(keys), mark)
    return Masks(known, labels_n, bits, older)


def mark_often(keys: Any, periods: Any, wanted: Any, labels: Any, labels_n: int, periods_n: int, least: int) -> Masks:
    """The same, of periods with at least so many rows that are ``wanted``, 255 at most; nothing is ``older``."""
    known, places, first = _index_keys(keys)
    groups = len(known) * labels_n
    if groups * periods_n > BYTES_MAX:
        raise MemoryError("too many people, labels and periods for a count each")
    bits = _make_bits(groups, periods_n, periods)
    seen = np.zeros((groups, periods_n), np.uint8)

    def mark(low: int, high: int) -> None:
        _mark_often(places, first, periods, wanted, labels, labels_n, low, high, least, seen, bits)

    in_parts(len(known), len(keys), mark)
    return Masks(known, labels_n, bits, np.zeros(groups, np.bool_))


def _make_bits(groups: int, periods_n: int, periods: Any) -> NDArray[np.uint64]:
    words = max(1, (periods_n + WORD - 1) // WORD)
    if groups * words * 8 > BYTES_MAX:
        raise MemoryError("too many people, labels and periods for a bit each")
    # Compiled code would write beyond the end.
    if len(periods) and int(periods.max()) >= periods_n:
        raise ValueError("a row is of a period beyond the last")
    return np.zeros((groups, words), np.uint64)


def _index_keys(keys: Any) -> tuple[Ints, Any, int]:
    """Distinct keys, ascending, perhaps with some that have no row; and for each row a number that is its place
    among them once ``first`` is taken from it."""
    if not len(keys):
        return np.empty(0, np.int64), keys, 0
    first, last = int(keys.min()), int(keys.max())
    if last - first < 4 * len(keys) + 1_024:
        return np.arange(first, last + 1, dtype=np.int64), keys, first
    known, places = np.unique(keys, return_inverse=True)
    return known.astype(np.int64), places, 0


@njit(cache=True, nogil=True)
def _mark(  # pragma: no cover  # compiled
    places: Any,
    first: int,
    periods: Any,
    wanted: Any,
    labels: Any,
    labels_n: int,
    low: int,
    high: int,
    bits: Any,
    older: Any,
) -> None:
    """Of people ``low`` to ``high``."""
    for row in range(len(places)):
        place = places[row] - first
        if place < low or place >= high or not wanted[row]:
            continue
        group = place * labels_n + labels[row]
        period = periods[row]
        if period < 0:
            older[group] = True
        else:
            bits[group, period >> 6] |= np.uint64(1) << np.uint64(period & 63)


@njit(cache=True, nogil=True)
def _mark_often(  # pragma: no cover  # compiled
    places: Any,
    first: int,
    periods: Any,
    wanted: Any,
    labels: Any,
    labels_n: int,
    low: int,
    high: int,
    least: int,
    seen: Any,
    bits: Any,
) -> None:
    for row in range(len(places)):
        place = places[row] - first
        period = periods[row]
        if place < low or place >= high or period < 0 or not wanted[row]:
            continue
        group = place * labels_n + labels[row]
        if seen[group, period] < least:
            seen[group, period] += 1
            if seen[group, period] == least:
                bits[group, period >> 6] |= np.uint64(1) << np.uint64(period & 63)
