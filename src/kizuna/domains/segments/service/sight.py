"""Conditions as somebody may read and write them.

Who may not see a field may not ask for its values by conditions either: numbers are soon tried through, and
each hit would tell whose it is. Whether there is a value may be asked.
"""

from collections.abc import Callable, Iterator
from typing import Any, cast

from kizuna.conditions.ast import (
    Did,
    EventMatch,
    Exists,
    Filter,
    HasIdentifier,
    Leaf,
    Occurrence,
    Sequence,
    Trait,
    Unfollowed,
)
from kizuna.domains.privacy.api import Sight, mask_value
from kizuna.kernel.fields import FieldKind

Field = tuple[FieldKind, str]

_TRAIT_EVENTS = frozenset({None, "User Identified"})
_LIMITS = frozenset({"low", "high", "since", "until", "first", "last"})


def find_hidden(leaf: Leaf, sight: Sight) -> list[tuple[str, str]]:
    """(place below the leaf, field) of the tests in a leaf that ask for what ``sight`` hides."""
    if sight.everything:
        return []
    return sorted({(place, field[1]) for place, field in _asked(leaf) if sight.hides(*field)})


def _asked(leaf: Leaf) -> Iterator[tuple[str, Field]]:
    """Fields whose values a leaf asks for, with the place."""
    match leaf:
        case Trait() if not isinstance(leaf.test, Exists):
            yield ".name", ("trait", leaf.name)
        case HasIdentifier() if not isinstance(leaf.test, Exists):
            yield ".type", ("identifier", leaf.type)
        case Did():
            yield from _asked_by_event(leaf.event, ".event")
            if leaf.measure.property is not None:
                yield from as_fields(leaf.event.name, leaf.measure.property, ".measure.property")
        case Occurrence():
            yield from _asked_by_event(leaf.event, ".event")
            yield from _asked_by_filters(leaf.event, leaf.having, ".having")
        case Sequence():
            for number, step in enumerate(leaf.steps):
                yield from _asked_by_event(step, f".steps[{number}]")
        case Unfollowed():
            yield from _asked_by_event(leaf.first, ".first")
            yield from _asked_by_event(leaf.then, ".then")
        case _:
            pass


def _asked_by_event(event: EventMatch, place: str) -> Iterator[tuple[str, Field]]:
    yield from _asked_by_filters(event, event.where, f"{place}.where")


def _asked_by_filters(event: EventMatch, filters: list[Filter], place: str) -> Iterator[tuple[str, Field]]:
    for number, one in enumerate(filters):
        if not isinstance(one.test, Exists):
            yield from as_fields(event.name, one.property, f"{place}[{number}].property")


def as_fields(event: str | None, property_: str, place: str) -> Iterator[tuple[str, Field]]:
    """A property of an event as the fields that decide who sees it: what an ``identify`` carries are traits."""
    yield place, ("property", property_)
    if event in _TRAIT_EVENTS:
        yield place, ("trait", property_)


def show_condition(condition: dict[str, Any], sight: Sight) -> tuple[dict[str, Any], bool]:
    """The condition's JSON as it may be shown, and whether anything in it is masked."""
    if sight.everything:
        return condition, False
    shown = cast("dict[str, Any]", _show(condition, sight, "-"))
    return shown, shown != condition


def _show(node: Any, sight: Sight, event: str | None) -> Any:
    """``event`` is the name of the event that filters stand in."""
    if isinstance(node, list):
        return [_show(one, sight, event) for one in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    members = cast("dict[str, Any]", node)
    named = members.get("event", members)
    if isinstance(named, dict) and "kind" not in named and "name" in named:
        event = named["name"]
    if isinstance(test := members.get("test"), dict) and (fields := _fields_of(members, event)):
        return members | {"test": _show_test(cast("dict[str, Any]", test), fields, sight)}
    return {name: _show(value, sight, event) for name, value in members.items()}


def _fields_of(members: dict[str, Any], event: str | None) -> list[Field]:
    if members.get("kind") == "trait":
        return [("trait", members["name"])]
    if members.get("kind") == "identifier":
        return [("identifier", members["type"])]
    return [field for _, field in as_fields(event, members["property"], "")] if "property" in members else []


def _show_test(test: dict[str, Any], fields: list[Field], sight: Sight) -> dict[str, Any]:
    """What is compared with, in the names under which tests keep it. Numbers and dates have no masked form: a
    test of a hidden field goes without them."""
    show = _mask_of(fields, sight)
    hidden = sight.hidden_class(fields) is not None
    shown = {name: value for name, value in test.items() if not (hidden and name in _LIMITS)}
    if "value" in test:
        shown["value"] = show(test["value"])
    if "values" in test:
        shown["values"] = [show(one) for one in test["values"]]
    return shown


def _mask_of(fields: list[Field], sight: Sight) -> Callable[[Any], Any]:
    hidden = sight.hidden_class(fields)
    if hidden is not None:
        return lambda value: mask_value(str(value), hidden, fields[0][1])
    return lambda value: sight.scrub(value) if isinstance(value, str) else value
