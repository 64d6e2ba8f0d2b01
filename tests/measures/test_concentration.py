"""Shares and Gini's coefficient are exact."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kizuna.measures.concentration import gini, order_most_first, sum_tenths, tenths_of, top_share
from kizuna.measures.exact import dot, sum_by

amounts_lists = st.lists(st.integers(-(10**15), 9 * 10**18), min_size=1, max_size=25)


@settings(max_examples=100, deadline=None)
@given(amounts_lists, st.data())
def test_sums_are_those_of_whole_numbers(amounts: list[int], data: st.DataObject) -> None:
    codes = data.draw(st.lists(st.integers(0, 3), min_size=len(amounts), max_size=len(amounts)))
    values = np.array(amounts, np.int64)
    expected = [sum(a for a, c in zip(amounts, codes, strict=True) if c == code) for code in range(4)]
    assert sum_by(np.array(codes), values, 4) == expected
    weights = data.draw(st.lists(st.integers(-(2**31), 2**31), min_size=len(amounts), max_size=len(amounts)))
    assert dot(np.array(weights), values) == sum(w * a for w, a in zip(weights, amounts, strict=True))


@settings(max_examples=100, deadline=None)
@given(amounts_lists)
def test_gini_is_the_mean_difference_over_twice_the_mean(amounts: list[int]) -> None:
    found = gini(np.array(amounts, np.int64))
    if len(amounts) < 2 or sum(amounts) <= 0:
        assert found is None
    else:
        differences = sum(abs(one - other) for one in amounts for other in amounts)
        assert found == Fraction(differences, 2 * len(amounts) * sum(amounts))


def test_gini_of_equals_and_of_one_who_has_everything() -> None:
    assert gini(np.array([5, 5, 5])) == 0
    assert gini(np.array([0, 0, 0, 8])) == Fraction(3, 4)
    assert gini(np.array([-8, 1, 9])) == Fraction(17, 3)  # the negative lets it pass 1


def test_tenths_differ_by_one_person_at_most() -> None:
    assert np.bincount(tenths_of(23)).tolist() == [3, 2, 2, 3, 2, 2, 3, 2, 2, 2]
    assert sum_tenths(np.array([9, 5, 1])) == [9, 0, 0, 5, 0, 0, 1, 0, 0, 0]
    assert order_most_first(np.array([4, 2, 3]), np.array([7, 7, 9])).tolist() == [2, 1, 0]


def test_the_top_is_whole_people() -> None:
    ordered = np.array([60, 30, 5, 5])
    assert top_share(ordered, 50) == Fraction(9, 10)
    assert top_share(ordered, 49) == Fraction(6, 10)
    assert top_share(ordered, 20) is None
    assert top_share(np.array([0, 0]), 50) is None
