"""Which events a leaf asks about, and how much of them must be kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from kizuna.conditions.ast import (
    UNIT_US,
    Ago,
    AtTime,
    Behaviour,
    CalendarUnit,
    Dated,
    Did,
    EventMatch,
    Fact,
    Filter,
    Moment,
    Node,
    Occurrence,
    OnDate,
    StartOf,
    Unfollowed,
    Window,
    leaves,
)
from kizuna.conditions.ast import (
    Sequence as SequenceLeaf,
)
from kizuna.conditions.moments import FAR_US, At, moment_us

DAY_US = UNIT_US["day"]
_LONGEST_DAYS: dict[CalendarUnit, int] = {"day": 1, "week": 7, "month": 31, "year": 366}

Values = Literal["none", "number", "distinct"]


class Feed(msgspec.Struct, frozen=True, omit_defaults=True):
    """Events that somebody asks about. An entry's mask has a bit for each of ``matches`` that it passes; with one
    match only, the entry may hold a value at ``path`` instead. Events outside the bounds are nobody's."""

    matches: tuple[EventMatch, ...]
    values: Values = "none"
    path: str | None = None
    since_us: int | None = None
    until_us: int | None = None

    @property
    def names(self) -> frozenset[str] | None:
        """Names of the events; None for all."""
        found = {match.name for match in self.matches}
        return None if None in found else frozenset(name for name in found if name is not None)


class Keep(msgspec.Struct, frozen=True, omit_defaults=True):
    """What must be kept of a person's entries that are not in the future: those of the ``newest`` times, the
    ``oldest`` time, the newest entry of so many ``distinct`` values, and what is younger than ``span_us``. What
    is older than ``age_us`` nobody needs."""

    newest: int = 0
    oldest: bool = False
    distinct: int = 0
    span_us: int = 0
    age_us: int = FAR_US

    def __or__(self, other: Keep) -> Keep:
        return Keep(
            max(self.newest, other.newest),
            self.oldest or other.oldest,
            max(self.distinct, other.distinct),
            max(self.span_us, other.span_us),
            max(self.age_us, other.age_us),
        )


ALL = Keep(span_us=FAR_US)


def plan_leaf(leaf: Behaviour, at: At) -> tuple[Feed, Keep]:
    """The feed of a leaf, and what it needs of it. Depends on ``at`` by the workspace's zone only."""
    match leaf:
        case Did():
            return _plan_did(leaf, at)
        case Occurrence():
            having = msgspec.structs.replace(leaf.event, where=[*leaf.event.where, *leaf.having])
            matches = (leaf.event, having) if leaf.having else (leaf.event,)
            if leaf.which == "first":
                return Feed(matches), Keep(oldest=True)
            return Feed(matches), Keep(newest=1, age_us=_age(leaf.window))
        case SequenceLeaf():
            since, until = _fixed(leaf.window.since, at), _fixed(leaf.window.until, at)
            return Feed(tuple(leaf.steps), since_us=since, until_us=until), keep_window(leaf.window)
        case Unfollowed():
            # What follows may lie beyond the window's end.
            return Feed((leaf.first, leaf.then), since_us=_fixed(leaf.window.since, at)), keep_window(leaf.window)


def _plan_did(leaf: Did, at: At) -> tuple[Feed, Keep]:
    of = leaf.measure.of
    values: Values = "none" if of == "count" else "distinct" if of == "distinct" else "number"
    feed = Feed(
        (leaf.event,),
        values,
        leaf.measure.property if values != "none" else None,
        _fixed(leaf.window.since, at),
        _fixed(leaf.window.until, at),
    )
    ends_now = leaf.window.until is None or feed.until_us is not None
    if values == "number" or not ends_now:
        return feed, keep_window(leaf.window)
    wanted = int(leaf.value) + (leaf.compare != "at_least")
    age = _age(leaf.window)
    if values == "none":
        return feed, Keep(newest=max(wanted, 1), age_us=age)
    return feed, Keep(distinct=max(wanted, 1), age_us=age)


def _fixed(moment: Moment | None, at: At) -> int | None:
    return moment_us(moment, at) if isinstance(moment, OnDate | AtTime) else None


def keep_window(window: Window) -> Keep:
    """Everything that lies in the window, now or later."""
    age = _age(window)
    return Keep(span_us=age, age_us=age)


def _age(window: Window) -> int:
    """How old an entry may be and still lie in the window, now or later."""
    since = window.since
    if isinstance(since, Ago):
        return since.span.us
    if isinstance(since, StartOf):
        return (_LONGEST_DAYS[since.unit] * (1 + max(0, -since.offset)) + 2) * DAY_US
    return FAR_US


def live_reasons(node: Node) -> list[str]:
    """Why a condition cannot follow events: ``fact`` (others do not tell when a fact changes) and ``filter`` (a
    property compared with a moment that moves). Empty when it can."""
    found: list[str] = []
    for leaf in leaves(node):
        if isinstance(leaf, Fact):
            found.append("fact")
        elif isinstance(leaf, Did | Occurrence | SequenceLeaf | Unfollowed) and any(map(_moves, _filters(leaf))):
            found.append("filter")
    return list(dict.fromkeys(found))


def _filters(leaf: Behaviour) -> list[Filter]:
    match leaf:
        case Did():
            return list(leaf.event.where)
        case Occurrence():
            return [*leaf.event.where, *leaf.having]
        case SequenceLeaf():
            return [one for step in leaf.steps for one in step.where]
        case Unfollowed():
            return [*leaf.first.where, *leaf.then.where]


def _moves(one: Filter) -> bool:
    test = one.test
    if not isinstance(test, Dated):
        return type(test).__name__ == "Anniversary"
    return any(not isinstance(moment, OnDate | AtTime | None) for moment in (test.since, test.until))


def join_keeps(keeps: Sequence[Keep]) -> Keep:
    """What all of them need."""
    found = keeps[0] if keeps else Keep()
    for keep in keeps[1:]:
        found |= keep
    return found
