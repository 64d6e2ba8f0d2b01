"""How unevenly something is spread over people."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from kizuna.measures.exact import Ints, dot, sum_all, sum_by

TENTHS = 10


def order_most_first(keys: Ints, amounts: Ints) -> Ints:
    """Places of people from the greatest amount to the least; of equal ones the smaller key first."""
    return np.lexsort((keys, -amounts))


def tenths_of(count: int) -> Ints:
    """For each place, from the greatest amount on, the tenth it is in: 0 to 9, as equal in size as can be."""
    return np.arange(count, dtype=np.int64) * TENTHS // max(count, 1)


def sum_tenths(ordered: Ints) -> list[int]:
    """Of amounts from the greatest on, the sum of each tenth."""
    return sum_by(tenths_of(len(ordered)), ordered, TENTHS)


def gini(amounts: Ints) -> Fraction | None:
    """C. Gini's coefficient, exact: Σ (2i − n − 1) x_i / (n Σ x) over ascending x_i, i = 1 … n.

    0 where all have the same, (n − 1)/n where one has everything. With negative amounts it can be above 1. None
    where the sum is not above 0, or there are fewer than two.
    """
    count = len(amounts)
    total = sum_all(amounts)
    if count < 2 or total <= 0:
        return None
    weights = 2 * np.arange(1, count + 1, dtype=np.int64) - count - 1
    return Fraction(dot(weights, np.sort(amounts)), count * total)


def top_share(ordered: Ints, percent: int) -> Fraction | None:
    """The share of the sum that the first ``percent`` % have, of amounts from the greatest on; people are rounded
    down. None where that is nobody, or the sum is not above 0."""
    people = len(ordered) * percent // 100
    total, top = sum_all(ordered), sum_all(ordered[:people])
    return Fraction(top, total) if people and total > 0 else None
