"""Whether a leaf holds for each group of entries, and when time alone may change that.

``due`` is never later than the moment at which the answer turns, and may be earlier: whoever looks then
finds the same answer and a later ``due``. All of a group's entries are ordered by time, and those in a
window lie side by side, so a window is two places in the arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kizuna.conditions.ast import (
    Ago,
    Behaviour,
    Did,
    Moment,
    Occurrence,
    StartOf,
    Unfollowed,
    Window,
)
from kizuna.conditions.ast import Sequence as SequenceLeaf
from kizuna.conditions.evaluate import round_millionths
from kizuna.conditions.live.entries import Entries, add_up, count_where
from kizuna.conditions.moments import FAR_US, At, day_start_us, local_date, period_start, window_us

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Judged:
    """For each group; ``due`` is ``FAR_US`` where time changes nothing."""

    holds: Bools
    due: Ints


def judge(leaf: Behaviour, entries: Entries, at: At) -> Judged:
    """What a leaf says of each group of the entries of its feed."""
    match leaf:
        case Did():
            return _judge_did(leaf, Span.of(leaf.window, entries, at))
        case Occurrence():
            return _judge_occurrence(leaf, Span.of(leaf.window, entries, at), at)
        case SequenceLeaf():
            return _judge_each(entries, Span.of(leaf.window, entries, at), _Chain(leaf))
        case Unfollowed():
            return _judge_each(entries, Span.of(leaf.window, entries, at), _Gap(leaf, at.now_us))


def next_start_us(moment: StartOf, at: At) -> int:
    """When the moment next means another instant."""
    day = period_start(local_date(at), moment.unit, 1, at.week_start)
    return day_start_us(day, at.zone)


class Span:
    """A window over entries: ``first[g]:last[g]`` are inside, later ones may come in."""

    def __init__(self, entries: Entries, since: Moment | None, until: Moment | None, at: At, first: Ints, last: Ints):
        self.entries = entries
        self._since, self._until, self._at = since, until, at
        self.first, self.last = first, last

    @staticmethod
    def of(window: Window, entries: Entries, at: At) -> Span:
        since, until = window_us(window, at)
        first = entries.starts[:-1] + count_where(entries.times < since, entries.starts)
        last = entries.starts[:-1] + count_where(entries.times < until, entries.starts)
        return Span(entries, window.since, window.until, at, np.minimum(first, last), last)

    @property
    def counts(self) -> Ints:
        return self.last - self.first

    def inside(self) -> Bools:
        place, groups = np.arange(len(self.entries.times)), self.entries.groups()
        return (place >= self.first[groups]) & (place < self.last[groups])

    def leaves_at(self, places: Ints) -> Ints:
        """When the entries at these places, which are inside, go out by the window's beginning."""
        if isinstance(self._since, Ago):
            return self.entries.times[places] + self._since.span.us + 1
        if isinstance(self._since, StartOf):
            return np.full(len(places), next_start_us(self._since, self._at))
        return np.full(len(places), FAR_US)

    def enters_at(self, places: Ints) -> Ints:
        """When the entries at these places, which are not inside yet, come in."""
        times = self.entries.times[places]
        if isinstance(self._until, Ago):
            return times + self._until.span.us + 1
        otherwise = next_start_us(self._until, self._at) if isinstance(self._until, StartOf) else FAR_US
        return np.where(times > self._at.now_us, times, otherwise)

    def leave_due(self, places: Ints, valid: Bools) -> Ints:
        return self._due(self.leaves_at, places, valid)

    def enter_due(self, places: Ints, valid: Bools) -> Ints:
        return self._due(self.enters_at, places, valid)

    def _due(self, when: Any, places: Ints, valid: Bools) -> Ints:
        due = np.full(len(places), FAR_US)
        if valid.any():
            due[valid] = when(places[valid])
        return due

    def next_change(self) -> Ints:
        """When the next entry goes out or comes in."""
        leave = self.leave_due(self.first, self.first < self.last)
        enter = self.enter_due(self.last, self.last < self.entries.starts[1:])
        return np.minimum(leave, enter)


# --- measures ---------------------------------------------------------------------------------------


def _judge_did(leaf: Did, span: Span) -> Judged:
    if leaf.measure.of == "count":
        return _compare_counts(leaf, span)
    if leaf.measure.of == "distinct":
        return Judged(_compare(leaf, count_values(span), int(leaf.value)), span.next_change())
    return Judged(_compare_amounts(leaf, span), span.next_change())


def _compare(leaf: Did, measured: Ints, value: int) -> Bools:
    if leaf.compare == "at_least":
        return measured >= value
    return measured <= value if leaf.compare == "at_most" else measured == value


def _compare_counts(leaf: Did, span: Span) -> Judged:
    value = int(leaf.value)
    if leaf.compare == "at_least":
        return _at_least(span, value)
    more = _at_least(span, value + 1)
    if leaf.compare == "at_most":
        return Judged(~more.holds, more.due)
    enough = _at_least(span, value)
    return Judged(enough.holds & ~more.holds, np.minimum(enough.due, more.due))


def _at_least(span: Span, value: int) -> Judged:
    """Turns when the value-th newest goes out, or as many come in as are wanting."""
    counts = span.counts
    holds = counts >= value
    if value <= 0:
        return Judged(holds, np.full(len(holds), FAR_US))
    leave = span.leave_due(span.last - value, holds)
    wanting = span.last + (value - counts) - 1
    enter = span.enter_due(wanting, ~holds & (wanting < span.entries.starts[1:]))
    return Judged(holds, np.minimum(leave, enter))


def count_values(span: Span) -> Ints:
    """Different values inside."""
    inside, entries = np.flatnonzero(span.inside()), span.entries
    pairs = np.stack((entries.groups()[inside], entries.extras[inside]))
    groups = np.unique(pairs, axis=1)[0] if len(inside) else pairs[0]
    return np.bincount(groups, minlength=entries.count)


def _compare_amounts(leaf: Did, span: Span) -> Bools:
    """Sum, average, least and greatest, all in millionths."""
    entries, of = span.entries, leaf.measure.of
    wanted, some = round_millionths(leaf.value), span.counts > 0
    inside = span.inside()
    if of in ("sum", "average"):
        sums = add_up(np.where(inside, entries.extras, 0), entries.starts)
        if of == "sum":
            return _compare(leaf, sums, max(-FAR_US, min(wanted, FAR_US)))
        return _compare_averages(leaf, sums, span.counts, wanted) & some
    best = np.full(entries.count, FAR_US if of == "min" else -FAR_US)
    chosen, groups = np.flatnonzero(inside), entries.groups()
    (np.minimum if of == "min" else np.maximum).at(best, groups[chosen], entries.extras[chosen])
    return _compare(leaf, best, max(-FAR_US, min(wanted, FAR_US))) & some


def _compare_averages(leaf: Did, sums: Ints, counts: Ints, wanted: int) -> Bools:
    """sum ≥ wanted × count, in Python's own integers: the product may be beyond 64 bits."""
    found = np.zeros(len(sums), np.bool_)
    for place, (total, count) in enumerate(zip(sums.tolist(), counts.tolist(), strict=True)):
        bound = wanted * count
        if leaf.compare == "at_least":
            found[place] = total >= bound
        else:
            found[place] = total <= bound if leaf.compare == "at_most" else total == bound
    return found


# --- first and last ---------------------------------------------------------------------------------


def _judge_occurrence(leaf: Occurrence, span: Span, at: At) -> Judged:
    entries = span.entries
    past = entries.starts[:-1] + count_where(entries.times <= at.now_us, entries.starts)
    some = past > entries.starts[:-1]
    chosen = np.where(some, past - 1 if leaf.which == "last" else entries.starts[:-1], 0)
    if not len(entries.times):
        return Judged(some, np.full(entries.count, FAR_US))
    when = entries.times[np.minimum(chosen, len(entries.times) - 1)]
    inside = some & (chosen >= span.first) & (chosen < span.last)
    due = np.minimum(span.leave_due(chosen, inside), span.enter_due(chosen, some & (chosen >= span.last)))
    # The next event becomes the last, or the first, when its time has come.
    due = np.minimum(due, _next_future(entries, past))
    if leaf.having:
        same = entries.times == when[entries.groups()]
        passes = count_where(same & ((entries.extras & 2) != 0), entries.starts) > 0
        return Judged(inside & passes, due)
    return Judged(inside, due)


def _next_future(entries: Entries, past: Ints) -> Ints:
    due = np.full(entries.count, FAR_US)
    some = past < entries.starts[1:]
    due[some] = entries.times[past[some]]
    return due


# --- one event after another ------------------------------------------------------------------------


class _Chain:
    """``SequenceLeaf`` over the entries inside the window of one group."""

    def __init__(self, leaf: SequenceLeaf) -> None:
        self._steps = len(leaf.steps)
        self._within_us = leaf.within.us
        self.needs = (1 << self._steps) - 1

    def look(self, times: list[int], masks: list[int], first: int, last: int) -> tuple[bool, int]:
        """For each step the latest possible beginning of a chain that ends in each event."""
        times, masks = times[first:last], masks[first:last]
        begins = [time if mask & 1 else None for time, mask in zip(times, masks, strict=True)]
        for step in range(1, self._steps):
            begins = _extend(times, masks, begins, 1 << step)
        ends = (time - begin for time, begin in zip(times, begins, strict=True) if begin is not None)
        return any(length <= self._within_us for length in ends), FAR_US


def _extend(times: list[int], masks: list[int], begins: list[int | None], bit: int) -> list[int | None]:
    """Of each event that passes the step: the latest beginning among other events up to its instant."""
    found: list[int | None] = [None] * len(times)
    best: list[tuple[int, int]] = []  # the two latest beginnings so far, with whose they are
    place = 0
    while place < len(times):
        end = place
        while end < len(times) and times[end] == times[place]:
            begin = begins[end]
            if begin is not None:
                best = sorted([*best, (begin, end)], reverse=True)[:2]
            end += 1
        for one in range(place, end):
            if masks[one] & bit:
                found[one] = next((begin for begin, owner in best if owner != one), None)
        place = end
    return found


class _Gap:
    """``Unfollowed`` over the entries of one group."""

    needs = 1

    def __init__(self, leaf: Unfollowed, now_us: int) -> None:
        self._within_us = leaf.within.us
        self._now_us = now_us

    def look(self, times: list[int], masks: list[int], first: int, last: int) -> tuple[bool, int]:
        holds, due = False, FAR_US
        for place in range(first, last):
            if not masks[place] & 1 or self._is_followed(times, masks, place):
                continue
            over = times[place] + self._within_us + 1
            if over <= self._now_us:
                holds = True
            else:
                due = min(due, over)
        return holds, due

    def _is_followed(self, times: list[int], masks: list[int], place: int) -> bool:
        end = times[place] + self._within_us
        return any(
            masks[other] & 2 and other != place and times[place] <= times[other] <= end for other in range(len(times))
        )


def _judge_each(entries: Entries, span: Span, rule: _Chain | _Gap) -> Judged:
    """One group after the other, of those whose entries can be enough at all."""
    holds, due = np.zeros(entries.count, np.bool_), span.next_change()
    seen = _masks_inside(entries, span)
    starts, times, masks = entries.starts.tolist(), entries.times.tolist(), entries.extras.tolist()
    for group in np.flatnonzero((seen & rule.needs) == rule.needs).tolist():
        start, end = starts[group], starts[group + 1]
        found, when = rule.look(
            times[start:end], masks[start:end], int(span.first[group]) - start, int(span.last[group]) - start
        )
        holds[group] = found
        due[group] = min(int(due[group]), when)
    return Judged(holds, due)


def _masks_inside(entries: Entries, span: Span) -> Ints:
    seen = np.zeros(entries.count, np.int64)
    inside = np.flatnonzero(span.inside())
    np.bitwise_or.at(seen, entries.groups()[inside], entries.extras[inside])
    return seen
