"""Gamma-Gamma: what a purchase of a customer is worth.

P. Fader, B. Hardie, The Gamma-Gamma model of monetary value, 2013. Amounts of a customer are Gamma(p, ν), and
ν ~ Gamma(q, v) over customers. It takes how much and how often somebody buys to have nothing to do with one another.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import digamma, gammaln, polygamma

from kizuna.measures.lifetimes.fitting import Fit, maximise

Floats = NDArray[Any]

NAMES = ("p", "q", "v")


def fit(count: Floats, mean: Floats) -> Fit:
    """``count`` purchases of each customer, 1 or more, and their ``mean`` amount, above 0."""
    numbers, codes = np.unique(count, return_inverse=True)
    people = np.bincount(codes, minlength=len(numbers)).astype(np.float64)
    total, logs, amounts = len(count), np.log(mean), count * mean
    # The part that is the same wherever it is looked for, and what p is multiplied with.
    steady, by_p = -float(logs.sum()), float((count * np.log(amounts)).sum())

    def likelihood(values: Floats) -> tuple[float, Floats]:
        p, q, v = (float(value) for value in values)
        ends, by_count, below, below_by_count = _sum_ends(count, amounts, v)
        shape = p * numbers
        height = people @ (gammaln(shape + q) - gammaln(shape)) + total * (q * np.log(v) - gammaln(q))
        height += steady + p * (by_p - by_count) - q * ends
        apart = digamma(shape + q)
        slope = np.array(
            [
                (people * numbers) @ (apart - digamma(shape)) + by_p - by_count,
                people @ apart + total * (np.log(v) - digamma(q)) - ends,
                total * q / v - p * below_by_count - q * below,
            ]
        )
        return float(height), slope

    def bend(values: Floats) -> Floats:
        p, q, v = (float(value) for value in values)
        _, _, below, below_by_count = _sum_ends(count, amounts, v)
        squares, squares_by_count = _sum_squares(count, amounts, v)
        apart = people * polygamma(1, p * numbers + q)
        by_p = (numbers**2) @ (apart - people * polygamma(1, p * numbers))
        by_q = apart.sum() - total * polygamma(1, q)
        by_v = -total * q / v**2 + p * squares_by_count + q * squares
        both, beside, other = numbers @ apart, -below_by_count, total / v - below
        return np.array([[by_p, both, beside], [both, by_q, other], [beside, other, by_v]])

    middle = float(np.exp(logs.mean()))
    starts = [(p, q, middle * q / p) for p, q in ((5.0, 4.0), (1.0, 2.0))]
    return maximise(NAMES, likelihood, starts, total, bend)


@njit(cache=True, nogil=True)
def _sum_squares(count, amounts, v):
    """Σ 1/(v + amount)², and the same by count."""
    sums = np.zeros(2)
    for row in range(len(count)):
        square = 1 / (v + amounts[row]) ** 2
        sums[0] += square
        sums[1] += count[row] * square
    return sums


@njit(cache=True, nogil=True)
def _sum_ends(count, amounts, v):
    """Σ ln(v + amount), the same by count, and both of 1/(v + amount)."""
    sums = np.zeros(4)
    for row in range(len(count)):
        end = v + amounts[row]
        log = np.log(end)
        sums[0] += log
        sums[1] += count[row] * log
        sums[2] += 1 / end
        sums[3] += count[row] / end
    return sums


def log_likelihood(values: Floats, count: Floats, mean: Floats) -> Floats:
    """Of each customer's mean amount: Fader & Hardie 2013, equation 1a."""
    p, q, v = values
    shape = p * count
    found = gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(v)
    return found + (shape - 1) * np.log(mean) + shape * np.log(count) - (shape + q) * np.log(v + count * mean)


def expected_mean(values: Floats, count: Floats, mean: Floats) -> Floats:
    """What a purchase of each customer is expected to be worth: Fader & Hardie 2013, equation 5. Whoever has none
    (``count`` 0) is taken for an average customer. Endless where p · count + q ≤ 1."""
    p, q, v = values
    below = p * count + q - 1
    with np.errstate(divide="ignore"):
        return np.where(below > 0, p * (v + count * mean) / np.where(below > 0, below, 1.0), np.inf)


def population_mean(values: Floats) -> float:
    """What purchases are worth on average over customers; endless where q ≤ 1."""
    p, q, v = values
    return float(p * v / (q - 1)) if q > 1 else float("inf")
