"""The figures of each group of entries, and when time alone may change them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kizuna.conditions.ast import Ago, OnDate, StartOf
from kizuna.conditions.ast import AtTime as Instant
from kizuna.conditions.figure import NUMBER_KINDS, TIME_KINDS, Figure, as_leaf, average_of, value_of
from kizuna.conditions.live.entries import Entries, add_up
from kizuna.conditions.live.feeds import Feed, Keep, keep_window, plan_leaf
from kizuna.conditions.live.judge import Span, count_values
from kizuna.conditions.moments import FAR_US, At

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Measured:
    """For each group; ``amounts`` are counts, millionths or microseconds, and mean nothing where there are none.
    ``due`` is ``FAR_US`` where time changes nothing."""

    figure: Figure
    at: At
    amounts: Ints
    some: Bools
    due: Ints

    def values(self) -> list[Any]:
        """As traits have them; None where there is no figure."""
        return [
            value_of(self.figure, amount, self.at) if some else None
            for amount, some in zip(self.amounts.tolist(), self.some.tolist(), strict=True)
        ]


def plan_figure(figure: Figure, at: At) -> tuple[Feed, Keep]:
    """The feed of a figure, and what it needs of it: the same feed as the condition about the same events has.
    ``figure_reasons`` must be empty."""
    feed, _ = plan_leaf(as_leaf(figure), at)
    whole = keep_window(figure.window)
    since, until = figure.window.since, figure.window.until
    ends_now = until is None or isinstance(until, OnDate | Instant)
    if figure.kind == "last_time" and ends_now:
        return feed, Keep(newest=1, age_us=whole.age_us)
    if figure.kind == "first_time" and not isinstance(since, Ago | StartOf):
        return feed, Keep(oldest=True)
    return feed, whole


def measure(figure: Figure, entries: Entries, at: At) -> Measured:
    """What a figure is for each group of the entries of its feed."""
    span = Span.of(figure.window, entries, at)
    some = span.counts > 0
    return Measured(figure, at, _amounts(figure, span, some), some, span.next_change())


def _amounts(figure: Figure, span: Span, some: Bools) -> Ints:
    if figure.kind == "count":
        return span.counts
    if figure.kind == "unique_count":
        return count_values(span)
    if figure.kind in TIME_KINDS:
        return _times(span, some, last=figure.kind == "last_time")
    assert figure.kind in NUMBER_KINDS
    entries, inside = span.entries, span.inside()
    if figure.kind in ("sum", "average"):
        sums = add_up(np.where(inside, entries.extras, 0), entries.starts)
        return sums if figure.kind == "sum" else _averages(sums, span.counts)
    best = np.full(entries.count, FAR_US if figure.kind == "min" else -FAR_US)
    chosen, groups = np.flatnonzero(inside), entries.groups()
    (np.minimum if figure.kind == "min" else np.maximum).at(best, groups[chosen], entries.extras[chosen])
    return best


def _times(span: Span, some: Bools, *, last: bool) -> Ints:
    found = np.zeros(len(some), np.int64)
    places = span.last - 1 if last else span.first
    found[some] = span.entries.times[places[some]]
    return found


def _averages(sums: Ints, counts: Ints) -> Ints:
    """In Python's own integers: twice a sum may be beyond 64 bits."""
    pairs = zip(sums.tolist(), counts.tolist(), strict=True)
    return np.array([average_of(total, count) if count else 0 for total, count in pairs], np.int64)
