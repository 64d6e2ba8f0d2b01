"""Retention: of those who began in a period, who came back in the periods after it."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from kizuna.measures.masks import Masks, mark_often, mark_periods, read_column, read_labels
from kizuna.measures.order import Ordered, order_rows
from kizuna.measures.parallel import in_parts

Ints = NDArray[np.int64]
When = Literal["on", "on_or_after"]
Cell = tuple[int, int, str | None]
"""Cohort, period, label."""

HOUR_US = 3_600_000_000
STARTED, RETURNED = 1, 2

COUNTS = pa.schema([("label", pa.string()), ("cohort", pa.int32()), ("period", pa.int32()), ("people", pa.int64())])
"""Period 0 of a cohort is how many are in it."""
PEOPLE = pa.schema([("profile_key", pa.int64())])


def retain(
    table: pa.Table,
    *,
    cohorts: int,
    periods: int,
    follow: int,
    first_time: bool,
    when: When,
    least: int,
    cell: Cell | None = None,
) -> pa.Table:
    """A kernel, by periods of the calendar. Columns: ``profile_key``, ``bucket`` (the period's number, negative
    before the first), ``steps`` (bit 0: began, bit 1: returned; both without it), and ``label``, which a beginning
    and a return must share.

    Everybody is in the cohort of each period in which they began, or with ``first_time`` of the very first only,
    and in none where that was before the first. They returned in period j of a cohort if they did so at least
    ``least`` times in the j-th period after it; with ``on_or_after``, in that or any later one. Gives rows of
    ``COUNTS``; with a ``cell``, ``PEOPLE`` who are in it. Raises ``MemoryError`` where there are too many people,
    labels and periods.
    """
    labels = read_labels(table)
    keys, buckets = read_column(table, "profile_key"), read_column(table, "bucket")
    steps = read_column(table, "steps", STARTED | RETURNED)
    told = (labels.numbers, len(labels.names), periods)
    started = mark_periods(keys, buckets, (steps & STARTED) > 0, *told)
    if least > 1:
        returned = mark_often(keys, buckets, (steps & RETURNED) > 0, *told, least)
    elif "steps" in table.column_names:
        returned = mark_periods(keys, buckets, (steps & RETURNED) > 0, *told)
    else:
        returned = started
    flags = (first_time, when == "on_or_after")
    return _answer(started, returned, labels.names, (cohorts, periods, follow), flags, cell)


def _answer(
    started: Masks,
    returned: Masks,
    names: list[str | None],
    sizes: tuple[int, int, int],
    flags: tuple[bool, bool],
    cell: Cell | None,
) -> pa.Table:
    width, (cohorts, periods, follow) = len(names), sizes
    place = place_of(cell, names)

    def count(low: int, high: int) -> tuple[Ints, Ints]:
        counts = np.zeros((width, cohorts, follow + 1), np.int64)
        found = np.empty((high - low) if cell is not None else 0, np.int64)
        part = slice(low * width, high * width)
        began, older, came = started.bits[part], started.older[part], returned.bits[part]
        n = _count(began, older, came, width, periods, *flags, place, counts, found)
        return counts, started.keys[low + found[:n]]

    return join_parts(in_parts(len(started.keys), started.groups * cohorts, count), names, cell)


def place_of(cell: Cell | None, names: list[str | None]) -> tuple[int, int, int]:
    """The cell by the number of its label; of none where there is no such label."""
    if cell is None or cell[2] not in names:
        return -1, -1, -1
    return cell[0], cell[1], names.index(cell[2])


def join_parts(parts: list[tuple[Ints, Ints]], names: list[str | None], cell: Cell | None) -> pa.Table:
    """Counts by label, cohort and period, and keys of people, as ``COUNTS`` or as ``PEOPLE``."""
    if cell is not None:
        return pa.table({"profile_key": np.unique(np.concatenate([keys for _, keys in parts]))}, schema=PEOPLE)
    counts: Any = sum(counts for counts, _ in parts)
    label, cohort, period = np.nonzero(counts)
    columns = [[names[at] for at in label], cohort, period, counts[label, cohort, period]]
    return pa.table([pa.array(column, kind.type) for column, kind in zip(columns, COUNTS, strict=True)], schema=COUNTS)


@njit(cache=True, nogil=True)
def _count(  # pragma: no cover  # compiled
    started: Any,
    older: Any,
    returned: Any,
    width: int,
    periods: int,
    first_time: bool,
    after: bool,
    cell: Any,
    counts: Any,
    found: Any,
) -> int:
    cohorts, follow = counts.shape[1], counts.shape[2] - 1
    starts, returns = np.empty(cohorts, np.int64), np.empty(periods, np.int64)
    n = 0
    for group in range(len(started)):
        if first_time and older[group]:
            continue
        began = _list_periods(started[group], starts)
        if began == 0:
            continue
        came = _list_periods(returned[group], returns)
        label = group % width
        for at_start in range(1 if first_time else began):
            cohort = starts[at_start]
            mine = cell[0] == cohort and cell[2] == label
            counts[label, cohort, 0] += 1
            inside = mine and cell[1] == 0
            if after:
                reach = min(follow, returns[came - 1] - cohort) if came else 0
                for j in range(1, reach + 1):
                    counts[label, cohort, j] += 1
                inside = inside or (mine and 1 <= cell[1] <= reach)
            else:
                for at in range(came - 1, -1, -1):
                    j = returns[at] - cohort
                    if j <= 0:
                        break
                    if j <= follow:
                        counts[label, cohort, j] += 1
                        inside = inside or (mine and cell[1] == j)
            if inside and len(found):
                found[n] = group // width
                n += 1
    return n


@njit(cache=True, nogil=True)
def _list_periods(bits: Any, into: Any) -> int:  # pragma: no cover  # compiled
    """The first periods that have a bit, ascending, as many as there can be; and how many."""
    n = 0
    for word in range(len(bits)):
        left = bits[word]
        period = word * 64
        while left and period < len(into):
            if left & np.uint64(1):
                into[n] = period
                n += 1
            left >>= np.uint64(1)
            period += 1
    return n


# --- windows of each person's own --------------------------------------------------------------------


def retain_rolling(
    table: pa.Table,
    *,
    cohorts: int,
    follow: int,
    unit_us: int,
    first_time: bool,
    when: When,
    least: int,
    cell: Cell | None = None,
) -> pa.Table:
    """A kernel, by windows of each person's own: day 1 begins 24 hours after the beginning, as Amplitude counts.
    Columns as for ``retain``, and ``time_us``; times are floored to the hour. Each beginning opens windows of its own;
    who returned in window j of any of them in a cohort's period returned once."""
    labels = read_labels(table)
    steps = read_column(table, "steps", STARTED | RETURNED)
    hours = read_column(table, "time_us") // HOUR_US
    owners = read_column(table, "profile_key").astype(np.int64) * len(labels.names) + labels.numbers
    rows = order_rows(owners, hours, read_column(table, "bucket"), steps)
    flags = (unit_us // HOUR_US, first_time, when == "on_or_after", least)
    return _answer_rolling(rows, labels.names, (cohorts, follow), flags, cell)


def _answer_rolling(
    rows: Ordered,
    names: list[str | None],
    sizes: tuple[int, int],
    flags: tuple[int, bool, bool, int],
    cell: Cell | None,
) -> pa.Table:
    width, (cohorts, follow) = len(names), sizes
    place = place_of(cell, names)
    most = int(np.diff(rows.offsets).max()) if len(rows.keys) else 0

    def count(low: int, high: int) -> tuple[Ints, Ints]:
        counts = np.zeros((width, cohorts, follow + 1), np.int64)
        found = np.empty((high - low) if cell is not None else 0, np.int64)
        offsets, returns = rows.offsets[low : high + 1], np.empty(most, np.int64)
        told: list[Any] = [rows.keys[low:high], offsets, rows.times, *rows.columns, width, *flags, place, returns]
        n = _count_rolling(*told, counts=counts, found=found)
        return counts, found[:n]

    return join_parts(in_parts(len(rows.keys), len(rows.times), count), names, cell)


@njit(cache=True, nogil=True)
def _count_rolling(  # pragma: no cover  # compiled
    keys: Any,
    offsets: Any,
    hours: Any,
    buckets: Any,
    steps: Any,
    width: int,
    unit: int,
    first_time: bool,
    after: bool,
    least: int,
    cell: Any,
    returns: Any,
    counts: Any,
    found: Any,
) -> int:
    cohorts, follow = counts.shape[1], counts.shape[2] - 1
    back = np.zeros((cohorts, follow + 1), np.bool_)
    n = 0
    for group in range(len(keys)):
        came = 0
        for at in range(offsets[group], offsets[group + 1]):
            if steps[at] & 2:
                returns[came] = hours[at]
                came += 1
        begun, before = False, -1
        for at in range(offsets[group], offsets[group + 1]):
            if not steps[at] & 1:
                continue
            if first_time and begun:
                break
            begun = True
            # Of several beginnings in one hour each has the same windows.
            same = before >= 0 and hours[before] == hours[at] and buckets[before] == buckets[at]
            before = at
            if not same and 0 <= buckets[at] < cohorts:
                back[buckets[at], 0] = True
                _follow(returns[:came], hours[at], unit, after, least, back[buckets[at]])
        label = keys[group] % width
        for cohort in range(cohorts):
            if not back[cohort, 0]:
                continue
            for j in range(follow + 1):
                if back[cohort, j]:
                    back[cohort, j] = False
                    counts[label, cohort, j] += 1
                    if len(found) and cell[0] == cohort and cell[1] == j and cell[2] == label:
                        found[n] = keys[group] // width
                        n += 1
    return n


@njit(cache=True, nogil=True)
def _follow(returns: Any, start: int, unit: int, after: bool, least: int, back: Any) -> None:  # pragma: no cover
    """Marks the windows after ``start`` with at least so many returns; with ``after``, all up to the last of them."""
    last = len(back) - 1
    window, n = 0, 0
    if after:
        for at in range(len(returns) - 1, -1, -1):
            one = (returns[at] - start) // unit
            n = n + 1 if one == window else 1
            window = one
            if window <= 0:
                break
            if n >= least:
                back[1 : min(window, last) + 1] = True
                break
        return
    for at in range(np.searchsorted(returns, start + unit), len(returns)):
        one = (returns[at] - start) // unit
        if one > last:
            break
        n = n + 1 if one == window else 1
        window = one
        if n >= least:
            back[window] = True
