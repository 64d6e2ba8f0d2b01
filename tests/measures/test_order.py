"""Rows come out person by person and in order of time, whatever order they came in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kizuna.measures import parallel
from kizuna.measures.order import order_rows

Row = tuple[int, int, int, int]

# Close together, far apart, and with times so far apart that they and the columns do not fit into one number.
keys = st.integers(-2, 3) | st.sampled_from([-(10**12), 10**12])
times = st.integers(0, 5) | st.sampled_from([-(1 << 61), 1 << 61])
rows_of = st.lists(st.tuples(keys, times, st.integers(0, 3), st.integers(-1, 1)), max_size=60)


def shown(rows: list[Row]) -> list[Row]:
    columns = [np.array([row[at] for row in rows], np.int64) for at in range(4)]
    found = order_rows(*columns)
    assert list(found.keys) == sorted({row[0] for row in rows})
    owners = np.repeat(found.keys, np.diff(found.offsets))
    return [tuple(map(int, row)) for row in zip(owners, found.times, *found.columns, strict=True)]  # type: ignore[misc]


@settings(max_examples=150, deadline=None)
@given(rows_of)
def test_rows_are_in_order(rows: list[Row]) -> None:
    assert shown(rows) == sorted(rows)


@settings(max_examples=30, deadline=None)
@given(rows_of, st.integers(1, 3))
def test_threads_change_nothing(rows: list[Row], threads: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parallel, "SHARED_ROWS", 0)
        patch.setattr(parallel, "usable_processors", lambda: threads)
        assert shown(rows) == sorted(rows)


def test_long_histories_are_in_order_too() -> None:
    random = np.random.default_rng(1)
    rows = [tuple(map(int, row)) for row in random.integers(0, [3, 50, 3, 2], (500, 4))]
    assert shown(rows) == sorted(rows)  # type: ignore[arg-type]
    wide = [(key, time << 50, one, other) for key, time, one, other in rows]
    assert shown(wide) == sorted(wide)
