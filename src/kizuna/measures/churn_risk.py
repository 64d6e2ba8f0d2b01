"""The risk of leaving, as logistic regression learns it from what happened to others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit

from kizuna.measures.exact import Ints

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

STEPS_MAX = 100
_NEAR = 1e-10
TENTHS = 10


@dataclass(frozen=True, slots=True)
class Model:
    """Log odds of leaving: ``intercept`` + Σ ``weights`` · (x − ``means``) / ``spreads``, in the order of ``names``.
    A feature that was the same for everybody has a weight of 0."""

    names: tuple[str, ...]
    means: tuple[float, ...]
    spreads: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float

    def contributions(self, features: Floats) -> Floats:
        """What each feature adds to the log odds, compared with the average person: a row for each person."""
        return (features - np.array(self.means)) / np.array(self.spreads) * np.array(self.weights)

    def risks(self, features: Floats) -> Floats:
        return expit(self.intercept + self.contributions(features).sum(axis=1))


def fit(features: Floats, left: Bools, names: Sequence[str], penalty: float = 1.0) -> Model:
    """The weights w that minimise Σ log loss + ``penalty``/2 · |w|² over standardised features; the intercept is free.

    Newton's method, which for this loss is iteratively reweighted least squares (T. Hastie, R. Tibshirani,
    J. Friedman, The Elements of Statistical Learning, 2nd ed. 2009, section 4.4.1), with halved steps; the ridge is
    S. le Cessie, J. van Houwelingen, Applied Statistics 41 (1992). Some must have left, and some not.
    """
    means, spreads = features.mean(axis=0), features.std(axis=0)
    same = spreads <= 1e-12 * np.maximum(1.0, np.abs(means))
    spreads = np.where(same, 1.0, spreads)
    design = np.column_stack((np.ones(len(left)), np.where(same, 0.0, (features - means) / spreads)))
    ridge = np.full(design.shape[1], penalty)
    ridge[0] = 0.0
    weights = _descend(design, left.astype(np.float64), ridge)
    tell = lambda values: tuple(float(value) for value in values)  # noqa: E731
    return Model(tuple(names), tell(means), tell(spreads), tell(weights[1:]), float(weights[0]))


def _descend(design: Floats, left: Floats, ridge: Floats) -> Floats:
    weights = np.zeros(design.shape[1])
    share = left.mean()
    weights[0] = np.log(share / (1 - share))
    loss = _loss(design, left, ridge, weights)
    for _ in range(STEPS_MAX):
        risks = expit(design @ weights)
        slope = design.T @ (risks - left) + ridge * weights
        curve = (design.T * (risks * (1 - risks))) @ design + np.diag(ridge)
        # Where all are certain the curve is flat: a little keeps it solvable.
        curve[np.diag_indices_from(curve)] += 1e-9
        step = cho_solve(cho_factor(curve), slope)
        size = 1.0
        while (lower := _loss(design, left, ridge, weights - size * step)) > loss and size > 1e-6:
            size /= 2
        weights = weights - size * step
        if loss - lower <= _NEAR * (1 + abs(loss)):
            break
        loss = lower
    return weights


def _loss(design: Floats, left: Floats, ridge: Floats, weights: Floats) -> float:
    odds = design @ weights
    return float(np.logaddexp(0, odds).sum() - left @ odds + (ridge * weights**2).sum() / 2)


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A tenth of people by their risk, the greatest first: what was foretold, and what came."""

    people: int
    left: int
    foretold: float
    lowest: float
    highest: float


def calibrate(risks: Floats, left: Bools, keys: Ints) -> list[Calibrated]:
    """Ten groups as equal in size as can be, of ten people at least; of equal risks the smaller key stands first."""
    order = np.lexsort((keys, -risks))
    ordered, came = risks[order], left[order]
    ends = np.arange(TENTHS + 1) * len(order) // TENTHS
    return [
        Calibrated(
            int(end - start),
            int(came[start:end].sum()),
            float(ordered[start:end].mean()),
            float(ordered[end - 1]),
            float(ordered[start]),
        )
        for start, end in pairwise(ends)
    ]


def brier(risks: Floats, left: Bools) -> float:
    """The mean squared error of foretold risks (G. W. Brier, Monthly Weather Review 78, 1950): 0 is perfect."""
    return float(((risks - left) ** 2).mean())
