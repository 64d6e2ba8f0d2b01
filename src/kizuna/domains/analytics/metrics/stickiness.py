"""Stickiness: on how many days, in how many weeks, people were active."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from msgspec import Struct

from kizuna.conditions.ast import EventMatch
from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.history import add_period, reduce_periods
from kizuna.domains.analytics.queries.labels import fold_labels
from kizuna.domains.analytics.rules.words import LABEL, text


class StickinessParams(Struct, frozen=True, forbid_unknown_fields=True):
    """``event`` is what makes somebody active."""

    event: EventMatch = EventMatch(None)


async def _reduce(ask: Ask, params: StickinessParams, cell: tuple[int, str | None] | None = None) -> Any:
    from kizuna.measures.actives import spread

    rows = ask.rows([params.event])
    add_period(rows, ask.periods.bounds_us)
    rows.add(rows.flag(0), "meant")
    labels = await fold_labels(ask, ask.tell(rows), "meant")
    kernel = partial(spread, periods=len(ask.periods), cell=cell)
    return await reduce_periods(ask, kernel, labels, ["profile_key", "bucket"], "meant"), labels


async def compute(ask: Ask, params: StickinessParams) -> Found:
    found, labels = await _reduce(ask, params)
    counts: dict[tuple[str | None, int], int] = {}
    for row in found.to_pylist():
        place = (row["label"], row["periods"])
        counts[place] = counts.get(place, 0) + row["people"]
    rows: list[list[Any]] = []
    for label in labels.values:
        total = sum(n for (one, _), n in counts.items() if one == label)
        for periods in range(1, len(ask.periods) + 1):
            n = counts.get((label, periods), 0)
            rows.append([periods, label, n, n / total if total else None, total])
    total = sum(counts.values())
    if not total:
        ask.note("nobody_active", "Nobody was active in the range.", "期間中に活動した人はいません。", warning=True)
    if ask.periods.incomplete_since is not None:
        ask.note(
            "incomplete",
            "The last period is not over yet; who comes later in it will be active in one more.",
            "最後の期間はまだ終わっていません。期間中に後から活動した人は、活動した期間の数が増えます。",
        )
    mean = sum(periods * n for (_, periods), n in counts.items()) / total if total else None
    figures = [
        Figure("people", "people", text("Active people", "活動者"), total),
        Figure("mean", "number", text("Periods a person", "1人あたりの活動期間数"), mean, n=total),
    ]
    return Found(COLUMNS, rows, figures)


async def people(ask: Ask, params: StickinessParams, cell: Cell) -> Sequence[int]:
    """Who was active in exactly so many periods."""
    number = cell.get("periods")
    if not isinstance(number, int | float):
        return []
    found, _ = await _reduce(ask, params, (int(number), cell.get("label")))
    return sorted(found.column("profile_key").to_pylist())


COLUMNS = [
    Column("periods", "number", text("Periods active", "活動した期間数")),
    LABEL,
    Column("people", "people", text("People", "人数"), opens=True),
    Column("share", "share", text("Share", "割合"), text("Of active people", "活動者のうち"), of="total"),
    Column("total", "people", text("Active people", "活動者"), hidden=True),
]

PLUGIN = Metric(
    key="stickiness",
    group="behaviour",
    shape="bars",
    title=text("Stickiness", "利用頻度の分布"),
    definition=text(
        "In how many different periods of the range each person was active at least once. The range is widened to "
        "whole periods; weeks begin as the question says.",
        "対象範囲のうち、1回以上活動した日（週・月）の数ごとの人数です。範囲は完全な期間に広げ、週の始まりは設定に従います。",
    ),
    params=StickinessParams,
    compute=compute,
    people=people,
    events=lambda params: [params.event],
    whole_periods=True,
)
