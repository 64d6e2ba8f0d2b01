"""Integrals over beta distributions, and polynomials through smooth functions."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray
from scipy.linalg import eigh_tridiagonal

Floats = NDArray[Any]

POINTS = 32
_LEAST = 1e-15
_NODES_KEPT = 4_096
"""Intervals ask for the same distributions again and again."""


@lru_cache(_NODES_KEPT)
def beta_nodes(a: float, b: float, count: int) -> tuple[Floats, Floats]:
    """Nodes and masses with which Σ mass · f(node) is the mean of f over Beta(a, b), exact for polynomials up to
    degree 2 · count − 1. G. Golub, J. Welsch, Calculation of Gauss quadrature rules, Mathematics of Computation 23
    (1969), with the recurrence of Jacobi polynomials."""
    first, second = b - 1, a - 1
    n = np.arange(1, count, dtype=np.float64)
    both = 2 * n + first + second
    middle = np.empty(count)
    middle[0] = (second - first) / (first + second + 2)
    middle[1:] = (second**2 - first**2) / (both * (both + 2))
    beside = np.empty(count - 1)
    beside[0] = 4 * (1 + first) * (1 + second) / ((2 + first + second) ** 2 * (3 + first + second))
    m, sums = n[1:], both[1:]
    beside[1:] = 4 * m * (m + first) * (m + second) * (m + first + second) / (sums**2 * (sums + 1) * (sums - 1))
    places, directions = eigh_tridiagonal(middle, np.sqrt(beside))
    masses = directions[0] ** 2
    return np.clip((1 + places) / 2, _LEAST, 1.0), masses / masses.sum()


@cache
def legendre(count: int) -> tuple[Floats, Floats]:
    """Gauss and Legendre's nodes and weights on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1) / 2, weights / 2


@cache
def _transform() -> tuple[Floats, Floats]:
    """Chebyshev's points, and the matrix that makes coefficients of the values at them."""
    angles = np.pi * (np.arange(POINTS) + 0.5) / POINTS
    matrix = 2 / POINTS * np.cos(np.outer(np.arange(POINTS), angles))
    matrix[0] /= 2
    return np.cos(angles), matrix


def fit_smooth(function: Callable[[Floats], Floats], low: float, high: float) -> tuple[float, float, Floats]:
    """A polynomial through a function that is smooth from ``low`` to ``high``."""
    points, matrix = _transform()
    return low, high, matrix @ function(low + (high - low) * (points + 1) / 2)


def read_smooth(fitted: tuple[float, float, Floats], at: Floats) -> Floats:
    low, high, coefficients = fitted
    return chebyshev.chebval(2 * (at - low) / (high - low) - 1, coefficients)
