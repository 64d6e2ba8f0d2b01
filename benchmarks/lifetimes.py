"""BG/NBD and Gamma-Gamma fitted to a million customers, and what each is worth in twelve months, beside ``lifetimes``.

Both are given the same customers (x, t_x, T and mean amounts, whole days in weeks) and must find the same.
``KIZUNA_BENCH_CUSTOMERS`` makes them fewer.
"""

import os
import time
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Result
from kizuna.measures.lifetimes.histories import group_histories
from kizuna.measures.lifetimes.models import MODELS
from kizuna.measures.lifetimes.value import Horizon, Prospects, Spending

CUSTOMERS = int(os.environ.get("KIZUNA_BENCH_CUSTOMERS", "1000000"))
DAYS = 730
MONTHS, YEARLY = 12, 0.1
LIFETIMES_MONTH_WEEKS = 4.345
"""How long a month is to ``lifetimes``, where weeks are the unit."""
TIMES_FASTER = 10.0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Crowd:
    x: Floats
    last: Floats
    age: Floats
    mean: Floats


def make_crowd(count: int) -> Crowd:
    """People who came on any day of two years, and buy and leave as those of CDNOW do."""
    rng = np.random.default_rng(20)
    rate, leaves = rng.gamma(0.243, 1 / 4.414, count), rng.beta(0.793, 2.426, count)
    age = rng.integers(1, DAYS, count) / 7
    x, last, time_, there = np.zeros(count), np.zeros(count), np.zeros(count), np.ones(count, np.bool_)
    while there.any():
        time_[there] += rng.exponential(1, int(there.sum())) / np.maximum(rate[there], 1e-12)
        there &= time_ < age
        x[there] += 1
        last[there] = np.floor(time_[there] * 7) / 7
        there &= rng.random(count) >= leaves
    count_ = np.maximum(x, 1)
    mean = rng.gamma(6.25 * count_) / rng.gamma(3.74, 1 / 15.44, count) / count_
    return Crowd(x, last, age, np.where(x > 0, mean, 0.0))


def ours(crowd: Crowd) -> tuple[float, dict[str, float], Floats]:
    """Seconds, parameters, and what each customer is worth."""
    started = time.perf_counter()
    histories = group_histories(crowd.x, crowd.last, crowd.age)
    spending = Spending(crowd.x, crowd.mean)
    model = MODELS["bg_nbd"]
    fit, spend = model.fit(histories), spending.fit()
    prospects = Prospects(model, fit, spend, histories, spending)
    value = prospects.value(Horizon(MONTHS, YEARLY, LIFETIMES_MONTH_WEEKS))
    seconds = time.perf_counter() - started
    assert fit.converged
    assert spend.converged
    return seconds, dict(zip(fit.names + spend.names, fit.values + spend.values, strict=True)), value


def theirs(crowd: Crowd) -> tuple[float, dict[str, float], Floats]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a pandas that it was not made for
        import pandas as pd

        from lifetimes import BetaGeoFitter, GammaGammaFitter

        x, last, age, mean = (pd.Series(one) for one in (crowd.x, crowd.last, crowd.age, crowd.mean))
        started = time.perf_counter()
        fit, spend = BetaGeoFitter(), GammaGammaFitter()
        fit.fit(x, last, age)
        spend.fit(x[x > 0], mean[x > 0])
        rate = (1 + YEARLY) ** (1 / 12) - 1
        value = spend.customer_lifetime_value(fit, x, last, age, mean, time=MONTHS, discount_rate=rate, freq="W")
        seconds = time.perf_counter() - started
    return seconds, {**fit.params_, **spend.params_}, value.to_numpy()


def measure() -> list[Result]:
    ours(make_crowd(2_000))  # compiles what is not compiled yet
    crowd = make_crowd(CUSTOMERS)
    seconds, parameters, value = ours(crowd)
    their_seconds, their_parameters, their_value = theirs(crowd)
    for name, found in parameters.items():
        assert abs(found / their_parameters[name] - 1) < 0.01, f"{name}: {found} and {their_parameters[name]}"
    assert abs(value.sum() / their_value.sum() - 1) < 0.01
    name = f"BG/NBD, Gamma-Gamma, 12-month CLV, {CUSTOMERS / 1e6:g} M customers"
    return [
        Result(name, seconds, "s", "lower", their_seconds / TIMES_FASTER, "lifetimes", their_seconds),
        Result("times as fast as lifetimes", their_seconds / seconds, "×", "higher", TIMES_FASTER),
    ]
