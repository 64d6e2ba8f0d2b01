"""BG/BB and sBG, in which time goes by occasions and renewals."""

from itertools import product

import numpy as np
import pytest

from kizuna.measures.lifetimes import bg_bb, sbg
from tests.measures.lifetimes.cdnow import donations, one


def test_bg_bb_on_the_donors_of_1995() -> None:
    """FHS 2010, table 2 and 4: parameters, log-likelihood, gifts expected of 2002 to 2006."""
    histories = donations()
    assert histories.people.sum() == 11_104
    fit = bg_bb.fit(histories)
    assert fit.trouble == ""
    assert fit.values == pytest.approx((1.204, 0.750, 0.657, 2.783), abs=1e-3)
    assert fit.log_likelihood == pytest.approx(-33225.6, abs=0.05)
    ahead = bg_bb.purchases_ahead(np.array(fit.values), histories, 5)
    expected = {(6, 6): 3.75, (5, 6): 3.23, (0, 0): 0.07, (4, 5): 2.03, (1, 6): 1.15}
    for (x, last), value in expected.items():
        [found] = ahead[(histories.x == x) & (histories.last == last)]
        assert found == pytest.approx(value, abs=0.005)


def test_bg_bb_adds_up_to_every_string_of_purchases() -> None:
    """The chances of all 2^4 strings are those of their (x, t_x, n), and make 1."""
    values, total = np.array([1.2, 0.75, 1.0, 2.8]), 0.0
    for string in product((0, 1), repeat=4):
        last = max((at + 1 for at, bought in enumerate(string) if bought), default=0)
        total += float(np.exp(bg_bb.log_likelihood(values, one(sum(string), last, 4)))[0])
    assert total == pytest.approx(1)
    longer = float(np.exp(bg_bb.log_likelihood(values, one(2, 3, 5)))[0])
    bought = float(np.exp(bg_bb.log_likelihood(values, one(3, 5, 5)))[0])
    before = float(np.exp(bg_bb.log_likelihood(values, one(2, 3, 4)))[0])
    assert longer + bought == pytest.approx(before)
    # One more purchase is expected as often as it comes.
    assert bg_bb.purchases_ahead(values, one(2, 3, 4), 1)[0] == pytest.approx(bought / before)
    assert bg_bb.p_alive(values, one(2, 3, 4))[0] > bought / before


HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]


@pytest.mark.parametrize(
    ("survivors", "parameters", "twelfth"), [(HIGH_END, (0.668, 3.806), 0.378), (REGULAR, (0.704, 1.182), 0.170)]
)
def test_sbg_on_the_published_customers(survivors: list[int], parameters: tuple[float, float], twelfth: float) -> None:
    """Fader & Hardie 2007, fitted to seven renewals; the twelfth is projected."""
    left, watched = -np.diff(survivors).astype(float), np.zeros(7)
    watched[-1] = survivors[-1]
    fit = sbg.fit(left, watched)
    assert fit.trouble == ""
    assert fit.people == 1000
    assert fit.values == pytest.approx(parameters, abs=1e-3)
    values = np.array(fit.values)
    assert sbg.survival(values, np.array([12.0]))[0] == pytest.approx(twelfth, abs=1e-3)
    renewals = np.arange(1.0, 13)
    np.testing.assert_allclose(np.cumprod(sbg.retention(values, renewals)), sbg.survival(values, renewals))
    assert (np.diff(sbg.retention(values, renewals)) > 0).all()


def test_periods_that_remain() -> None:
    values = np.array([3.0, 5.0])
    long = sbg.remaining(values, np.array([0.0, 4.0]), 200_000)
    assert long == pytest.approx([5 / 2, 9 / 2], rel=1e-3)
    short = sbg.remaining(values, np.array([4.0]), 2)[0]
    survival = sbg.survival(values, np.array([4.0, 5, 6]))
    assert short == pytest.approx((survival[1] + survival[2]) / survival[0])
