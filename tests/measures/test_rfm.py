"""Scores of fifths are what counting who stands below gives."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kizuna.measures.rfm import combine, score_fifths


def scored(values: list[int]) -> list[int]:
    return score_fifths(np.array(values, np.int64)).tolist()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(-3, 12), max_size=30))
def test_a_score_says_how_many_fifths_stand_strictly_below(values: list[int]) -> None:
    below = [sum(other < value for other in values) for value in values]
    assert scored(values) == [1 + 5 * count // len(values) for count in below]


def test_a_fifth_has_each_score_where_all_differ() -> None:
    assert scored([7, 1, 9, 3, 5, 8, 2, 10, 4, 6]) == [4, 1, 5, 2, 3, 4, 1, 5, 2, 3]


def test_who_has_the_least_with_many_others_has_one() -> None:
    # Most customers bought once: that must not look like loyalty.
    assert scored([1] * 8 + [2, 3]) == [1] * 8 + [5, 5]
    assert scored([4, 4, 4]) == [1, 1, 1]
    assert scored([]) == []


def test_one_good_score_alone_makes_no_good_customer() -> None:
    frequency, monetary = np.array([1, 1, 5, 5], np.int8), np.array([1, 5, 4, 5], np.int8)
    assert combine(frequency, monetary).tolist() == [1, 3, 4, 5]
