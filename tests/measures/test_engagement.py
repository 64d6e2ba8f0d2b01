"""Scores saturate, and how well they foretell is measured as published."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kizuna.measures.engagement import measure_auc, measure_lift, saturate


def test_scores_saturate() -> None:
    assert saturate(np.array([-5.0, 0, 10, 20, 1e9]), 10.0).tolist() == [0, 0, 50, 75, 100]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_the_area_is_the_share_of_pairs_in_the_right_order(people: list[tuple[int, bool]]) -> None:
    scores, did = np.array([score for score, _ in people]), np.array([did for _, did in people])
    found = measure_auc(scores, did)
    yes, no = [s for s, d in people if d], [s for s, d in people if not d]
    if not yes or not no:
        assert found is None
        return
    right = sum((one > other) + (one == other) / 2 for one in yes for other in no)
    assert found is not None
    assert found.value == pytest.approx(right / (len(yes) * len(no)))
    if found.low is not None and found.high is not None:
        assert 0 <= found.low <= found.value <= found.high <= 1


def test_its_error_is_that_of_the_structural_components() -> None:
    """By the definition of DeLong et al. 1988, pair by pair."""
    random = np.random.default_rng(7)
    scores, did = random.normal(size=60).round(1), random.random(60) < 0.4
    yes, no = scores[did], scores[~did]
    psi = (yes[:, None] > no) + (yes[:, None] == no) / 2
    variance = psi.mean(1).var(ddof=1) / len(yes) + psi.mean(0).var(ddof=1) / len(no)
    found = measure_auc(scores, did)
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    area = psi.mean()
    logit = lambda share: np.log(share / (1 - share))  # noqa: E731
    half = 1.959963984540054 * np.sqrt(variance) / (area * (1 - area))
    assert logit(found.high) - logit(area) == pytest.approx(half)
    assert logit(area) - logit(found.low) == pytest.approx(half)


def test_where_nobody_is_in_the_wrong_order_no_interval_is_said() -> None:
    found = measure_auc(np.array([1, 2, 3, 4]), np.array([False, False, True, True]))
    assert found is not None
    assert (found.value, found.low, found.high) == (1.0, None, None)


def test_lift_is_how_many_times_as_often_as_all() -> None:
    scores = np.arange(20)[::-1].copy()
    did = np.array([True] * 3 + [False] * 17)
    tenths = measure_lift(scores, did, np.arange(20))
    assert [(one.people, one.did) for one in tenths[:3]] == [(2, 2), (2, 1), (2, 0)]
    assert tenths[0].lift == pytest.approx(20 / 3)
    # Equal scores: who is known longer stands first, so the outcome does not depend on the order of rows.
    same = measure_lift(np.zeros(10), np.array([True] + [False] * 9), np.arange(10)[::-1].copy())
    assert [one.did for one in same] == [0] * 9 + [1]
    assert measure_lift(np.zeros(0), np.zeros(0, np.bool_), np.zeros(0, np.int64))[0].lift is None
