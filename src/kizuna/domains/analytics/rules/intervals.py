"""How exactly a share is known."""

from __future__ import annotations

from math import sqrt

Z_95 = 1.959963984540054


def wilson(found: int, of: int) -> tuple[float | None, float | None]:
    """The 95 % interval of a share of which ``found`` of ``of`` were found; nothing of nothing. E. B. Wilson, Probable
    inference, the law of succession, and statistical inference, JASA 22 (1927)."""
    if not of:
        return None, None
    share, squared = found / of, Z_95 * Z_95
    middle = (share + squared / (2 * of)) / (1 + squared / of)
    half = Z_95 / (1 + squared / of) * sqrt(share * (1 - share) / of + squared / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)
