"""What is to be done for one feed in a batch: entries added, leaves judged, dues set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pyroaring import BitMap

from kizuna.conditions.ast import BEHAVIOURS
from kizuna.conditions.live.entries import Entries, join_entries
from kizuna.conditions.live.judge import judge
from kizuna.conditions.live.measure import measure
from kizuna.conditions.moments import FAR_US, At
from kizuna.domains.segments.repository import live
from kizuna.domains.segments.rules.packing import States, pack_states, to_bitmap, unpack_states
from kizuna.domains.segments.service.figures import Figures
from kizuna.domains.segments.service.flips import CODES, Flips, Reason
from kizuna.domains.segments.service.memory import Sets
from kizuna.domains.segments.service.messages import FeedEntries
from kizuna.domains.segments.service.plan import Plan, PlannedFeed, PlannedLeaf

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Crowd:
    """People of a batch: nodes, ascending, and the profile each belongs to."""

    nodes: Ints
    owners: Ints

    @staticmethod
    def make(groups: Sequence[tuple[int, int]]) -> Crowd:
        rows = np.array(groups, np.int64).reshape(-1, 2)
        rows = rows[np.argsort(rows[:, 0])]
        return Crowd(rows[:, 0], rows[:, 1])

    def of(self, keys: Ints) -> Ints:
        """Profile keys of nodes, ascending, each once; nodes of nobody are left out."""
        return np.unique(self.owners[np.isin(self.nodes, keys)])

    def owner_of(self, keys: Ints) -> Ints:
        """The profile of each node; -1 for nobody's."""
        if not len(self.nodes):
            return np.full(len(keys), -1)
        places = np.minimum(np.searchsorted(self.nodes, keys), len(self.nodes) - 1)
        return np.where(self.nodes[places] == keys, self.owners[places], -1)

    def nodes_of(self, profile_keys: Ints) -> tuple[Ints, Ints]:
        """(nodes, their profiles), in the order of nodes."""
        chosen = np.isin(self.owners, profile_keys)
        return self.nodes[chosen], self.owners[chosen]


@dataclass(frozen=True, slots=True)
class FeedWork:
    """A feed and the people it is judged for: ``people`` are profile keys, ascending, ``nodes`` all of theirs."""

    feed: PlannedFeed
    people: Ints
    nodes: Ints
    owners: Ints
    due: Ints | None = None

    def settle(
        self,
        plan: Plan,
        sets: Sets,
        flips: Flips,
        figures: Figures,
        found: Mapping[int, bytes],
        new: Sequence[FeedEntries],
        at: At,
    ) -> list[tuple[int, int, int | None, bytes]]:
        """Judges the leaves and changes their sets, measures the figures; returns the states that are other than
        they were."""
        before = unpack_states(sorted(found.items()))
        nodes = np.union1d(before.keys, self.nodes)
        entries = self._merge(before, new, nodes).prune(self.feed.keep, at.now_us)
        mine = self.group(entries, nodes)
        due = np.full(len(self.people), FAR_US)
        reason = self._reason(before, new, at)
        for leaf in plan.leaves_of.get(self.feed.id, ()):
            if leaf.ready and isinstance(leaf.node, BEHAVIOURS):
                judged = judge(leaf.node, mine, at)
                due = np.minimum(due, judged.due)
                turn(sets, flips, leaf, self.people, judged.holds, reason)
        for one in plan.figures_of.get(self.feed.id, ()):
            if one.ready:
                measured = measure(one.figure, mine, at)
                due = np.minimum(due, measured.due)
                figures.add(one.name, self.people, measured)
        dues = self._set_dues(before, nodes, entries, due)
        remembered = to_bitmap(nodes[np.diff(entries.starts) > 0])
        sets.change(live.NODES, 0, remembered - sets.get(live.NODES, 0), BitMap())
        states = States(nodes, np.diff(entries.starts), dues, entries.times, entries.idents, entries.extras)
        return [
            (self.feed.id, chunk, when, payload)
            for chunk, when, payload in pack_states(states)
            if found.get(chunk, b"") != payload
        ]

    def _merge(self, before: States, new: Sequence[FeedEntries], nodes: Ints) -> Entries:
        parts = [
            (
                np.searchsorted(nodes, np.repeat(before.keys, before.counts)),
                before.times,
                before.idents,
                before.extras,
            )
        ]
        for one in new:
            known = np.isin(one.keys, self.nodes)  # others were erased, or are nobody's
            parts.append(
                (np.searchsorted(nodes, one.keys[known]), one.times[known], one.idents[known], one.extras[known])
            )
        return join_entries(parts, len(nodes))

    def group(self, entries: Entries, nodes: Ints) -> Entries:
        """The entries of the people, all nodes of one together; group g is ``people[g]``."""
        own = np.isin(nodes, self.nodes)
        groups = np.zeros(len(nodes), np.int64)
        groups[own] = np.searchsorted(self.people, self.owners)
        return entries.take(own[entries.groups()]).regroup(groups, len(self.people))

    def _set_dues(self, before: States, nodes: Ints, entries: Entries, due: Ints) -> Ints:
        """A person's due stands with the first of their nodes that has entries."""
        dues = np.zeros(len(nodes), np.int64)
        dues[np.searchsorted(nodes, before.keys)] = before.dues
        places = np.searchsorted(nodes, self.nodes)
        dues[places] = 0
        some = np.diff(entries.starts)[places] > 0
        people, first = np.unique(self.owners[some], return_index=True)
        when = due[np.searchsorted(self.people, people)]
        dues[places[some][first]] = np.where(when >= FAR_US, 0, when)
        return dues

    def _reason(self, before: States, new: Sequence[FeedEntries], at: At) -> Reason:
        """Why each person is judged: by what they did, else by time, else because they were joined or looked at."""
        codes = np.full(len(self.people), CODES["identity"])
        ats = np.full(len(self.people), at.now_us)
        if self.due is not None:
            when = before.dues[np.isin(before.keys, self.due)]
            keys = before.keys[np.isin(before.keys, self.due)]
            owners = Crowd(self.nodes, self.owners).owner_of(keys)
            places = np.searchsorted(self.people, owners[owners >= 0])
            codes[places], ats[places] = CODES["expiry"], when[owners >= 0]
        for one in new:
            owners = Crowd(self.nodes, self.owners).owner_of(one.keys)
            order = np.argsort(one.times, kind="stable")
            order = order[owners[order] >= 0]
            places = np.searchsorted(self.people, owners[order])
            codes[places], ats[places] = CODES["event"], one.times[order]
        return Reason(self.people, codes, ats)


def turn(sets: Sets, flips: Flips, leaf: PlannedLeaf, people: Ints, holds: NDArray[np.bool_], reason: Reason) -> None:
    """Brings the set of a leaf up to date for some people."""
    true, before = to_bitmap(people[holds != leaf.default]), sets.get(live.LEAF, leaf.id) & to_bitmap(people)
    on, off = true - before, before - true
    if on or off:
        sets.change(live.LEAF, leaf.id, on, off)
        flips.add(leaf.id, on | off, reason)
