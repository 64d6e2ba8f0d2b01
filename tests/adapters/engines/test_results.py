from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kizuna.adapters.engines.duckdb import Session
from kizuna.adapters.engines.messages import LakeView
from kizuna.kernel.errors import Limit


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("results")
    opened = Session(LakeView(1, str(folder), True, {}, {}), memory_mb=64, threads=1, spill_dir=str(folder / "spill"))
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("expression", "value", "kind"),
    [
        ("TIMESTAMPTZ '2026-01-02 09:30:00+09'", "2026-01-02T00:30:00Z", "TIMESTAMPTZ"),
        ("TIMESTAMPTZ '2026-01-02 00:00:00.000001+00'", "2026-01-02T00:00:00.000001Z", "TIMESTAMPTZ"),
        ("TIMESTAMP '2026-01-02 03:04:05'", "2026-01-02T03:04:05", "TIMESTAMP"),
        ("DATE '2026-01-02'", "2026-01-02", "DATE"),
        ("TIME '03:04:05'", "03:04:05", "TIME64[US]"),
        ("INTERVAL 3 DAY", "P0M3DT0S", "MONTH_DAY_NANO_INTERVAL"),
        ("12.50::DECIMAL(10, 2)", "12.50", "DECIMAL(10, 2)"),
        ("12::DECIMAL(10, 0)", 12, "DECIMAL(10, 0)"),
        ("7::HUGEINT", 7, "HUGEINT"),
        ("170141183460469231731687303715884105727::HUGEINT", "170141183460469231731687303715884105727", "HUGEINT"),
        ("9007199254740993::BIGINT", "9007199254740993", "BIGINT"),
        ("1::BIGINT", 1, "BIGINT"),
        ("'nan'::DOUBLE", None, "DOUBLE"),
        ("'inf'::DOUBLE", None, "DOUBLE"),
        ("1.5::DOUBLE", 1.5, "DOUBLE"),
        ("true", True, "BOOLEAN"),
        ("NULL", None, "NULL"),
        ("'絆'", "絆", "VARCHAR"),
        ("'\\xAB'::BLOB", "ab", "BLOB"),
        ("[1, NULL]", [1, None], None),
        ("{'a': 1, 'b': [TIMESTAMPTZ '2026-01-02 00:00:00+00']}", {"a": 1, "b": ["2026-01-02T00:00:00Z"]}, None),
        ("MAP {'k': 'nan'::DOUBLE}", {"k": None}, None),
        ("'x'::ENUM ('x', 'y')", "x", None),
    ],
)
def test_values_are_json(session: Session, expression: str, value: Any, kind: str | None) -> None:
    result = session.run(f"SELECT {expression} AS v", 10)
    assert result.rows == [[value]]
    assert kind in (None, result.columns[0].type)


def test_rows_beyond_the_limit_are_cut_and_said(session: Session) -> None:
    result = session.run("SELECT x FROM range(10000) AS t(x) ORDER BY x", 3)
    assert (result.rows, result.truncated) == ([[0], [1], [2]], True)
    assert not session.run("SELECT x FROM range(3) AS t(x)", 3).truncated


def test_a_wide_result_is_cut_by_size(session: Session) -> None:
    result = session.run("SELECT repeat('x', 100000) FROM range(2000)", 2000)
    assert result.truncated
    assert len(result.rows) < 1000


def test_too_much_memory_is_said(session: Session) -> None:
    with pytest.raises(Limit, match="KIZUNA_QUERY_MEMORY_MB"):
        session.run("SELECT list(x) FROM range(100000000) AS t(x)", 1)


def test_order_is_kept(session: Session) -> None:
    rows = session.run("SELECT x FROM range(20000) AS t(x) ORDER BY x DESC", 5000).rows
    assert rows == [[x] for x in range(19999, 14999, -1)]


def test_two_columns_of_one_name(session: Session) -> None:
    assert session.run("SELECT 1 AS a, 2 AS a", 1).rows == [[1, 2]]
