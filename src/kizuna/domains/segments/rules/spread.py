"""How whole numbers are spread: a histogram that a few giants do not flatten."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

BINS = 12
"""About so many."""
SINGLES_MAX = 20
"""Up to so many different values each has a bin of its own."""
TAIL = 0.98
"""What lies above this share of all goes into the last bin."""


@dataclass(frozen=True, slots=True)
class Bin:
    """From ``low`` to ``high``, both inclusive."""

    low: Any
    high: Any
    people: int


def spread(ordered: Sequence[int]) -> list[Bin]:
    """Bins of one round width over an ascending list; the last one reaches to the greatest value."""
    counts = Counter(ordered)
    if len(counts) <= SINGLES_MAX:
        return [Bin(value, value, number) for value, number in sorted(counts.items())]
    least, most = ordered[0], ordered[-1]
    end = ordered[int((len(ordered) - 1) * TAIL)]
    width = _round_up(-(-(end - least + 1) // BINS))
    start = least // width * width
    people = [0] * ((end - start) // width + 1)
    for value, number in counts.items():
        people[min(len(people) - 1, (value - start) // width)] += number
    lows = [start + width * place for place in range(len(people))]
    highs = [low + width - 1 for low in lows[:-1]] + [max(most, lows[-1] + width - 1)]
    return [Bin(low, high, number) for low, high, number in zip(lows, highs, people, strict=True)]


def _round_up(width: int) -> int:
    """1, 2 or 5, and noughts."""
    power = 10 ** (len(str(width)) - 1)
    return next(step * power for step in (1, 2, 5, 10) if step * power >= width)
