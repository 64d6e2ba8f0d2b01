"""Whether a condition is true of one person: the plain reading of ``ast``, against which the others are held."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from functools import cached_property
from itertools import groupby
from typing import Any, Protocol

from msgspec import Struct, field

from kizuna.conditions.ast import (
    All,
    AnyOf,
    Compare,
    Consents,
    Did,
    EventMatch,
    Fact,
    Filter,
    HasIdentifier,
    InSegment,
    Measure,
    Node,
    Not,
    Occurrence,
    Sequence,
    Trait,
    Unfollowed,
)
from kizuna.conditions.moments import At, window_us
from kizuna.conditions.values import (
    as_double,
    compile_test,
    is_relative_test,
    millionths,
    person_zone,
    read_path,
    read_trait,
    test_value,
)

__all__ = [
    "Event",
    "Match",
    "Person",
    "compile_filters",
    "compile_match",
    "evaluate",
    "is_relative",
    "matches",
    "measured",
    "millionths",
    "person_zone",
    "read_path",
    "test_value",
]


class Event(Struct, frozen=True):
    id: str
    name: str
    time_us: int
    touchpoint: str = "web"
    properties: dict[str, Any] = {}


class Person(Struct, dict=True):
    """What conditions can ask of one customer."""

    traits: dict[str, Any] = field(default_factory=dict[str, Any])
    identifiers: list[tuple[str, str]] = []
    """(type, value as it is normalised)"""
    events: list[Event] = []
    """In any order; those later than the moment asked about are left out."""
    consents: list[tuple[str, str]] = []
    """(purpose, channel) that may be served now."""
    segments: list[int] = []
    facts: dict[str, Any] = field(default_factory=dict[str, Any])


class Match(Protocol):
    """Whether an event is meant. ``at`` is needed where a filter tests dates."""

    def __call__(self, name: str, touchpoint: str, properties: Mapping[str, Any], at: At | None = None, /) -> bool: ...


# --- events ---------------------------------------------------------------------------------------


def matches(match: EventMatch, name: str, touchpoint: str, properties: Mapping[str, Any], at: At) -> bool:
    return compile_match(match)(name, touchpoint, properties, at)


def compile_match(match: EventMatch) -> Match:
    """The match as a function, with constants folded once: for streams."""
    wanted, touchpoints, passes = match.name, frozenset(match.touchpoints), compile_filters(match.where)

    def meant(name: str, touchpoint: str, properties: Mapping[str, Any], at: At | None = None, /) -> bool:
        return (
            (wanted is None or name == wanted)
            and (not touchpoints or touchpoint in touchpoints)
            and passes(properties, at)
        )

    return meant


def compile_filters(filters: list[Filter]) -> Callable[[Mapping[str, Any], At | None], bool]:
    """Whether an event's properties pass every filter. Dates are read in the workspace's zone, whatever they say."""
    tests = [(one.property, compile_test(one.test)) for one in filters]

    def passes(properties: Mapping[str, Any], at: At | None) -> bool:
        return all(any(test(value, at, None) for value in read_path(properties, path)) for path, test in tests)

    return passes


def is_relative(match: EventMatch) -> bool:
    """Whether the same event may match at one moment and not at another."""
    return any(is_relative_test(one.test) for one in match.where)


def measured(measure: Measure, properties: Mapping[str, Any]) -> list[Any]:
    """What one event adds to a measure: values to tell apart (with their type, for True == 1), or millionths."""
    if measure.property is None:
        return []
    values = read_path(properties, measure.property)
    if measure.of == "distinct":
        return [key for value in values if (key := _distinct_key(value)) is not None]
    return [whole for value in values if (whole := millionths(value)) is not None]


def _distinct_key(value: Any) -> tuple[str, Any] | None:
    if isinstance(value, bool):
        return ("truth", value)
    if isinstance(value, str):
        return ("text", value)
    double = as_double(value)
    return None if double is None else ("number", double)


# --- one person -----------------------------------------------------------------------------------


class _Asked:
    """A person at a moment."""

    def __init__(self, person: Person, at: At) -> None:
        self.person, self.at = person, at

    @cached_property
    def zone(self) -> str:
        return person_zone(self.person.traits, self.at)

    @cached_property
    def past(self) -> list[Event]:
        """Ordered by time. What is later than now has not happened."""
        return sorted((one for one in self.person.events if one.time_us <= self.at.now_us), key=_time_us)

    def events(self, match: EventMatch) -> list[Event]:
        meant = compile_match(match)
        return [one for one in self.past if meant(one.name, one.touchpoint, one.properties, self.at)]


def _time_us(event: Event) -> int:
    return event.time_us


def evaluate(node: Node, person: Person, at: At) -> bool:
    """Whether the condition is true of the person. It has been checked: days that do not exist raise ``ValueError``."""
    return _holds(node, _Asked(person, at))


def _holds(node: Node, asked: _Asked) -> bool:
    person = asked.person
    match node:
        case All():
            return all(_holds(one, asked) for one in node.of)
        case AnyOf():
            return any(_holds(one, asked) for one in node.of)
        case Not():
            return not _holds(node.of, asked)
        case Trait():
            return test_value(node.test, read_trait(person.traits, node.name), asked.at, asked.zone)
        case HasIdentifier():
            test = compile_test(node.test)
            return any(kind == node.type and test(value, asked.at, asked.zone) for kind, value in person.identifiers)
        case Consents():
            return (node.purpose, node.channel) in person.consents
        case InSegment():
            return node.id in person.segments
        case Fact():
            return test_value(node.test, person.facts.get(node.name), asked.at, asked.zone)
        case Did():
            return _did(node, asked)
        case Occurrence():
            return _occurred(node, asked)
        case Sequence():
            return _in_sequence(node, asked)
        case Unfollowed():
            return _unfollowed(node, asked)


def _did(leaf: Did, asked: _Asked) -> bool:
    since, until = window_us(leaf.window, asked.at)
    events = [one for one in asked.events(leaf.event) if since <= one.time_us < until]
    if leaf.measure.of == "count":
        return _compares(leaf.compare, len(events), leaf.value)
    values = [value for one in events for value in measured(leaf.measure, one.properties)]
    if leaf.measure.of == "distinct":
        return _compares(leaf.compare, len(set(values)), leaf.value)
    wanted = round_millionths(leaf.value)
    if leaf.measure.of == "sum":
        return _compares(leaf.compare, sum(values), wanted)
    if not values:
        return False
    if leaf.measure.of == "average":  # multiplied out, for a quotient of whole numbers would be rounded
        return _compares(leaf.compare, sum(values), wanted * len(values))
    return _compares(leaf.compare, min(values) if leaf.measure.of == "min" else max(values), wanted)


def round_millionths(value: float) -> int:
    """What a measure is compared with, rounded as what is measured."""
    found = millionths(value)
    return found if found is not None else int(value) * 1_000_000


def _compares(compare: Compare, measured: float, value: float) -> bool:
    if compare == "at_least":
        return measured >= value
    return measured <= value if compare == "at_most" else measured == value


def _occurred(leaf: Occurrence, asked: _Asked) -> bool:
    events = asked.events(leaf.event)
    if not events:
        return False
    moment = events[0 if leaf.which == "first" else -1].time_us
    since, until = window_us(leaf.window, asked.at)
    passes = compile_filters(leaf.having)
    return since <= moment < until and any(passes(one.properties, asked.at) for one in events if one.time_us == moment)


def _in_sequence(leaf: Sequence, asked: _Asked) -> bool:
    """For each step and event the latest start of a chain that ends there: a later start leaves more time."""
    since, until = window_us(leaf.window, asked.at)
    events = [one for one in asked.past if since <= one.time_us < until]
    starts: dict[int, int] = {}
    for number, step in enumerate(leaf.steps):
        meant = compile_match(step)
        ends = {at for at, one in enumerate(events) if meant(one.name, one.touchpoint, one.properties, asked.at)}
        starts = {at: events[at].time_us for at in ends} if number == 0 else _extend(starts, ends, events)
    return any(events[at].time_us <= start + leaf.within.us for at, start in starts.items())


def _extend(starts: dict[int, int], ends: set[int], events: list[Event]) -> dict[int, int]:
    """The chains one step longer. The two best of what came before are kept, for the best may be the event itself."""
    longer: dict[int, int] = {}
    best: list[tuple[int, int]] = []
    for _, same_instant in groupby(enumerate(events), key=lambda pair: pair[1].time_us):
        group = [at for at, _ in same_instant]
        best = sorted([*best, *((starts[at], at) for at in group if at in starts)], reverse=True)[:2]
        for at in group:
            others = [start for start, before in best if before != at]
            if at in ends and others:
                longer[at] = others[0]
    return longer


def _unfollowed(leaf: Unfollowed, asked: _Asked) -> bool:
    since, until = window_us(leaf.window, asked.at)
    then = asked.events(leaf.then)
    times, own = [one.time_us for one in then], {id(one) for one in then}
    for first in asked.events(leaf.first):
        over = first.time_us + leaf.within.us
        if not since <= first.time_us < until or over >= asked.at.now_us:
            continue
        followed = bisect_right(times, over) - bisect_left(times, first.time_us)
        if followed - (id(first) in own) == 0:
            return True
    return False
