"""How strongly two yes-or-no facts about people go together: 2 × 2 tables.

A table is (a, b, c, d): with the trait and the outcome, with the trait and without the outcome, without the trait and
with the outcome, with neither.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from kizuna.measures.intervals import Z_95

Table = tuple[int, int, int, int]

EXPECTED_LEAST = 5
"""Where fewer are expected in a cell, the chi-square distribution is too rough: W. G. Cochran, Some methods for
strengthening the common χ² tests, Biometrics 10 (1954)."""


class Odds(NamedTuple):
    """How many times the odds of the outcome are with the trait what they are without it; with the 95 % interval."""

    ratio: float
    low: float
    high: float


def odds_ratio(table: Table) -> Odds:
    """The interval is of the logarithm: B. Woolf, On estimating the relation between blood group and disease, Annals of
    Human Genetics 19 (1955). Where a cell is 0, a half is added to each: J. B. S. Haldane, The estimation and
    significance of the logarithm of a ratio of frequencies, Annals of Human Genetics 20 (1956); F. J. Anscombe, On
    estimating binomial response relations, Biometrika 43 (1956)."""
    a, b, c, d = (cell + 0.5 for cell in table) if 0 in table else table
    centre, half = math.log(a * d / (b * c)), Z_95 * math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return Odds(math.exp(centre), math.exp(centre - half), math.exp(centre + half))


def p_of(table: Table) -> float:
    """How probable a table at least so uneven is where the two facts have nothing to do with each other: Pearson's χ²
    without correction, or where the table is small Fisher's exact test, two-sided."""
    a, b, c, d = table
    rows, columns, n = (a + b, c + d), (a + c, b + d), a + b + c + d
    if 0 in rows or 0 in columns:
        return 1.0
    if min(rows) * min(columns) < EXPECTED_LEAST * n:
        from scipy.stats import fisher_exact

        return min(1.0, float(fisher_exact([[a, b], [c, d]])[1]))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType, reportArgumentType]
    squared = n * (a * d - b * c) ** 2 / (rows[0] * rows[1] * columns[0] * columns[1])
    return math.erfc(math.sqrt(squared / 2))


def adjust(ps: Sequence[float]) -> list[float]:
    """For each p the share of false discoveries among all that are at most so small: Y. Benjamini and Y. Hochberg,
    Controlling the false discovery rate, JRSS B 57 (1995)."""
    order = sorted(range(len(ps)), key=lambda at: ps[at])
    adjusted, least = [1.0] * len(ps), 1.0
    for rank in range(len(order), 0, -1):
        at = order[rank - 1]
        least = min(least, ps[at] * len(ps) / rank)
        adjusted[at] = least
    return adjusted
