"""Counting in one pass gives what counting each group by itself gives."""

from collections import defaultdict
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kizuna.measures import tally as measured
from kizuna.measures.tally import BY_LABEL, BY_PERIOD, IN_ALL, LABELS_ONLY, sum_of, tally

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
        if row["grain"] != LABELS_ONLY
    }


@settings(max_examples=150, deadline=None)
@given(rows_of)
def test_it_is_what_counting_each_group_gives(rows: list[tuple[Any, ...]]) -> None:
    assert shown(tally(as_table(rows), series=2, buckets=3, labels_max=9)) == count_each(rows)


@settings(max_examples=50, deadline=None)
@given(rows_of)
def test_where_bits_would_take_too_much_pairs_are_sorted(rows: list[tuple[Any, ...]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measured, "BITS_MAX", 0)
        assert shown(tally(as_table(rows), series=2, buckets=3, labels_max=9)) == count_each(rows)


def test_too_many_labels_are_only_told() -> None:
    rows = [(1, 0, "a", True, False, None), (1, 0, "b", True, True, None), (2, 0, None, True, False, None)]
    rows.append((2, 0, "c", False, False, None))
    found = tally(as_table(rows), series=2, buckets=1, labels_max=1).to_pylist()
    assert [(row["grain"], row["label"], row["events"]) for row in found] == [
        (LABELS_ONLY, "a", 1),
        (LABELS_ONLY, "b", 1),
        (LABELS_ONLY, None, 1),
    ]
