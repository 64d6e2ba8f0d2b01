from calendar import monthrange
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kizuna.measures.survival import Unit, at_risk, count_renewals, kaplan_meier, period_of

REMISSION = [6, 6, 6, 7, 10, 13, 16, 22, 23]
STILL = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
"""Weeks in remission of 21 patients (E. Freireich et al., Blood 21, 1963), ended and not."""


def test_the_published_remissions() -> None:
    """Shares and standard errors as in every textbook; intervals as R's survfit and Stata's sts have them."""
    durations = np.array(REMISSION + STILL)
    ended = np.array([True] * len(REMISSION) + [False] * len(STILL))
    found = kaplan_meier(durations, ended)
    assert found.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert found.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert found.ended.tolist() == [3, 1, 1, 1, 1, 1, 1]
    assert found.share == pytest.approx([0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482], abs=1e-4)
    assert found.error == pytest.approx([0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346], abs=1e-4)
    assert found.low == pytest.approx([0.6197, 0.5631, 0.5032, 0.4316, 0.3675, 0.2678, 0.1881], abs=1e-4)
    assert found.high == pytest.approx([0.9516, 0.9228, 0.8894, 0.8491, 0.8049, 0.7468, 0.6801], abs=1e-4)
    assert found.median() == 23
    share, low, high = found.at(np.array([0, 6, 9, 40]))
    assert share.tolist() == [1, found.share[0], found.share[1], found.share[-1]]
    assert (low[0], high[0]) == (1, 1)
    assert at_risk(durations, np.array([0, 6, 9, 40])).tolist() == [21, 21, 16, 0]


def test_when_all_have_ended_nothing_is_left() -> None:
    found = kaplan_meier(np.array([1, 2]), np.array([True, True]))
    assert found.share.tolist() == [0.5, 0]
    assert (found.low[1], found.high[1], found.error[1]) == (0, 0, 0)
    assert kaplan_meier(np.array([1, 2]), np.array([False, False])).median() is None
    assert len(kaplan_meier(np.zeros(0), np.zeros(0, bool)).times) == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1))
def test_shares_are_the_product_of_those_who_stayed(rows: list[tuple[int, bool]]) -> None:
    found = kaplan_meier(np.array([time for time, _ in rows]), np.array([ended for _, ended in rows]))
    share = 1.0
    for at, time in enumerate(sorted({time for time, ended in rows if ended})):
        there = sum(one >= time for one, _ in rows)
        ends = sum(one == time and ended for one, ended in rows)
        share *= 1 - ends / there
        assert found.share[at] == pytest.approx(share)
        assert 0 <= found.low[at] <= found.share[at] + 1e-12
        assert found.share[at] - 1e-12 <= found.high[at] <= 1
    if not any(not ended for _, ended in rows):
        assert found.share[-1] == 0


def due_day(start: date, months: int) -> date:
    """The day of the month on which something began, or the last one there is, so many months later."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


@settings(max_examples=100, deadline=None)
@given(st.dates(date(1999, 1, 1), date(2030, 1, 1)), st.integers(0, 1_500), st.sampled_from(["week", "month", "year"]))
def test_a_period_ends_on_the_day_it_is_renewed(start: date, after: int, unit: Unit) -> None:
    day = start + timedelta(days=after)
    step = {"week": lambda n: start + timedelta(days=7 * n), "month": lambda n: due_day(start, n)}
    due = step.get(unit, lambda n: due_day(start, 12 * n))
    expected = next(n for n in range(1, 300) if day <= due(n))
    days = [np.array([(one - date(1970, 1, 1)).days]) for one in (start, day)]
    assert period_of(*days, unit).tolist() == [expected]


def test_nothing_is_said_of_a_period_that_is_not_over() -> None:
    day = lambda text: (date.fromisoformat(text) - date(1970, 1, 1)).days  # noqa: E731
    contracts = [
        ("2026-01-15", "2026-02-15"),  # did not renew the first time
        ("2026-01-15", "2026-02-16"),  # left in the second month
        ("2026-01-15", "2026-04-01"),  # left in the third, which is not over
        ("2026-01-15", "2027-01-01"),  # will leave
        ("2026-01-31", "2026-02-28"),  # the last day of February is a month after
        ("2026-04-10", "2026-04-10"),  # left in its first month, which is not over
    ]
    starts, ends = (np.array([day(pair[at]) for pair in contracts]) for at in (0, 1))
    found = count_renewals(starts, ends, day("2026-04-15"), "month")
    assert found.periods.tolist() == [1, 2, 2, 2, 1, 0]
    assert found.ended.tolist() == [True, True, False, False, True, False]
    ended, watched = found.count()
    assert (ended.tolist(), watched.tolist()) == ([2, 1], [0, 2])
