"""Logistic regression finds the minimum of its loss, and says how well it foretells."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from kizuna.measures.churn_risk import Model, brier, calibrate, fit


def crowd(seed: int, people: int = 120) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    features = random.normal(size=(people, 3)) * [1, 50, 0.01] + [0, 1000, 3]
    odds = 1.5 * features[:, 0] - (features[:, 1] - 1000) / 50
    left = random.random(people) < 1 / (1 + np.exp(-odds))
    left[0], left[1] = True, False
    return features, left


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.01, 1.0, 30.0]))
def test_it_finds_what_a_general_minimiser_finds(seed: int, penalty: float) -> None:
    features, left = crowd(seed)
    standard = (features - features.mean(0)) / features.std(0)

    def loss(weights: np.ndarray) -> float:
        odds = weights[0] + standard @ weights[1:]
        return float(np.logaddexp(0, odds).sum() - left @ odds + penalty / 2 * (weights[1:] ** 2).sum())

    expected = minimize(loss, np.zeros(4), method="BFGS", options={"gtol": 1e-8}).x
    found = fit(features, left, ["a", "b", "c"], penalty)
    assert [found.intercept, *found.weights] == pytest.approx(expected, abs=1e-4)
    assert found.risks(features).mean() == pytest.approx(left.mean())  # the intercept is free


def test_what_is_the_same_for_everybody_counts_for_nothing() -> None:
    features, left = crowd(3)
    features[:, 2] = 0.3
    found = fit(features, left, ["a", "b", "c"])
    assert found.weights[2] == 0
    assert np.isfinite(found.risks(features)).all()


def test_even_where_one_feature_tells_all() -> None:
    left = np.array([True] * 30 + [False] * 30)
    found = fit(np.column_stack((left * 1000.0, np.arange(60.0) % 2)), left, ["tells", "not"], 0.01)
    assert found.risks(np.array([[1000.0, 0], [0, 0]])) == pytest.approx([1, 0], abs=0.01)


def test_contributions_add_up_to_the_odds() -> None:
    model = Model(("a", "b"), (10.0, 0.0), (5.0, 1.0), (2.0, -1.0), -1.0)
    features = np.array([[20.0, 3.0]])
    assert model.contributions(features).tolist() == [[4.0, -3.0]]
    assert model.risks(features) == pytest.approx([0.5])


def test_calibration_counts_from_the_greatest_risk_on() -> None:
    risks = np.array([0.9, 0.9, 0.1, 0.5] * 5)
    left = np.array([True, False, False, True] * 5)
    found = calibrate(risks, left, np.arange(20))
    assert [one.people for one in found] == [2] * 10
    assert (found[0].foretold, found[0].left) == (0.9, 1)
    assert (found[-1].foretold, found[-1].left, found[-1].lowest, found[-1].highest) == (0.1, 0, 0.1, 0.1)
    assert sum(one.left for one in found) == 10
    assert brier(risks, left) == pytest.approx((0.01 + 0.81 + 0.01 + 0.25) / 4)
