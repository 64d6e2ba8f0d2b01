"""BG/BB: purchases, or gifts, at occasions that come round, as once a year.

P. Fader, B. Hardie, J. Shang, Customer-base analysis in a discrete-time noncontractual setting, Marketing Science 29
(2010). At each occasion somebody who is there buys with probability p ~ Beta(α, β); before each they leave with
probability θ ~ Beta(γ, δ). A history is (x, t_x, n): purchases, the number of the last occasion with one (0 for none),
and how many occasions there were.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

from kizuna.measures.lifetimes.fitting import Fit, maximise, with_slope
from kizuna.measures.lifetimes.histories import Histories

Floats = NDArray[Any]

NAMES = ("alpha", "beta", "gamma", "delta")
_STARTS = ((1.0, 1.0, 0.7, 2.5), (0.5, 2.0, 1.0, 5.0), (2.0, 1.0, 0.5, 1.0))


def fit(histories: Histories) -> Fit:
    """``last`` and ``age`` of the histories are whole numbers of occasions."""
    likelihood = with_slope(lambda values: float(histories.people @ log_likelihood(values, histories)))
    return maximise(NAMES, likelihood, _STARTS, int(histories.people.sum()))


def log_likelihood(values: Floats, histories: Histories) -> Floats:
    """Of one customer with each of the histories: FHS 2010, equation 7."""
    return np.logaddexp.reduce(_parts(values, histories), axis=0)


def _parts(values: Floats, histories: Histories) -> Floats:
    """Logarithms of the chances of a history by how long its customer stayed: first until now, then until each
    occasion from the last purchase on."""
    alpha, beta, gamma, delta = values
    x, last, age = histories.x, histories.last, histories.age
    none = betaln(alpha, beta) + betaln(gamma, delta)
    parts = [betaln(alpha + x, beta + age - x) + betaln(gamma, delta + age)]
    for more in range(int((age - last).max(initial=0))):
        there = last + more < age
        stayed = np.where(there, last + more, age)
        part = betaln(alpha + x, beta + stayed - x) + betaln(gamma + 1, delta + stayed)
        parts.append(np.where(there, part, -np.inf))
    return np.array(parts) - none


def p_alive(values: Floats, histories: Histories) -> Floats:
    """The chance that the customer is still there at the next occasion, n + 1: FHS 2010, equation 11."""
    _, _, gamma, delta = values
    stays = (delta + histories.age) / (gamma + delta + histories.age)
    return np.exp(_parts(values, histories)[0] - log_likelihood(values, histories)) * stays


def purchases_ahead(values: Floats, histories: Histories, occasions: int) -> Floats:
    """Purchases that are expected at so many occasions to come: FHS 2010, equation 13 as the sum it comes from, which
    holds for γ = 1 too."""
    alpha, beta, gamma, delta = values
    x, age = histories.x, histories.age
    there = np.exp(_parts(values, histories)[0] - log_likelihood(values, histories))
    stays, total = np.ones(len(histories)), np.zeros(len(histories))
    for at in range(occasions):
        stays = stays * (delta + age + at) / (gamma + delta + age + at)
        total += stays
    return there * (alpha + x) / (alpha + beta + age) * total
