"""Retention, lifecycle and active people are what following each person by hand gives."""

import itertools
from collections import Counter, defaultdict
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kizuna.measures import masks, parallel
from kizuna.measures.actives import roll, spread, within
from kizuna.measures.lifecycle import live
from kizuna.measures.retention import HOUR_US, retain, retain_rolling

PERIODS = 5
HOURS = 24
Row = tuple[int, int, int, str | None]

rows_of = st.lists(
    st.tuples(st.integers(0, 3), st.integers(-2, PERIODS - 1), st.integers(1, 3), st.sampled_from(["a", None])),
    max_size=20,
)


def as_table(rows: list[Row], **more: Any) -> pa.Table:
    names, kinds = ["profile_key", "bucket", "steps", "label"], [pa.int64(), pa.int16(), pa.uint8(), pa.string()]
    columns = list(zip(*rows, strict=True)) if rows else [()] * 4
    made = {name: pa.array(column, kind) for name, column, kind in zip(names, columns, kinds, strict=True)}
    return pa.table(made | more)


def by_person(rows: list[Row]) -> dict[tuple[int, str | None], list[Row]]:
    found: dict[tuple[int, str | None], list[Row]] = defaultdict(list)
    for row in rows:
        found[row[0], row[3]].append(row)
    return found


def follow(
    rows: list[Row], first_time: bool, after: bool, least: int, cohorts: int = PERIODS, longest: int = PERIODS
) -> Counter[tuple[Any, ...]]:
    counts: Counter[tuple[Any, ...]] = Counter()
    for (_, label), mine in by_person(rows).items():
        starts = sorted({row[1] for row in mine if row[2] & 1})
        back = Counter(row[1] for row in mine if row[2] & 2 and row[1] >= 0)
        back = {period for period, n in back.items() if n >= least}
        for cohort in starts[:1] if first_time else starts:
            if not 0 <= cohort < cohorts:
                continue
            counts[label, cohort, 0] += 1
            for j in range(1, longest + 1):
                hit = any(period >= cohort + j for period in back) if after else cohort + j in back
                counts[label, cohort, j] += hit
    return +counts


def shown(table: pa.Table) -> Counter[tuple[Any, ...]]:
    counts: Counter[tuple[Any, ...]] = Counter()
    for *place, people in zip(*(table.column(name).to_pylist() for name in table.column_names), strict=True):
        counts[tuple(place)] += people
    return +counts


@settings(max_examples=150, deadline=None)
@given(rows_of, st.booleans(), st.booleans(), st.integers(1, 2), st.integers(1, 3))
def test_retention_by_the_calendar(rows: list[Row], first_time: bool, after: bool, least: int, parts: int) -> None:
    given_ = {"cohorts": PERIODS, "periods": PERIODS, "follow": PERIODS - 1, "first_time": first_time}
    given_ |= {"when": "on_or_after" if after else "on", "least": least}
    expected = follow(rows, first_time, after, least)
    assert shown(retain(as_table(rows), **given_)) == expected
    # In parts, each with all rows of some people.
    pieces = [retain(as_table([row for row in rows if row[0] % parts == part]), **given_) for part in range(parts)]
    assert shown(pa.concat_tables(pieces)) == expected
    for cell, n in expected.items():
        people = retain(as_table(rows), **given_, cell=(cell[1], cell[2], cell[0]))
        assert people.num_rows == n


far = st.lists(st.tuples(st.integers(0, 2), st.integers(-1, 139), st.integers(1, 3), st.none()), max_size=20)


@settings(max_examples=60, deadline=None)
@given(far, st.booleans(), st.booleans(), st.integers(1, 90))
def test_retention_of_more_periods_than_a_word_has_bits(
    rows: list[Row], first_time: bool, after: bool, longest: int
) -> None:
    expected = follow(rows, first_time, after, 1, cohorts=100, longest=longest)
    given_ = {"cohorts": 100, "periods": 140, "follow": longest, "first_time": first_time, "least": 1}
    assert shown(retain(as_table(rows), **given_, when="on_or_after" if after else "on")) == expected


def test_what_is_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    table = as_table([(1, 7, 3, None)])
    with pytest.raises(ValueError, match="beyond the last"):
        live(table, periods=6)
    monkeypatch.setattr(masks, "BYTES_MAX", 15)
    assert live(table, periods=10).num_rows == 2
    with pytest.raises(MemoryError):
        live(table, periods=100)


timed = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 200), st.integers(1, 3)), max_size=14)


@settings(max_examples=120, deadline=None)
@given(timed, st.booleans(), st.booleans(), st.integers(1, 2))
def test_retention_by_windows_of_24_hours(
    events: list[tuple[int, int, int]], first_time: bool, after: bool, least: int
) -> None:
    """Times are in half hours; cohorts are days."""
    rows: list[Row] = [(key, half // 48, steps, None) for key, half, steps in events]
    times = pa.array([half * HOUR_US // 2 for _, half, _ in events], pa.int64())
    expected: Counter[tuple[Any, ...]] = Counter()
    for key in {key for key, _, _ in events}:
        mine = sorted((half // 2, half // 48, steps) for owner, half, steps in events if owner == key)
        starts = [(hour, day) for hour, day, steps in mine if steps & 1]
        cells: set[tuple[int, int]] = set()
        for hour, day in starts[:1] if first_time else starts:
            cells.add((day, 0))
            windows = [(other - hour) // 24 for other, _, steps in mine if steps & 2 and other >= hour]
            often = {window for window in windows if windows.count(window) >= least}
            for j in range(1, 5):
                if any(window >= j if after else window == j for window in often):
                    cells.add((day, j))
        expected.update((None, *cell) for cell in cells)
    given_ = {"cohorts": PERIODS, "follow": 4, "unit_us": 24 * HOUR_US, "first_time": first_time}
    given_ |= {"when": "on_or_after" if after else "on", "least": least}
    assert shown(retain_rolling(as_table(rows, time_us=times), **given_)) == expected
    for (_, cohort, j), n in expected.items():
        people = retain_rolling(as_table(rows, time_us=times), **given_, cell=(cohort, j, None))
        assert people.num_rows == n


@settings(max_examples=120, deadline=None)
@given(rows_of)
def test_lifecycle(rows: list[Row]) -> None:
    expected: Counter[tuple[Any, ...]] = Counter()
    for (_, label), mine in by_person(rows).items():
        active = {row[1] for row in mine}
        for period in range(1, PERIODS):
            if period in active:
                stage = 0 if min(active) == period else 1 if period - 1 in active else 2
                expected[label, period, stage] += 1
            elif period - 1 in active:
                expected[label, period, 3] += 1
    assert shown(live(as_table(rows), periods=PERIODS - 1)) == expected
    for (label, period, stage), n in expected.items():
        assert live(as_table(rows), periods=PERIODS - 1, cell=(period, stage, label)).num_rows == n


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 130)), max_size=14), st.integers(1, 40))
def test_people_within_the_last_days(active: list[tuple[int, int]], width: int) -> None:
    rows: list[Row] = [(key, day, 3, None) for key, day in active]
    expected: Counter[tuple[Any, ...]] = Counter()
    for day in range(3, 131):
        n = len({key for key, other in active if day - width < other <= day})
        expected[None, width, day] = n
    found = roll(as_table(rows), days=131, ahead=3, widths=sorted({1, width}))
    assert Counter({place: n for place, n in shown(found).items() if place[1] == width}) == +expected
    for (_, _, day), n in list((+expected).items())[:5]:
        assert roll(as_table(rows), days=131, ahead=3, widths=[1], cell=(day, width, None)).num_rows == n


@settings(max_examples=60, deadline=None)
@given(far, st.lists(st.integers(0, 140), min_size=2, max_size=5, unique=True).map(sorted))
def test_people_within_spans_of_days(rows: list[Row], bounds: list[int]) -> None:
    rows = [row for row in rows if row[1] >= 0]
    spans = [(first, last - 1) for first, last in itertools.pairwise(bounds)]
    expected = set[tuple[Any, ...]]()
    for at, (first, last) in enumerate(spans):
        inside = {(row[0], row[1]) for row in rows if first <= row[1] <= last}
        if inside:
            expected.add((None, at, len({key for key, _ in inside}), len(inside)))
    found = within(as_table(rows), days=140, spans=spans)
    assert {tuple(row.values()) for row in found.to_pylist()} == expected
    for label, at, n, _ in expected:
        assert within(as_table(rows), days=140, spans=spans, cell=(at, label)).num_rows == n


@settings(max_examples=60, deadline=None)
@given(rows_of)
def test_in_how_many_periods(rows: list[Row]) -> None:
    rows = [row for row in rows if row[1] >= 0]
    expected = Counter((label, len({row[1] for row in mine})) for (_, label), mine in by_person(rows).items())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parallel, "SHARED_ROWS", 0)
        assert shown(spread(as_table(rows), periods=PERIODS)) == expected
    for (label, n), people in expected.items():
        assert spread(as_table(rows), periods=PERIODS, cell=(n, label)).num_rows == people
