"""Active people: daily, weekly, monthly, and how sticky that makes it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from msgspec import Struct

from kizuna.conditions.ast import EventMatch
from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.history import add_period
from kizuna.domains.analytics.queries.labels import Labels, fold_labels
from kizuna.domains.analytics.rules.periods import Periods, cut, widen
from kizuna.domains.analytics.rules.words import LABEL, PERIOD, text
from kizuna.kernel.errors import Invalid

WIDTHS = {"dau": 1, "wau": 7, "mau": 30}
AHEAD = max(WIDTHS.values()) - 1
DAYS_MAX = 800


class ActivesParams(Struct, frozen=True, forbid_unknown_fields=True):
    """``event`` is what makes somebody active."""

    event: EventMatch = EventMatch(None)


def _days(ask: Ask) -> Periods:
    days = cut(ask.periods.since_us, ask.periods.until_us, "day", ask.at)
    if len(days) > DAYS_MAX:
        raise Invalid(
            "range_too_long",
            f"Active people are counted day by day, for at most {DAYS_MAX} days.",
            fields={"range": "Choose a shorter range."},
        )
    return days


async def _labels(ask: Ask, params: ActivesParams, days: Periods) -> Labels:
    bounds = widen(days, before=AHEAD).bounds_us
    rows = ask.rows([params.event], bounds[0], bounds[-1])
    add_period(rows, bounds)
    rows.add(rows.flag(0), "meant")
    return await fold_labels(ask, ask.tell(rows), f"meant AND bucket >= {AHEAD}")


async def _reduce(ask: Ask, params: ActivesParams, cell: tuple[int, int, str | None] | None = None) -> Any:
    from kizuna.measures.actives import roll

    days = _days(ask)
    labels = await _labels(ask, params, days)
    kernel = partial(roll, days=len(days) + AHEAD, ahead=AHEAD, widths=tuple(WIDTHS.values()), cell=cell)
    columns = "profile_key, bucket" + (", label" if ask.query.breakdown is not None else "")
    found = await ask.reduce(kernel, f"SELECT {columns} FROM told WHERE meant", labels.relations, labels.tables)
    return found, labels, days


async def compute(ask: Ask, params: ActivesParams) -> Found:
    found, labels, days = await _reduce(ask, params)
    counts: dict[tuple[int, str | None, int], int] = {}
    for row in found.to_pylist():
        place = (row["bucket"] - AHEAD, row["label"], row["width"])
        counts[place] = counts.get(place, 0) + row["people"]
    rows: list[list[Any]] = []
    sticky: list[float] = []
    for number, start in enumerate(days.starts):
        for label in labels.values:
            dau, wau, mau = (counts.get((number, label, width), 0) for width in WIDTHS.values())
            share = dau / mau if mau else None
            rows += [[start, "dau", label, dau], [start, "wau", label, wau], [start, "mau", label, mau]]
            rows.append([start, "stickiness", label, share])
            over = days.bounds_us[number + 1] <= ask.at.now_us + 1
            sticky += [share] if share is not None and over and label == labels.values[0] else []
    if not counts:
        ask.note("nobody_active", "Nobody was active in the range.", "期間中に活動した人はいません。", warning=True)
    last = {row[1]: row[3] for row in rows if row[2] == labels.values[0]}
    titles = {"dau": DAU, "wau": WAU, "mau": MAU}
    figures = [Figure(key, "people", title, last.get(key)) for key, title in titles.items()]
    mean = sum(sticky) / len(sticky) if sticky else None
    definition = text(
        "Mean over the days of daily over monthly active people", "1日あたり÷30日間の活動者数を、日ごとに平均した値"
    )
    figures.append(Figure("stickiness", "share", STICKINESS, mean, n=len(sticky), definition=definition))
    return Found(COLUMNS, rows, figures)


async def people(ask: Ask, params: ActivesParams, cell: Cell) -> Sequence[int]:
    """Who was active on the day, or in the 7 or 30 days that end with it."""
    starts, width = _days(ask).starts, WIDTHS.get(str(cell.get("series")))
    if cell.get("period") not in starts or width is None:
        return []
    found, _, _ = await _reduce(ask, params, (starts.index(cell["period"]) + AHEAD, width, cell.get("label")))
    return sorted(found.column("profile_key").to_pylist())


DAU = text("Daily active", "1日の活動者")
WAU = text("Weekly active (7 days)", "7日間の活動者")
MAU = text("Monthly active (30 days)", "30日間の活動者")
STICKINESS = text("Stickiness (daily over monthly)", "定着率（1日÷30日間）")

COLUMNS = [
    PERIOD,
    Column("series", "label", text("Window", "集計期間")),
    LABEL,
    Column("value", "number", text("Value", "値"), opens=True),
]

PLUGIN = Metric(
    key="actives",
    group="behaviour",
    shape="series",
    title=text("Active people", "活動者数"),
    definition=text(
        "Different people who were active on each day, in the 7 days and in the 30 days that end with it; and daily "
        "over monthly ones. It is counted by the day, whatever the interval.",
        "各日、その日までの7日間、30日間に活動した人数（重複なし）と、1日÷30日間の比です。間隔の設定にかかわらず、日ごとに数えます。",
    ),
    params=ActivesParams,
    compute=compute,
    people=people,
    events=lambda params: [params.event],
    periods=True,
)
