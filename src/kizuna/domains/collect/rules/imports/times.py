"""Dates and times as tables write them, to microseconds since 1970.

Plain ISO columns are read at once (``columns.read_times``); what is left comes here, once for each
distinct text.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US

EXCEL_EPOCH_US = -25_569 * DAY_US  # day 0 of Excel's calendar is 1899-12-30
EXCEL_DAYS = (1.0, 110_000.0)  # up to the year 2201

_CLOCK = r"""
    (?:[T\s_]*(?P<half>午前|午後|AM|PM|A\.M\.|P\.M\.)?\s*
    (?P<hour>\d{1,2})(?:[:時](?P<minute>\d{1,2}))?分?(?:[:]?(?P<second>\d{1,2})(?:[.,](?P<fraction>\d{1,9}))?秒?)?時?
    \s*(?P<half_after>AM|PM|A\.M\.|P\.M\.)?)?
    \s*(?P<zone>Z|UTC|GMT|JST|[+-]\d{2}:?\d{2}|[+-]\d{2})?(?:\[[\w/]+\])?
"""
_FLAGS = re.VERBOSE | re.IGNORECASE
_WEEKDAY = r"(?:\s*\((?:[月火水木金土日]|[A-Za-z]{3})\))?"

_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})[-/.年]\s*(?P<month>\d{1,2})[-/.月]\s*(?P<day>\d{1,2})日?" + _WEEKDAY + _CLOCK, _FLAGS
)
_ERA = re.compile(
    r"(?P<era>令和|平成|昭和|R|H|S)\s*(?P<year>\d{1,2}|元)[-/.年]\s*(?P<month>\d{1,2})[-/.月]\s*(?P<day>\d{1,2})日?"
    + _WEEKDAY
    + _CLOCK,
    _FLAGS,
)
_YEAR_LAST = re.compile(r"(?P<first>\d{1,2})[-/.](?P<second_>\d{1,2})[-/.](?P<year>\d{4}|\d{2})" + _CLOCK, _FLAGS)
_NAMED = re.compile(
    r"(?:[A-Za-z]{3},?\s+)?(?:(?P<day>\d{1,2})[-\s](?P<name>[A-Za-z]{3,9})[-\s,]+|(?P<name_>[A-Za-z]{3,9})\s+(?P<day_>\d{1,2}),?\s+)(?P<year>\d{4})"
    + _CLOCK,
    _FLAGS,
)
_COMPACT = re.compile(
    r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})(?:[T\s]?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?)?(?P<zone>Z)?"
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_DAY_OR_MONTH = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](?:\d{4}|\d{2})(?!\d)")

_ERA_YEAR_ZERO = {"令和": 2018, "r": 2018, "平成": 1988, "h": 1988, "昭和": 1925, "s": 1925}
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}


@dataclass(frozen=True, slots=True)
class ParsedTime:
    """``us`` counts from 1970 in UTC, or on the local clock when ``local``."""

    us: int
    local: bool
    date_only: bool = False


def parse_time(text: str, *, day_first: bool = False) -> ParsedTime | None:
    """The moment that ``text`` writes, or None.

    ``day_first`` reads ``01/02/2026`` as 1 February. Bare numbers are ``YYYYMMDD``, Unix seconds,
    milliseconds or microseconds, or Excel's serial days.
    """
    folded = unicodedata.normalize("NFKC", text).strip() if not text.isascii() else text.strip()
    found = _COMPACT.fullmatch(folded)
    if found and not (len(folded) in (10, 13) and folded.startswith("1")):
        return _from_parts(found, found["year"], found["month"], found["day"])
    if _NUMBER.fullmatch(folded):
        return parse_number_time(float(folded))
    return _parse_written(folded, day_first)


def parse_number_time(value: float) -> ParsedTime | None:
    """Unix time in UTC, or Excel's serial days on the local clock, told apart by size."""
    if EXCEL_DAYS[0] <= value < EXCEL_DAYS[1]:
        us = EXCEL_EPOCH_US + round(value * 86_400) * SECOND_US
        return ParsedTime(us, local=True, date_only=value == int(value))
    for low, high, factor in ((1e8, 1e11, SECOND_US), (1e11, 1e14, 1_000), (1e14, 1e17, 1)):
        if low <= value < high:
            return ParsedTime(round(value * factor), local=False)
    return None


def guess_day_first(texts: Iterable[str]) -> bool | None:
    """From a column: True for day/month/year, False for month/day/year, None when nothing tells."""
    for text in texts:
        found = _DAY_OR_MONTH.match(text.strip())
        if found and int(found[1]) > 12:
            return True
        if found and int(found[2]) > 12:
            return False
    return None


def is_day_or_month(text: str) -> bool:
    """True for a date whose day and month can only be told apart by knowing the country."""
    return _DAY_OR_MONTH.match(text.strip()) is not None


def _parse_written(text: str, day_first: bool) -> ParsedTime | None:
    if found := _YEAR_FIRST.fullmatch(text):
        return _from_parts(found, found["year"], found["month"], found["day"])
    if found := _YEAR_LAST.fullmatch(text):
        day, month = (found["first"], found["second_"]) if day_first else (found["second_"], found["first"])
        return _from_parts(found, found["year"], month, day)
    if found := _NAMED.fullmatch(text):
        number = _MONTHS.get((found["name"] or found["name_"]).lower()[:3])
        return _from_parts(found, found["year"], str(number or 0), found["day"] or found["day_"])
    if found := _ERA.fullmatch(text):
        year = 1 if found["year"] == "元" else int(found["year"])
        return _from_parts(found, str(_ERA_YEAR_ZERO[found["era"].lower()] + year), found["month"], found["day"])
    return None


def _from_parts(found: re.Match[str], year: str, month: str, day: str) -> ParsedTime | None:
    parts = found.groupdict()
    full_year = int(year) if len(year) > 2 else 2000 + int(year) - (100 if int(year) >= 70 else 0)
    hour = int(parts.get("hour") or 0)
    half = (parts.get("half") or parts.get("half_after") or "").lower().replace(".", "")
    if half in ("pm", "午後") and hour < 12:
        hour += 12
    elif half in ("am", "午前") and hour == 12:
        hour = 0
    fraction = int((parts.get("fraction") or "0").ljust(6, "0")[:6])
    try:
        moment = datetime(full_year, int(month), int(day), tzinfo=UTC)  # the zone is taken off below
        clock = timedelta(hours=hour, minutes=int(parts.get("minute") or 0), seconds=int(parts.get("second") or 0))
    except (ValueError, OverflowError):
        return None
    if hour > 29 or int(parts.get("minute") or 0) > 59 or int(parts.get("second") or 0) > 60:
        return None  # up to 29 o'clock: Japanese tills count the night to the day before
    us = round((moment + clock).timestamp()) * SECOND_US + fraction
    zone = parts.get("zone")
    if zone is None:
        return ParsedTime(us, local=True, date_only=parts.get("hour") is None)
    return ParsedTime(us - _offset_s(zone) * SECOND_US, local=False)


def _offset_s(zone: str) -> int:
    upper = zone.upper()
    if upper in ("Z", "UTC", "GMT"):
        return 0
    if upper == "JST":
        return 9 * 3600
    digits = upper[1:].replace(":", "").ljust(4, "0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if upper[0] == "-" else seconds
