"""How sure the size of a segment is that was found in a sample."""

import math

from kizuna.measures.intervals import wilson


def scale(found: int, sampled: int, people: int) -> tuple[int, int, int]:
    """(size, low, high) of all ``people``; what was seen is there at least."""
    if sampled >= people:
        return found, found, found
    low, high = wilson(found, sampled)
    size = round(found / sampled * people) if sampled else 0
    return size, min(size, max(found, math.floor(low * people))), max(size, min(people, math.ceil(high * people)))
