"""Lifecycle: the people of each period by where they come from, and those who stayed away."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from msgspec import Struct

from kizuna.conditions.ast import EventMatch
from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.history import LONG_AGO_US, add_period, note_groups, reduce_periods
from kizuna.domains.analytics.queries.labels import Labels, fold_labels
from kizuna.domains.analytics.rules.periods import widen
from kizuna.domains.analytics.rules.words import LABEL, PERIOD, text

STAGES = (
    ("new", text("New", "新規")),
    ("returning", text("Returning", "継続")),
    ("resurrecting", text("Back after a pause", "復帰")),
    ("dormant", text("Gone", "休眠")),
)
DORMANT = 3


class LifecycleParams(Struct, frozen=True, forbid_unknown_fields=True):
    """``event`` is what makes somebody active."""

    event: EventMatch = EventMatch(None)


async def _labels(ask: Ask, params: LifecycleParams) -> Labels:
    bounds = widen(ask.periods, before=1).bounds_us
    rows = ask.rows([params.event], LONG_AGO_US, bounds[-1])
    add_period(rows, bounds)
    rows.add(rows.flag(0), "meant")
    told = ask.tell(rows)
    note_groups(ask, told)
    return await fold_labels(ask, told, "meant AND bucket >= 0")


async def _reduce(ask: Ask, params: LifecycleParams, cell: tuple[int, int, str | None] | None = None) -> Any:
    from kizuna.measures.lifecycle import live

    labels = await _labels(ask, params)
    kernel = partial(live, periods=len(ask.periods), cell=cell)
    return await reduce_periods(ask, kernel, labels, ["profile_key", "bucket"], "meant"), labels


async def compute(ask: Ask, params: LifecycleParams) -> Found:
    found, labels = await _reduce(ask, params)
    counts: dict[tuple[int, str | None, int], int] = {}
    for row in found.to_pylist():
        place = (row["bucket"], row["label"], row["stage"])
        counts[place] = counts.get(place, 0) + row["people"]
    # Of a period that is not over nobody can be said to have stayed away.
    current = ask.periods.find(ask.at.now_us)
    rows: list[list[Any]] = []
    for number, start in enumerate(ask.periods.starts):
        for label in labels.values:
            for stage, (key, _) in enumerate(STAGES):
                n = counts.get((number + 1, label, stage), 0)
                value = None if stage == DORMANT and number >= current else -n if stage == DORMANT else n
                rows.append([start, key, label, value])
    if not counts:
        ask.note("nobody_active", "Nobody was active in the range.", "期間中に活動した人はいません。", warning=True)
    over = set(ask.periods.starts[: max(0, current)])
    return Found(COLUMNS, rows, _figures(rows, over))


def _figures(rows: Sequence[Sequence[Any]], over: Collection[str]) -> list[Figure]:
    """Sums over the periods, and the quick ratio of those that are over: of others it is not known who is gone."""
    totals = {key: sum(row[3] or 0 for row in rows if row[1] == key) for key, _ in STAGES}
    figures = [Figure(key, "people", title, totals[key]) for key, title in STAGES]
    arrived, gone = (
        sum(row[3] or 0 for row in rows if row[1] in keys and row[0] in over)
        for keys in (("new", "resurrecting"), ("dormant",))
    )
    definition = text("New and back, over gone, of periods that are over", "（新規＋復帰）÷休眠。終わった期間のみ")
    quick = arrived / -gone if gone else None
    ratio = Figure("quick_ratio", "number", text("Quick ratio", "クイック比率"), quick, definition=definition)
    return [*figures, ratio]


async def people(ask: Ask, params: LifecycleParams, cell: Cell) -> Sequence[int]:
    """Who is in a stage in a period."""
    starts, keys = ask.periods.starts, [key for key, _ in STAGES]
    if cell.get("period") not in starts or cell.get("series") not in keys:
        return []
    place = (starts.index(cell["period"]) + 1, keys.index(cell["series"]), cell.get("label"))
    found, _ = await _reduce(ask, params, place)
    return sorted(found.column("profile_key").to_pylist())


COLUMNS = [
    PERIOD,
    Column("series", "label", text("Stage", "区分"), words=dict(STAGES)),
    LABEL,
    Column("value", "people", text("People", "人数"), opens=True),
]

PLUGIN = Metric(
    key="lifecycle",
    group="behaviour",
    shape="series",
    title=text("Lifecycle", "ライフサイクル"),
    definition=text(
        "New: the period holds their first such event of all. Returning: active in the period before as well. Back "
        "after a pause: active before, but not in the period before. Gone: active in the period before and not in "
        "this one, drawn below zero.",
        "新規は、対象の行動をその期間に初めて行った人。継続は、前の期間にも活動した人。復帰は、以前に活動し前の期間には活動しなかった人。"
        "休眠は、前の期間に活動しこの期間には活動しなかった人で、0より下に描きます。",
    ),
    params=LifecycleParams,
    compute=compute,
    people=people,
    events=lambda params: [params.event],
    periods=True,
    whole_periods=True,
)
