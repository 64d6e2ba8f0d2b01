"""How sure a share is."""

from __future__ import annotations

import math

Z_95 = 1.959963984540054


def wilson(found: int, sampled: int) -> tuple[float, float]:
    """The 95 % interval of a share of which ``found`` of ``sampled`` were found. E. B. Wilson, Probable inference,
    the law of succession, and statistical inference, JASA 22 (1927). Unlike the textbook's ± it holds for
    shares near 0 and 1."""
    if not sampled:
        return 0.0, 1.0
    share, z2 = found / sampled, Z_95**2
    middle = (share + z2 / (2 * sampled)) / (1 + z2 / sampled)
    half = Z_95 / (1 + z2 / sampled) * math.sqrt(share * (1 - share) / sampled + z2 / (4 * sampled**2))
    low = 0.0 if found == 0 else max(0.0, middle - half)
    high = 1.0 if found == sampled else min(1.0, middle + half)
    return low, high
