"""Maximum likelihood for a few positive parameters, with how sure they are, and whether they can be believed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[Any]
Likelihood = Callable[[Floats], tuple[float, Floats]]
"""The log-likelihood at some parameters, and its slope there."""

Trouble = Literal["", "not_converged", "at_bound", "flat"]
"""``at_bound``: the data would have a parameter nearly 0 or endless, as where nobody leaves. ``flat``: they do not
tell the parameters apart."""

Z_95 = 1.959963984540054
LOG_MAX = 12.0
"""Parameters are sought from e^-12 to e^12."""
_NEWTON_MAX = 25
_STEP = 1e-4
_DONE = 1e-8
_NEAR = 1e-3
"""A likelihood that could still rise by more than this has not been maximised: it is a twentieth of a standard error
away."""


@dataclass(frozen=True, slots=True)
class Fit:
    """``values`` by ``names``. ``covariance`` is of the parameters' logarithms: the inverse of the observed
    information; zeros where a parameter is at a bound."""

    names: tuple[str, ...]
    values: tuple[float, ...]
    log_likelihood: float
    covariance: Floats
    people: int
    trouble: Trouble = ""

    @property
    def converged(self) -> bool:
        return self.trouble in ("", "at_bound")

    def interval(self, name: str) -> tuple[float, float]:
        """The 95 % interval of a parameter, by the normal distribution of its logarithm."""
        at = self.names.index(name)
        value, spread = self.values[at], Z_95 * float(np.sqrt(max(self.covariance[at, at], 0.0)))
        return value * float(np.exp(-spread)), value * float(np.exp(min(spread, 700.0)))

    def variance_of(self, function: Callable[[Floats], Floats]) -> Floats:
        """The variance of what is computed from the parameters, by the delta method with central differences in
        their logarithms."""
        logs = np.log(self.values)
        slopes = []
        for at in range(len(logs)):
            up, down = logs.copy(), logs.copy()
            up[at] += _STEP * 10
            down[at] -= _STEP * 10
            slopes.append((np.asarray(function(np.exp(up))) - np.asarray(function(np.exp(down)))) / (_STEP * 20))
        return np.einsum("i...,ij,j...->...", np.array(slopes), self.covariance, np.array(slopes))


def maximise(names: Sequence[str], likelihood: Likelihood, starts: Sequence[Sequence[float]], people: int) -> Fit:
    """The best of what is found from all ``starts``: L-BFGS-B over logarithms, then Newton's method, whose last step
    says how far from the top it still is."""

    def descend(logs: Floats) -> tuple[float, Floats]:
        values = np.exp(logs)
        height, slope = likelihood(values)
        if not np.isfinite(height):
            return 1e30, np.zeros_like(logs)
        return -height / people, -slope * values / people

    found = [
        minimize(
            descend,
            np.clip(np.log(start), -LOG_MAX, LOG_MAX),
            jac=True,
            method="L-BFGS-B",
            bounds=[(-LOG_MAX, LOG_MAX)] * len(names),
            options={"maxiter": 200, "ftol": 1e-10, "gtol": 1e-7},
        )
        for start in starts
    ]
    best = min(found, key=lambda one: one.fun)
    return _polish(tuple(names), descend, best.x, people)


def _polish(
    names: tuple[str, ...], descend: Callable[[Floats], tuple[float, Floats]], logs: Floats, people: int
) -> Fit:
    free = np.abs(logs) < LOG_MAX - 1e-6
    loss, slope = descend(logs)
    curve, gain = _curve(descend, logs, free), float("inf")
    trouble: Trouble = "not_converged"
    for _ in range(_NEWTON_MAX):
        step = _solve(curve, slope[free])
        if step is None:
            trouble = "flat"
            break
        gain = float(slope[free] @ step) * people / 2
        if gain < _DONE:
            break
        moved = _shorten(descend, logs, free, step, loss)
        if moved is None:
            break
        logs, loss, slope = moved
        curve = _curve(descend, logs, free)
    if trouble != "flat" and gain < _NEAR:
        trouble = "" if bool(free.all()) else "at_bound"
    covariance = np.zeros((len(names), len(names)))
    if trouble in ("", "at_bound"):
        covariance[np.ix_(free, free)] = np.linalg.inv(curve) / people
    values = tuple(float(value) for value in np.exp(logs))
    return Fit(names, values, -loss * people, covariance, people, trouble)


def _curve(descend: Callable[[Floats], tuple[float, Floats]], logs: Floats, free: NDArray[np.bool_]) -> Floats:
    """The matrix of second derivatives, by central differences of slopes."""
    rows = []
    for at in np.flatnonzero(free):
        up, down = logs.copy(), logs.copy()
        up[at] += _STEP
        down[at] -= _STEP
        rows.append((descend(up)[1] - descend(down)[1])[free] / (2 * _STEP))
    matrix = np.array(rows).reshape(len(rows), len(rows))
    return (matrix + matrix.T) / 2


def _solve(curve: Floats, slope: Floats) -> Floats | None:
    """Newton's step; None where the curve has no lowest point."""
    if not bool(np.isfinite(curve).all()):
        return None
    heights, directions = np.linalg.eigh(curve)
    if not len(heights) or heights[0] <= 1e-9 * max(heights[-1], 1e-12):
        return None
    return directions @ ((directions.T @ slope) / heights)


def _shorten(
    descend: Callable[[Floats], tuple[float, Floats]],
    logs: Floats,
    free: NDArray[np.bool_],
    step: Floats,
    loss: float,
) -> tuple[Floats, float, Floats] | None:
    size = min(1.0, 2.0 / float(np.abs(step).max()))
    while size > 1e-6:
        tried = logs.copy()
        tried[free] = np.clip(tried[free] - size * step, -LOG_MAX, LOG_MAX)
        lower, slope = descend(tried)
        if lower <= loss:
            return tried, lower, slope
        size /= 2
    return None


def with_slope(height: Callable[[Floats], float]) -> Likelihood:
    """A likelihood with a slope by central differences: for models of a few rows."""

    def likelihood(values: Floats) -> tuple[float, Floats]:
        slope = np.empty_like(values)
        for at in range(len(values)):
            shift = 1e-5 * values[at]
            up, down = values.copy(), values.copy()
            up[at] += shift
            down[at] -= shift
            slope[at] = (height(up) - height(down)) / (2 * shift)
        return height(values), slope

    return likelihood
