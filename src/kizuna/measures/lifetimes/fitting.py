"""Maximum likelihood for a few positive parameters, with how sure they are, and whether they can be believed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]
Likelihood = Callable[[Floats], tuple[float, Floats]]
"""The log-likelihood at some parameters, and its slope there."""
Bend = Callable[[Floats], Floats]
"""Its matrix of second derivatives."""

Trouble = Literal["", "not_converged", "loose"]
"""``loose``: the data would have a parameter nearly 0 or endless, as where customers do not differ, or do not tell some
parameters apart. What is foretold is not touched by it."""

Z_95 = 1.959963984540054
LOG_MAX = 12.0
"""Parameters are sought from e^-12 to e^12."""
_STEPS_MAX = 100
_STEP = 1e-4
_DONE = 1e-8
_CURVE_LEAST = 1e-6
_NEAR = 1e-3
"""A likelihood that could still rise by more than this has not been maximised: it is a twentieth of a standard error
away."""
_LOOSE_SPREAD = 5.0
"""With a standard error above this of a logarithm nothing is known: it is a factor of e^10 either way."""
_LEVEL = 0.1
"""Where nothing is known, the likelihood should not change by more than this while a parameter becomes e-fold."""


@dataclass(frozen=True, slots=True)
class Fit:
    """``values`` by ``names``. ``covariance`` is of the parameters' logarithms: the inverse of the observed
    information, without the directions of which nothing is known."""

    names: tuple[str, ...]
    values: tuple[float, ...]
    log_likelihood: float
    covariance: Floats
    people: int
    trouble: Trouble = ""
    loose: tuple[str, ...] = ()
    """Parameters of which alone nothing is known."""

    @property
    def converged(self) -> bool:
        return self.trouble != "not_converged"

    def interval(self, name: str) -> tuple[float, float] | tuple[None, None]:
        """The 95 % interval of a parameter, by the normal distribution of its logarithm; none of a loose one."""
        if name in self.loose or not self.converged:
            return None, None
        at = self.names.index(name)
        value, spread = self.values[at], Z_95 * float(np.sqrt(max(self.covariance[at, at], 0.0)))
        return value * float(np.exp(-spread)), value * float(np.exp(spread))

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


def maximise(
    names: Sequence[str],
    likelihood: Likelihood,
    starts: Sequence[Sequence[float]],
    people: int,
    bend: Bend | None = None,
) -> Fit:
    """The best of what is found from all ``starts``, by Newton's method over logarithms; its last step says how far
    from the top it still is. (Libraries' methods hand matrices of four by four to threads, which wait for one another
    where processors are busy.) Without ``bend`` second derivatives are differences of slopes."""
    surface = _Surface(likelihood, bend, people)
    found = [_climb(surface, np.clip(np.log(start), -LOG_MAX, LOG_MAX)) for start in starts]
    best = min(found, key=lambda one: one.loss)
    values, height = tuple(float(value) for value in np.exp(best.logs)), -best.loss * people
    if best.top is None or not best.is_top:
        nothing = np.zeros((len(names), len(names)))
        return Fit(tuple(names), values, height, nothing, people, "not_converged")
    loose = tuple(name for name, is_loose in zip(names, best.top.loose(), strict=True) if is_loose)
    covariance = best.top.covariance(people)
    return Fit(tuple(names), values, height, covariance, people, "loose" if loose else "", loose)


@dataclass(frozen=True, slots=True)
class _Surface:
    """The loss, which is what is missing of the likelihood for each customer, over logarithms of parameters."""

    likelihood: Likelihood
    bend: Bend | None
    people: int

    def at(self, logs: Floats) -> tuple[float, Floats]:
        """The loss and its slope."""
        values = np.exp(logs)
        height, slope = self.likelihood(values)
        if not np.isfinite(height):
            return 1e30, np.zeros_like(logs)
        return -height / self.people, -slope * values / self.people

    def curve(self, logs: Floats, slope: Floats) -> Floats:
        """Its matrix of second derivatives; ``slope`` is the one there."""
        if self.bend is not None:
            values = np.exp(logs)
            return -self.bend(values) * np.outer(values, values) / self.people + np.diag(slope)
        rows: list[Floats] = []
        for at in range(len(logs)):
            up, down = logs.copy(), logs.copy()
            up[at] += _STEP
            down[at] -= _STEP
            rows.append((self.at(up)[1] - self.at(down)[1]) / (2 * _STEP))
        return (np.array(rows) + np.array(rows).T) / 2


@dataclass(frozen=True, slots=True)
class _Top:
    """How the loss curves: ``heights`` are the curvatures in ``directions`` of the parameters that are ``free``;
    ``steep`` are those of which something is known."""

    free: NDArray[np.bool_]
    heights: Floats
    directions: Floats
    steep: NDArray[np.bool_]

    def step(self, slope: Floats) -> Floats:
        """Newton's, downhill where the loss bends the other way as well."""
        along = self.directions.T @ slope[self.free]
        return self.directions @ (along / np.maximum(np.abs(self.heights), _CURVE_LEAST))

    def gain(self, slope: Floats) -> float:
        """How much lower the lowest point is, by what is steep."""
        along = (self.directions.T @ slope[self.free])[self.steep]
        return float((along**2 / self.heights[self.steep]).sum()) / 2

    def is_top(self, slope: Floats, people: int) -> bool:
        """Whether nothing is to be gained: where it is steep, nor by going on where it is not."""
        along = self.directions.T @ slope[self.free]
        falls = self.heights < -1 / (people * _LOOSE_SPREAD**2)
        level = bool((np.abs(along[~self.steep]) * people < _LEVEL).all())
        return not falls.any() and level and self.gain(slope) * people < _NEAR

    def covariance(self, people: int) -> Floats:
        found = np.zeros((len(self.free), len(self.free)))
        inverse = np.where(self.steep, 1 / np.where(self.steep, self.heights, 1.0), 0.0) / people
        found[np.ix_(self.free, self.free)] = (self.directions * inverse) @ self.directions.T
        return found

    def loose(self) -> NDArray[np.bool_]:
        found = ~self.free
        found[self.free] = (np.abs(self.directions[:, ~self.steep]) > 0.01).any(axis=1)
        return found


@dataclass(frozen=True, slots=True)
class _Place:
    loss: float
    logs: Floats
    top: _Top | None
    is_top: bool


def _climb(surface: _Surface, logs: Floats) -> _Place:
    loss, slope = surface.at(logs)
    top, is_top = None, False
    for _ in range(_STEPS_MAX):
        # What is at a bound and would go beyond it stays there.
        free = (np.abs(logs) < LOG_MAX - 1e-6) | (slope * np.sign(logs) > 0)
        top = _look_round(surface, logs, slope, free)
        if top is None:
            break
        is_top = top.is_top(slope, surface.people)
        step = top.step(slope)
        if float(slope[free] @ step) * surface.people < _DONE:
            break
        moved = _shorten(surface, logs, free, step, loss)
        if moved is None:
            break
        logs, loss, slope = moved
    return _Place(loss, logs, top, is_top)


def _look_round(surface: _Surface, logs: Floats, slope: Floats, free: NDArray[np.bool_]) -> _Top | None:
    """None where the loss is no number."""
    curve = surface.curve(logs, slope)[np.ix_(free, free)]
    if not bool(np.isfinite(curve).all()):
        return None
    heights, directions = np.linalg.eigh(curve)
    return _Top(free, heights, directions, heights > 1 / (surface.people * _LOOSE_SPREAD**2))


def _shorten(
    surface: _Surface, logs: Floats, free: NDArray[np.bool_], step: Floats, loss: float
) -> tuple[Floats, float, Floats] | None:
    size = min(1.0, 2.0 / max(float(np.abs(step).max(initial=0.0)), 1e-12))
    while size > 1e-6:
        tried = logs.copy()
        tried[free] = np.clip(tried[free] - size * step, -LOG_MAX, LOG_MAX)
        lower, slope = surface.at(tried)
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
