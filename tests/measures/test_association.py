"""2 × 2 tables: published examples, and scipy's own arithmetic."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, false_discovery_control

from kizuna.measures.association import adjust, odds_ratio, p_of


def test_fishers_tea() -> None:
    """R. A. Fisher, The Design of Experiments (1935): of 8 cups 4 had the milk first, 3 of which the lady found."""
    assert p_of((3, 1, 1, 3)) == pytest.approx(0.4857, abs=1e-4)


def test_a_large_table_is_pearsons() -> None:
    """Smoking of patients with and without lung carcinoma: R. Doll and A. B. Hill, BMJ (1950), men."""
    table = (647, 622, 2, 27)
    assert p_of(table) == pytest.approx(chi2_contingency([table[:2], table[2:]], correction=False)[1])
    assert odds_ratio(table).ratio == pytest.approx(14.04, abs=0.01)


def test_an_empty_cell_gets_a_half() -> None:
    odds = odds_ratio((0, 10, 10, 10))
    assert odds.ratio == pytest.approx(0.5 * 10.5 / (10.5 * 10.5))
    assert 0 < odds.low < odds.ratio < odds.high


def test_nothing_to_compare_is_no_difference() -> None:
    assert p_of((0, 0, 5, 9)) == p_of((4, 0, 9, 0)) == 1.0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), max_size=12))
def test_false_discoveries(ps: list[float]) -> None:
    assert adjust(ps) == pytest.approx(list(false_discovery_control(ps)) if ps else [])
