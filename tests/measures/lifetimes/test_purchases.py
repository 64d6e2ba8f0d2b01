"""BG/NBD, MBG/NBD and Pareto/NBD: as published, as their definitions, and as ``lifetimes`` where that is right."""

import warnings
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate
from scipy.special import betaln, gammaln, hyp2f1

from kizuna.measures.lifetimes import bg_nbd, pareto_nbd
from kizuna.measures.lifetimes.histories import Histories, group_histories
from kizuna.measures.lifetimes.models import MODELS
from kizuna.measures.lifetimes.quadrature import beta_nodes
from tests.measures.lifetimes.cdnow import cdnow_histories, one, read_cdnow


@pytest.fixture(scope="module")
def oracle() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a pandas that it was not made for
        import lifetimes
    return lifetimes


# --- as published ------------------------------------------------------------------------------------

PUBLISHED = {
    "bg_nbd": ((0.243, 4.414, 0.793, 2.426), -9582.4),
    "pareto_nbd": ((0.553, 10.578, 0.606, 11.669), -9595.0),
}
"""Fader, Hardie & Lee 2005, table 2: parameters and log-likelihood on the CDNOW sample."""


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_cdnow_sample_gives_the_published_parameters(name: str) -> None:
    parameters, height = PUBLISHED[name]
    fit = MODELS[name].fit(cdnow_histories())
    assert fit.trouble == ""
    assert fit.values == pytest.approx(parameters, abs=1e-3, rel=2e-4)
    assert fit.log_likelihood == pytest.approx(height, abs=0.05)
    assert fit.people == 2357


def test_what_the_paper_expects_of_its_example() -> None:
    """FHL 2005, section 4: 1.226 purchases in 39 weeks of the customer with x = 2, t_x = 30.43, T = 38.86."""
    fit = MODELS["bg_nbd"].fit(cdnow_histories())
    assert MODELS["bg_nbd"].expect(np.array(fit.values), one(2, 30.43, 38.86), 39)[0] == pytest.approx(1.226, abs=5e-4)


def test_parameters_have_intervals_that_hold_the_truth() -> None:
    fit = MODELS["bg_nbd"].fit(cdnow_histories())
    for name, value in zip(fit.names, fit.values, strict=True):
        low, high = fit.interval(name)
        assert low is not None
        assert high is not None
        assert 0 < low < value < high


def test_mbg_nbd_is_what_lifetimes_finds(oracle: ModuleType) -> None:
    rows, histories = read_cdnow(), cdnow_histories()
    fit = MODELS["mbg_nbd"].fit(histories)
    theirs = oracle.ModifiedBetaGeoFitter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs.fit(*rows[:, 1:4].T)
        alive = theirs.conditional_probability_alive(*rows[:, 1:4].T)
        ahead = theirs.conditional_expected_number_of_purchases_up_to_time(39, *rows[:, 1:4].T)
    assert fit.values == pytest.approx([theirs.params_[name] for name in fit.names], rel=5e-3)
    values = np.array([theirs.params_[name] for name in fit.names])
    model = MODELS["mbg_nbd"]
    np.testing.assert_allclose(model.p_alive(values, histories)[histories.places], alive, rtol=1e-7)
    np.testing.assert_allclose(model.expect(values, histories, 39)[histories.places], ahead, rtol=1e-6)


# --- as defined --------------------------------------------------------------------------------------

positive = st.floats(0.1, 8.0)


@st.composite
def histories(draw: st.DrawFn) -> Histories:
    x = draw(st.integers(0, 12))
    age = draw(st.floats(0.5, 60))
    return one(x, age * draw(st.floats(0.05, 1)) if x else 0, age)


@settings(max_examples=60, deadline=None)
@given(positive, positive, positive, positive, histories(), st.sampled_from([0, 1]))
def test_bg_nbd_is_the_mean_over_rates_and_chances(
    r: float, alpha: float, a: float, b: float, history: Histories, chances: int
) -> None:
    """FHL 2005, equation 3, of one customer with rate λ and chance p to leave after each purchase, over all of them:
    over Beta(a, b), to stay again and again is Pólya's urn."""
    x, last, age = int(history.x[0]), float(history.last[0]), float(history.age[0])
    flips = x + chances
    stays = float(np.prod([(b + at) / (a + b + at) for at in range(flips)]))
    leaves = a / (a + b) * float(np.prod([(b + at) / (a + b + 1 + at) for at in range(flips - 1)])) if flips else 0.0
    brute = stays * _rates(r, alpha, x, age) + leaves * _rates(r, alpha, x, last)
    values = np.array([r, alpha, a, b])
    assert bg_nbd.log_likelihood(values, history, chances)[0] == pytest.approx(np.log(brute), rel=1e-9, abs=1e-9)
    alive = stays * _rates(r, alpha, x, age) / brute
    assert bg_nbd.p_alive(values, history, chances)[0] == pytest.approx(alive, rel=1e-9)


def _rates(r: float, alpha: float, x: int, time: float) -> float:
    """∫ λ^x e^(−λ time) over Gamma(r, α)."""
    return float(np.exp(gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + time)))


@settings(max_examples=60, deadline=None)
@given(positive, positive, positive, positive, histories(), st.floats(0.5, 100))
def test_bg_nbd_expects_what_the_closed_form_does(
    r: float, alpha: float, a: float, b: float, history: Histories, time: float
) -> None:
    """FHL 2005, equation 10."""
    a = a + 0.01 if abs(a - 1) < 0.01 else a
    x, age = float(history.x[0]), float(history.age[0])
    alive = float(bg_nbd.p_alive(np.array([r, alpha, a, b]), history, 0)[0])
    hyper = hyp2f1(r + x, b + x, a + b + x - 1, time / (alpha + age + time))
    closed = (a + b + x - 1) / (a - 1) * (1 - ((alpha + age) / (alpha + age + time)) ** (r + x) * hyper) * alive
    ours = MODELS["bg_nbd"].expect(np.array([r, alpha, a, b]), history, time)[0]
    assert ours == pytest.approx(closed, rel=1e-7, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(positive, positive, positive, positive, histories())
def test_pareto_nbd_is_the_integral_over_the_moment_of_leaving(
    r: float, alpha: float, s: float, beta: float, history: Histories
) -> None:
    x, last, age = float(history.x[0]), float(history.last[0]), float(history.age[0])
    stays = (alpha + age) ** -(r + x) * (beta + age) ** -s
    falls = lambda tau: ((alpha + tau) / (alpha + last)) ** -(r + x) * (beta + tau) ** -(s + 1)  # noqa: E731
    leaves = s * (alpha + last) ** -(r + x) * integrate.quad(falls, last, age, epsabs=0, epsrel=1e-10)[0]
    values = np.array([r, alpha, s, beta])
    brute = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta) + np.log(stays + leaves)
    assert pareto_nbd.log_likelihood(values, history)[0] == pytest.approx(brute, rel=1e-8, abs=1e-8)
    assert pareto_nbd.p_alive(values, history)[0] == pytest.approx(stays / (stays + leaves), rel=1e-7)


CHANCES = {"bg_nbd": 0, "mbg_nbd": 1}


@pytest.mark.parametrize("name", MODELS)
def test_the_slope_is_the_slope_of_the_likelihood(name: str) -> None:
    histories = group_histories(np.array([0, 0, 1, 2, 7]), np.array([0, 0, 3.0, 5, 30]), np.array([9.0, 0, 9, 20, 30]))
    slope_of = {
        "bg_nbd": lambda values: bg_nbd.slope_of(histories, 0, values),
        "mbg_nbd": lambda values: bg_nbd.slope_of(histories, 1, values),
        "pareto_nbd": lambda values: pareto_nbd.slope_of(histories, values),
    }[name]
    for values in np.array([[0.5, 3.0, 0.8, 2.0], [2.0, 0.4, 3.0, 0.3]]):
        height, slope = slope_of(values)
        assert height == pytest.approx(histories.people @ MODELS[name].log_likelihood(values, histories), rel=1e-12)
        for at in range(4):
            shift = np.zeros(4)
            shift[at] = 1e-5
            rise = (slope_of(values + shift)[0] - slope_of(values - shift)[0]) / 2e-5
            assert slope[at] == pytest.approx(rise, rel=1e-5, abs=1e-5)
            if name in CHANCES:
                bent = (slope_of(values + shift)[1] - slope_of(values - shift)[1]) / 2e-5
                np.testing.assert_allclose(
                    bg_nbd.bend_of(histories, CHANCES[name], values)[at], bent, rtol=1e-5, atol=1e-5
                )


@pytest.mark.parametrize("name", MODELS)
def test_extreme_customers_have_numbers(name: str) -> None:
    """Thousands of purchases, at once or until now: where others answer nan."""
    x = np.array([0, 0, 1, 300, 300, 5_000, 20_000])
    last, age = np.array([0, 0, 1e-6, 1.0, 300, 299.9, 100]), np.array([0, 300.0, 300, 300, 300, 300, 300])
    histories = group_histories(x, last, age)
    for values in np.array([[0.55, 10.6, 0.61, 11.7], [1e-3, 1e3, 1e-3, 1e3], [50, 1e-2, 20, 1e-2], [0.5, 5, 1, 1]]):
        model = MODELS[name]
        alive = model.p_alive(values, histories)
        assert np.isfinite(model.log_likelihood(values, histories)).all()
        assert ((alive >= 0) & (alive <= 1)).all()
        ahead = model.purchases_ahead(values, histories, np.array([1.0, 52]), np.array([0.5, 0.5]))
        assert np.isfinite(ahead).all()
        assert (ahead >= 0).all()
        survival = model.survival(values, histories, 52)
        assert ((survival >= 0) & (survival <= 1)).all()


@pytest.mark.parametrize("name", MODELS)
def test_survival_is_the_chance_to_be_alive_carried_on(name: str) -> None:
    """Who bought nothing in a time is alive after it by Bayes' rule: P(alive at T + t, nothing bought) compared."""
    values = np.array([0.6, 8.0, 0.7, 3.0])
    model, time = MODELS[name], 1e-4
    before, after = one(3, 20, 30), one(3, 20, 30 + time)
    # In so short a time at most one thing happens: somebody leaves, or buys.
    alive, still = model.p_alive(values, before)[0], model.p_alive(values, after)[0]
    stays = model.survival(values, before, time)[0]
    bought = model.expect(values, before, time)[0] / alive
    if name == "pareto_nbd":
        assert still == pytest.approx(alive * (1 - bought) * stays / (1 - alive * bought), rel=1e-7)
    else:  # one leaves by buying only
        assert still == pytest.approx(alive * (1 - bought) / (1 - alive * bought), rel=1e-7)
        chance = values[2] / (values[2] + values[3] + 3 + (name == "mbg_nbd"))
        assert 1 - stays == pytest.approx(bought * chance, rel=1e-3)


@pytest.mark.parametrize("name", ["bg_nbd", "mbg_nbd"])
def test_a_curve_through_many_ages_is_what_each_of_them_is(name: str) -> None:
    ages = np.linspace(0.1, 400, 300)
    for x in (0, 1, 40):
        together = group_histories(np.full(300, x), np.zeros(300), ages)
        for values in np.array([[0.243, 4.414, 0.793, 2.426], [0.05, 0.3, 0.2, 30], [5.0, 60, 3, 1]]):
            found = MODELS[name].expect(values, together, 52)[together.places]
            apart = [MODELS[name].expect(values, one(x, 0, age), 52)[0] for age in ages[::50]]
            np.testing.assert_allclose(found[::50], apart, rtol=1e-9)


def test_residual_purchases_are_the_limit_of_a_long_horizon() -> None:
    values = np.array([0.55, 10.6, 0.61, 11.7])
    customer, rate = one(3, 20, 30), 0.003
    ends = np.arange(1, 8_001, 1.0)
    discounts = np.exp(-rate * (ends - 0.5))
    weights = discounts - np.append(discounts[1:], 0.0)
    brute = pareto_nbd.purchases_ahead(values, customer, ends, weights)[0]
    assert pareto_nbd.residual_purchases(values, customer, rate)[0] == pytest.approx(brute, rel=1e-4)


def test_beta_nodes_integrate_polynomials_exactly() -> None:
    for a, b in ((0.01, 0.5), (0.8, 2.4), (1, 1), (3, 800)):
        nodes, masses = beta_nodes(a, b, 16)
        for power in (1, 5, 30):
            assert masses @ nodes**power == pytest.approx(np.exp(betaln(a + power, b) - betaln(a, b)), rel=1e-8)
