"""How well a model foretold: fitted to what was known at a moment, and held against what came since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kizuna.measures.lifetimes.fitting import Fit
from kizuna.measures.lifetimes.histories import Histories
from kizuna.measures.lifetimes.models import Model
from kizuna.measures.lifetimes.value import Estimate, surround

Floats = NDArray[Any]

MOST = 7
"""So many repeat purchases or more are one group."""


@dataclass(frozen=True, slots=True)
class Group:
    """Customers with ``x`` repeat purchases before the moment: what each bought since on average, and what was
    foretold."""

    x: int
    people: int
    actual: float
    foretold: Estimate


@dataclass(frozen=True, slots=True)
class Calibration:
    groups: list[Group]
    actual: float
    foretold: Estimate
    """Purchases of all together."""
    mean_error: float
    """Mean absolute difference of a customer's purchases from what was foretold."""


def calibrate(model: Model, fit: Fit, histories: Histories, bought: Floats, time: float) -> Calibration:
    """``bought`` are purchases of each customer in the ``time`` after the moment that the histories end at. Groups of
    nobody are left out."""
    codes = np.minimum(histories.x, MOST).astype(np.int64)[histories.places]
    people = np.bincount(codes, minlength=MOST + 1)

    def total(values: Floats) -> Floats:
        expected = model.expect(values, histories, time)[histories.places]
        sums = np.bincount(codes, weights=expected, minlength=MOST + 1)
        return np.append(sums, sums.sum())

    foretold, variances = total(np.array(fit.values)), fit.variance_of(total)
    actual = np.bincount(codes, weights=bought, minlength=MOST + 1)
    groups = [
        Group(
            x,
            int(people[x]),
            float(actual[x] / people[x]),
            surround(float(foretold[x] / people[x]), float(variances[x] / people[x] ** 2)),
        )
        for x in range(MOST + 1)
        if people[x]
    ]
    each = model.expect(np.array(fit.values), histories, time)[histories.places]
    error = float(np.abs(bought - each).mean()) if len(each) else 0.0
    return Calibration(groups, float(bought.sum()), surround(float(foretold[-1]), float(variances[-1])), error)
