"""Itemsets and rules are those that counting every combination finds."""

from fractions import Fraction
from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kizuna.measures import baskets as measured
from kizuna.measures.baskets import find_itemsets, find_rules, least_count, order_itemsets

Baskets = list[set[int]]


def as_pairs(baskets: Baskets) -> tuple[np.ndarray, np.ndarray]:
    pairs = [(10 * number, item) for number, basket in enumerate(baskets) for item in basket]
    tids, items = ([pair[at] for pair in pairs] for at in (0, 1))
    return np.array(tids, np.int64), np.array(items, np.int64)


def count_all(baskets: Baskets, least: int, longest: int) -> dict[tuple[int, ...], int]:
    every = sorted(set().union(*baskets)) if baskets else []
    found = {
        members: sum(set(members) <= basket for basket in baskets)
        for length in range(1, longest + 1)
        for members in combinations(every, length)
    }
    return {members: count for members, count in found.items() if count >= least}


crowds = st.lists(st.sets(st.integers(-3, 6), min_size=1, max_size=6), min_size=1, max_size=12)


@settings(max_examples=150, deadline=None)
@given(crowds, st.integers(1, 4), st.integers(1, 4))
def test_itemsets_are_what_counting_finds(baskets: Baskets, least: int, longest: int) -> None:
    found = list(find_itemsets(*as_pairs(baskets), least, longest))
    assert dict(found) == count_all(baskets, least, longest)
    assert found == sorted(found, key=lambda one: (len(one[0]), one[0]))


@settings(max_examples=60, deadline=None)
@given(crowds, st.randoms(use_true_random=False))
def test_sets_that_were_found_elsewhere_are_put_in_the_same_order(baskets: Baskets, chance: Random) -> None:
    expected = find_itemsets(*as_pairs(baskets), 1)
    sets = [(chance.sample(members, len(members)), count) for members, count in expected]
    chance.shuffle(sets)
    items = np.array([item for members, _ in sets for item in members], np.int64)
    offsets = np.cumsum([0, *(len(members) for members, _ in sets)])
    found = order_itemsets(items, offsets, np.array([count for _, count in sets], np.int64), len(baskets))
    assert list(found) == list(expected)
    assert list(order_itemsets(items[:0], offsets[:1], items[:0], 0)) == []


def test_an_item_that_is_given_twice_counts_once() -> None:
    tids, items = np.array([1, 1, 1, 2]), np.array([5, 5, 6, 5])
    assert dict(find_itemsets(tids, items, 1)) == {(5,): 2, (6,): 1, (5, 6): 1}


def test_of_nothing_there_is_nothing() -> None:
    assert list(find_itemsets(np.array([], np.int64), np.array([], np.int64), 1)) == []


def test_thresholds_are_whole_numbers() -> None:
    # 0.29 * 100 is 28.999999999999996 as a double; a third of 6 is 2, not a little more.
    assert least_count(Fraction("0.29"), 100) == 29
    assert least_count(Fraction(1, 3), 6) == 2
    assert least_count(Fraction("0.001"), 10) == 1


def test_rules_have_the_published_figures() -> None:
    # Beer and nappies: 5 baskets, the textbook's own (Tan, Steinbach, Kumar, Introduction to Data Mining, table 6.1).
    bread, milk, nappies, beer, eggs, cola = range(6)
    baskets = [{bread, milk}, {bread, nappies, beer, eggs}, {milk, nappies, beer, cola}]
    baskets += [{bread, milk, nappies, beer}, {bread, milk, nappies, cola}]
    rules = {(rule.left, rule.right): rule for rule in find_rules(find_itemsets(*as_pairs(baskets), 2), Fraction(1, 2))}
    rule = rules[(milk, nappies), (beer,)]
    assert (rule.support, rule.confidence) == (0.4, pytest.approx(2 / 3))
    assert rule.lift == pytest.approx((2 / 5) / (3 / 5 * 3 / 5))
    assert rule.leverage == pytest.approx(0.4 - 0.36)
    assert rule.conviction == pytest.approx((1 - 3 / 5) / (1 - 2 / 3))
    assert rules[(beer,), (nappies,)].conviction is None


@settings(max_examples=60, deadline=None)
@given(crowds, st.fractions(0, 1, max_denominator=7), st.fractions(0, 2, max_denominator=5))
def test_rules_are_exactly_those_above_the_thresholds(baskets: Baskets, confidence: Fraction, lift: Fraction) -> None:
    counts = count_all(baskets, 1, 4)
    expected = {
        (tuple(item for item in members if item not in right), right)
        for members, both in counts.items()
        for length in range(1, len(members))
        for right in combinations(members, length)
        for left in [tuple(item for item in members if item not in right)]
        if Fraction(both, counts[left]) >= confidence
        and Fraction(both * len(baskets), counts[left] * counts[right]) >= lift
    }
    rules = find_rules(find_itemsets(*as_pairs(baskets), 1, 4), confidence, lift, right_longest=4)
    assert {(rule.left, rule.right) for rule in rules} == expected
    assert [rule.lift for rule in rules] == sorted((rule.lift for rule in rules), reverse=True)


def test_more_sets_than_can_be_held_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "ITEMSETS_MAX", 100)
    monkeypatch.setattr(measured, "_BUFFER", 10)
    with pytest.raises(OverflowError):
        find_itemsets(*as_pairs([set(range(8))]), 1)
