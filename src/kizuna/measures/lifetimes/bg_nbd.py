"""BG/NBD, and MBG/NBD, in which somebody may leave right after the first purchase.

P. Fader, B. Hardie, K. L. Lee, "Counting Your Customers" the Easy Way, Marketing Science 24 (2005); E. Batislam,
M. Denizel, A. Filiztekin, Empirical validation and comparison of models for customer base analysis, IJRM 24 (2007).
Customers buy at rates λ ~ Gamma(r, α) while they stay, and leave after a purchase with probability p ~ Beta(a, b).
In BG/NBD that is so after repeat purchases only: whoever bought once is still there for certain.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import betaln, digamma, gammaln, polygamma

from kizuna.measures.lifetimes.fitting import Fit, maximise
from kizuna.measures.lifetimes.histories import Histories
from kizuna.measures.lifetimes.quadrature import beta_nodes, fit_smooth, read_smooth

Floats = NDArray[Any]

NAMES = ("r", "alpha", "a", "b")
_SAMPLE = 5_000
_NODES_MAX = 400
_DIRECT_MAX = 96
"""For more ages than these of one x, a curve through some of them is as exact, and quicker."""


def fit(histories: Histories, chances: int) -> Fit:
    """``chances`` to leave before the first repeat purchase: 0 in BG/NBD, 1 in MBG/NBD."""
    starts = _starts(histories)
    if len(histories) > _SAMPLE:
        starts = [_climb(histories.thin(_SAMPLE), chances, starts).values]
    return _climb(histories, chances, starts)


def _climb(histories: Histories, chances: int, starts: Sequence[Sequence[float]]) -> Fit:
    people = int(histories.people.sum())
    return maximise(NAMES, partial(slope_of, histories, chances), starts, people, partial(bend_of, histories, chances))


def _starts(histories: Histories) -> list[tuple[float, ...]]:
    age = max(float(np.average(histories.age, weights=histories.people)), 1e-9)
    rate = max(float(np.average(histories.x, weights=histories.people)), 1e-3) / age
    return [
        (r, r / rate / stay, a, b)
        for r, stay, a, b in ((0.3, 1.5, 0.8, 2.5), (1.0, 1.2, 0.5, 5.0), (1.0, 3.0, 1.5, 1.5))
    ]


def log_likelihood(values: Floats, histories: Histories, chances: int) -> Floats:
    """Of one customer with each of the histories; FHL 2005, equation 6. Times are in the unit of the histories."""
    r, alpha, a, b = values
    x, kept = histories.x, histories.x + chances
    stayed = betaln(a, b + kept) - betaln(a, b) - (r + x) * np.log(alpha + histories.age)
    odds = _log_odds_gone(values, histories, chances)
    return gammaln(r + x) - gammaln(r) + r * np.log(alpha) + stayed + np.logaddexp(0.0, odds)


def _log_odds_gone(values: Floats, histories: Histories, chances: int) -> Floats:
    r, alpha, a, b = values
    x = histories.x
    since = (r + x) * np.log((alpha + histories.age) / (alpha + histories.last))
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.log(a) - np.log(b + x - 1 + chances)
    return np.where(x + chances > 0, left + since, -np.inf)


def p_alive(values: Floats, histories: Histories, chances: int) -> Floats:
    """The chance that the customer has not left by T."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(_log_odds_gone(values, histories, chances)))


def slope_of(histories: Histories, chances: int, values: Floats) -> tuple[float, Floats]:
    """The log-likelihood of all customers, and its slope."""
    r, alpha, a, b = (float(value) for value in values)
    numbers, codes = histories.count_x()
    sums = _sum_rows(codes, numbers, histories.last, histories.age, histories.people, r, alpha, a, b, chances)
    people = np.bincount(codes, weights=histories.people, minlength=len(numbers))
    kept, total = numbers + chances, float(people.sum())
    height = sums[0] + people @ (gammaln(r + numbers) + betaln(a, b + kept))
    height += total * (r * np.log(alpha) - gammaln(r) - betaln(a, b))
    ends = digamma(a + b + kept)
    slope = np.array(
        [
            people @ digamma(r + numbers) + total * (np.log(alpha) - digamma(r)) - sums[1],
            total * r / alpha - sums[2],
            total * digamma(a + b) - people @ ends + sums[3] / a,
            people @ (digamma(b + kept) - ends) + total * (digamma(a + b) - digamma(b)) - sums[4],
        ]
    )
    return float(height), slope


@njit(cache=True, nogil=True)
def _sum_rows(codes, numbers, last, age, people, r, alpha, a, b, chances):
    """Over customers: what of the log-likelihood depends on times, then Σ of ln(α + t) and (r + x)/(α + t) at T or t_x
    by the chance to be gone, of that chance, and of it over b + x − 1."""
    sums = np.zeros(5)
    for row in range(len(codes)):
        x, weight = numbers[codes[row]], people[row]
        now = np.log(alpha + age[row])
        height = -(r + x) * now
        if x + chances == 0:
            sums[0] += weight * height
            sums[1] += weight * now
            sums[2] += weight * (r + x) / (alpha + age[row])
            continue
        then = np.log(alpha + last[row])
        below = b + x - 1 + chances
        odds = np.log(a / below) + (r + x) * (now - then)
        if odds > 0:
            small = np.exp(-odds)
            gone = 1 / (1 + small)
            height += odds + np.log1p(small)
        else:
            small = np.exp(odds)
            gone = small / (1 + small)
            height += np.log1p(small)
        sums[0] += weight * height
        sums[1] += weight * ((1 - gone) * now + gone * then)
        sums[2] += weight * (r + x) * ((1 - gone) / (alpha + age[row]) + gone / (alpha + last[row]))
        sums[3] += weight * gone
        sums[4] += weight * gone / below
    return sums


def bend_of(histories: Histories, chances: int, values: Floats) -> Floats:
    """Its matrix of second derivatives."""
    r, alpha, a, b = (float(value) for value in values)
    numbers, codes = histories.count_x()
    people = np.bincount(codes, weights=histories.people, minlength=len(numbers))
    kept, total = numbers + chances, float(people.sum())
    found = _bend_rows(codes, numbers, histories.last, histories.age, histories.people, r, alpha, a, b, chances)
    ends, both = people @ polygamma(1, a + b + kept), total * polygamma(1, a + b)
    found[0, 0] += people @ polygamma(1, r + numbers) - total * polygamma(1, r)
    found[0, 1] += total / alpha
    found[1, 1] -= total * r / alpha**2
    found[2, 2] += both - ends
    found[2, 3] += both - ends
    found[3, 3] += both - ends + people @ polygamma(1, b + kept) - total * polygamma(1, b)
    return np.triu(found) + np.triu(found, 1).T


@njit(cache=True, nogil=True)
def _bend_rows(codes, numbers, last, age, people, r, alpha, a, b, chances):
    """The part that depends on times, above the diagonal and on it. ln(e^u + e^v) bends as u and v do, by the chance to
    be gone w, and by w (1 − w) times the product of the slopes of v − u."""
    found = np.zeros((4, 4))
    apart = np.zeros(4)
    for row in range(len(codes)):
        x, weight = numbers[codes[row]], people[row]
        q, now = r + x, alpha + age[row]
        gone, then = 0.0, now
        if x + chances > 0:
            then = alpha + last[row]
            below = b + x - 1 + chances
            rise = np.log(now / then)
            gone = 1 / (1 + np.exp(-np.log(a / below) - q * rise))
            apart[0], apart[1], apart[2], apart[3] = rise, q / now - q / then, 1 / a, -1 / below
            for at in range(4):
                for beside in range(at, 4):
                    found[at, beside] += weight * gone * (1 - gone) * apart[at] * apart[beside]
            found[2, 2] -= weight * gone / (a * a)
            found[3, 3] += weight * gone / (below * below)
        found[0, 1] -= weight * ((1 - gone) / now + gone / then)
        found[1, 1] += weight * q * ((1 - gone) / (now * now) + gone / (then * then))
    return found


# --- what is to come ---------------------------------------------------------------------------------


def purchases_ahead(values: Floats, histories: Histories, chances: int, times: Floats, weights: Floats) -> Floats:
    """Σ_k ``weights[k]`` · E[Y(``times[k]``)]: the purchases that are expected within so long, of a customer with each
    of the histories.

    FHL 2005, equation 10, before it is integrated over p: of somebody who is there, λ ~ Gamma(r + x, α + T) and
    p ~ Beta(a, b + x) are independent, so E[Y(t)] = E[(1 − (1 + p t/(α + T))^−(r+x)) / p]. By Gauss and Jacobi's
    nodes this holds for a = 1 too, and for large x, where the hypergeometric function of the closed form does not.
    """
    return p_alive(values, histories, chances) * _ahead(values, histories, chances, times, weights, False)


def survival(values: Floats, histories: Histories, chances: int, time: float) -> Floats:
    """The chance that somebody who is there at T still is a ``time`` later: E[(1 + p t/(α + T))^−(r+x)]."""
    return _ahead(values, histories, chances, np.array([time]), np.ones(1), True)


def _ahead(values: Floats, histories: Histories, chances: int, times: Floats, weights: Floats, staying: bool) -> Floats:
    """Histories stand by x and T, of which alone it depends: for each x a few are computed, and a polynomial in
    ln(α + T) goes through them."""
    r, alpha, a, b = (float(value) for value in values)
    found = np.empty(len(histories))
    bounds = np.flatnonzero(np.diff(histories.x, prepend=-1.0))
    for start, end in zip(bounds, [*bounds[1:], len(histories)], strict=True):
        x = float(histories.x[start])
        logs = np.log(alpha + histories.age[start:end])
        nodes, masses = beta_nodes(a, b + x + chances, _count_nodes(float(times.max() * np.exp(-logs[0]))))
        work = partial(_integrate, r + x, nodes, masses, times, weights, staying)
        if logs[-1] - logs[0] == 0 or end - start <= _DIRECT_MAX:
            different = np.diff(logs, prepend=-np.inf) > 0
            found[start:end] = work(logs[different])[np.cumsum(different) - 1]
        else:
            found[start:end] = read_smooth(fit_smooth(work, logs[0], logs[-1]), logs)
    return found


def _count_nodes(ahead: float) -> int:
    """The pole at p = −(α + T)/t is the nearer, the longer the time to come is against that gone by; errors shrink as
    e^(−4n √((α + T)/t)) does."""
    return int(min(32 + 10 * np.sqrt(ahead), _NODES_MAX))


@njit(cache=True, nogil=True)
def _integrate(shape, nodes, masses, times, weights, staying, logs):
    found = np.zeros(len(logs))
    for row in range(len(logs)):
        scale = np.exp(-logs[row])
        for at in range(len(nodes)):
            part = 0.0
            for k in range(len(times)):
                less = -np.expm1(-shape * np.log1p(nodes[at] * times[k] * scale))
                part += weights[k] * ((1 - less) if staying else less / nodes[at])
            found[row] += masses[at] * part
    return found
