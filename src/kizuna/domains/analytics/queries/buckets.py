"""Which period an instant is in, as SQL of whole numbers: no engine is asked for a zone."""

from __future__ import annotations

from collections.abc import Sequence

from kizuna.domains.analytics.rules.periods import runs_of
from kizuna.kernel.engine import Dialect

Run = tuple[int, int, int, int]


def bucket_sql(bounds_us: Sequence[int], column: str, dialect: Dialect) -> str:
    """The number of the period, from 0, of an instant that is in one of them.

    Days and weeks are a division wherever the clocks stay as they are; where they change, and for months, the run
    of periods is found by halving.
    """
    return _find(runs_of(bounds_us), column, dialect)


def _find(runs: list[Run], column: str, dialect: Dialect) -> str:
    if len(runs) == 1:
        return _within(runs[0], column, dialect)
    middle = len(runs) // 2
    before, after = _find(runs[:middle], column, dialect), _find(runs[middle:], column, dialect)
    return f"CASE WHEN {column} < {runs[middle][0]} THEN {before} ELSE {after} END"


def _within(run: Run, column: str, dialect: Dialect) -> str:
    first, length, number, count = run
    if count == 1:
        return str(number)
    divide = "//" if dialect == "duckdb" else "DIV"
    shifted = f"(({column} - {first}) {divide} {length})"
    return f"CAST({shifted} + {number} AS INT)" if number else f"CAST({shifted} AS INT)"
