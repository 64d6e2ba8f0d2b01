"""The map of RFM groups is complete, and has no place twice."""

from itertools import product

from kizuna.domains.analytics.rules.rfm_groups import CELLS, GROUPS


def test_every_cell_has_one_group_and_every_group_a_cell() -> None:
    assert sorted(CELLS) == sorted(product(range(1, 6), repeat=2))
    assert set(CELLS.values()) == set(GROUPS)


def test_more_value_never_makes_a_customer_a_lesser_one() -> None:
    """Within a recency the groups stand in one order, each in one piece."""
    for recency in range(1, 6):
        row = [CELLS[recency, value] for value in range(1, 6)]
        pieces = [group for at, group in enumerate(row) if at == 0 or row[at - 1] != group]
        assert len(pieces) == len(set(pieces))


def test_every_group_is_called_something_in_both_languages() -> None:
    assert all(one["en"] and one["ja"] for one in GROUPS.values())
