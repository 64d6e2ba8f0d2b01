"""Recency, frequency and monetary value as scores from 1 to 5 (A. M. Hughes, Strategic Database Marketing, 1994)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kizuna.measures.exact import Ints

Scores = NDArray[np.int8]

FIFTHS = 5


def score_fifths(values: Ints) -> Scores:
    """1 to 5 for each value, 5 for the greatest: score s says that at least (s − 1) fifths of all stand strictly
    below. So equal values have equal scores, whatever order they stand in; where five divides their number and all
    differ, a fifth has each score. Of values that are all equal each has 1.
    """
    scores = np.ones(len(values), np.int8)
    for threshold in thresholds(values):
        scores += values > threshold
    return scores


def thresholds(values: Ints) -> list[int]:
    """The four values that a greater one must exceed for the scores 2 to 5; none of no values."""
    count = len(values)
    if not count:
        return []
    # c values stand below v exactly when the one in place c − 1 does.
    places = [-(-count * score // FIFTHS) - 1 for score in range(1, FIFTHS)]
    parted = np.partition(values, places)
    return [int(parted[place]) for place in places]


def combine(frequency: Scores, monetary: Scores) -> Scores:
    """Half of both, rounded down, so that one good score alone does not make a good customer."""
    return (frequency + monetary) // np.int8(2)
