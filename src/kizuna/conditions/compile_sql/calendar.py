"""Dates and zones, worked out before the engine sees them: no engine is asked for a zone.

A date without a time begins with its day's first instant, so it is later than an instant exactly when it is a
later *date* than another; only these dates differ from zone to zone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TypeVar
from zoneinfo import available_timezones

from kizuna.conditions.ast import Anniversary, Dated, Moment
from kizuna.conditions.compile_sql.dialects import Dialect
from kizuna.conditions.moments import At, day_start_us, find_zone, from_us, local_date, moment_us

T = TypeVar("T")

_DAY_US = 86_400_000_000
_BEFORE_ALL, _AFTER_ALL = "0000-00-00", "9999-99-99"
_OPEN_US = 1 << 62

DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_OFFSET = r"([+-])([01][0-9]|2[0-3]):([0-5][0-9])"
INSTANT = rf"{DAY}[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::([0-5][0-9])(?:\.([0-9]{{1,6}}))?)?(?:Z|{_OFFSET})?"
_SECOND, _FRACTION, _SIGN, _OFFSET_HOUR, _OFFSET_MINUTE = 1, 2, 3, 4, 5


@dataclass(frozen=True)
class Bounds:
    """[since, until) for instants, and for dates as text."""

    since_us: int
    until_us: int
    since_day: str
    until_day: str


def bounds_of(test: Dated, at: At, zone: str) -> Bounds:
    since_us, since_day = _bound(test.since, at, zone, (-_OPEN_US, _BEFORE_ALL))
    until_us, until_day = _bound(test.until, at, zone, (_OPEN_US, _AFTER_ALL))
    return Bounds(since_us, until_us, since_day, until_day)


def _bound(moment: Moment | None, at: At, zone: str, otherwise: tuple[int, str]) -> tuple[int, str]:
    if moment is None:
        return otherwise
    us = moment_us(moment, at, zone)
    return us, _first_day(us, zone)


def _first_day(us: int, zone: str) -> str:
    """The first day that begins at the instant or later. A day that a zone left out begins as the next one does."""
    try:
        day = (from_us(us).astimezone(find_zone(zone))).date() - timedelta(days=2)
    except OverflowError:
        return _BEFORE_ALL if us < 0 else _AFTER_ALL
    while day_start_us(day, zone) < us:
        if day == date.max:
            return _AFTER_ALL
        day += timedelta(days=1)
    return day.isoformat()


def days_round(test: Anniversary, at: At, zone: str) -> tuple[str, ...]:
    """``MM-DD`` of every date that comes round on the days asked for."""
    today = local_date(at, zone)
    days = [today + timedelta(days=shift) for shift in range(test.first, test.last + 1)]
    found = {day.isoformat()[5:] for day in days}
    if any((day.month, day.day) == (2, 28) and not _is_leap(day.year) for day in days):
        found.add("02-29")
    return tuple(sorted(found))


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


@cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))


def by_zone(at: At, make: Callable[[str], T]) -> tuple[T, dict[str, T]]:
    """What holds in the workspace's zone, and of all other zones where something else does."""
    own = make(at.zone)
    return own, {zone: made for zone in _zones() if (made := make(zone)) != own}


def is_date(sql: Dialect, text: str) -> str:
    """Whether a text is a date or a time; NULL or false where it is not."""
    written = f"({sql.matches(text, DAY)} OR {sql.matches(text, INSTANT)})"
    return f"({written} AND {_day(sql, text)} IS NOT NULL)"


def _day(sql: Dialect, text: str) -> str:
    # Engines have a year 0, Python and most calendars have none.
    return f"CASE WHEN NOT {sql.starts_with(text, '0000')} THEN {sql.days(f'substr({text}, 1, 10)')} END"


def instant_us(sql: Dialect, text: str) -> str:
    """The instant of what matches ``INSTANT``; NULL for days that no calendar has."""

    def part(number: int) -> str:
        return sql.to_whole(sql.group(text, INSTANT, number))

    fraction = sql.to_whole(f"rpad({sql.group(text, INSTANT, _FRACTION)}, 6, '0')")
    sign = f"CASE {sql.group(text, INSTANT, _SIGN)} WHEN '+' THEN 1 WHEN '-' THEN -1 ELSE 0 END"
    offset = f"coalesce({part(_OFFSET_HOUR)} * 60 + {part(_OFFSET_MINUTE)}, 0)"
    hour, minute = sql.to_whole(f"substr({text}, 12, 2)"), sql.to_whole(f"substr({text}, 15, 2)")
    minutes = f"({hour} * 60 + {minute} - ({sign}) * {offset})"
    seconds = f"({minutes} * 60 + coalesce({part(_SECOND)}, 0))"
    return f"({_day(sql, text)} * {sql.whole(_DAY_US)} + {seconds} * 1000000 + {fraction})"


def is_dated(sql: Dialect, text: str, since_us: str, until_us: str, since_day: str, until_day: str) -> str:
    """Whether a text is a date or time within bounds, given as SQL."""
    as_day = f"{_day(sql, text)} IS NOT NULL AND {text} >= {since_day} AND {text} < {until_day}"
    instant = instant_us(sql, text)
    as_instant = f"{instant} >= {since_us} AND {instant} < {until_us}"
    return (
        f"CASE WHEN {sql.matches(text, DAY)} THEN {as_day} "
        f"WHEN {sql.matches(text, INSTANT)} THEN {as_instant} ELSE false END"
    )
