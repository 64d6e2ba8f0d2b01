"""What is certain about moments whatever now is: which periods hold nothing at any time."""

from __future__ import annotations

from datetime import date, datetime

from kizuna.conditions.ast import Ago, Ahead, AtTime, Moment, OnDate, StartOf, Window
from kizuna.conditions.moments import day_start_us, to_us

_DAY_US = 86_400_000_000
_SLACK_US = 26 * 3_600_000_000
"""Zones are up to 26 hours apart, and clocks change by less than a day."""
_DAYS = {"day": (1, 1), "week": (7, 7), "month": (28, 31), "year": (365, 366)}

Range = tuple[int, int]


def starts_late(since: Moment) -> bool:
    """Whether a moment always lies after now."""
    return isinstance(since, Ahead) or (isinstance(since, StartOf) and since.offset > 0)


def is_reversed(since: Moment | None, until: Moment | None, *, one_zone: bool = True) -> bool:
    """Whether ``since`` is never before ``until``. ``one_zone``: both are read by the same calendar."""
    if since is None or until is None:
        return False
    if one_zone and isinstance(since, OnDate) and isinstance(until, OnDate):
        return since.date >= until.date
    if one_zone and isinstance(since, StartOf) and isinstance(until, StartOf) and since.unit == until.unit:
        return since.offset >= until.offset
    first, last = _relative(since), _relative(until)
    if first is None and last is None:
        first, last = _absolute(since), _absolute(until)
    return first is not None and last is not None and first[0] >= last[1]


def longest_us(window: Window) -> int | None:
    """The most that a window of past events may span; None where that depends on now."""
    since = None if window.since is None else _relative(window.since)
    until = (0, 0) if window.until is None else _relative(window.until)
    return None if since is None or until is None else max(0, min(until[1], 0) - since[0])


def oldest_us(window: Window) -> int | None:
    """How long ago an event in the window may have been; None where that depends on now."""
    since = None if window.since is None else _relative(window.since)
    return None if since is None else -since[0]


def _relative(moment: Moment) -> Range | None:
    """Between what and what the moment lies, counted from now; None for those that stand still."""
    match moment:
        case Ago():
            return -moment.span.us, -moment.span.us
        case Ahead():
            return moment.span.us, moment.span.us
        case StartOf():
            shortest, longest = _DAYS[moment.unit]
            moved = sorted((moment.offset * shortest, moment.offset * longest))
            return (moved[0] - longest) * _DAY_US - _SLACK_US, moved[1] * _DAY_US + _SLACK_US
        case _:
            return None


def _absolute(moment: Moment) -> Range | None:
    """None for what does not exist, too."""
    try:
        if isinstance(moment, OnDate):
            start = day_start_us(date.fromisoformat(moment.date), "UTC")
            return start - _SLACK_US, start + _SLACK_US
        if isinstance(moment, AtTime):
            exact = to_us(datetime.fromisoformat(moment.time.replace("Z", "+00:00")))
            return exact, exact
    except ValueError:
        return None
    return None
