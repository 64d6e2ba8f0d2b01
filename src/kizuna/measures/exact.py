"""Sums of whole numbers that do not fit into 64 bits, exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_BITS = 21
_MASK = (1 << _BITS) - 1
# A piece is below 2^21 in size, and a double holds whole numbers up to 2^53.
_ROWS_MAX = 1 << 32


def sum_by(codes: Ints, values: Ints, size: int) -> list[int]:
    """For each code below ``size`` the sum of its values. At most 2^32 rows."""
    assert len(values) < _ROWS_MAX
    sums = [0] * size
    for shift in (0, _BITS, 2 * _BITS):
        piece = (values >> shift) if shift == 2 * _BITS else (values >> shift) & _MASK
        found = np.bincount(codes, weights=piece.astype(np.float64), minlength=size)
        sums = [total + (int(part) << shift) for total, part in zip(sums, found.tolist(), strict=True)]
    return sums


def sum_all(values: Ints) -> int:
    return sum_by(np.zeros(len(values), np.int64), values, 1)[0]


def dot(weights: Ints, values: Ints) -> int:
    """The sum of products. Weights are below 2^31 in size."""
    total = 0
    rows = 1 << 10
    for start in range(0, len(values), rows):
        some, heavy = values[start : start + rows], weights[start : start + rows]
        for shift in (0, _BITS, 2 * _BITS):
            piece = (some >> shift) if shift == 2 * _BITS else (some >> shift) & _MASK
            total += int(np.dot(piece, heavy)) << shift
    return total
