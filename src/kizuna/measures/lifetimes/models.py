"""The models of purchases without a contract, under the names by which they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kizuna.measures.lifetimes import bg_nbd, pareto_nbd
from kizuna.measures.lifetimes.fitting import Fit
from kizuna.measures.lifetimes.histories import Histories

Floats = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Model:
    """All but ``fit`` take parameters and histories, and give one value for each history."""

    fit: Callable[[Histories], Fit]
    log_likelihood: Callable[[Floats, Histories], Floats]
    p_alive: Callable[[Floats, Histories], Floats]
    purchases_ahead: Callable[[Floats, Histories, Floats, Floats], Floats]
    """Of times t_k and weights w_k: Σ w_k · E[Y(t_k)]."""
    survival: Callable[[Floats, Histories, float], Floats]
    """The chance that somebody who is there still is after some time."""

    def expect(self, values: Floats, histories: Histories, time: float) -> Floats:
        """Purchases that are expected within a ``time`` from now."""
        return self.purchases_ahead(values, histories, np.array([time]), np.ones(1))


def _bg_nbd(chances: int) -> Model:
    def ahead(values: Floats, histories: Histories, times: Floats, weights: Floats) -> Floats:
        return bg_nbd.purchases_ahead(values, histories, chances, times, weights)

    def survival(values: Floats, histories: Histories, time: float) -> Floats:
        return bg_nbd.survival(values, histories, chances, time)

    return Model(
        partial(bg_nbd.fit, chances=chances),
        partial(bg_nbd.log_likelihood, chances=chances),
        partial(bg_nbd.p_alive, chances=chances),
        ahead,
        survival,
    )


MODELS: Mapping[str, Model] = {
    "bg_nbd": _bg_nbd(0),
    "mbg_nbd": _bg_nbd(1),
    "pareto_nbd": Model(
        pareto_nbd.fit,
        pareto_nbd.log_likelihood,
        pareto_nbd.p_alive,
        pareto_nbd.purchases_ahead,
        pareto_nbd.survival,
    ),
}
