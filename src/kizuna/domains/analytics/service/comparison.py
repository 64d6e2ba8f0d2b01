"""What an answer is compared with: the same question of other periods, as far as anything was recorded then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from msgspec import structs

from kizuna.conditions.moments import to_us
from kizuna.domains.analytics.contracts import Column
from kizuna.domains.analytics.metrics.base import Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.rules.periods import Periods, shift, start_of_day
from kizuna.domains.analytics.service.bounds import BoundsMemory
from kizuna.kernel.context import Runtime


async def compare(runtime: Runtime, metric: Metric, params: Any, ask: Ask) -> tuple[Found | None, Periods | None]:
    """The rows that are compared with, and their periods; none where nothing is asked for or known. What is known
    begins with the day of the first event: nobody opens at midnight."""
    if ask.query.compare is None or not metric.compares:
        return None, None
    periods = shift(ask.periods, ask.query.compare)
    bounds = await runtime.remembered(BoundsMemory).read(ask.workspace_id, ask.at.now_us)
    first_us = None if bounds.first_us is None else start_of_day(bounds.first_us, ask.at)
    if first_us is not None and periods.until_us <= first_us:
        return _nothing(ask)
    other = replace(ask, periods=periods, statements=[], kernels=[], caveats=[], _opened={})
    found = await metric.compute(other, params)
    ask.statements += other.statements
    if first_us is None or periods.since_us >= first_us:
        return found, periods
    if not any(column.kind == "time" for column in found.columns):
        ask.note(
            "partly_recorded",
            "There is nothing to compare with: a part of that time was before the first event.",
            "比較する期間の一部は最初の行動より前のため、比較できません。",
        )
        return None, None
    known = leave_unknown(found, first_us)
    if not _has_any(known):
        return _nothing(ask)
    ask.note(
        "partly_compared",
        "Some of what is compared with lies before the first event: only whole periods after it are shown.",
        "比較期間の一部は最初の行動より前です。それ以降の期間だけを比較します。",
    )
    return known, periods


def _nothing(ask: Ask) -> tuple[None, None]:
    ask.note(
        "nothing_compared",
        "There is nothing to compare with: nothing of this was recorded then.",
        "比較する期間には、該当する記録がありません。",
    )
    return None, None


def leave_unknown(found: Found, first_us: int) -> Found:
    """Without numbers of periods that began before the first event, and of all periods together."""
    time = next(at for at, column in enumerate(found.columns) if column.kind == "time")
    rows = [
        row if to_us(datetime.fromisoformat(row[time])) >= first_us else _empty(found.columns, row)
        for row in found.rows
    ]
    return Found(found.columns, rows, [structs.replace(figure, value=None) for figure in found.figures])


def _empty(columns: Sequence[Column], row: list[Any]) -> list[Any]:
    return [cell if one.kind in ("time", "label") else None for one, cell in zip(columns, row, strict=True)]


def _has_any(found: Found) -> bool:
    numbers = [at for at, column in enumerate(found.columns) if column.kind not in ("time", "label")]
    return any(row[at] for row in found.rows for at in numbers) or any(figure.value for figure in found.figures)
