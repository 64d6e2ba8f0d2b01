"""Asks a metric of a case, for tests of what cases do not say: who is behind a cell."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from tests.domains.analytics.golden import Case, fill_lake, make_ask

from kizuna.adapters.engines.local import LocalEngine
from kizuna.adapters.lake.delta import DeltaLake
from kizuna.domains.analytics.metrics.base import Found

Behind = Callable[..., Awaitable[Sequence[int]]]


async def open_case(lake: DeltaLake, case: Case) -> tuple[Found, Behind]:
    """The answer, and ``behind(column, **row)``."""
    await fill_lake(lake, 1, case)
    metric, params, ask = make_ask(LocalEngine(lake), 1, case)
    assert metric.people is not None
    chosen = metric.people

    async def behind(column: str, **row: Any) -> Sequence[int]:
        return await chosen(ask, params, {**row, "column": column})

    found = await metric.compute(ask, params)
    msgspec.json.encode(found)  # nothing of numpy's is left
    return found, behind


def rows_of(found: Found) -> list[dict[str, Any]]:
    return [dict(zip((column.key for column in found.columns), row, strict=True)) for row in found.rows]
