"""What customers are worth in the months to come, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kizuna.measures.lifetimes import gamma_gamma
from kizuna.measures.lifetimes.fitting import Z_95, Fit
from kizuna.measures.lifetimes.histories import Histories
from kizuna.measures.lifetimes.models import Model

Floats = NDArray[Any]
Ints = NDArray[np.int64]

MONTH_DAYS = 365.25 / 12


@dataclass(frozen=True, slots=True)
class Horizon:
    """So many ``months``, of which a purchase is discounted by ``yearly`` from the end of its month to now. ``month``
    is the length of one in the unit of the histories."""

    months: int
    yearly: float
    month: float = MONTH_DAYS / 7

    @property
    def times(self) -> Floats:
        return np.arange(1, self.months + 1) * self.month

    @property
    def weights(self) -> Floats:
        """With which E[Y] at the ends of months adds up to purchases, each discounted: Σ d_k (Y_k − Y_(k−1)) is
        Σ (d_k − d_(k+1)) Y_k."""
        discounts = (1 + self.yearly) ** (-np.arange(1, self.months + 1) / 12)
        return discounts - np.append(discounts[1:], 0.0)


@dataclass(frozen=True, slots=True)
class Spending:
    """For each customer, how many purchases are known to be worth something, and their mean amount; 0 and 0 of none."""

    count: Floats
    mean: Floats

    def fit(self) -> Fit:
        known = self.count > 0
        return gamma_gamma.fit(self.count[known], self.mean[known])


@dataclass(frozen=True, slots=True)
class Outlook:
    """One value for each customer. ``value`` is discounted, ``purchases`` are not."""

    p_alive: Floats
    purchases: Floats
    value: Floats


@dataclass(frozen=True, slots=True)
class Estimate:
    value: float
    low: float
    high: float


def look_ahead(
    model: Model, fit: Fit, spend: Fit, histories: Histories, spending: Spending, horizon: Horizon, kept: float = 1.0
) -> Outlook:
    """``kept`` is the share of amounts that is not refunded."""
    values, places = np.array(fit.values), histories.places
    alive = model.p_alive(values, histories)
    purchases = model.expect(values, histories, float(horizon.times[-1]))
    worth = _worth(model, values, np.array(spend.values), histories, spending, horizon)
    return Outlook(alive[places], purchases[places], kept * worth)


def _worth(
    model: Model, values: Floats, spend: Floats, histories: Histories, spending: Spending, horizon: Horizon
) -> Floats:
    discounted = model.purchases_ahead(values, histories, horizon.times, horizon.weights)
    return discounted[histories.places] * gamma_gamma.expected_mean(spend, spending.count, spending.mean)


def estimate_sums(
    model: Model,
    fit: Fit,
    spend: Fit,
    histories: Histories,
    spending: Spending,
    horizon: Horizon,
    codes: Ints,
    size: int,
    kept: float = 1.0,
) -> list[Estimate]:
    """What customers are worth together: for each code below ``size`` those who have it, and last all of them.
    Intervals are 95 %, of how sure the parameters are; both models are fitted apart, so their variances add up."""

    def total(worth: Floats) -> Floats:
        sums = np.bincount(codes, weights=worth, minlength=size) * kept
        return np.append(sums, sums.sum())

    def by_purchases(values: Floats) -> Floats:
        return total(_worth(model, values, np.array(spend.values), histories, spending, horizon))

    def by_spend(values: Floats) -> Floats:
        return total(_worth(model, np.array(fit.values), values, histories, spending, horizon))

    sums = by_purchases(np.array(fit.values))
    variances = fit.variance_of(by_purchases) + spend.variance_of(by_spend)
    return [surround(float(one), float(variance)) for one, variance in zip(sums, variances, strict=True)]


def surround(value: float, variance: float) -> Estimate:
    """An estimate above 0 with its 95 % interval, by the normal distribution of its logarithm."""
    if value <= 0 or not np.isfinite(variance):
        return Estimate(value, value, value)
    spread = Z_95 * float(np.sqrt(max(variance, 0.0))) / value
    return Estimate(value, value * float(np.exp(-spread)), value * float(np.exp(min(spread, 700.0))))
