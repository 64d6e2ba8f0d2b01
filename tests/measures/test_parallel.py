"""Kernels that are given some people at a time say the same."""

import numpy as np
import pyarrow as pa
import pytest

from kizuna.measures import parallel, paths, sessions

HOUR_US = 3_600_000_000


def _rows(rows: int) -> pa.Table:
    rng = np.random.default_rng(7)
    return pa.table(
        {
            "profile_key": rng.integers(0, 40, rows),
            "time_us": rng.integers(0, 200, rows) * HOUR_US // 4,
            "node": rng.integers(0, 4, rows),
            "is_start": rng.random(rows) < 0.2,
            "is_end": rng.random(rows) < 0.2,
            "is_page": rng.random(rows) < 0.5,
            "is_goal": rng.random(rows) < 0.1,
            "label": pa.array(rng.choice(["a", "b"], rows)),
        }
    )


WALK = {
    "gap_us": HOUR_US, "longest_us": 9 * HOUR_US, "since_us": 0, "until_us": 1 << 50, "now_us": 1 << 50, "steps": 4,
    "collapse": False, "from_start": False, "to_end": False,
}  # fmt: skip
CUT = {"gap_us": HOUR_US, "longest_us": 9 * HOUR_US, "by_id": False, "label_of_person": False}


def test_what_is_found_of_parts_adds_up(monkeypatch: pytest.MonkeyPatch) -> None:
    table = _rows(2_000)

    def ask() -> list[dict[tuple[object, ...], np.ndarray]]:
        span = {"bounds_us": (0, 1 << 49), "since_us": 0, "until_us": 1 << 50}
        return [
            _add_up(paths.count_edges(table, **WALK), 3),
            _add_up(sessions.summarise(table, **span, **CUT), 4),
        ]

    whole = ask()
    monkeypatch.setattr(parallel, "PART_ROWS", 300)
    parts = ask()
    for one, other in zip(whole, parts, strict=True):
        assert one.keys() == other.keys()
        assert all((one[key] == other[key]).all() for key in one)


def test_people_are_found_in_all_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    table = _rows(2_000)
    asked = {"step": 1, "source": 2, "target": None}
    whole = paths.find_people(table, **asked, **WALK).column(0).to_pylist()
    monkeypatch.setattr(parallel, "PART_ROWS", 300)
    assert sorted(paths.find_people(table, **asked, **WALK).column(0).to_pylist()) == whole != []


def _add_up(table: pa.Table, keys: int) -> dict[tuple[object, ...], np.ndarray]:
    """Numbers by what they are of: the first ``keys`` columns and, of sessions, the length."""
    sums: dict[tuple[object, ...], np.ndarray] = {}
    for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
        key = row[:keys]
        sums[key] = sums.get(key, np.zeros(len(row) - keys)) + np.array(row[keys:], float)
    return sums
