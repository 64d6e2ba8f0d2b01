"""The different texts of a column, so that what stands in a few of them is worked out once for each."""

from __future__ import annotations

from collections.abc import Mapping

from kizuna.domains.analytics.queries.ask import Ask

NAMES_MAX = 50_000


async def count_names(
    ask: Ask, relations: Mapping[str, str], column: str, wanted: str = "true"
) -> dict[str | None, int]:
    """How many rows of ``told`` that are ``wanted`` each text of a column has: of the ``NAMES_MAX`` most frequent,
    these first."""
    found = await ask.select(
        f"SELECT {column} AS named, count(*) AS n FROM told WHERE {wanted} GROUP BY {column} "
        f"ORDER BY n DESC, ({column} IS NULL), {column} LIMIT {NAMES_MAX}",
        relations,
    )
    return dict(zip(found.column("named").to_pylist(), found.column("n").to_pylist(), strict=True))
