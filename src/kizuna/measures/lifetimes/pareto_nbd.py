"""Pareto/NBD.

D. Schmittlein, D. Morrison, R. Colombo, Counting your customers: who are they and what will they do next?, Management
Science 33 (1987). Customers buy at rates λ ~ Gamma(r, α) while they stay, and may leave at any moment, at rates
μ ~ Gamma(s, β).
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import digamma, exprel, gammaln

from kizuna.measures.lifetimes.fitting import Fit, maximise
from kizuna.measures.lifetimes.histories import Histories
from kizuna.measures.lifetimes.quadrature import legendre
from kizuna.measures.parallel import in_parts

Floats = NDArray[Any]

NAMES = ("r", "alpha", "s", "beta")
_SAMPLE = 5_000
_NODES = 24


def fit(histories: Histories) -> Fit:
    starts = _starts(histories)
    if len(histories) > _SAMPLE:
        few = histories.thin(_SAMPLE)
        starts = [maximise(NAMES, partial(slope_of, few), starts, int(few.people.sum())).values]
    return maximise(NAMES, partial(slope_of, histories), starts, histories.total)


def _starts(histories: Histories) -> list[tuple[float, ...]]:
    age = max(float(np.average(histories.age, weights=histories.people)), 1e-9)
    rate = max(float(np.average(histories.x, weights=histories.people)), 1e-3) / age
    return [(r, r / rate / stay, s, age * beta) for r, stay, s, beta in ((0.5, 2.0, 0.6, 0.4), (1.0, 1.2, 1.0, 2.0))]


def log_likelihood(values: Floats, histories: Histories) -> Floats:
    """Of one customer with each of the histories. P. Fader, B. Hardie, A note on deriving the Pareto/NBD model and
    related expressions, 2005, equation 16, before its integral over the moment of leaving is written as a difference of
    hypergeometric functions, which are inexact where they are nearly equal, and no numbers for large x."""
    r, alpha, s, beta = (float(value) for value in values)
    rows = _take_rows(histories, values)
    return gammaln(r + histories.x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta) + rows[:, 0]


def p_alive(values: Floats, histories: Histories) -> Floats:
    """The chance that the customer has not left by T."""
    return 1 - _take_rows(histories, values)[:, 1]


def slope_of(histories: Histories, values: Floats) -> tuple[float, Floats]:
    """The log-likelihood of all customers, and its slope."""
    r, alpha, s, beta = (float(value) for value in values)
    numbers, codes = histories.count_x()
    people = np.bincount(codes, weights=histories.people, minlength=len(numbers))
    total = float(people.sum())
    sums = (_take_rows(histories, values) * histories.people[:, None]).sum(axis=0)
    height = sums[0] + people @ gammaln(r + numbers) + total * (r * np.log(alpha) + s * np.log(beta) - gammaln(r))
    slope = np.array(
        [
            people @ digamma(r + numbers) + total * (np.log(alpha) - digamma(r)) + sums[2],
            total * r / alpha + sums[3],
            total * np.log(beta) + sums[4],
            total * s / beta + sums[5],
        ]
    )
    return float(height), slope


def _take_rows(histories: Histories, values: Floats) -> Floats:
    found = np.empty((len(histories), 6))
    nodes, weights = legendre(_NODES)
    r, alpha, s, beta = (float(value) for value in values)

    def work(low: int, high: int) -> None:
        x, last, age = (column[low:high] for column in (histories.x, histories.last, histories.age))
        _look(x, last, age, r, alpha, s, beta, nodes, weights, found[low:high])

    # Each costs as much as a hundred of the rows that threads are thought of for.
    in_parts(len(histories), 100 * len(histories), work)
    return found


@njit(cache=True, nogil=True)
def _look(x, last, age, r, alpha, s, beta, nodes, weights, found):
    """For each row ln(A + s I), where A = (α + T)^−q (β + T)^−s, I = ∫ (α + τ)^−q (β + τ)^−(s+1) dτ from t_x to T and
    q = r + x; s I/(A + s I), the chance to be gone; and the slope of the first in r, α, s and β.

    The integral is over y = ln((θ + τ)/(θ + t_x)), θ the smaller one of α and β: there no pole is nearer than π to the
    line, and few nodes are exact. Where the integrand falls fast, what is below e^−40 of its beginning is left out.
    """
    nearer = min(alpha, beta)
    for row in range(len(x)):
        q, start, end = r + x[row], last[row], age[row]
        now = -q * np.log(alpha + end) - s * np.log(beta + end)
        width = np.log((nearer + end) / (nearer + start))
        if alpha < beta:
            falls = q - 1 + (s + 1) * (alpha + start) / (beta + start)
        else:
            falls = s + q * (beta + start) / (alpha + start)
        if falls > 0:
            width = min(width, 40.0 / falls)
        top = -q * np.log(alpha + start) - (s + 1) * np.log(beta + start)
        mass, log_a, log_b, by_a, by_b = 0.0, 0.0, 0.0, 0.0, 0.0
        for at in range(len(nodes)):
            tau = start + (nearer + start) * np.expm1(width * nodes[at])
            to_a, to_b = np.log(alpha + tau), np.log(beta + tau)
            part = weights[at] * (nearer + tau) * np.exp(-q * to_a - (s + 1) * to_b - top)
            mass += part
            log_a += part * to_a
            log_b += part * to_b
            by_a += part / (alpha + tau)
            by_b += part / (beta + tau)
        if mass * width <= 0:
            mass, gone, height = 1.0, 0.0, now
        else:
            left = top + np.log(s * width * mass)
            most = max(now, left)
            height = most + np.log(np.exp(now - most) + np.exp(left - most))
            gone = np.exp(left - height)
        found[row, 0] = height
        found[row, 1] = gone
        found[row, 2] = -(1 - gone) * np.log(alpha + end) - gone * log_a / mass
        found[row, 3] = -q * ((1 - gone) / (alpha + end) + gone * by_a / mass)
        found[row, 4] = -(1 - gone) * np.log(beta + end) + gone * (1 / s - log_b / mass)
        found[row, 5] = -(1 - gone) * s / (beta + end) - gone * (s + 1) * by_b / mass


# --- what is to come ---------------------------------------------------------------------------------


def purchases_ahead(values: Floats, histories: Histories, times: Floats, weights: Floats) -> Floats:
    """Σ_k ``weights[k]`` · E[Y(``times[k]``)]: the purchases that are expected within so long, of a customer with each
    of the histories. Schmittlein et al. 1987, equation 22; as (1 − e^−(s−1)L)/(s − 1) is L · exprel(−(s−1)L), it holds
    for s = 1 too."""
    r, alpha, s, beta = values
    each = (r + histories.x) * (beta + histories.age) / (alpha + histories.age)
    found = np.zeros(len(histories))
    for time, weight in zip(times, weights, strict=True):
        length = np.log1p(time / (beta + histories.age))
        found += weight * length * exprel(-(s - 1) * length)
    return p_alive(values, histories) * each * found


def survival(values: Floats, histories: Histories, time: float) -> Floats:
    """The chance that somebody who is there at T still is a ``time`` later: of them, μ ~ Gamma(s, β + T)."""
    _, _, s, beta = values
    return np.exp(-s * np.log1p(time / (beta + histories.age)))


def residual_purchases(values: Floats, histories: Histories, rate: float) -> Floats:
    """Purchases for ever after T, discounted continuously at ``rate`` for each unit of time: P. Fader, B. Hardie,
    K. L. Lee, RFM and CLV, Journal of Marketing Research 42 (2005), equation 3. With z = rate · (β + T) it is
    P(alive) (r + x) (β + T)/(α + T) ∫ e^(−z u) (1 + u)^−s du from 0 on, here over ln(1 + u)."""
    r, alpha, s, beta = values
    nodes, weights = legendre(96)
    z = rate * (beta + histories.age)
    width = np.log1p(40 / z)[:, None]
    logs = nodes * width
    total = (width * weights * np.exp(-z[:, None] * np.expm1(logs) + (1 - s) * logs)).sum(axis=1)
    return p_alive(values, histories) * (r + histories.x) * (beta + histories.age) / (alpha + histories.age) * total
