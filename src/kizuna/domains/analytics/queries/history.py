"""Rows of periods that also know what came before them."""

from __future__ import annotations

from collections.abc import Sequence

from kizuna.domains.analytics.queries.buckets import bucket_sql
from kizuna.domains.analytics.queries.rows import Rows

LONG_AGO_US = -(1 << 50)
"""Before anything that was ever recorded."""


def add_period(rows: Rows, bounds_us: Sequence[int], name: str = "bucket") -> str:
    """A column: the number of the period, and -1 for what came before the first."""
    found = bucket_sql(bounds_us, "time_us", rows.dialect)
    if rows.since_us < bounds_us[0]:
        found = f"CASE WHEN time_us < {bounds_us[0]} THEN -1 ELSE {found} END"
    return rows.add(f"CAST({found} AS SMALLINT)", name)
