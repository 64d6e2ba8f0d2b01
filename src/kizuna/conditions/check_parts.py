"""What can be wrong with one test, filter or period by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from kizuna.conditions.ast import (
    SPAN_DAYS_MAX,
    UNIT_US,
    Ago,
    Ahead,
    Anniversary,
    AtTime,
    Between,
    Contains,
    Dated,
    Did,
    EndsWith,
    EventMatch,
    Exists,
    Filter,
    In,
    Is,
    Leaf,
    Moment,
    Occurrence,
    OnDate,
    Span,
    StartsWith,
    Test,
    Unfollowed,
    Window,
)
from kizuna.conditions.ast import Sequence as Steps
from kizuna.conditions.certain import is_reversed, starts_late
from kizuna.conditions.conflicts import find_filter_conflict
from kizuna.conditions.describe.figures import write_number
from kizuna.conditions.problems import Problem, tell

_OF_IDENTIFIERS = (Exists, Is, In, Contains, StartsWith, EndsWith)
_PATH = re.compile(r"[^.\[\]]+(\[\])?(\.[^.\[\]]+(\[\])?)*")


def place_matches(leaf: Leaf) -> list[tuple[str, EventMatch]]:
    """The event matches of a leaf, each with its place below the leaf."""
    match leaf:
        case Did() | Occurrence():
            return [("event", leaf.event)]
        case Steps():
            return [(f"steps[{index}]", step) for index, step in enumerate(leaf.steps)]
        case Unfollowed():
            return [("first", leaf.first), ("then", leaf.then)]
        case _:
            return []


def check_test(test: Test, place: str, *, of_identifier: bool = False) -> Iterator[Problem]:
    if of_identifier and not isinstance(test, _OF_IDENTIFIERS):
        yield tell("test_unfit", place)
    match test:
        case Between():
            if test.low is not None and test.high is not None and _holds_nothing(test.low, test.high, test.open):
                yield tell("bounds_reversed", place, low=write_number(test.low), high=write_number(test.high))
        case Dated():
            yield from check_window(Window(test.since, test.until), place)
        case Anniversary():
            if test.first > test.last:
                yield tell("days_reversed", place)
        case _:
            pass


def _holds_nothing(low: float, high: float, open_: bool) -> bool:
    return low > high or (open_ and low == high)


def check_filters(filters: Sequence[Filter], place: str) -> Iterator[Problem]:
    for index, one in enumerate(filters):
        here = f"{place}[{index}]"
        yield from check_path(one.property, f"{here}.property")
        yield from check_test(one.test, f"{here}.test")
        if isinstance(one.test, Dated | Anniversary) and one.test.zone == "person":
            yield tell("zone_ignored", f"{here}.test.zone")
    if (found := find_filter_conflict(filters)) is not None:
        yield tell("filters_impossible", f"{place}[{found[1]}]", name=filters[found[1]].property)


def check_path(path: str, place: str) -> Iterator[Problem]:
    if not _PATH.fullmatch(path):
        yield tell("path_malformed", place, name=path)


def check_window(window: Window, place: str, *, past: bool = False) -> Iterator[Problem]:
    """``past``: of events, which have happened."""
    for side, moment in (("since", window.since), ("until", window.until)):
        if moment is not None:
            yield from _check_moment(moment, f"{place}.{side}")
    if is_reversed(window.since, window.until):
        yield tell("window_impossible", place)
    elif past and window.since is not None and starts_late(window.since):
        yield tell("window_ahead", f"{place}.since")


def _check_moment(moment: Moment, place: str) -> Iterator[Problem]:
    match moment:
        case OnDate():
            if not _can_read(date, moment.date):
                yield tell("no_such_day", f"{place}.date", value=moment.date)
        case AtTime():
            if not _can_read(datetime, moment.time.replace("Z", "+00:00")):
                yield tell("no_such_time", f"{place}.time", value=moment.time)
        case Ago() | Ahead():
            yield from check_span(moment.span, f"{place}.span")
        case _:
            pass


def _can_read(kind: type[date], text: str) -> bool:
    try:
        kind.fromisoformat(text)
    except ValueError:
        return False
    return True


def check_span(span: Span, place: str) -> Iterator[Problem]:
    if span.us > SPAN_DAYS_MAX * UNIT_US["day"]:
        yield tell("span_too_long", place, max=f"{SPAN_DAYS_MAX:,}")
