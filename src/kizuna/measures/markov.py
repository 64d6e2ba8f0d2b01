"""Journeys as an absorbing Markov chain: what each channel is worth to the chance that a journey ends well.

E. Anderl, I. Becker, F. von Wangenheim, J. H. Schumann, Mapping the customer journey: Lessons learned from graph-based
online attribution modeling, International Journal of Research in Marketing 33 (2016) 457-474: chains of first order,
and the removal effect. Solved exactly, by the fundamental matrix of J. G. Kemeny and J. L. Snell, Finite Markov Chains
(1960), chapter 3; nothing is simulated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lu_factor, lu_solve

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Removal:
    """``chance`` is the probability that a journey converts; ``effects[c]`` the share of it that is lost without
    channel c. None where there is no journey, or none that converts."""

    chance: float | None
    effects: Floats | None

    def share(self) -> Floats | None:
        """What each channel is credited with: its effect, of the sum of effects."""
        return None if self.effects is None else self.effects / self.effects.sum()


def remove_channels(steps: NDArray[Any]) -> Removal:
    """``steps[i, j]``, how often journeys went from i to j: row 0 is the start and row c + 1 channel c; column c is
    channel c, and the last two are conversion and loss. Every journey has a channel.

    A channel that is removed is a loss for whoever would come to it. With N the fundamental matrix, a journey comes to
    c with probability n(0, c) / n(c, c), and converts from there with b(c); without c, the chance is
    b(0) - n(0, c) / n(c, c) b(c).
    """
    counts = np.asarray(steps, np.float64)
    totals = counts.sum(axis=1)
    if totals[0] == 0:
        return Removal(None, None)
    channels = counts.shape[0] - 1
    known = np.concatenate(([True], totals[1:] > 0))
    shares = counts[known] / totals[known, None]
    places = np.flatnonzero(known[1:])
    between = np.zeros((len(shares), len(shares)))
    between[:, 1:] = shares[:, :channels][:, places]
    factored = lu_factor(np.eye(len(shares)) - between)
    fundamental = lu_solve(factored, np.eye(len(shares)))
    converts = fundamental @ shares[:, channels]
    if converts[0] <= 0:
        return Removal(0.0, None)
    comes = fundamental[0] / np.diag(fundamental)
    effects = np.zeros(channels)
    effects[places] = (comes * converts / converts[0])[1:]
    return Removal(float(converts[0]), effects)
