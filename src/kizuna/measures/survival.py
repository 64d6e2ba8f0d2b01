"""How long something lasts, where some of it has not ended yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]
Ints = NDArray[np.int64]

Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Survival:
    """At each distinct time at which something ended, ascending: how many had lasted until then, how many ended, the
    share that lasts longer, its standard error, and its 95 % interval."""

    times: NDArray[np.generic]
    at_risk: Ints
    ended: Ints
    share: Floats
    error: Floats
    low: Floats
    high: Floats

    def at(self, times: NDArray[np.generic]) -> tuple[Floats, Floats, Floats]:
        """Share and interval just after each of some times: 1 before anything ended."""
        places = np.searchsorted(self.times, times, side="right")
        return tuple(np.append(1.0, one)[places] for one in (self.share, self.low, self.high))  # pyright: ignore[reportReturnType]

    def median(self) -> float | None:
        """The time after which at most half lasts; None where more does."""
        below = np.flatnonzero(self.share <= 0.5)
        return float(self.times[below[0]]) if len(below) else None


def kaplan_meier(durations: NDArray[np.generic], ended: NDArray[np.bool_]) -> Survival:
    """E. Kaplan, P. Meier, Nonparametric estimation from incomplete observations, JASA 53 (1958), with Greenwood's
    variance. What has not ``ended`` lasted ``durations`` at least; where both happen at one time it is taken to last
    longer.

    Intervals are of ln(−ln S): J. Kalbfleisch, R. Prentice, The Statistical Analysis of Failure Time Data, 1980. They
    stay between 0 and 1. Where nothing is left there is none: both ends are 0.
    """
    times, ends = np.unique(durations[ended], return_counts=True)
    at_risk = len(durations) - np.searchsorted(np.sort(durations), times, side="left")
    share = np.cumprod(1 - ends / at_risk)
    left = at_risk - ends
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.cumsum(ends / (at_risk * left))
        error = np.where(left > 0, share * np.sqrt(spread), 0.0)
        width = np.exp(Z_95 * np.sqrt(spread) / np.abs(np.log(share)))
        low, high = share**width, share ** (1 / width)
    known = (left > 0) & (share < 1)
    low, high = np.where(known, low, share), np.where(known, high, share)
    return Survival(times, at_risk.astype(np.int64), ends.astype(np.int64), share, error, low, high)


def at_risk(durations: NDArray[np.generic], times: NDArray[np.generic]) -> Ints:
    """How many lasted until each of some times at least."""
    return (len(durations) - np.searchsorted(np.sort(durations), times, side="left")).astype(np.int64)
