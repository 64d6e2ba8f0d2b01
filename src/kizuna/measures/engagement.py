"""Scores from 0 to 100, and how well a score foretells what people did afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from kizuna.measures.exact import Ints

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

Z_95 = 1.959963984540054


def saturate(points: Floats, scale: float) -> Ints:
    """100 · (1 − 2^(−points / scale)), to the nearest whole number: 0 for none, 50 at ``scale`` points, never above
    100. It depends on nobody else, so that a score only changes with what its person does."""
    held = np.clip(points, 0, None)
    return np.floor(100 * -np.expm1(-log(2) * held / scale) + 0.5).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Auc:
    """The chance that somebody who did has a greater score than somebody who did not; ties count half. ``low`` and
    ``high`` are its 95 % interval; None where the two do not overlap at all, as nothing can be said then."""

    value: float
    low: float | None
    high: float | None
    did: int
    did_not: int


def measure_auc(scores: Floats | Ints, did: Bools) -> Auc | None:
    """The area under the ROC curve; None where all did, or nobody.

    Its variance: E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, Biometrics 44 (1988), by midranks as X. Sun,
    W. Xu, IEEE Signal Processing Letters 21 (2014). The interval is symmetric on the logit scale.
    """
    held = scores.astype(np.float64)
    yes, no = held[did], held[~did]
    if not len(yes) or not len(no):
        return None
    among_all = _midranks(np.concatenate((yes, no)))
    # For each who did the share of the others whom they outrank, and the reverse.
    over = (among_all[: len(yes)] - _midranks(yes)) / len(no)
    under = 1 - (among_all[len(yes) :] - _midranks(no)) / len(yes)
    value = float(over.mean())
    spread = sum(float(one.var(ddof=1)) / len(one) if len(one) > 1 else 0.0 for one in (over, under))
    return Auc(value, *_on_logit(value, sqrt(spread)), len(yes), len(no))


def _midranks(values: Floats) -> Floats:
    """1 for the least; equal values share the middle of their ranks."""
    _, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[codes]


def _on_logit(value: float, error: float) -> tuple[float | None, float | None]:
    if error == 0 or value in (0.0, 1.0):
        return None, None
    middle, half = log(value / (1 - value)), Z_95 * error / (value * (1 - value))
    low, high = (1 / (1 + exp(-min(max(middle + side, -700.0), 700.0))) for side in (-half, half))
    return low, high


@dataclass(frozen=True, slots=True)
class Tenth:
    """A tenth of people, from the greatest scores on: how many did, and how many times as often as all."""

    people: int
    did: int
    lift: float | None


def measure_lift(scores: Floats | Ints, did: Bools, keys: Ints) -> list[Tenth]:
    """Ten groups as equal in size as can be; of equal scores the smaller key stands first."""
    count = len(scores)
    order = np.lexsort((keys, -scores))
    tenth = np.arange(count) * 10 // max(count, 1)
    people = np.bincount(tenth, minlength=10).tolist()
    found = np.bincount(tenth, weights=did[order], minlength=10).astype(np.int64).tolist()
    of_all = int(did.sum())
    return [
        Tenth(size, hits, hits * count / (size * of_all) if size and of_all else None)
        for size, hits in zip(people, found, strict=True)
    ]
