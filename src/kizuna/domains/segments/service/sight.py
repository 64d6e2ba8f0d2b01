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

_LIMITS = frozenset({"low", "high", "since", "until", "first", "last"})


def find_hidden(leaf: Leaf, sight: Sight) -> list[tuple[str, str]]:
    """(place below the leaf, field) of the tests in a leaf that ask for what ``sight`` hides."""
    if sight.everything:
        return []
    return [(place, kind_name[1]) for place, kind_name in _asked(leaf) if sight.hides(*kind_name)]


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
                yield ".measure.property", ("property", leaf.measure.property)
        case Occurrence():
            yield from _asked_by_event(leaf.event, ".event")
            yield from _asked_by_filters(leaf.having, ".having")
        case Sequence():
            for number, step in enumerate(leaf.steps):
                yield from _asked_by_event(step, f".steps[{number}]")
        case Unfollowed():
            yield from _asked_by_event(leaf.first, ".first")
            yield from _asked_by_event(leaf.then, ".then")
        case _:
            pass


def _asked_by_event(event: EventMatch, place: str) -> Iterator[tuple[str, Field]]:
    yield from _asked_by_filters(event.where, f"{place}.where")


def _asked_by_filters(filters: list[Filter], place: str) -> Iterator[tuple[str, Field]]:
    for number, one in enumerate(filters):
        if not isinstance(one.test, Exists):
            yield f"{place}[{number}].property", ("property", one.property)


def show_condition(condition: dict[str, Any], sight: Sight) -> tuple[dict[str, Any], bool]:
    """The condition's JSON as it may be shown, and whether anything in it is masked."""
    if sight.everything:
        return condition, False
    shown = cast("dict[str, Any]", _show(condition, sight))
    return shown, shown != condition


def _show(node: Any, sight: Sight) -> Any:
    if isinstance(node, list):
        return [_show(one, sight) for one in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    members = cast("dict[str, Any]", node)
    if isinstance(test := members.get("test"), dict) and (field := _field_of(members)) is not None:
        return members | {"test": _show_test(cast("dict[str, Any]", test), field, sight)}
    return {name: _show(value, sight) for name, value in members.items()}


def _field_of(members: dict[str, Any]) -> Field | None:
    if members.get("kind") == "trait":
        return "trait", members["name"]
    if members.get("kind") == "identifier":
        return "identifier", members["type"]
    return ("property", members["property"]) if "property" in members else None


def _show_test(test: dict[str, Any], field: Field, sight: Sight) -> dict[str, Any]:
    """What is compared with, in the names under which tests keep it. Numbers and dates have no masked form: a
    test of a hidden field goes without them."""
    show = _mask_of(field, sight)
    hidden = sight.hides(*field)
    shown = {name: value for name, value in test.items() if not (hidden and name in _LIMITS)}
    if "value" in test:
        shown["value"] = show(test["value"])
    if "values" in test:
        shown["values"] = [show(one) for one in test["values"]]
    return shown


def _mask_of(field: Field, sight: Sight) -> Callable[[Any], Any]:
    hidden = sight.hidden_class([field])
    if hidden is not None:
        return lambda value: mask_value(str(value), hidden, field[1])
    return lambda value: sight.scrub(value) if isinstance(value, str) else value
