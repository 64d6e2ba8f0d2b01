"""What a fit says of itself."""

import numpy as np
import pytest

from kizuna.measures.lifetimes.fitting import maximise, with_slope


def test_a_known_maximum_with_its_covariance() -> None:
    """A gamma distribution's scale at a known shape: shape · n / Σ x, and the logarithm's variance is 1/(shape · n)."""
    total, shape, people = 120.0, 3.0, 50
    height = lambda values: people * shape * np.log(values[0]) - values[0] * total  # noqa: E731
    fit = maximise(["rate"], with_slope(height), [(7.0,), (0.01,)], people)
    assert fit.values[0] == pytest.approx(shape * people / total, rel=1e-6)
    assert fit.covariance[0, 0] == pytest.approx(1 / (shape * people), rel=1e-4)
    low, high = fit.interval("rate")
    assert low is not None
    assert high is not None
    assert np.log(high / fit.values[0]) == pytest.approx(1.959964 / np.sqrt(150), rel=1e-4)
    assert low * high == pytest.approx(fit.values[0] ** 2)
    # By the delta method 10 · rate is ten times as uncertain.
    variance = fit.variance_of(lambda values: np.array([10 * values[0], 1.0]))
    assert variance == pytest.approx([100 * fit.values[0] ** 2 / 150, 0], rel=1e-4)


def test_a_parameter_that_the_data_push_to_nothing_is_told() -> None:
    fit = maximise(["a", "b"], with_slope(lambda v: -(np.log(v[0]) ** 2) - v[1]), [(2.0, 1.0)], 1)
    assert fit.trouble == "loose"
    assert fit.loose == ("b",)
    assert fit.interval("b") == (None, None)
    assert fit.converged
    assert fit.values[0] == pytest.approx(1, abs=1e-4)
    assert fit.values[1] == pytest.approx(np.exp(-12))
    assert fit.covariance[1].tolist() == [0, 0]


def test_parameters_that_cannot_be_told_apart_are_told() -> None:
    fit = maximise(["a", "b"], with_slope(lambda v: -((np.log(v[0] * v[1])) ** 2)), [(2.0, 3.0)], 1)
    assert fit.loose == ("a", "b")
    # Of their product all is known.
    product = fit.variance_of(lambda v: np.log(v[:1] * v[1:]))[0]
    assert product == pytest.approx(1 / 2, rel=1e-3)


def test_a_likelihood_without_a_top_is_not_accepted() -> None:
    def noisy(values: np.ndarray) -> tuple[float, np.ndarray]:
        return float(np.sin(50 * values[0])), np.array([1.0])  # its slope is not that of its height

    assert not maximise(["a"], noisy, [(1.0,)], 1).converged
