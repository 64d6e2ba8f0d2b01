"""Parts of a condition that can never hold together. Only what is certain is said: silence proves nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import NamedTuple, cast

import msgspec

from kizuna.conditions.ast import (
    All,
    Anniversary,
    AnyOf,
    Between,
    Contains,
    Dated,
    Did,
    EndsWith,
    Exists,
    Fact,
    Filter,
    Has,
    HasIdentifier,
    In,
    Is,
    Node,
    Not,
    Scalar,
    StartsWith,
    Test,
    Trait,
)
from kizuna.conditions.certain import is_reversed
from kizuna.conditions.evaluate import round_millionths
from kizuna.conditions.fold import fold
from kizuna.conditions.moments import At
from kizuna.conditions.values import test_value

_KINDS = frozenset(("text", "number", "truth", "list", "object"))
_NEVER = At(0)
"""Tests that ask for the time are left out before values are tried."""


class Part(NamedTuple):
    """A node that shall hold, or shall not; ``source`` is the number of the group's part that it came from."""

    node: Node
    holds: bool
    source: int


class Demand(NamedTuple):
    """A test that a value shall pass, or shall not."""

    test: Test
    passes: bool


def spread_all(nodes: Sequence[Node], *, holds: bool = True) -> list[Part]:
    """What must hold for all nodes to hold (or, not ``holds``, for none to): nested groups opened."""
    return [part for number, node in enumerate(nodes) for part in _spread(node, holds, number)]


def _spread(node: Node, holds: bool, source: int) -> list[Part]:
    if isinstance(node, Not):
        return _spread(node.of, not holds, source)
    if (isinstance(node, All) and holds) or (isinstance(node, AnyOf) and not holds):
        return [part for one in node.of for part in _spread(one, holds, source)]
    return [Part(node, holds, source)]


def find_conflict(parts: Sequence[Part]) -> tuple[Part, Part] | None:
    """Two parts that cannot both be as they shall, the earlier first. Of three that only together cannot, two."""
    seen: dict[bytes, Part] = {}
    for part in parts:
        key = write_node(part.node)
        other = seen.setdefault(key, part)
        if other.holds != part.holds:
            return other, part
    for group in _by_subject(parts).values():
        impossible = _impossible_counts if isinstance(group[0].node, Did) else _impossible_values
        if (found := _first_failing(group, impossible)) is not None:
            return found
    return None


def find_filter_conflict(filters: Sequence[Filter]) -> tuple[int, int] | None:
    """Two filters of one property that no event can pass. Paths into lists may pass by different elements."""
    by_path: dict[str, list[tuple[int, Demand]]] = {}
    for index, one in enumerate(filters):
        if "[]" not in one.property:
            by_path.setdefault(one.property, []).append((index, Demand(_in_workspace_zone(one.test), True)))
    for group in by_path.values():
        for count in range(2, len(group) + 1):
            if nothing_passes([demand for _, demand in group[:count]]):
                return group[0][0], group[count - 1][0]
    return None


def _in_workspace_zone(test: Test) -> Test:
    return msgspec.structs.replace(test, zone="workspace") if isinstance(test, Dated) else test


def write_node(node: Node) -> bytes:
    return msgspec.json.encode(node, order="deterministic")


def _by_subject(parts: Iterable[Part]) -> dict[tuple[str, ...], list[Part]]:
    """Parts that ask the same thing of the same person."""
    groups: dict[tuple[str, ...], list[Part]] = {}
    for part in parts:
        if (subject := _subject(part.node)) is not None:
            groups.setdefault(subject, []).append(part)
    return groups


def _subject(node: Node) -> tuple[str, ...] | None:
    match node:
        case Trait():
            return "trait", node.name
        case Fact():
            return "fact", node.name
        case HasIdentifier():
            return "identifier", node.type
        case Did():
            asked = [msgspec.json.encode(one, order="deterministic") for one in (node.event, node.measure, node.window)]
            return "did", *(one.decode() for one in asked)
        case _:
            return None


def _first_failing(group: Sequence[Part], impossible: Callable[[Sequence[Part]], bool]) -> tuple[Part, Part] | None:
    for count in range(2, len(group) + 1):
        if impossible(group[:count]):
            last = group[count - 1]
            return next((one for one in group[: count - 1] if impossible([one, last])), group[0]), last
    return None


# --- values ---------------------------------------------------------------------------------------


def _impossible_values(parts: Sequence[Part]) -> bool:
    demands = [
        Demand(part.node.test, part.holds) for part in parts if isinstance(part.node, Trait | Fact | HasIdentifier)
    ]
    if isinstance(parts[0].node, HasIdentifier):  # several may each pass one test, but none passes where none is
        return any(one.passes for one in demands) and Demand(Exists(), False) in demands
    return nothing_passes(demands)


def nothing_passes(demands: Sequence[Demand]) -> bool:
    """Whether no value can pass all that it shall and fail all that it shall not."""
    wanted, refused = ([one.test for one in demands if one.passes is passes] for passes in (True, False))
    if not wanted:
        return False  # what is missing fails everything
    kinds = _KINDS.intersection(*(_kinds(test) for test in wanted))
    if not kinds or any(isinstance(test, Exists) for test in refused):
        return True
    listed = [_values(test) for test in wanted if isinstance(test, Is | In)]
    if listed:
        timeless = [one for one in demands if not isinstance(one.test, Dated | Anniversary)]
        return not any(_fits(value, timeless) for value in listed[0] if _kind(value) in kinds)
    return (
        _empty_range([test for test in wanted if isinstance(test, Between)])
        or _empty_period([test for test in wanted if isinstance(test, Dated)])
        or _differ([fold(test.value) for test in wanted if isinstance(test, StartsWith)], str.startswith)
        or _differ([fold(test.value) for test in wanted if isinstance(test, EndsWith)], str.endswith)
    )


def _fits(value: Scalar, demands: Sequence[Demand]) -> bool:
    return all(test_value(one.test, value, _NEVER, None) is one.passes for one in demands)


def _values(test: Is | In) -> list[Scalar]:
    return [test.value] if isinstance(test, Is) else test.values


def _kind(value: Scalar) -> str:
    return "truth" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"


def _kinds(test: Test) -> frozenset[str]:
    """What kinds of values may pass."""
    match test:
        case Exists():
            return _KINDS
        case Is() | In():
            return frozenset(_kind(one) for one in _values(test))
        case Between():
            return frozenset(("number",))
        case Has():
            return frozenset(("list",))
        case Contains() | StartsWith() | EndsWith() | Dated() | Anniversary():
            return frozenset(("text",))


def _empty_range(tests: Sequence[Between]) -> bool:
    if not tests:
        return False
    low = max((-math.inf if one.low is None else one.low, one.open) for one in tests)
    high = min((math.inf if one.high is None else one.high, not one.open) for one in tests)
    return low[0] > high[0] or (low[0] == high[0] and (low[1] or not high[1]) and math.isfinite(low[0]))


def _empty_period(tests: Sequence[Dated]) -> bool:
    return any(
        is_reversed(one.since, other.until, one_zone=one.zone == other.zone) for one, other in product(tests, tests)
    )


def _differ(pieces: list[str], begins: Callable[[str, str], bool]) -> bool:
    """Whether two of the beginnings (or ends) cannot be of one text."""
    return any(not begins(one, other) and not begins(other, one) for one, other in product(pieces, pieces))


# --- counts ---------------------------------------------------------------------------------------


def _impossible_counts(parts: Sequence[Part]) -> bool:
    """By whole counts, or whole millionths. Of nothing there is no average: its ``not`` may hold all the same."""
    measure = cast("Did", parts[0].node).measure.of
    whole = measure in ("count", "distinct")
    low, high = (0.0 if whole else -math.inf), math.inf
    for part in parts:
        leaf = cast("Did", part.node)
        value = leaf.value if whole else round_millionths(leaf.value)
        if part.holds:
            low = max(low, value) if leaf.compare != "at_most" else low
            high = min(high, value) if leaf.compare != "at_least" else high
        elif whole or measure == "sum":
            high = min(high, math.ceil(value) - 1) if leaf.compare == "at_least" else high
            low = max(low, math.floor(value) + 1) if leaf.compare == "at_most" else low
    return low > high
