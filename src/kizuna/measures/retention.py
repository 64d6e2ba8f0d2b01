"""Retention: of those who began in a period, who came back in the periods after it."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from kizuna.measures.masks import Labelled, Masks, index_keys, mark_periods, read_column, read_labels
from kizuna.measures.order import order_rows
from kizuna.measures.parallel import in_parts

Ints = NDArray[np.int64]
When = Literal["on", "on_or_after"]

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
    cell: tuple[int, int, str | None] | None = None,
) -> pa.Table:
    """A kernel, by periods of the calendar. Columns: ``profile_key``, ``bucket`` (the period's number, negative
    before the first), ``steps`` (bit 0: began, bit 1: returned; both without it), and ``label``, which a beginning
    and a return must share.

    Everybody is in the cohort of each period in which they began, or with ``first_time`` of the very first only,
    and in none where that was before the first. They returned in period j of a cohort if they did so at least
    ``least`` times in the j-th period after it; with ``on_or_after``, then or later. Gives rows of ``COUNTS``; with a
    ``cell`` (cohort, period, label), ``PEOPLE`` who are in it.
    """
    labels = read_labels(table)
    keys, buckets = read_column(table, "profile_key"), read_column(table, "bucket")
    steps = read_column(table, "steps", STARTED | RETURNED)
    started = mark_periods(keys, buckets, (steps & STARTED) > 0, labels.numbers, len(labels.names), periods)
    if least > 1:
        returned = _often(keys, buckets, (steps & RETURNED) > 0, labels, periods, least)
    elif "steps" in table.column_names:
        returned = mark_periods(keys, buckets, (steps & RETURNED) > 0, labels.numbers, len(labels.names), periods)
    else:
        returned = started
    return _answer(started, returned, labels, cohorts, periods, follow, first_time, when == "on_or_after", cell)


def _often(keys: Any, buckets: Any, wanted: Any, labels: Labelled, periods: int, least: int) -> Masks:
    """As ``mark_periods``, of periods in which there are at least so many rows."""
    known, places, first = index_keys(keys)
    width = len(labels.names)
    mine = wanted & (buckets >= 0)
    cells = ((places[mine].astype(np.int64) - first) * width + labels.numbers[mine]) * periods + buckets[mine]
    often, n = np.unique(cells, return_counts=True)
    bits = np.zeros((len(known) * width, max(1, (periods + 63) // 64)), np.uint64)
    group, period = often[n >= least] // periods, often[n >= least] % periods
    np.bitwise_or.at(bits, (group, period >> 6), np.uint64(1) << (period & 63).astype(np.uint64))
    return Masks(known, width, bits, np.zeros(len(bits), np.bool_))


def _answer(
    started: Masks,
    returned: Masks,
    labels: Labelled,
    cohorts: int,
    periods: int,
    follow: int,
    first_time: bool,
    after: bool,
    cell: tuple[int, int, str | None] | None,
) -> pa.Table:
    width = len(labels.names)
    if cell is not None:
        cohort, period, name = cell
        number = labels.names.index(name) if name in labels.names else -1
        place = (cohort, period, number) if width > 1 else (cohort, period, 0)
    else:
        place = (-1, -1, -1)

    def count(low: int, high: int) -> tuple[Ints, Ints]:
        counts = np.zeros((width, cohorts, follow + 1), np.int64)
        found = np.empty((high - low) if cell is not None else 0, np.int64)
        n = _count(
            started.bits[low * width : high * width],
            started.older[low * width : high * width],
            returned.bits[low * width : high * width],
            width,
            periods,
            first_time,
            after,
            place,
            counts,
            found,
        )
        return counts, started.keys[low + found[:n]]

    parts = in_parts(len(started.keys), len(started.bits) * max(1, cohorts), count)
    if cell is not None:
        return pa.table({"profile_key": np.concatenate([keys for _, keys in parts])}, schema=PEOPLE)
    return make_counts(sum(counts for counts, _ in parts), labels.names)


def make_counts(counts: Any, names: list[str | None]) -> pa.Table:
    """Counts by label, cohort and period as rows of ``COUNTS``."""
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
    n = 0
    for group in range(len(started)):
        if first_time and older[group]:
            continue
        last = -1
        if after:
            for period in range(periods):
                if returned[group, period >> 6] >> np.uint64(period & 63) & np.uint64(1):
                    last = period
        for cohort in range(cohorts):
            if not started[group, cohort >> 6] >> np.uint64(cohort & 63) & np.uint64(1):
                continue
            label = group % width
            counts[label, cohort, 0] += 1
            mine = cell[0] == cohort and cell[2] == label
            inside = mine and cell[1] == 0
            for period in range(cohort + 1, min(periods, cohort + follow + 1)):
                if after:
                    back = period <= last
                else:
                    back = (returned[group, period >> 6] >> np.uint64(period & 63) & np.uint64(1)) == np.uint64(1)
                if back:
                    counts[label, cohort, period - cohort] += 1
                    if mine and cell[1] == period - cohort:
                        inside = True
            if inside and len(found):
                found[n] = group // width
                n += 1
            if first_time:
                break
    return n


def retain_rolling(
    table: pa.Table,
    *,
    cohorts: int,
    follow: int,
    unit_us: int,
    first_time: bool,
    when: When,
    least: int,
    cell: tuple[int, int, str | None] | None = None,
) -> pa.Table:
    """A kernel, by windows of each person's own: day 1 begins 24 hours after the beginning, as Amplitude counts.
    Columns as for ``retain``, and ``time_us``; times are floored to the hour. Each beginning opens windows of its own;
    who returned in window j of any of them in a cohort's period returned once."""
    labels = read_labels(table)
    width = len(labels.names)
    steps = read_column(table, "steps", STARTED | RETURNED)
    hours = read_column(table, "time_us") // HOUR_US * HOUR_US
    owners = read_column(table, "profile_key").astype(np.int64) * width + labels.numbers
    rows = order_rows(owners, hours, read_column(table, "bucket").astype(np.int64), steps.astype(np.int64))
    counts = np.zeros((width, cohorts, follow + 1), np.int64)
    place = (-1, -1, -1)
    if cell is not None:
        place = (cell[0], cell[1], labels.names.index(cell[2]) if cell[2] in labels.names else -1)
    found = np.empty(len(rows.keys) if cell is not None else 0, np.int64)
    buckets, moves = rows.columns
    n = _count_rolling(
        rows.keys,
        rows.offsets,
        rows.times,
        buckets,
        moves,
        width,
        unit_us,
        first_time,
        when == "on_or_after",
        least,
        place,
        counts,
        found,
    )
    if cell is not None:
        return pa.table({"profile_key": np.unique(found[:n])}, schema=PEOPLE)
    return make_counts(counts, labels.names)


@njit(cache=True, nogil=True)
def _count_rolling(  # pragma: no cover  # compiled
    keys: Any,
    offsets: Any,
    times: Any,
    buckets: Any,
    steps: Any,
    width: int,
    unit_us: int,
    first_time: bool,
    after: bool,
    least: int,
    cell: Any,
    counts: Any,
    found: Any,
) -> int:
    cohorts, follow = counts.shape[1], counts.shape[2] - 1
    often = np.zeros(follow + 1, np.int64)
    back = np.zeros((cohorts, follow + 1), np.bool_)
    n = 0
    for group in range(len(keys)):
        label = keys[group] % width
        back[:] = False
        begun = False
        for at in range(offsets[group], offsets[group + 1]):
            if not steps[at] & 1:
                continue
            if first_time and begun:
                break
            begun = True
            cohort = buckets[at]
            if cohort < 0 or cohort >= cohorts:
                continue
            back[cohort, 0] = True
            often[:] = 0
            for other in range(at, offsets[group + 1]):
                if steps[other] & 2:
                    window = (times[other] - times[at]) // unit_us
                    if after:
                        for j in range(1, min(window, follow) + 1):
                            often[j] += 1
                    elif 1 <= window <= follow:
                        often[window] += 1
            for j in range(1, follow + 1):
                if often[j] >= least:
                    back[cohort, j] = True
        for cohort in range(cohorts):
            for j in range(follow + 1):
                if back[cohort, j]:
                    counts[label, cohort, j] += 1
                    if len(found) and cell[0] == cohort and cell[1] == j and cell[2] == label:
                        found[n] = keys[group] // width
                        n += 1
    return n
