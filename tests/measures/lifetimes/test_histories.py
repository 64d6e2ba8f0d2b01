from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kizuna.measures.lifetimes.histories import group_histories

customers = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0.0, 0.5, 2.0]), st.sampled_from([2.0, 3.5])))


@settings(max_examples=60, deadline=None)
@given(customers, st.randoms())
def test_equal_histories_are_one_whatever_the_order(given: list[tuple[float, float, float]], chance: Random) -> None:
    rows = np.array(given, np.float64).reshape(len(given), 3)
    found = group_histories(*rows.T)
    distinct = sorted(set(given), key=lambda one: (one[0], one[2], one[1]))
    assert list(zip(found.x, found.last, found.age, strict=True)) == distinct
    assert found.people.tolist() == [given.count(one) for one in distinct]
    assert [distinct[place] for place in found.places] == given
    assert found.total == len(given)
    numbers, codes = found.count_x()
    assert numbers[codes].tolist() == found.x.tolist()
    chance.shuffle(given)
    again = group_histories(*np.array(given, np.float64).reshape(len(given), 3).T)
    assert again.people.tolist() == found.people.tolist()


@pytest.mark.parametrize("row", [(-1, 0, 1), (1, 2, 1), (1, -1, 1), (1, float("nan"), 1)])
def test_what_cannot_have_happened_is_refused(row: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="0 ≤ t_x ≤ T"):
        group_histories(*(np.array([value]) for value in row))
