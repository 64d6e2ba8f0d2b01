"""One value of a trait, a property, an identifier or a fact: how it is found, and whether it passes a test."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, cast

from kizuna.conditions.ast import (
    Ago,
    Ahead,
    Anniversary,
    Between,
    Contains,
    Dated,
    EndsWith,
    Exists,
    Has,
    In,
    Is,
    Moment,
    StartOf,
    StartsWith,
    Test,
)
from kizuna.conditions.fold import fold
from kizuna.conditions.moments import FAR_US, At, day_start_us, find_zone, local_date, moment_us, to_us

MILLIONTHS_MAX = 9 * 10**15

ValueTest = Callable[[Any, At | None, str | None], bool]
"""(value, when, the person's zone). Only tests of dates look at the last two; without a zone, the workspace's."""

_DATE = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?(?:(Z)|([+-])([01]\d|2[0-3]):([0-5]\d))?)?",
    re.ASCII,
)


# --- finding --------------------------------------------------------------------------------------


@lru_cache(maxsize=16_384)
def split_path(path: str) -> tuple[tuple[str, bool], ...]:
    """The steps of ``a[].b``: each a key, and whether every element of the list there is meant."""
    return tuple((part.removesuffix("[]"), part.endswith("[]")) for part in path.split("."))


def read_path(properties: Mapping[str, Any], path: str) -> list[Any]:
    """The values at a path: one, none, or those of all elements of a list where the path says ``[]``."""
    found: list[Any] = [properties]
    for key, each in split_path(path):
        found = [cast("dict[str, Any]", one)[key] for one in found if isinstance(one, dict) and key in one]
        if each:
            found = [element for one in found if isinstance(one, list) for element in cast("list[Any]", one)]
    return found


def read_trait(traits: Mapping[str, Any], name: str) -> Any:
    """The trait of that whole name; else ``b`` within the trait ``a`` for ``a.b``; else None. Lists are not entered."""
    if name in traits:
        return traits[name]
    found: Any = traits
    for key in name.split("."):
        if not isinstance(found, dict):
            return None
        found = cast("dict[str, Any]", found).get(key)
    return found


def person_zone(traits: Mapping[str, Any], at: At) -> str:
    """The zone in the trait ``timezone``; the workspace's where there is none or nobody knows it."""
    own = traits.get("timezone")
    return own if isinstance(own, str) and find_zone(own) is not None else at.zone


# --- reading --------------------------------------------------------------------------------------


def as_double(value: Any) -> float | None:
    """None for what is no number. Integers beyond every double are infinite."""
    if isinstance(value, float):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    return None


def millionths(value: Any) -> int | None:
    """A number in whole millionths; None for what is no number or too far from zero to be summed exactly."""
    double = as_double(value)
    if double is None or not abs(double) <= 1e10:
        return None
    whole = math.floor(double * 1e6 + 0.5)
    return whole if abs(whole) <= MILLIONTHS_MAX else None


def read_instant(value: Any, zone: str) -> int | None:
    """The instant of a date or time as ``Dated`` reads it; None for everything else."""
    if not isinstance(value, str):
        return None
    found = _DATE.fullmatch(value)
    if found is None:
        return None
    try:
        day = date.fromisoformat(found[1])
        if found[2] is None:
            return day_start_us(day, zone)
        seconds, fraction = int(found[4] or 0), int((found[5] or "").ljust(6, "0"))
        read = datetime(day.year, day.month, day.day, int(found[2]), int(found[3]), seconds, fraction, _offset(found))
        return to_us(read)
    except ValueError:
        return None


def _offset(found: re.Match[str]) -> timezone:
    if found[7] is None:
        return UTC
    minutes = int(found[8]) * 60 + int(found[9])
    return timezone(timedelta(minutes=-minutes if found[7] == "-" else minutes))


def read_day(value: Any) -> date | None:
    """The day of a date or time as it is written, in no zone but its own."""
    return date.fromisoformat(value[:10]) if read_instant(value, "UTC") is not None else None


# --- testing --------------------------------------------------------------------------------------


def test_value(test: Test, value: Any, at: At, zone: str | None) -> bool:
    """Whether a JSON value passes. ``zone`` is the person's; without one, the workspace's stands for it. What is
    missing is None."""
    return compile_test(test)(value, at, zone)


test_value.__test__ = False  # pyright: ignore[reportFunctionMemberAccess]  # pytest would take it for a test


def compile_test(test: Test) -> ValueTest:
    """The test as a function, with what does not depend on the value worked out once."""
    match test:
        case Exists():
            return lambda value, at, zone: value is not None
        case Is():
            return _compile_equal([test.value])
        case In():
            return _compile_equal(test.values)
        case Contains() | StartsWith() | EndsWith():
            return _compile_text(test)
        case Between():
            return _compile_between(test)
        case Dated():
            return _compile_dated(test)
        case Anniversary():
            return _compile_anniversary(test)
        case Has():
            equal = _compile_equal(test.values)
            return lambda value, at, zone: (
                isinstance(value, list) and any(equal(one, at, zone) for one in cast("list[Any]", value))
            )


def _compile_equal(wanted: Iterable[bool | float | str]) -> ValueTest:
    """Three sets, for True == 1 in Python."""
    wanted = list(wanted)
    texts = frozenset(fold(one) for one in wanted if isinstance(one, str))
    truths = frozenset(one for one in wanted if isinstance(one, bool))
    numbers = frozenset(double for one in wanted if (double := as_double(one)) is not None)

    def equal(value: Any, at: At | None, zone: str | None) -> bool:
        if isinstance(value, str):
            return bool(texts) and fold(value) in texts
        if isinstance(value, bool):
            return value in truths
        return as_double(value) in numbers

    return equal


def _compile_text(test: Contains | StartsWith | EndsWith) -> ValueTest:
    wanted = fold(test.value)
    match test:
        case Contains():
            return lambda value, at, zone: isinstance(value, str) and wanted in fold(value)
        case StartsWith():
            return lambda value, at, zone: isinstance(value, str) and fold(value).startswith(wanted)
        case EndsWith():
            return lambda value, at, zone: isinstance(value, str) and fold(value).endswith(wanted)


def _compile_between(test: Between) -> ValueTest:
    low = -math.inf if test.low is None else float(test.low)
    high = math.inf if test.high is None else float(test.high)
    above, below = test.open and test.low is not None, test.open and test.high is not None

    def between(value: Any, at: At | None, zone: str | None) -> bool:
        double = as_double(value)
        if double is None:
            return False
        return (double > low if above else double >= low) and (double < high if below else double <= high)

    return between


def _compile_dated(test: Dated) -> ValueTest:
    theirs = test.zone == "person"

    def dated(value: Any, at: At | None, zone: str | None) -> bool:
        assert at is not None, "a test of dates is asked at a moment"
        if not isinstance(value, str):
            return False
        own = zone if theirs and zone is not None else at.zone
        instant = read_instant(value, own)
        if instant is None:
            return False
        since, until = _bounds_us(test.since, test.until, at, own)
        return since <= instant < until

    return dated


@lru_cache(maxsize=1_024)
def _bounds_us(since: Moment | None, until: Moment | None, at: At, zone: str) -> tuple[int, int]:
    return (
        -FAR_US if since is None else moment_us(since, at, zone),
        FAR_US if until is None else moment_us(until, at, zone),
    )


def _compile_anniversary(test: Anniversary) -> ValueTest:
    theirs = test.zone == "person"

    def comes_round(value: Any, at: At | None, zone: str | None) -> bool:
        assert at is not None, "a test of dates is asked at a moment"
        day = read_day(value)
        if day is None:
            return False
        today = local_date(at, zone if theirs and zone is not None else at.zone)
        first, last = today + timedelta(days=test.first), today + timedelta(days=test.last)
        return any(first <= day_of_year(day, year) <= last for year in range(first.year, last.year + 1))

    return comes_round


def day_of_year(day: date, year: int) -> date:
    """When a month and day come round in a year: 29 February on the 28th where there is none."""
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def is_relative_test(test: Test) -> bool:
    """Whether the answer may change by the mere passing of time."""
    if isinstance(test, Dated):
        return any(isinstance(one, Ago | Ahead | StartOf) for one in (test.since, test.until))
    return isinstance(test, Anniversary)
