"""Figures and times as both languages write them."""

import math
from datetime import date, timedelta

from kizuna.conditions.ast import Moment, OnDate


def write_number(value: float) -> str:
    """10,000 and 0.5; no exponent where it can be read without."""
    if math.isfinite(value) and value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if 1e-6 <= abs(value) < 1e15:
        return f"{value:,.6f}".rstrip("0").rstrip(".")
    return f"{value:g}"


def split_time(text: str) -> tuple[str, str, str]:
    """(day, time of day, offset) of an RFC 3339 time, without seconds that are zero."""
    day, rest = text[:10], text[11:]
    clock, zone = (rest[:-1], "UTC") if rest.endswith("Z") else (rest[:-6], rest[-6:])
    if "." in clock:
        clock = clock.rstrip("0").rstrip(".")
    return day, clock.removesuffix(":00") if clock.count(":") == 2 else clock, zone


def last_day(since: Moment | None, until: Moment | None) -> OnDate | None:
    """The last day of a period of whole days, for people say "to the 31st" and not "before the 1st"."""
    if not isinstance(since, OnDate) or not isinstance(until, OnDate) or since.date >= until.date:
        return None
    try:
        return OnDate((date.fromisoformat(until.date) - timedelta(days=1)).isoformat())
    except ValueError:
        return None
