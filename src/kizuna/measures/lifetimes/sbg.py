"""The shifted beta geometric model of contracts that are renewed or not.

P. Fader, B. Hardie, How to project customer retention, Journal of Interactive Marketing 21 (2007). At each renewal a
customer leaves with probability θ ~ Beta(α, β): those who leave easily go first, so that the retention rate of who is
left rises.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

from kizuna.measures.lifetimes.fitting import Fit, maximise, with_slope

Floats = NDArray[Any]

NAMES = ("alpha", "beta")
_STARTS = ((0.5, 1.0), (1.0, 5.0), (3.0, 3.0))


def fit(left: Floats, watched: Floats) -> Fit:
    """``left[i]`` customers left at their renewal i + 1; ``watched[i]`` renewed i + 1 times and were not seen any
    longer."""
    people = round(float(left.sum() + watched.sum()))
    return maximise(NAMES, with_slope(lambda values: log_likelihood(values, left, watched)), _STARTS, people)


def log_likelihood(values: Floats, left: Floats, watched: Floats) -> float:
    """Fader & Hardie 2007, equation B3, with customers that are watched for different times."""
    alpha, beta = values
    renewals = np.arange(1, len(left) + 1)
    dies = betaln(alpha + 1, beta + renewals - 1) - betaln(alpha, beta)
    stays = betaln(alpha, beta + renewals) - betaln(alpha, beta)
    return float(left @ dies + watched @ stays)


def survival(values: Floats, renewals: Floats) -> Floats:
    """The share that is still there after so many renewals: equation 6."""
    alpha, beta = values
    return np.exp(betaln(alpha, beta + renewals) - betaln(alpha, beta))


def retention(values: Floats, renewals: Floats) -> Floats:
    """The share of those who are there that renews for the 1st, 2nd … time: equation 8."""
    alpha, beta = values
    return (beta + renewals - 1) / (alpha + beta + renewals - 1)


def remaining(values: Floats, renewed: Floats, periods: int) -> Floats:
    """Periods that somebody who renewed so many times is expected to stay of the next ``periods``. For ever it would be
    (β + renewed)/(α − 1), endless for α ≤ 1, as P. Fader, B. Hardie, Customer-base valuation in a contractual setting,
    Marketing Science 29 (2010), have it discounted."""
    alpha, beta = values
    stays, total = np.ones(len(renewed)), np.zeros(len(renewed))
    for at in range(periods):
        stays = stays * (beta + renewed + at) / (alpha + beta + renewed + at)
        total += stays
    return total
