"""Conditions in English."""

from __future__ import annotations

from datetime import date
from typing import Literal

from kizuna.conditions.ast import (
    Ago,
    Ahead,
    Anniversary,
    AtTime,
    Between,
    Consents,
    Contains,
    Dated,
    Did,
    EndsWith,
    EventMatch,
    Exists,
    Fact,
    Filter,
    Has,
    HasIdentifier,
    In,
    InSegment,
    Is,
    Leaf,
    Measure,
    Moment,
    Occurrence,
    OnDate,
    Scalar,
    Sequence,
    Span,
    StartOf,
    StartsWith,
    Test,
    Trait,
    Unfollowed,
    Window,
)
from kizuna.conditions.describe.figures import last_day, split_time, write_number
from kizuna.conditions.figure import Figure, FigureKind
from kizuna.conditions.problems import Names

LANGUAGE = "en"
AND, OR = " and ", " or "
EVERYBODY, NOBODY = "everybody", "nobody"

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_PERIODS = {
    ("day", 0): "today", ("day", -1): "yesterday", ("day", 1): "tomorrow",
    ("week", 0): "this week", ("week", -1): "last week", ("week", 1): "next week",
    ("month", 0): "this month", ("month", -1): "last month", ("month", 1): "next month",
    ("year", 0): "this year", ("year", -1): "last year", ("year", 1): "next year",
}  # fmt: skip
_MEASURES = {"sum": "the total", "average": "the average", "min": "the lowest", "max": "the highest"}
_COMPARES = {"at_least": "at least", "at_most": "at most", "exactly": "exactly"}


def bracket(text: str) -> str:
    return f"({text})"


def negate_group(text: str) -> str:
    return f"not ({text})"


def describe_leaf(leaf: Leaf, names: Names, *, holds: bool) -> str:
    match leaf:
        case Trait() | Fact():
            return f"{_quote(leaf.name)} {describe_test(leaf.test, holds=holds)}"
        case HasIdentifier():
            return _identifier(leaf, holds)
        case Consents():
            by = f" by {_quote(leaf.channel)}" if leaf.channel else ""
            return f"{'allows' if holds else 'does not allow'} {_quote(leaf.purpose)}{by}"
        case InSegment():
            name = names.segments.get(leaf.id)
            return f"{'is' if holds else 'is not'} in the segment {_quote(name) if name else leaf.id}"
        case Did():
            return _counted(leaf, holds) if leaf.measure.of == "count" else _measured(leaf, holds)
        case Occurrence():
            return _occurrence(leaf, holds)
        case Sequence():
            steps = ", then ".join(_event(step) for step in leaf.steps)
            return f"{_did(holds)} {steps} within {_span(leaf.within)}{_during(leaf.window, comma=True)}"
        case Unfollowed():
            text = f"did {_event(leaf.first)} but not {_event(leaf.then)} within {_span(leaf.within)} after it"
            text += _during(leaf.window, comma=True)
            return text if holds else f"it is not so that: {text}"


# --- tests ----------------------------------------------------------------------------------------


def describe_test(test: Test, *, holds: bool = True) -> str:
    is_ = "is" if holds else "is not"
    match test:
        case Exists():
            return f"{is_} known"
        case Is():
            return f"{is_} {_value(test.value)}"
        case In():
            return f"{is_} {_one_of(test.values)}"
        case Contains():
            return _verb("contains", "contain", test.value, holds)
        case StartsWith():
            return _verb("starts with", "start with", test.value, holds)
        case EndsWith():
            return _verb("ends with", "end with", test.value, holds)
        case Between():
            return f"{is_} {_range(test)}"
        case Dated():
            return f"{is_} {_dates(test)}{_whose(test.zone)}"
        case Anniversary():
            return f"{'has its day' if holds else 'does not have its day'} {_days(test)}{_whose(test.zone)}"
        case Has():
            return f"{'includes' if holds else 'does not include'} {_one_of(test.values)}"


def _verb(third: str, plain: str, value: str, holds: bool) -> str:
    return f"{third if holds else f'does not {plain}'} {_quote(value)}"


def _range(test: Between) -> str:
    above, below = ("more than", "less than") if test.open else ("at least", "at most")
    if test.low is None and test.high is None:
        return "a number"
    if test.low is not None and test.high is not None:
        low, high = write_number(test.low), write_number(test.high)
        return f"{above} {low} and {below} {high}" if test.open else f"between {low} and {high}"
    return f"{below} {write_number(test.high)}" if test.high is not None else f"{above} {write_number(test.low or 0)}"


def _dates(test: Dated) -> str:
    if test.since is None and test.until is None:
        return "a date"
    if (period := _whole_period(test.since, test.until)) is not None:
        return period
    parts = [_from(test.since)] if test.since is not None else []
    parts += [f"before {_moment(test.until)}"] if test.until is not None else []
    return " and ".join(parts)


def _from(moment: Moment) -> str:
    return f"{'on' if isinstance(moment, OnDate) else 'at'} or after {_moment(moment)}"


def _days(test: Anniversary) -> str:
    if test.first == test.last:
        return _day(test.first)
    return f"between {_day(test.first)} and {_day(test.last)}"


def _day(offset: int) -> str:
    if (found := _PERIODS.get(("day", offset))) is not None:
        return found
    return f"{_count(abs(offset), 'day')} {'ago' if offset < 0 else 'from today'}"


def _whose(zone: Literal["workspace", "person"]) -> str:
    return " (by the customer's clock)" if zone == "person" else ""


def _identifier(leaf: HasIdentifier, holds: bool) -> str:
    has = "has an identifier" if holds else "has no identifier"
    if isinstance(leaf.test, Exists):
        return f"{has} {_quote(leaf.type)}"
    return f"{has} {_quote(leaf.type)} that {describe_test(leaf.test)}"


# --- behaviour ------------------------------------------------------------------------------------


def _did(holds: bool) -> str:
    return "did" if holds else "did not do"


def _event(match: EventMatch) -> str:
    text = "anything" if match.name is None else _quote(match.name)
    if match.touchpoints:
        text += f" at {_list([_quote(one) for one in match.touchpoints])}"
    return text + (f" ({_filters(match.where)})" if match.where else "")


def _filters(filters: list[Filter]) -> str:
    return " and ".join(f"{_quote(one.property)} {describe_test(one.test)}" for one in filters)


def _counted(leaf: Did, holds: bool) -> str:
    event, when = _event(leaf.event), _during(leaf.window)
    if leaf.value == 1 and leaf.compare == "at_least":
        return f"{_did(holds)} {event}{when}"
    if leaf.value == 0 and leaf.compare != "at_least":
        return f"{_did(not holds)} {event}{when}"
    times = f"{_COMPARES[leaf.compare]} {'once' if leaf.value == 1 else _count(leaf.value, 'time')}"
    return f"{_did(holds)} {event} {times}{when}"


def _measured(leaf: Did, holds: bool) -> str:
    event, when = _event(leaf.event), _during(leaf.window)
    if leaf.measure.of == "distinct":
        values = f"{_COMPARES[leaf.compare]} {_count(leaf.value, 'different value')}"
        return f"{_did(holds)} {event} with {values} of {_property(leaf.measure)}{when}"
    what = f"{_MEASURES[leaf.measure.of]} {_property(leaf.measure)} of {event}{when}"
    return f"{what} {'is' if holds else 'is not'} {_COMPARES[leaf.compare]} {write_number(leaf.value)}"


def _property(measure: Measure) -> str:
    return _quote(measure.property or "?")


def _occurrence(leaf: Occurrence, holds: bool) -> str:
    text = f"the {leaf.which} {_event(leaf.event)}"
    parts = [f"was {_lay(leaf.window)}"] if leaf.window != Window() else []
    parts += [f"had: {_filters(leaf.having)}"] if leaf.having else []
    if not parts:
        return f"{_did(holds)} {_event(leaf.event)}"
    text += f" {' and '.join(parts)}"
    return text if holds else f"it is not so that: {text}"


def _lay(window: Window) -> str:
    text = _window(window)
    return _from(window.since) if window.since is not None and text.startswith("since ") else text


_FIGURES: dict[FigureKind, str] = {
    "count": "the number of {event}",
    "sum": "the total {property} of {event}",
    "average": "the average {property} of {event}",
    "min": "the lowest {property} of {event}",
    "max": "the highest {property} of {event}",
    "unique_count": "the number of different {property} of {event}",
    "first_time": "the time of the first {event}",
    "last_time": "the time of the last {event}",
    "most_frequent": "the most frequent {property} of {event}",
    "first": "the first {property} of {event}",
    "last": "the last {property} of {event}",
    "unique_list": "the different {property} of {event}",
    "days_since_first": "days since the first {event}",
    "days_since_last": "days since the last {event}",
}


def describe_figure(figure: Figure) -> str:
    what = _FIGURES[figure.kind].format(event=_event(figure.event), property=_quote(figure.property or "?"))
    return f"{what}{_during(figure.window)}"


# --- time -----------------------------------------------------------------------------------------


def _during(window: Window, *, comma: bool = False) -> str:
    text = _window(window)
    return "" if not text else f", {text}" if comma else f" {text}"


def _window(window: Window) -> str:
    since, until = window.since, window.until
    if since is None:
        return "" if until is None else f"before {_moment(until)}"
    if (period := _whole_period(since, until)) is not None:
        return period
    if until is None and isinstance(since, StartOf) and since.offset == 0:
        return _PERIODS[since.unit, 0]
    if until is None:
        if isinstance(since, Ago):
            return f"in the last {_span(since.span, bare=True)}"
        return f"since {_moment(since)}"
    return f"from {_moment(since)} until before {_moment(until)}"


def _whole_period(since: Moment | None, until: Moment | None) -> str | None:
    """ "last month", "on 1 March 2026", "from 1 March 2026 to 31 March 2026"."""
    if (last := last_day(since, until)) is not None and isinstance(since, OnDate):
        return f"on {_moment(since)}" if since == last else f"from {_moment(since)} to {_moment(last)}"
    if isinstance(since, StartOf) and until == StartOf(since.unit, since.offset + 1):
        return _PERIODS.get((since.unit, since.offset))
    return None


def _moment(moment: Moment) -> str:
    match moment:
        case OnDate():
            return _date(moment.date)
        case AtTime():
            day, clock, zone = split_time(moment.time)
            return f"{_date(day)}, {clock} ({zone})"
        case Ago():
            return f"{_span(moment.span)} ago"
        case Ahead():
            return f"{_span(moment.span)} from now"
        case StartOf():
            return f"the start of {_period(moment)}"


def _period(moment: StartOf) -> str:
    if (found := _PERIODS.get((moment.unit, moment.offset))) is not None:
        return found
    when = "ago" if moment.offset < 0 else "from now"
    return f"the {moment.unit} {_count(abs(moment.offset), moment.unit)} {when}"


def _date(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _span(span: Span, *, bare: bool = False) -> str:
    """``bare``: after "the last", where one is not counted."""
    return span.unit if bare and span.n == 1 else _count(span.n, span.unit)


# --- words ----------------------------------------------------------------------------------------


def _quote(text: str) -> str:
    return f"“{text}”"


def _value(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _quote(value) if isinstance(value, str) else write_number(value)


def _one_of(values: list[Scalar]) -> str:
    written = [_value(one) for one in values]
    return written[0] if len(written) == 1 else f"one of {_list(written)}"


def _list(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} or {parts[-1]}"


def _count(n: float, noun: str) -> str:
    return f"{write_number(n)} {noun}{'' if n == 1 else 's'}"
