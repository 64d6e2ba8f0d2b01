"""Entries of a feed as arrays: for each group (a node, or a person) its events in the order of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kizuna.conditions.live.feeds import Keep
from kizuna.conditions.moments import FAR_US

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

ENTRIES_MAX = 1_000
"""Of a group; of more, the newest stay. Nobody orders so often: it bounds what a runaway sender costs."""


@dataclass(frozen=True, slots=True)
class Entries:
    """Groups ``0 … count - 1``; those of group g are at ``starts[g]:starts[g + 1]``, ordered by time.

    ``idents`` tell events of one instant apart: the same event given twice is one entry. ``extras`` hold masks,
    values in millionths, or hashes, as the feed says.
    """

    starts: Ints
    times: Ints
    idents: Ints
    extras: Ints

    @property
    def count(self) -> int:
        return len(self.starts) - 1

    def groups(self) -> Ints:
        """The group of each entry."""
        return np.repeat(np.arange(self.count), np.diff(self.starts))

    @staticmethod
    def make(groups: Ints, times: Ints, idents: Ints, extras: Ints, count: int) -> Entries:
        """Entries in any order, each as often as you like."""
        columns = (groups, times, idents, extras)
        if not _is_ordered(groups, times):
            order = np.lexsort((times, groups))
            columns = tuple(column[order] for column in columns)
        groups, times, idents, extras = _drop_repeated(*columns)
        return Entries(np.searchsorted(groups, np.arange(count + 1)), times, idents, extras)

    def take(self, chosen: Bools) -> Entries:
        """Those entries only; the groups stay."""
        if chosen.all():
            return self
        return Entries(
            np.concatenate(([0], np.cumsum(chosen)))[self.starts],
            self.times[chosen],
            self.idents[chosen],
            self.extras[chosen],
        )

    def regroup(self, groups: Ints, count: int) -> Entries:
        """The entries of group g become those of ``groups[g]``."""
        return Entries.make(groups[self.groups()], self.times, self.idents, self.extras, count)

    def prune(self, keep: Keep, now_us: int) -> Entries:
        """What a feed need not keep goes. Entries of the future stay."""
        if not len(self.times):
            return self
        past = self.starts[:-1] + count_where(self.times <= now_us, self.starts)
        kept = self.times > now_us
        if keep.span_us:
            kept |= self.times >= now_us - keep.span_us
        groups = self.groups()
        if keep.newest:
            last = np.maximum(past - keep.newest, self.starts[:-1])
            bound = np.where(past > self.starts[:-1], self.times[np.minimum(last, len(self.times) - 1)], 0)
            kept |= self.times >= bound[groups]
        if keep.oldest:
            kept |= self.times == self.times[np.minimum(self.starts[:-1], len(self.times) - 1)][groups]
        if keep.distinct:
            kept |= self._newest_of_values(keep.distinct, now_us, groups)
        if keep.age_us < FAR_US:
            kept &= self.times >= now_us - keep.age_us
        return self.take(kept & self._bounded())

    def _bounded(self) -> Bools:
        """The newest ``ENTRIES_MAX`` of each group, and its oldest."""
        ends = np.repeat(self.starts[1:], np.diff(self.starts))
        place = np.arange(len(self.times))
        return (ends - place <= ENTRIES_MAX) | np.isin(place, self.starts[:-1])

    def _newest_of_values(self, wanted: int, now_us: int, groups: Ints) -> Bools:
        """The newest past entry of each value, if it is among the ``wanted`` newest of its group."""
        chosen = np.zeros(len(self.times), np.bool_)
        past = np.flatnonzero(self.times <= now_us)
        order = past[np.lexsort((past, self.extras[past], groups[past]))]
        last = np.ones(len(order), np.bool_)
        last[:-1] = (np.diff(groups[order]) != 0) | (np.diff(self.extras[order]) != 0)
        chosen[order[last]] = True
        rank = np.cumsum(chosen[::-1])[::-1]  # from the newest of all groups back
        after = np.concatenate((rank, [0]))[self.starts[1:]]
        return chosen & (rank - after[groups] <= wanted)


def _is_ordered(groups: Ints, times: Ints) -> bool:
    """What comes of the lake or was kept is, mostly."""
    steps = np.diff(groups)
    return bool((steps >= 0).all()) and bool(((steps > 0) | (np.diff(times) >= 0)).all())


def _drop_repeated(groups: Ints, times: Ints, idents: Ints, extras: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Of entries ordered by group and time, each once; those of one instant are ordered, too."""
    tied = np.zeros(len(groups) + 1, np.bool_)
    tied[1:-1] = (np.diff(groups) == 0) & (np.diff(times) == 0)
    places = np.flatnonzero(tied[:-1] | tied[1:])
    if not len(places):
        return groups, times, idents, extras
    order = places[np.lexsort((extras[places], idents[places], times[places], groups[places]))]
    idents, extras = idents.copy(), extras.copy()
    idents[places], extras[places] = idents[order], extras[order]
    fresh = np.ones(len(groups), np.bool_)
    fresh[1:] = ~tied[1:-1] | (np.diff(idents) != 0) | (np.diff(extras) != 0)
    return groups[fresh], times[fresh], idents[fresh], extras[fresh]


def count_where(mask: Bools, starts: Ints) -> Ints:
    """How many are true in each group."""
    sums = np.concatenate(([0], np.cumsum(mask)))
    return sums[starts[1:]] - sums[starts[:-1]]


def add_up(values: Ints, starts: Ints) -> Ints:
    """Sum of each group."""
    sums = np.concatenate(([0], np.cumsum(values)))
    return sums[starts[1:]] - sums[starts[:-1]]


def join_entries(parts: Sequence[tuple[Ints, Any, Any, Any]], count: int) -> Entries:
    """One of several (groups, times, idents, extras)."""
    if not parts:
        empty = np.zeros(0, np.int64)
        return Entries(np.zeros(count + 1, np.int64), empty, empty, empty)
    some = [part for part in parts if len(part[0])] or parts[:1]
    groups, times, idents, extras = (np.concatenate([part[place] for part in some]) for place in range(4))
    return Entries.make(groups, times, idents, extras, count)
