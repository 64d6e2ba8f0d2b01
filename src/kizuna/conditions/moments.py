"""When something is asked, and what the moments of a condition are then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kizuna.conditions.ast import Ago, Ahead, AtTime, CalendarUnit, Moment, OnDate, StartOf, Window

WeekStart = Literal["monday", "sunday", "saturday"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WEEKDAY: dict[WeekStart, int] = {"monday": 0, "saturday": 5, "sunday": 6}

FAR_US = 1 << 62
"""Stands for an open end."""


@dataclass(frozen=True, slots=True)
class At:
    """The moment asked about. ``zone`` is the workspace's, an IANA name."""

    now_us: int
    zone: str = "UTC"
    week_start: WeekStart = "monday"


def to_us(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_us(moment_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=moment_us)


@lru_cache(maxsize=1_024)
def find_zone(name: str) -> ZoneInfo | None:
    """None for what is no zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@lru_cache(maxsize=16_384)
def day_start_us(day: date, zone: str) -> int:
    """The first instant of a day in a zone, also where midnight does not exist or comes twice. Raises
    ``ValueError`` for what is no zone."""
    found = find_zone(zone)
    if found is None:
        raise ValueError(f"{zone!r} is no time zone")
    # Offsets change by the hour or so: the day begins at midnight by the offset before or after it.
    naive = datetime.combine(day, time.min, UTC)
    offsets = {offset for shift in (-1, 0, 1) if (offset := _offset_near(naive, shift, found)) is not None}
    candidates = [to_us(naive) - offset // timedelta(microseconds=1) for offset in offsets]
    if len(candidates) == 1:  # nearly always, and at the calendar's ends
        return candidates[0]
    inside = [one for one in candidates if from_us(one).astimezone(found).date() == day]
    if inside:
        return min(inside)
    return _search_start(day, found)


def _offset_near(naive: datetime, days: int, zone: ZoneInfo) -> timedelta | None:
    """None beyond the calendar's ends: "0001-01-01" and "9999-12-31" are dates that people store."""
    try:
        return (naive + timedelta(days=days)).astimezone(zone).utcoffset()
    except OverflowError:
        return None


def _search_start(day: date, zone: ZoneInfo) -> int:
    """By halving, for days that begin at no midnight: some zones spring forward at 00:00."""
    middle = datetime.combine(day, time.min).replace(tzinfo=UTC)
    low, high = to_us(middle - timedelta(hours=36)), to_us(middle + timedelta(hours=36))
    while low + 1 < high:
        half = (low + high) // 2
        if from_us(half).astimezone(zone).date() < day:
            low = half
        else:
            high = half
    return high


def local_date(at: At, zone: str | None = None) -> date:
    """Today, in a zone; without one, in the workspace's."""
    found = find_zone(zone or at.zone)
    return from_us(at.now_us).astimezone(found or UTC).date()


def period_start(day: date, unit: CalendarUnit, offset: int, week_start: WeekStart) -> date:
    """The first day of the unit that ``day`` is in, ``offset`` units later. Clamped to the calendar's ends."""
    try:
        if unit == "day":
            return day + timedelta(days=offset)
        if unit == "week":
            back = (day.weekday() - _WEEKDAY[week_start]) % 7
            return day - timedelta(days=back) + timedelta(weeks=offset)
        months = day.year * 12 + (day.month - 1 if unit == "month" else 0) + offset * (1 if unit == "month" else 12)
        return date(months // 12, months % 12 + 1, 1)
    except (OverflowError, ValueError):
        return date(9998, 12, 31) if offset > 0 else date(2, 1, 1)


def moment_us(moment: Moment, at: At, zone: str | None = None) -> int:
    """The instant of a moment. ``zone`` is the person's where the calendar is theirs. Raises ``ValueError``
    for a day or time that does not exist; ``check`` refuses such conditions."""
    own = zone or at.zone
    match moment:
        case OnDate():
            return day_start_us(date.fromisoformat(moment.date), own)
        case AtTime():
            return to_us(datetime.fromisoformat(moment.time.replace("Z", "+00:00")))
        case Ago():
            return at.now_us - moment.span.us
        case Ahead():
            return at.now_us + moment.span.us
        case StartOf():
            first = period_start(local_date(at, own), moment.unit, moment.offset, at.week_start)
            return day_start_us(first, own)


def window_us(window: Window, at: At) -> tuple[int, int]:
    """(since, until): a time t is in the window when since ≤ t < until. Never beyond ``now``."""
    since = -FAR_US if window.since is None else moment_us(window.since, at)
    until = at.now_us + 1 if window.until is None else min(moment_us(window.until, at), at.now_us + 1)
    return since, until
