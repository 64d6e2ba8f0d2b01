"""Histories of customers, equal ones as one: models see nothing of a customer but x, t_x and T."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[Any]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Histories:
    """Distinct histories, ascending by x, then T, then t_x. ``places`` says for each customer which one is theirs."""

    x: Floats
    last: Floats
    """t_x: from the first purchase to the last one; 0 where x is 0."""
    age: Floats
    """T: from the first purchase to now."""
    people: Floats
    """How many customers have it."""
    places: Ints

    def __len__(self) -> int:
        return len(self.x)

    @property
    def total(self) -> int:
        return len(self.places)

    @property
    def repeat_buyers(self) -> int:
        return int(self.people[self.x > 0].sum())

    def count_x(self) -> tuple[Floats, Ints]:
        """Distinct x, ascending, and for each history the place of its x among them."""
        new = np.diff(self.x, prepend=-1.0) > 0
        return self.x[new], np.cumsum(new) - 1

    def thin(self, count: int) -> Histories:
        """About ``count`` of the histories, evenly taken: to find out where to begin. Nobody has a place in it."""
        step = max(1, len(self) // count)
        # Copies: compiled functions know columns that skip rows as another type.
        x, last, age, people = (one[::step].copy() for one in (self.x, self.last, self.age, self.people))
        return Histories(x, last, age, people, self.places[:0])


def group_histories(x: NDArray[np.generic], last: NDArray[np.generic], age: NDArray[np.generic]) -> Histories:
    """One value for each customer. The outcome depends on the values, not on the order of customers.

    Raises ``ValueError`` where 0 ≤ t_x ≤ T does not hold.
    """
    x, last, age = (np.ascontiguousarray(one, np.float64) for one in (x, last, age))
    if not bool(np.all((x >= 0) & (last >= 0) & (last <= age))):
        raise ValueError("a history needs 0 ≤ x and 0 ≤ t_x ≤ T")
    codes, firsts = _number(x, last, age)
    x, last, age = (column[firsts] for column in (x, last, age))
    order = np.lexsort((last, age, x))
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    places = ranks[codes]
    people = np.bincount(places, minlength=len(order)).astype(np.float64)
    return Histories(x[order], last[order], age[order], people, places)


@njit(cache=True, nogil=True)
def _number(x: Floats, last: Floats, age: Floats) -> tuple[Ints, Ints]:
    """Numbers different rows in the order in which they come, by a hash table with open addresses: for each row its
    number, for each number a row."""
    count = len(x)
    size = 16
    while size < 2 * count:
        size *= 2
    table = np.full(size, -1, np.int64)
    codes, firsts = np.empty(count, np.int64), np.empty(count, np.int64)
    bits_x, bits_last, bits_age = x.view(np.uint64), last.view(np.uint64), age.view(np.uint64)
    found = 0
    for row in range(count):
        mixed = (bits_x[row] * np.uint64(0x9E3779B97F4A7C15)) ^ (bits_last[row] * np.uint64(0xC2B2AE3D27D4EB4F))
        mixed ^= bits_age[row] * np.uint64(0x165667B19E3779F9)
        mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
        place = np.int64((mixed >> np.uint64(20)) & np.uint64(size - 1))
        while True:
            code = table[place]
            if code < 0:
                table[place], codes[row], firsts[found] = found, found, row
                found += 1
                break
            first = firsts[code]
            if x[first] == x[row] and last[first] == last[row] and age[first] == age[row]:
                codes[row] = code
                break
            place = (place + 1) & (size - 1)
    return codes, firsts[:found]
