"""Market baskets: what is bought together, exactly.

Frequent itemsets by depth-first search with occurrence deliver (T. Uno, M. Kiyomi, H. Arimura, LCM ver. 2: Efficient
Mining Algorithms for Frequent/Closed/Maximal Itemsets, FIMI 2004): the baskets of a set are looked through once, and
each is handed to every item that can extend the set. Thresholds are compared in whole numbers: nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]

ITEMSETS_MAX = 2_000_000
LENGTH_MAX = 8
_BUFFER = 1 << 14
_NO_ITEM = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Itemsets:
    """Set s holds ``items[offsets[s]:offsets[s + 1]]``, ascending, and stands in ``counts[s]`` of ``baskets`` baskets.
    Shorter sets stand first, then in the order of their items."""

    items: Ints
    offsets: Ints
    counts: Ints
    baskets: int

    def __len__(self) -> int:
        return len(self.counts)

    def __iter__(self) -> Iterator[tuple[tuple[int, ...], int]]:
        items, offsets = self.items.tolist(), self.offsets.tolist()
        for number, count in enumerate(self.counts.tolist()):
            yield tuple(items[offsets[number] : offsets[number + 1]]), count


@dataclass(frozen=True)
class Rule:
    """Of ``baskets`` baskets ``with_left`` hold all of ``left``, ``with_right`` all of ``right``, ``with_both`` both.

    Support, confidence: R. Agrawal, T. Imieliński, A. Swami, SIGMOD 1993. Lift and conviction: S. Brin et al.,
    SIGMOD 1997. Leverage: G. Piatetsky-Shapiro, 1991.
    """

    left: tuple[int, ...]
    right: tuple[int, ...]
    with_both: int
    with_left: int
    with_right: int
    baskets: int

    @property
    def support(self) -> float:
        return self.with_both / self.baskets

    @property
    def confidence(self) -> float:
        return self.with_both / self.with_left

    @property
    def lift(self) -> float:
        return self.with_both * self.baskets / (self.with_left * self.with_right)

    @property
    def leverage(self) -> float:
        return (self.with_both * self.baskets - self.with_left * self.with_right) / self.baskets**2

    @property
    def conviction(self) -> float | None:
        """None where the rule always holds: it would be without end."""
        missed = self.with_left - self.with_both
        return self.with_left * (self.baskets - self.with_right) / (self.baskets * missed) if missed else None


def least_count(support: Fraction, baskets: int) -> int:
    """The fewest baskets that are at least this share of all; never none."""
    return max(1, -(-support.numerator * baskets // support.denominator))


def find_itemsets(baskets: Ints, items: Ints, least: int, longest: int = LENGTH_MAX) -> Itemsets:
    """Every set of at most ``longest`` items that stands in at least ``least`` baskets.

    ``baskets`` and ``items`` are pairs, in any order; a pair that is given twice counts once. Raises ``OverflowError``
    for more than ``ITEMSETS_MAX`` sets.
    """
    numbers, tids = np.unique(baskets, return_inverse=True)
    codes, places = np.unique(items, return_inverse=True)
    width = max(len(codes), 1)
    pairs = _distinct(tids.astype(np.int64) * width + places)
    often = np.bincount(pairs % width, minlength=len(codes))
    kept = np.flatnonzero(often >= least)
    # Rare ones first: their sets are small, and what can extend them is long.
    order = kept[np.lexsort((kept, often[kept]))]
    rank = np.full(width, -1, np.int64)
    rank[order] = np.arange(len(order))
    ranks = rank[pairs % width]
    listed = np.sort((pairs // width * width + ranks)[ranks >= 0])
    starts = np.searchsorted(listed, np.arange(len(numbers) + 1) * width)
    found = _search(starts, (listed % width).astype(np.int32), len(order), least, longest)
    return _tidy(found, codes[order], len(numbers))


def _distinct(values: Ints) -> Ints:
    ordered = np.sort(values)
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))] if len(ordered) else ordered


def _search(starts: Ints, lists: NDArray[np.int32], items: int, least: int, longest: int) -> tuple[Any, Any, Any]:
    """Sets as a forest: parent, item and count of each; a parent stands before its children."""
    size = _BUFFER
    while True:
        parents, members, counts = (np.empty(size, np.int64) for _ in range(3))
        everything = np.arange(len(starts) - 1, dtype=np.int64)
        found = _grow(everything, -1, -1, starts, lists, items, least, longest, parents, members, counts, 0)
        if found >= 0:
            return parents[:found], members[:found], counts[:found]
        if size >= ITEMSETS_MAX:
            raise OverflowError(f"more than {ITEMSETS_MAX:,} itemsets")
        size = min(size * 8, ITEMSETS_MAX)


@njit("i8(i8[::1], i8, i8, i8[::1], i4[::1], i8, i8, i8, i8[::1], i8[::1], i8[::1], i8)", cache=True, nogil=True)
def _grow(  # pragma: no cover  # compiled
    tids: Any,
    parent: int,
    tail: int,
    starts: Any,
    lists: Any,
    items: int,
    least: int,
    longest: int,
    parents: Any,
    members: Any,
    counts: Any,
    found: int,
) -> int:
    """Writes every extension of the set whose baskets are ``tids`` and whose last item is ``tail``; returns how many
    sets there are by now, or -1 when there is no room."""
    often = np.zeros(items, np.int64)
    for tid in tids:
        at = starts[tid + 1] - 1
        while at >= starts[tid] and lists[at] > tail:
            often[lists[at]] += 1
            at -= 1
    place = np.full(items, -1, np.int64)
    total = 0
    for item in range(tail + 1, items):
        if often[item] >= least:
            place[item] = total
            total += often[item]
    delivered = np.empty(total, np.int64)
    filled = place.copy()
    for tid in tids:
        at = starts[tid + 1] - 1
        while at >= starts[tid] and lists[at] > tail:
            item = lists[at]
            if place[item] >= 0:
                delivered[filled[item]] = tid
                filled[item] += 1
            at -= 1
    for item in range(tail + 1, items):
        if place[item] < 0:
            continue
        if found >= len(counts):
            return -1
        me = found
        parents[me], members[me], counts[me] = parent, item, often[item]
        found += 1
        if longest > 1:
            inner = delivered[place[item] : filled[item]]
            found = _grow(inner, me, item, starts, lists, items, least, longest - 1, parents, members, counts, found)
            if found < 0:
                return -1
    return found


def _tidy(found: tuple[Ints, Ints, Ints], codes: Ints, baskets: int) -> Itemsets:
    parents, members, counts = found
    lengths = np.zeros(len(counts), np.int64)
    levels = [np.flatnonzero(parents < 0)]
    lengths[levels[0]] = 1
    for number in range(len(counts)):  # parents come first
        if parents[number] >= 0:
            lengths[number] = lengths[parents[number]] + 1
    longest = int(lengths.max(initial=0))
    table = np.full((len(counts), longest), _NO_ITEM, np.int64)
    at = np.arange(len(counts))
    for column in range(longest):
        alive = at >= 0
        table[alive, column] = codes[members[at[alive]]]
        at = np.where(alive, parents[at], -1)
    return _order(table, lengths, counts, baskets)


def order_itemsets(items: Ints, offsets: Ints, counts: Ints, baskets: int) -> Itemsets:
    """Sets that were found elsewhere as ``find_itemsets`` gives them: set s holds ``items[offsets[s]:offsets[s + 1]]``,
    in any order."""
    lengths = np.diff(offsets)
    table = np.full((len(counts), int(lengths.max(initial=0))), _NO_ITEM, np.int64)
    table[np.arange(table.shape[1]) < lengths[:, None]] = items
    return _order(table, lengths, counts, baskets)


def _order(table: Ints, lengths: Ints, counts: Ints, baskets: int) -> Itemsets:
    """Of a row of items for each set, which is filled up with ``_NO_ITEM``."""
    table.sort(axis=1)
    order = np.lexsort((*(table[:, column] for column in reversed(range(table.shape[1]))), lengths))
    offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(lengths[order], out=offsets[1:])
    rows = table[order]
    return Itemsets(rows[rows != _NO_ITEM], offsets, counts[order], baskets)


def find_rules(
    itemsets: Itemsets, confidence: Fraction, lift: Fraction = Fraction(0), right_longest: int = 1
) -> list[Rule]:
    """Rules of at least this confidence and lift, whose right side has at most so many items. The strongest first:
    by lift, then by how many baskets they hold in, then by their items."""
    counts = dict(itemsets)
    rules: list[Rule] = []
    for members, both in counts.items():
        for length in range(1, min(right_longest, len(members) - 1) + 1):
            for right in combinations(members, length):
                left = tuple(item for item in members if item not in right)
                if both * confidence.denominator < confidence.numerator * counts[left]:
                    continue
                with_left, with_right = counts[left], counts[right]
                if both * itemsets.baskets * lift.denominator < lift.numerator * with_left * with_right:
                    continue
                rules.append(Rule(left, right, both, with_left, with_right, itemsets.baskets))
    return sorted(rules, key=_strength)


def _strength(rule: Rule) -> tuple[float, int, Sequence[int], Sequence[int]]:
    return -rule.lift, -rule.with_both, rule.left, rule.right
