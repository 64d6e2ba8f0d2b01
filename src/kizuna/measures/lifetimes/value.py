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
class Estimate:
    """With its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Together:
    """What groups of customers are worth, and which share each is of all; ``total`` is of all."""

    sums: list[Estimate]
    shares: list[Estimate]
    total: Estimate


@dataclass(frozen=True, slots=True)
class Prospects:
    """Customers with the models that were fitted to them. ``kept`` is the share of amounts that is not refunded."""

    model: Model
    fit: Fit
    spend: Fit
    histories: Histories
    spending: Spending
    kept: float = 1.0

    def value(self, horizon: Horizon) -> Floats:
        """What each customer is worth in the months to come, discounted."""
        return self._purchases(np.array(self.fit.values), horizon) * self._each(np.array(self.spend.values))

    def estimate(self, horizon: Horizon, codes: Ints, size: int) -> Together:
        """By group: ``codes`` are one below ``size`` for each customer. Intervals are of how sure the parameters are;
        both models are fitted apart, so their variances add up."""

        def sum_up(worth: Floats) -> Floats:
            sums = np.bincount(codes, weights=worth, minlength=size)
            return np.concatenate((sums, sums / sums.sum(), [sums.sum()]))

        purchases, each = self._purchases(np.array(self.fit.values), horizon), self._each(np.array(self.spend.values))
        found = sum_up(purchases * each)
        variances = self.fit.variance_of(lambda values: sum_up(self._purchases(values, horizon) * each))
        variances = variances + self.spend.variance_of(lambda values: sum_up(purchases * self._each(values)))
        said = [surround(float(one), float(variance)) for one, variance in zip(found, variances, strict=True)]
        return Together(said[:size], said[size:-1], said[-1])

    def _purchases(self, values: Floats, horizon: Horizon) -> Floats:
        """Of each customer, discounted."""
        discounted = self.model.purchases_ahead(values, self.histories, horizon.times, horizon.weights)
        return discounted[self.histories.places]

    def _each(self, spend: Floats) -> Floats:
        """What a purchase of each customer is worth."""
        return self.kept * gamma_gamma.expected_mean(spend, self.spending.count, self.spending.mean)


def surround(value: float, variance: float) -> Estimate:
    """An estimate above 0 with its interval, by the normal distribution of its logarithm."""
    if not (value > 0 and np.isfinite(variance)):
        return Estimate(value, value, value)
    spread = Z_95 * float(np.sqrt(max(variance, 0.0))) / value
    return Estimate(value, value * float(np.exp(-spread)), value * float(np.exp(min(spread, 700.0))))
