"""Counting in one pass gives what counting each group by itself gives."""

from collections import Counter, defaultdict
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kizuna.measures import tally as measured
from kizuna.measures.tally import BY_LABEL, BY_PERIOD, IN_ALL, OF_CALL, OF_LABEL, sum_of, tally

rows_of = st.lists(
    st.tuples(
        st.integers(-2, 5),
        st.integers(0, 2),
        st.sampled_from(["a", "b", None]),
        st.booleans(),
        st.booleans(),
        st.none() | st.integers(-(9 * 10**15), 9 * 10**15),
    ),
    max_size=20,
)


def as_table(rows: list[tuple[Any, ...]]) -> pa.Table:
    kinds = [pa.int64(), pa.int16(), pa.string(), pa.bool_(), pa.bool_(), pa.int64()]
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    names = ["profile_key", "bucket", "label", "s0", "s1", "v1"]
    return pa.table({name: pa.array(column, kind) for name, column, kind in zip(names, columns, kinds, strict=True)})


def count_each(rows: list[tuple[Any, ...]]) -> dict[tuple[Any, ...], list[Any]]:
    groups: dict[tuple[Any, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        for series in (0, 1):
            if row[3 + series]:
                groups[BY_PERIOD, row[1], row[2], series].append(row)
                groups[BY_LABEL, -1, row[2], series].append(row)
                groups[IN_ALL, -1, None, series].append(row)
    found: dict[tuple[Any, ...], list[Any]] = {}
    for place, members in groups.items():
        values = [row[5] for row in members if row[5] is not None] if place[3] else []
        ends = [min(values), max(values)] if values else [None, None]
        found[place] = [len(members), len({row[0] for row in members}), len(values), sum(values), *ends]
    return found


events_of = st.lists(
    st.tuples(
        st.integers(-2, 5),
        st.integers(0, 2),
        st.booleans(),
        st.none() | st.integers(-9, 9),
        st.lists(
            st.tuples(st.sampled_from(["a", "b", "c", None]), st.none() | st.integers(-9, 9)), min_size=1, max_size=4
        ),
    ),
    max_size=8,
)


def count_events(events: list[tuple[Any, ...]], kept: list[str]) -> dict[tuple[Any, ...], list[Any]]:
    """Series 0 has a number of the event, series 1 one of each row."""
    groups: dict[tuple[Any, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for number, (key, bucket, flag, whole, parts) in enumerate(events):
        for name, part in parts if flag else []:
            label = name if name is None or name in kept else "…"
            for place in ((BY_PERIOD, bucket, label), (BY_LABEL, -1, label), (IN_ALL, -1, None)):
                groups[*place, 0].append((number, key, whole))
                groups[*place, 1].append((number, key, part))
    found: dict[tuple[Any, ...], list[Any]] = {}
    for place, members in groups.items():
        counted = members if place[3] else list(dict.fromkeys(members))
        values = [value for _, _, value in counted if value is not None]
        ends = [min(values), max(values)] if values else [None, None]
        happened = len({number for number, _, _ in members})
        found[place] = [happened, len({key for _, key, _ in members}), len(values), sum(values), *ends]
    return found


@settings(max_examples=150, deadline=None)
@given(events_of, st.integers(0, 3), st.sampled_from([0, 1 << 31]))
def test_an_event_with_several_rows_counts_once(events: list[tuple[Any, ...]], most: int, bits: int) -> None:
    labels = [{name for name, _ in parts if name is not None} for _, _, flag, _, parts in events if flag]
    often = Counter(name for one in labels for name in one)
    kept = sorted(often, key=lambda label: (-often[label], label))[:most]
    rows = [
        (key, bucket, name, flag, flag, whole, part, number * 7)
        for number, (key, bucket, flag, whole, parts) in enumerate(events)
        for name, part in parts
    ]
    kinds = {"profile_key": pa.int64(), "bucket": pa.int16(), "label": pa.string(), "s0": pa.bool_(), "s1": pa.bool_()}
    kinds |= {"v0": pa.int64(), "v1": pa.int64(), "event": pa.int64()}
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(kinds)
    table = pa.table({name: pa.array(one, kind) for one, (name, kind) in zip(columns, kinds.items(), strict=True)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measured, "BITS_MAX", bits)
        found = tally(table, series=2, buckets=3, labels_max=most, other="…", each=(1,))
    assert shown(found) == count_events(events, kept)


def shown(table: pa.Table) -> dict[tuple[Any, ...], list[Any]]:
    return {
        (row["grain"], row["bucket"], row["label"], row["series"]): [
            row["events"],
            row["people"],
            row["valued"],
            sum_of(row),
            row["least"],
            row["greatest"],
        ]
        for row in table.to_pylist()
        if row["grain"] in (BY_PERIOD, BY_LABEL, IN_ALL)
    }


@settings(max_examples=150, deadline=None)
@given(rows_of)
def test_it_is_what_counting_each_group_gives(rows: list[tuple[Any, ...]]) -> None:
    assert shown(tally(as_table(rows), series=2, buckets=3, labels_max=9, other="…")) == count_each(rows)


@settings(max_examples=50, deadline=None)
@given(rows_of)
def test_where_bits_would_take_too_much_pairs_are_sorted(rows: list[tuple[Any, ...]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measured, "BITS_MAX", 0)
        assert shown(tally(as_table(rows), series=2, buckets=3, labels_max=9, other="…")) == count_each(rows)


@settings(max_examples=100, deadline=None)
@given(rows_of, st.integers(0, 1))
def test_rare_labels_are_put_together(rows: list[tuple[Any, ...]], most: int) -> None:
    often = Counter(row[2] for row in rows if row[2] is not None and (row[3] or row[4]))
    kept = sorted(often, key=lambda label: (-often[label], label))[:most]
    folded = [(*row[:2], row[2] if row[2] is None or row[2] in kept else "…", *row[3:]) for row in rows]
    found = tally(as_table(rows), series=2, buckets=3, labels_max=most, other="…")
    assert shown(found) == count_each(folded)
    told = found.to_pylist()
    assert [row["events"] for row in told if row["grain"] == OF_CALL] == [max(0, len(often) - most)]
    counted = Counter(row[2] for row in folded if row[3] or row[4])
    assert {row["label"]: row["events"] for row in told if row["grain"] == OF_LABEL} == counted
