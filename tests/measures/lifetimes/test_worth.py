"""What a purchase is worth, and customers in the months to come."""

import numpy as np
import pytest
from scipy import integrate, stats

from kizuna.measures.lifetimes import gamma_gamma
from kizuna.measures.lifetimes.calibration import MOST, calibrate
from kizuna.measures.lifetimes.histories import group_histories
from kizuna.measures.lifetimes.models import MODELS
from kizuna.measures.lifetimes.value import Horizon, Prospects, Spending
from tests.measures.lifetimes.cdnow import cdnow_histories, read_cdnow


def test_gamma_gamma_on_the_repeat_buyers_of_cdnow() -> None:
    """Fader & Hardie 2013, section 5: p 6.25, q 3.74, v 15.44 of 946."""
    _, x, _, _, mean = read_cdnow()[read_cdnow()[:, 1] > 0].T
    fit = gamma_gamma.fit(x, mean)
    assert fit.people == 946
    assert fit.trouble == ""
    assert fit.values == pytest.approx((6.25, 3.74, 15.44), abs=0.01)
    values = np.array(fit.values)
    assert gamma_gamma.log_likelihood(values, x, mean).sum() == pytest.approx(fit.log_likelihood, rel=1e-12)
    # Who never came back is taken for an average customer; who came often for who they are.
    expected = gamma_gamma.expected_mean(values, np.array([0.0, 1, 1_000]), np.array([0.0, 100, 100]))
    average = gamma_gamma.population_mean(values)
    assert expected[0] == pytest.approx(average)
    assert average < expected[1] < expected[2] == pytest.approx(100, rel=0.01)


def test_the_likelihood_of_amounts_is_a_density() -> None:
    values = np.array([2.0, 3.0, 10.0])

    def density(mean: float) -> float:
        return float(np.exp(gamma_gamma.log_likelihood(values, np.array([3.0]), np.array([mean])))[0])

    assert integrate.quad(density, 0, np.inf)[0] == pytest.approx(1, rel=1e-6)
    # Over ν ~ Gamma(q, v), the mean of three Gamma(p, ν) is Gamma(3p, 3ν).
    mixed = integrate.quad(
        lambda nu: stats.gamma(3, scale=1 / 10).pdf(nu) * stats.gamma(6, scale=1 / (3 * nu)).pdf(7), 0, 30
    )
    assert density(7) == pytest.approx(mixed[0], rel=1e-6)


def test_heavy_tailed_amounts_have_no_average() -> None:
    assert gamma_gamma.population_mean(np.array([2.0, 0.9, 10])) == float("inf")
    assert gamma_gamma.expected_mean(np.array([2.0, 0.9, 10]), np.array([0.0]), np.array([0.0]))[0] == float("inf")


def test_months_are_discounted_from_their_ends() -> None:
    horizon = Horizon(months=3, yearly=0.21, month=4.0)
    assert horizon.times.tolist() == [4, 8, 12]
    # With as many purchases each month their sum is that of the discounts.
    discounts = 1.21 ** (-np.array([1, 2, 3]) / 12)
    assert horizon.weights @ horizon.times == pytest.approx(4 * discounts.sum())
    assert Horizon(12, 0.0).weights.tolist() == [0.0] * 11 + [1.0]


def test_sums_by_group_are_those_of_customers_with_intervals() -> None:
    rows, histories = read_cdnow(), cdnow_histories()
    model, spending = MODELS["bg_nbd"], Spending(rows[:, 1], rows[:, 4])
    fit, spend, horizon = model.fit(histories), spending.fit(), Horizon(12, 0.1)
    prospects = Prospects(model, fit, spend, histories, spending, kept=0.9)
    value, codes = prospects.value(horizon), (rows[:, 1] > 0).astype(np.int64)
    together = prospects.estimate(horizon, codes, 2)
    assert [one.value for one in together.sums] == pytest.approx([value[codes == code].sum() for code in (0, 1)])
    assert together.total.value == pytest.approx(value.sum())
    assert together.shares[1].value == pytest.approx(value[codes == 1].sum() / value.sum())
    for one in (*together.sums, *together.shares, together.total):
        assert 0.5 * one.value < one.low < one.value < one.high < 2 * one.value
    # Of a share one is surer than of the sum it is of.
    assert together.shares[1].high / together.shares[1].low < together.sums[1].high / together.sums[1].low
    purchases = model.expect(np.array(fit.values), histories, float(horizon.times[-1]))[histories.places]
    undiscounted = purchases * gamma_gamma.expected_mean(np.array(spend.values), rows[:, 1], rows[:, 4]) * 0.9
    assert (value < undiscounted).all()
    assert (value > undiscounted / 1.1).all()


def test_calibration_sets_what_came_against_what_was_foretold() -> None:
    """On a crowd that buys as the model says; FHL 2005, figure 4 is of this kind."""
    rng, count = np.random.default_rng(9), 4_000
    rate, leaves = rng.gamma(0.5, 1 / 4, count), rng.beta(1, 4, count)
    x, last, bought, alive, time = (np.zeros(count) for _ in range(5))
    alive += 1
    for _ in range(200):
        time = time + rng.exponential(1, count) / rate
        before, after = (alive > 0) & (time <= 39), (alive > 0) & (time > 39) & (time <= 78)
        x[before] += 1
        last[before] = time[before]
        bought[after] += 1
        alive[(before | after) & (rng.random(count) < leaves)] = 0
    histories = group_histories(x, last, np.full(count, 39.0))
    model = MODELS["bg_nbd"]
    found = calibrate(model, model.fit(histories), histories, bought, 39.0)
    assert [group.x for group in found.groups] == list(range(MOST + 1))
    assert sum(group.people for group in found.groups) == count
    assert found.actual == bought.sum()
    assert found.foretold.value == pytest.approx(found.actual, rel=0.06)
    for group in found.groups:
        assert group.actual == pytest.approx(bought[np.minimum(x, MOST) == group.x].mean())
        assert group.foretold.value == pytest.approx(group.actual, rel=0.25, abs=0.1)
        assert group.foretold.low < group.foretold.value < group.foretold.high
