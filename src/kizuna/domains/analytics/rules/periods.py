"""The calendar of a question: which instants it is about, and into which periods they fall.

Periods are of the query's zone and begin where its days, weeks, months begin; a day is as long as the zone makes
it. Everything else is whole microseconds since 1970, UTC.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from kizuna.conditions.moments import At, day_start_us, from_us, local_date, period_start
from kizuna.domains.analytics.contracts import PERIODS_MAX, AllTime, DateRange, Interval, LastRange, Range, UntilLast
from kizuna.kernel.errors import Invalid

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US


@dataclass(frozen=True, slots=True)
class Periods:
    """``bounds_us[i]`` to ``bounds_us[i + 1]`` is period i: n periods have n + 1 bounds, ascending.

    ``since_us`` and ``until_us`` are what was asked for. The first and the last period may reach beyond: what is
    counted in them is clipped to what was asked.
    """

    bounds_us: tuple[int, ...]
    since_us: int
    until_us: int
    interval: Interval
    at: At

    def __len__(self) -> int:
        return len(self.bounds_us) - 1

    def start(self, number: int) -> str:
        """A period's start as an answer says it: RFC 3339 with the zone's offset."""
        return label_of(self.bounds_us[number], self.at.zone)

    @property
    def starts(self) -> list[str]:
        return [self.start(number) for number in range(len(self))]

    def find(self, time_us: int) -> int:
        """The period of an instant; -1 and len(self) are before and after all of them."""
        return bisect_right(self.bounds_us, time_us) - 1

    @property
    def incomplete_since(self) -> str | None:
        """The start of the first period that is not over."""
        now = self.find(self.at.now_us)
        return self.start(now) if 0 <= now < len(self) else None

    @property
    def is_clipped(self) -> bool:
        """Whether the first or the last period is only a part of one."""
        return self.bounds_us[0] < self.since_us or self.bounds_us[-1] > self.until_us


def start_of_day(time_us: int, at: At) -> int:
    """Of the day of an instant, in the zone of ``at``."""
    return _floor(time_us, "day", at)


def label_of(time_us: int, zone: str) -> str:
    return from_us(time_us).astimezone(ZoneInfo(zone)).isoformat()


def make_periods(asked: Range, interval: Interval, at: At, first_event_us: int | None = None) -> Periods:
    """The periods of a range. ``first_event_us`` is where ``AllTime`` begins; for ``UntilLast`` ``at`` is the moment
    that stands for now: see ``last_moment``.

    Raises ``Invalid`` for days that are none, ranges that end before they begin, and more than ``PERIODS_MAX``.
    """
    since_us, until_us = span_of(asked, at, first_event_us)
    return cut(since_us, until_us, interval, at)


def span_of(asked: Range, at: At, first_event_us: int | None = None) -> tuple[int, int]:
    """[since, until) in microseconds."""
    match asked:
        case LastRange():
            return _last(asked, at)
        case DateRange():
            return _dates(asked, at)
        case UntilLast():
            return _until_last(asked, at, first_event_us)
        case AllTime():
            first = at.now_us if first_event_us is None else min(first_event_us, at.now_us)
            return first, at.now_us + 1


def last_moment(last_event_us: int, at: At) -> At:
    """What stands for now where a question looks back from the last event: the end of its day, so that a month whose
    last day it was on is over; at the latest now itself, with what happens at this moment."""
    day = local_date(At(last_event_us, at.zone, at.week_start))
    end_us = day_start_us(day + timedelta(days=1), at.zone)
    return At(min(end_us, at.now_us + 1), at.zone, at.week_start)


def cut(since_us: int, until_us: int, interval: Interval, at: At) -> Periods:
    bounds = [_floor(since_us, interval, at)]
    while bounds[-1] < until_us:
        if len(bounds) > PERIODS_MAX:
            raise Invalid(
                "too_many_periods",
                f"The range has more than {PERIODS_MAX} periods; ask for longer ones or a shorter range.",
                fields={"interval": "Choose a longer interval."},
            )
        bounds.append(_next(bounds[-1], interval, at))
    if len(bounds) == 1:
        bounds.append(_next(bounds[0], interval, at))
    return Periods(tuple(bounds), since_us, until_us, interval, at)


def widen(periods: Periods, *, before: int = 0, after: int = 0) -> Periods:
    """The same periods whole, with some more on either side."""
    bounds, at = list(periods.bounds_us), periods.at
    for _ in range(before):
        bounds.insert(0, _floor(bounds[0] - 1, periods.interval, at))
    for _ in range(after):
        bounds.append(_next(bounds[-1], periods.interval, at))
    return Periods(tuple(bounds), bounds[0], bounds[-1], periods.interval, at)


def shift(periods: Periods, back: str) -> Periods:
    """The periods that these are compared with: as many just before them, or those of a year before."""
    at, interval = periods.at, periods.interval
    if back == "previous_year":
        since_us, until_us = (_year_before(bound, at) for bound in (periods.since_us, periods.until_us))
        return cut(since_us, until_us, interval, at)
    bounds = [periods.bounds_us[0]]
    for _ in range(len(periods)):
        bounds.insert(0, _floor(bounds[0] - 1, interval, at))
    # What was asked of the first and the last period is asked of those before them.
    since_us = bounds[0] + (periods.since_us - periods.bounds_us[0])
    until_us = bounds[-1] - (periods.bounds_us[-1] - periods.until_us)
    return Periods(tuple(bounds), since_us, max(until_us, since_us + 1), interval, at)


def _last(asked: LastRange, at: At) -> tuple[int, int]:
    current = _floor(at.now_us, asked.unit, at)
    since = current
    for _ in range(asked.n - (1 if asked.current else 0)):
        since = _floor(since - 1, asked.unit, at)
    return since, (at.now_us + 1 if asked.current else current)


def _until_last(asked: UntilLast, at: At, first_event_us: int | None) -> tuple[int, int]:
    until = at.now_us if asked.current else _floor(at.now_us, asked.unit, at)
    if asked.n is None:
        return until if first_event_us is None else min(first_event_us, until), until
    since = _floor(until - 1, asked.unit, at)
    for _ in range(asked.n - 1):
        since = _floor(since - 1, asked.unit, at)
    return since, until


def _dates(asked: DateRange, at: At) -> tuple[int, int]:
    first, last = _day(asked.first, "range.first"), _day(asked.last, "range.last")
    if last < first:
        raise Invalid(
            "range_backwards", "The range ends before it begins.", fields={"range.last": "Choose a later day."}
        )
    return day_start_us(first, at.zone), day_start_us(last + timedelta(days=1), at.zone)


def _day(text: str, place: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("no_such_day", f"{text} is no day of the calendar.", fields={place: "Choose a day."}) from error
    if not 1970 <= day.year <= 9000:
        raise Invalid("no_such_day", f"{text} is too far away.", fields={place: "Choose a day after 1970."})
    return day


def _floor(time_us: int, interval: Interval, at: At) -> int:
    """The start of the period that an instant is in."""
    if interval == "hour":
        offset = _offset_us(time_us, at.zone)
        return (time_us + offset) // HOUR_US * HOUR_US - offset
    day = local_date(At(time_us, at.zone, at.week_start))
    return day_start_us(_first_day(day, interval, at), at.zone)


def _next(start_us: int, interval: Interval, at: At) -> int:
    """The start of the period after the one that begins at an instant."""
    if interval == "hour":
        return start_us + HOUR_US
    # The middle of the next period, whatever the clocks do: no period is shorter than three quarters of a day.
    longest = {"day": 1.5, "week": 10, "month": 45, "quarter": 135, "year": 500}
    return _floor(start_us + int(longest[interval] * DAY_US), interval, at)


def _first_day(day: date, interval: Interval, at: At) -> date:
    if interval == "quarter":
        return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return period_start(day, interval, 0, at.week_start)  # pyright: ignore[reportArgumentType]


def _offset_us(time_us: int, zone: str) -> int:
    offset = from_us(time_us).astimezone(ZoneInfo(zone)).utcoffset()
    return 0 if offset is None else offset // timedelta(microseconds=1)


def _year_before(time_us: int, at: At) -> int:
    local = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=time_us)
    here = local.astimezone(ZoneInfo(at.zone))
    day = date(here.year - 1, here.month, 28 if (here.month, here.day) == (2, 29) else here.day)
    into_day = time_us - day_start_us(here.date(), at.zone)
    return day_start_us(day, at.zone) + into_day


def runs_of(bounds_us: Sequence[int]) -> list[tuple[int, int, int, int]]:
    """Bounds as runs of periods of one length: (first instant, length, number of the first period, how many)."""
    runs: list[tuple[int, int, int, int]] = []
    for number, (start, end) in enumerate(pairwise(bounds_us)):
        length = end - start
        if runs and runs[-1][1] == length:
            first, _, index, count = runs[-1]
            runs[-1] = (first, length, index, count + 1)
        else:
            runs.append((start, length, number, 1))
    return runs
