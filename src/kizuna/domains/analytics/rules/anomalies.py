"""Values of a series that stand out from what is usual at their time.

A series is taken apart into a trend (the median of the season around each point), a season (the median of what is left
at each weekday, hour or month) and a rest. Of the rest the robust z-score is taken, with the median absolute deviation
as the scale: 0.6745 (x - median) / MAD, and 3.5 as the border (Iglewicz and Hoaglin, How to Detect and Handle
Outliers, 1993). Medians throughout, so that what stands out does not move what it is compared with. Of counts the
scale is at least that of chance, the root of what is expected: three instead of one is no news.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Any

from kizuna.domains.analytics.contracts import Answer, Column, Interval, Mark, Text
from kizuna.domains.analytics.rules.words import text

SEASONS: Mapping[Interval, int] = {"hour": 24, "day": 7, "week": 52, "month": 12, "quarter": 4}
SEASONS_MIN = 3
SCORE_MIN = 3.5
EFFECT_MIN = 0.1
"""Of what was expected: less is no news to anybody, however quiet the series."""
MARKS_MAX = 12
"""Of one series: where everything stands out nothing does."""

ROUNDS = 2

_NORMAL = 0.6745
"""Of a normal distribution, the MAD in standard deviations."""
_FLAT = 1e-9

_WEEKDAYS = (
    ("a Monday", "月曜日"),
    ("a Tuesday", "火曜日"),
    ("a Wednesday", "水曜日"),
    ("a Thursday", "木曜日"),
    ("a Friday", "金曜日"),
    ("a Saturday", "土曜日"),
    ("a Sunday", "日曜日"),
)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Anomaly:
    """``score`` is in robust standard deviations, positive above what was ``expected``."""

    place: int
    expected: float
    score: float


def find_anomalies(values: Sequence[float | None], season: int, *, counts: bool = False) -> list[Anomaly]:
    """What stands out of a series of equal periods, some of which may be missing; the strongest first, at most
    ``MARKS_MAX``. Nothing in less than three seasons."""
    known = [place for place, value in enumerate(values) if value is not None]
    if len(known) < SEASONS_MIN * season:
        return []
    usual = _usual(values, season)
    rest = {place: _at(values, place) - usual[place] for place in known}
    middle = median(rest.values())
    spread = _spread({place: abs(one - middle) for place, one in rest.items()}, season)
    if spread <= _FLAT * max(1.0, *(abs(one) for one in usual)) and not counts:
        return []  # a series without any chance in it has no scale to measure with
    found: list[Anomaly] = []
    for place in known:
        expected = usual[place] + middle
        scale = max(spread, max(abs(expected), 1.0) ** 0.5) if counts else spread
        off = _at(values, place) - expected
        if abs(off) >= SCORE_MIN * scale and abs(off) >= EFFECT_MIN * abs(expected):
            found.append(Anomaly(place, expected, off / scale))
    return sorted(found, key=lambda one: (-abs(one.score), one.place))[:MARKS_MAX]


def _spread(deviations: Mapping[int, float], season: int) -> float:
    """The median absolute deviation as a standard deviation.

    A median lies on one of the values it is taken of, so at each place of the season one deviation is nothing by
    construction: it is left out. What medians of few seasons still take of the scatter is given back by a factor that
    was found by simulation of normal noise: it leaves one to five false marks in a thousand, from 3 seasons to 52.
    """
    by_phase: dict[int, list[float]] = {}
    for place, one in deviations.items():
        by_phase.setdefault(place % season, []).append(one)
    free = [one for ones in by_phase.values() for one in sorted(ones)[1:]]
    return median(free) / _NORMAL * (1 + 1.5 * season / len(deviations)) if free else 0.0


def _usual(values: Sequence[float | None], season: int) -> list[float]:
    """Trend and season of each place. The season is taken off before the trend is looked for, and found again without
    it: with the season in it, a median of two weeks jumps from one weekday to the next where a single day is odd."""
    slope = _slope(values, season)
    trend = [slope * place for place in range(len(values))]
    for _ in range(ROUNDS):
        by_phase = _by_phase(values, trend, season)
        even = [None if value is None else value - by_phase[place % season] for place, value in enumerate(values)]
        trend = _trend(even, season)
    by_phase = _by_phase(values, trend, season)
    return [one + by_phase[place % season] for place, one in enumerate(trend)]


def _by_phase(values: Sequence[float | None], trend: Sequence[float], season: int) -> list[float]:
    """The median of what the trend leaves at each place of the season."""
    left: list[list[float]] = [[] for _ in range(season)]
    for place, value in enumerate(values):
        if value is not None:
            left[place % season].append(value - trend[place])
    return [median(ones) if ones else 0.0 for ones in left]


def _trend(values: Sequence[float | None], season: int) -> list[float]:
    """The median of a season before and after each place; at the ends the nearest one, carried on with the slope
    there."""
    half, last = min(season, (len(values) - 1) // 2), len(values) - 1
    trend: list[float] = []
    for place in range(len(values)):
        centre = min(max(place, half), last - half)
        around = values[centre - half : centre + half + 1]
        known = [one for one in around if one is not None]
        carried = (place - centre) * _slope(around, season) if place != centre else 0.0
        trend.append((median(known) if known else 0.0) + carried)
    return trend


def _slope(values: Sequence[float | None], season: int) -> float:
    """Change from one place to the next, as the median of changes over a whole season: Theil and Sen's estimate, of
    places at which the season is the same."""
    changes = [
        (later - earlier) / season
        for earlier, later in zip(values, values[season:], strict=False)
        if earlier is not None and later is not None
    ]
    return median(changes) if changes else 0.0


def _at(values: Sequence[float | None], place: int) -> float:
    value = values[place]
    assert value is not None
    return value


# --- answers ----------------------------------------------------------------------------------------


def mark_answer(answer: Answer) -> list[Mark]:
    """Marks of an answer whose rows are by period, in the order of its rows. Periods that are not over, or only in part
    in the range, are left out."""
    season = SEASONS.get(answer.interval)
    time = next((place for place, column in enumerate(answer.columns) if column.kind == "time"), None)
    if season is None or time is None:
        return []
    names = [place for place, column in enumerate(answer.columns) if column.kind == "label"]
    marks: list[Mark] = []
    for place, column in enumerate(answer.columns):
        if _is_measured(column, answer.columns):
            for rows in _series(answer, time, names):
                marks += _mark_series(answer, rows, time, place, season)
    return sorted(marks, key=lambda one: (one.row, one.column))


def _is_measured(column: Column, columns: Sequence[Column]) -> bool:
    beside = {name for one in columns for name in (one.of, one.low, one.high)}
    return column.kind not in ("time", "label") and not column.hidden and column.key not in beside


def _series(answer: Answer, time: int, names: Sequence[int]) -> list[list[int]]:
    """Numbers of rows by series, in the order of time; only where each period stands once."""
    found: dict[tuple[Any, ...], list[int]] = {}
    for number, row in enumerate(answer.rows):
        if _is_whole(answer, row[time]):
            found.setdefault(tuple(row[place] for place in names), []).append(number)
    whole = [sorted(rows, key=lambda one: datetime.fromisoformat(answer.rows[one][time])) for rows in found.values()]
    return [
        rows
        for rows in whole
        if all(answer.rows[one][time] != answer.rows[next_][time] for one, next_ in pairwise(rows))
    ]


def _is_whole(answer: Answer, period: Any) -> bool:
    if period is None:  # of the whole range
        return False
    start = datetime.fromisoformat(period)
    over = answer.incomplete_since is None or start < datetime.fromisoformat(answer.incomplete_since)
    return over and start >= datetime.fromisoformat(answer.span.since)


def _mark_series(answer: Answer, rows: Sequence[int], time: int, place: int, season: int) -> list[Mark]:
    values = [_number(answer.rows[number][place]) for number in rows]
    column = answer.columns[place]
    return [
        Mark(
            row=rows[one.place],
            column=column.key,
            text=_say(answer, answer.rows[rows[one.place]][time], _at(values, one.place), one),
            expected=one.expected,
            score=round(one.score, 2),
        )
        for one in find_anomalies(values, season, counts=_are_counts(answer, column, rows, place))
    ]


def _are_counts(answer: Answer, column: Column, rows: Sequence[int], place: int) -> bool:
    """Whole numbers that are not negative are counts, whatever the column calls them."""
    if column.kind in ("people", "count"):
        return True
    return column.kind == "number" and all(
        isinstance(value := answer.rows[number][place], int) and value >= 0 for number in rows
    )


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _say(answer: Answer, period: str, value: float, found: Anomaly) -> Text:
    en, ja = _when(answer.interval, datetime.fromisoformat(period))
    deviations = f"{abs(found.score):.1f}"
    if found.expected > 0:
        much = f"{abs(value - found.expected) / found.expected * 100:,.0f}"
        side_en, side_ja = ("above", "上回って") if found.score > 0 else ("below", "下回って")
        return text(
            f"{much} % {side_en} what is usual for {en}: {deviations} robust standard deviations.",
            f"{ja}の通常の水準を{much}%{side_ja}います（ロバスト標準偏差の{deviations}倍）。",
        )
    side_en, side_ja = ("more", "高い") if found.score > 0 else ("less", "低い")
    return text(
        f"Much {side_en} than is usual for {en}: {deviations} robust standard deviations.",
        f"{ja}の通常の水準より大幅に{side_ja}値です（ロバスト標準偏差の{deviations}倍）。",
    )


def _when(interval: Interval, start: datetime) -> tuple[str, str]:
    match interval:
        case "hour":
            return f"{start.hour}:00", f"{start.hour}時台"
        case "day":
            return _WEEKDAYS[start.weekday()]
        case "month":
            return _MONTHS[start.month - 1], f"{start.month}月"
        case "quarter":
            quarter = (start.month - 1) // 3 + 1
            return f"quarter {quarter}", f"第{quarter}四半期"
        case _:
            return "this time of the year", "この時期"
