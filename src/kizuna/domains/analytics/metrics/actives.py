"""Active people: daily, weekly, monthly, and how sticky that makes it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from msgspec import Struct

from kizuna.conditions.ast import EventMatch
from kizuna.domains.analytics.contracts import PERIODS_MAX, Column, Figure, Text
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.history import add_period, reduce_periods
from kizuna.domains.analytics.queries.labels import Labels, fold_labels
from kizuna.domains.analytics.rules.periods import DAY_US, Periods, cut, widen
from kizuna.domains.analytics.rules.words import LABEL, PERIOD, text
from kizuna.kernel.errors import Invalid

WIDTHS = {"dau": 1, "wau": 7, "mau": 30}
AHEAD = max(WIDTHS.values()) - 1
DAYS_MAX = PERIODS_MAX - AHEAD - 1

Values = Mapping[tuple[int, str | None, str], float]
"""By period, label and series."""


class ActivesParams(Struct, frozen=True, forbid_unknown_fields=True):
    """``event`` is what makes somebody active. ``trailing``: the 1, 7 and 30 days that end with the last day of each
    period; ``calendar``: the period itself, a week or a month of the calendar."""

    event: EventMatch = EventMatch(None)
    windows: Literal["trailing", "calendar"] = "trailing"


@dataclass(frozen=True, slots=True)
class Days:
    """The days of the range, and before them ``ahead`` more. ``spans`` are the first and last of each period's that
    have begun, as numbers of ``bounds_us``."""

    bounds_us: Sequence[int]
    ahead: int
    spans: Sequence[tuple[int, int]]

    @staticmethod
    def of(ask: Ask, params: ActivesParams) -> Days:
        """Raises ``Invalid`` for hours, and for too many days."""
        periods = ask.periods
        if ask.query.interval == "hour":
            raise Invalid(
                "interval_too_short",
                "Active people are counted by the day; choose days or longer.",
                fields={"interval": "Choose days or longer."},
            )
        if periods.until_us - periods.since_us > DAYS_MAX * DAY_US:
            raise Invalid(
                "range_too_long",
                f"Active people are counted day by day, for at most {DAYS_MAX:,} days.",
                fields={"range": "Choose a shorter range."},
            )
        ahead = AHEAD if params.windows == "trailing" else 0
        days = widen(cut(periods.since_us, periods.until_us, "day", periods.at), before=ahead).bounds_us
        return Days(days, ahead, _spans(periods, days, ahead, ask.at.now_us))


def _spans(periods: Periods, days: Sequence[int], ahead: int, now_us: int) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    begun = bisect_left(days, now_us + 1) - 1
    for number in range(len(periods)):
        first = max(bisect_left(days, periods.bounds_us[number]), ahead)
        last = min(bisect_left(days, periods.bounds_us[number + 1]), len(days) - 1) - 1
        # A period that has not begun has its first day, on which nobody was.
        spans.append((first, max(first, min(last, begun))))
    return spans


async def _reduce(
    ask: Ask, params: ActivesParams, days: Days, cell: tuple[int, str, str | None] | None = None
) -> tuple[Any, Labels]:
    """``cell`` is a period's number, a series and a label."""
    from kizuna.measures.actives import roll, within

    rows = ask.rows([params.event], days.bounds_us[0], days.bounds_us[-1])
    add_period(rows, days.bounds_us)
    rows.add(rows.flag(0), "meant")
    labels = await fold_labels(ask, ask.tell(rows), f"meant AND bucket >= {days.ahead}")
    n = len(days.bounds_us) - 1
    if params.windows == "calendar":
        place = None if cell is None else (cell[0], cell[2])
        kernel = partial(within, days=n, spans=tuple(days.spans), cell=place)
    else:
        rolled = None if cell is None else (days.spans[cell[0]][1], WIDTHS[cell[1]], cell[2])
        kernel = partial(roll, days=n, ahead=days.ahead, widths=tuple(WIDTHS.values()), cell=rolled)
    return await reduce_periods(ask, kernel, labels, ["profile_key", "bucket"], "meant"), labels


async def compute(ask: Ask, params: ActivesParams) -> Found:
    days = Days.of(ask, params)
    found, labels = await _reduce(ask, params, days)
    calendar = params.windows == "calendar"
    values = _within(days, found) if calendar else _rolled(days, found, labels)
    names = ("active",) if calendar else tuple(WIDTHS)
    rows = [
        [start, name, label, values.get((number, label, name), None if name == "stickiness" else 0)]
        for number, start in enumerate(ask.periods.starts)
        for label in labels.values
        for name in (*names, "stickiness")
    ]
    if not any(values.values()):
        ask.note("nobody_active", "Nobody was active in the range.", "期間中に活動した人はいません。", warning=True)
    return Found(COLUMNS, rows, _figures(ask, labels, names, rows))


def _within(days: Days, found: Any) -> Values:
    people: dict[tuple[int, str | None, str], float] = {}
    person_days: dict[tuple[int, str | None, str], int] = {}
    for row in found.to_pylist():
        place = (row["span"], row["label"], "active")
        people[place] = people.get(place, 0) + row["people"]
        person_days[place] = person_days.get(place, 0) + row["person_days"]
    values = dict(people)
    for (number, label, _), n in people.items():
        first, last = days.spans[number]
        values[number, label, "stickiness"] = person_days[number, label, "active"] / (last - first + 1) / n
    return values


def _rolled(days: Days, found: Any, labels: Labels) -> Values:
    """What stands on the last day of each period; stickiness is the mean over the period's days."""
    counts: dict[tuple[int, str | None, int], int] = {}
    for row in found.to_pylist():
        place = (row["bucket"], row["label"], row["width"])
        counts[place] = counts.get(place, 0) + row["people"]
    values: dict[tuple[int, str | None, str], float] = {}
    for number, (first, last) in enumerate(days.spans):
        for label in labels.values:
            for name, width in WIDTHS.items():
                values[number, label, name] = counts.get((last, label, width), 0)
            shares = [
                counts.get((day, label, 1), 0) / counts[day, label, AHEAD + 1]
                for day in range(first, last + 1)
                if counts.get((day, label, AHEAD + 1))
            ]
            if shares:
                values[number, label, "stickiness"] = sum(shares) / len(shares)
    return values


def _figures(ask: Ask, labels: Labels, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[Figure]:
    """Of the last period that is over, of each label; and the mean stickiness of those that are over."""
    over = ask.periods.starts[: max(0, ask.periods.find(ask.at.now_us))]
    shown = [row for row in rows if row[0] in set(over)]
    figures: list[Figure] = []
    for label in labels.values:
        ending = "" if ask.query.breakdown is None else f":{label or ''}"
        last = {row[1]: row[3] for row in shown if row[0] == over[-1] and row[2] == label}
        figures += [
            Figure(f"{name}{ending}", "people", SERIES[name], last.get(name), definition=LAST) for name in names
        ]
        shares = [row[3] for row in shown if row[1] == "stickiness" and row[2] == label and row[3] is not None]
        mean = sum(shares) / len(shares) if shares else None
        title, kind = SERIES["stickiness"], "share"
        figures.append(Figure(f"stickiness{ending}", kind, title, mean, n=len(shares), definition=MEAN))
    return figures


async def people(ask: Ask, params: ActivesParams, cell: Cell) -> Sequence[int]:
    """Who was active in the period, or in the 1, 7 or 30 days that end with it; of stickiness, on any of them."""
    names = ("active",) if params.windows == "calendar" else tuple(WIDTHS)
    starts, series = ask.periods.starts, cell.get("series")
    if cell.get("period") not in starts or series not in (*names, "stickiness"):
        return []
    chosen = names[-1] if series == "stickiness" else str(series)
    place = (starts.index(cell["period"]), chosen, cell.get("label"))
    found, _ = await _reduce(ask, params, Days.of(ask, params), place)
    return sorted(found.column("profile_key").to_pylist())


SERIES: Mapping[str, Text] = {
    "dau": text("Daily active", "1日の活動者"),
    "wau": text("Weekly active (7 days)", "7日間の活動者"),
    "mau": text("Monthly active (30 days)", "30日間の活動者"),
    "active": text("Active in the period", "期間中の活動者"),
    "stickiness": text("Stickiness", "定着率"),
}
LAST = text("In the last period that is over", "終わった最後の期間の値")
MEAN = text("Mean of the periods that are over", "終わった期間の平均")

COLUMNS = [
    PERIOD,
    Column("series", "label", text("Window", "集計期間"), words=SERIES),
    LABEL,
    Column("value", "number", text("Value", "値"), opens=True),
]

PLUGIN = Metric(
    key="actives",
    group="behaviour",
    shape="series",
    title=text("Active people", "活動者数"),
    definition=text(
        "Different people who were active on the last day of each period, and in the 7 and the 30 days that end with "
        "it; or in the period itself. Stickiness is the share of the 30 days' people, or of the period's, who were "
        "active on one day, as the mean over the period's days.",
        "各期間の最終日、およびその日までの7日間・30日間に活動した人数（重複なし）です。暦の期間ごとに数えることもできます。"
        "定着率は、30日間（または期間中）の活動者のうち1日に活動した人の割合を、期間の日数で平均した値です。",
    ),
    params=ActivesParams,
    compute=compute,
    people=people,
    events=lambda params: [params.event],
    periods=True,
)
