"""What is wrong with a condition, or odd about it: each with its place, and what to do."""

from __future__ import annotations

from collections.abc import Iterator

from kizuna.conditions.ast import (
    COUNT_MAX,
    DEPTH_MAX,
    LEAVES_MAX,
    All,
    AnyOf,
    Behaviour,
    Condition,
    Consents,
    Did,
    Fact,
    HasIdentifier,
    InSegment,
    Leaf,
    Node,
    Not,
    Occurrence,
    Sequence,
    Trait,
    Unfollowed,
)
from kizuna.conditions.certain import longest_us, oldest_us
from kizuna.conditions.check_names import check_leaf_names
from kizuna.conditions.check_parts import check_filters, check_path, check_span, check_test, check_window, place_matches
from kizuna.conditions.conflicts import find_conflict, spread_all, write_node
from kizuna.conditions.describe import describe
from kizuna.conditions.describe.figures import write_number
from kizuna.conditions.problems import Names, Problem, Words, tell
from kizuna.conditions.reading import ConditionError, read_checked
from kizuna.conditions.values import millionths

__all__ = ["ConditionError", "Names", "Problem", "Words", "check", "read_checked"]

ROOT = "$.where"


def check(condition: Condition, names: Names | None = None) -> list[Problem]:
    """Everything that is wrong or odd, in the order in which it is read. Without ``names`` no name is looked up."""
    where = condition.where
    if (size := _check_size(where)) is not None:
        return [size]
    everybody = [tell("everybody", ROOT)] if isinstance(where, All) and not where.of else []
    return [*everybody, *_check_node(where, ROOT, names)]


def _check_size(node: Node) -> Problem | None:
    """Level by level, for a deep one must not exhaust the stack."""
    level, depth, tips = [node], 0, 0
    while level:
        depth += 1
        if depth > DEPTH_MAX:
            return tell("too_deep", ROOT, max=DEPTH_MAX)
        inner: list[Node] = []
        for one in level:
            parts = one.of if isinstance(one, All | AnyOf) else [one.of] if isinstance(one, Not) else []
            inner += parts
            tips += not parts
        level = inner
    return tell("too_many_leaves", ROOT, count=tips, max=LEAVES_MAX) if tips > LEAVES_MAX else None


def _check_node(node: Node, place: str, names: Names | None) -> Iterator[Problem]:
    match node:
        case All() | AnyOf():
            if isinstance(node, AnyOf) and not node.of:
                yield tell("empty_any", place)
            yield from _check_group(node, place, names)
            for index, one in enumerate(node.of):
                yield from _check_node(one, f"{place}.of[{index}]", names)
        case Not():
            yield from _check_node(node.of, f"{place}.of", names)
        case _:
            yield from _check_leaf(node, place)
            if names is not None:
                yield from check_leaf_names(node, place, names)


def _check_group(group: All | AnyOf, place: str, names: Names | None) -> Iterator[Problem]:
    """Parts that exclude each other, or between them leave nobody out."""
    seen: set[bytes] = set()
    for index, one in enumerate(group.of):
        if (key := write_node(one)) in seen:
            yield tell("repeated", f"{place}.of[{index}]")
        seen.add(key)
    together = isinstance(group, All)
    found = find_conflict(spread_all(group.of, holds=together))
    if found is not None and found[0].source != found[1].source:
        other = group.of[found[0].source]
        said = {"other": describe(other, "en", names), "other_ja": describe(other, "ja", names)}
        yield tell("contradiction" if together else "tautology", f"{place}.of[{found[1].source}]", **said)


def _check_leaf(leaf: Leaf, place: str) -> Iterator[Problem]:
    match leaf:
        case Trait() | Fact():
            yield from check_test(leaf.test, f"{place}.test")
        case HasIdentifier():
            yield from check_test(leaf.test, f"{place}.test", of_identifier=True)
        case Consents() | InSegment():
            pass
        case Did():
            yield from _check_measure(leaf, place)
            yield from _check_behaviour(leaf, place)
        case Occurrence():
            yield from check_filters(leaf.having, f"{place}.having")
            yield from _check_behaviour(leaf, place)
        case Sequence() | Unfollowed():
            yield from check_span(leaf.within, f"{place}.within")
            yield from _check_within(leaf, place)
            yield from _check_behaviour(leaf, place)


def _check_behaviour(leaf: Behaviour, place: str) -> Iterator[Problem]:
    for below, match in place_matches(leaf):
        yield from check_filters(match.where, f"{place}.{below}.where")
    yield from check_window(leaf.window, f"{place}.window", past=True)


def _check_measure(leaf: Did, place: str) -> Iterator[Problem]:
    of, value = leaf.measure.of, leaf.value
    if of == "count" and leaf.measure.property is not None:
        yield tell("property_unwanted", f"{place}.measure.property")
    elif of != "count" and leaf.measure.property is None:
        yield tell("property_needed", f"{place}.measure")
    elif leaf.measure.property is not None:
        yield from check_path(leaf.measure.property, f"{place}.measure.property")
    if of not in ("count", "distinct"):
        if millionths(value) is None:
            yield tell("number_too_large", f"{place}.value", value=write_number(value))
        return
    if value != int(value):
        yield tell("count_not_whole", f"{place}.value", value=write_number(value))
    elif not 0 <= value <= COUNT_MAX:
        yield tell("count_out_of_range", f"{place}.value", value=write_number(value), max=COUNT_MAX)
    elif value == 0 and leaf.compare == "at_least":
        yield tell("always_true", f"{place}.value")


def _check_within(leaf: Sequence | Unfollowed, place: str) -> Iterator[Problem]:
    """Against the window: of what is silent the time must be over, of steps it need only make a difference."""
    if isinstance(leaf, Unfollowed):
        oldest = oldest_us(leaf.window)
        if oldest is not None and leaf.within.us >= oldest:
            yield tell("within_too_long", f"{place}.within")
        return
    longest = longest_us(leaf.window)
    if longest is not None and leaf.within.us >= longest:
        yield tell("within_idle", f"{place}.within")
