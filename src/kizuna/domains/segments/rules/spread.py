"""How whole numbers are spread: a histogram that a few giants do not flatten."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

BINS_MAX = 12
SINGLES_MAX = 20
"""Up to so many different values each has a bin of its own."""
TAIL = 0.98
"""What lies above this share of all goes into one last bin."""


@dataclass(frozen=True, slots=True)
class Bin:
    """From ``low`` to ``high``, both inclusive."""

    low: Any
    high: Any
    people: int


def spread(ordered: Sequence[int]) -> list[Bin]:
    """Bins of equal width over an ascending list, the last one open to the greatest value."""
    if not ordered:
        return []
    counts = Counter(ordered)
    if len(counts) <= SINGLES_MAX:
        return [Bin(value, value, number) for value, number in sorted(counts.items())]
    least, most = ordered[0], ordered[-1]
    end = ordered[min(len(ordered) - 1, int(len(ordered) * TAIL))]
    width = max(1, -(-(end - least + 1) // BINS_MAX))
    people = [0] * BINS_MAX
    for value, number in counts.items():
        people[min(BINS_MAX - 1, (value - least) // width)] += number
    lows = [least + width * place for place in range(BINS_MAX)]
    bins = [Bin(low, low + width - 1, number) for low, number in zip(lows, people, strict=True)]
    bins[-1] = Bin(lows[-1], max(most, lows[-1]), people[-1])
    return [one for one in bins if one.low <= most]
