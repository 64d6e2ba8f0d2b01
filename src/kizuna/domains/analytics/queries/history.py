"""Rows of periods that also know what came before them, and the kernels that keep a bit for each period."""

from __future__ import annotations

from collections.abc import Sequence

from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.breakdown import Told
from kizuna.domains.analytics.queries.buckets import bucket_sql
from kizuna.domains.analytics.queries.labels import Labels
from kizuna.domains.analytics.queries.rows import Rows
from kizuna.kernel.engine import Kernel
from kizuna.kernel.errors import Invalid
from kizuna.kernel.lake import ArrowTable

LONG_AGO_US = -(1 << 50)
"""Before anything that was ever recorded."""


def add_period(rows: Rows, bounds_us: Sequence[int], name: str = "bucket") -> str:
    """A column: the number of the period, and -1 for what came before the first."""
    found = bucket_sql(bounds_us, "time_us", rows.dialect)
    if rows.since_us < bounds_us[0]:
        found = f"CASE WHEN time_us < {bounds_us[0]} THEN -1 ELSE {found} END"
    return rows.add(f"CAST({found} AS SMALLINT)", name)


async def reduce_periods(ask: Ask, kernel: Kernel, labels: Labels, columns: Sequence[str], wanted: str) -> ArrowTable:
    """What a kernel gives for those rows of ``told`` that are ``wanted``; ``label`` comes along where there is a
    breakdown. Raises ``Invalid`` where its bits would take more memory than it may have."""
    taken = [*columns, *(["label"] if ask.query.breakdown is not None else [])]
    text = f"SELECT {', '.join(taken)} FROM told WHERE {wanted}"
    try:
        return await ask.reduce(kernel, text, labels.relations, labels.tables)
    except MemoryError as error:
        raise Invalid(
            "too_many_cells",
            "Too many people, groups and periods at once; ask for a shorter range, longer periods or no breakdown.",
            fields={"interval": "Choose a longer interval."},
        ) from error


def note_groups(ask: Ask, told: Told) -> None:
    """Says what it means that one person's rows may have several labels."""
    if told.of_people:
        return
    ask.note(
        "each_group_alone",
        "Each group is followed by itself: who is new or comes back in one may have been in another before, and counts "
        "in each.",
        "内訳ごとに独立して数えます。ある内訳で新規や復帰となる人が、別の内訳では以前から活動していることがあり、それぞれで数えます。",
    )
