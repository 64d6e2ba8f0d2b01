"""Flows, stays and stalls are those that following each person finds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kizuna.measures.stages import DAY_US, NOWHERE, Stays, count_flow, days_there, find_stays, lay_tracks

MOMENTS = [0, 30, 58, 89, 119]
TIMES = [day * DAY_US for day in MOMENTS]

tracks = st.lists(st.lists(st.integers(-1, 2), min_size=5, max_size=5), max_size=12)


def as_array(rows: list[list[int]]) -> np.ndarray:
    return np.array(rows, np.int8).reshape(len(rows), len(MOMENTS))


def stays_of(track: list[int], stage: int) -> list[tuple[float, bool]]:
    found: list[tuple[float, bool]] = []
    for at in range(1, len(track)):
        if track[at] == stage != track[at - 1]:
            end = next((later for later in range(at, len(track)) if track[later] != stage), None)
            found.append((MOMENTS[-1 if end is None else end] - MOMENTS[at], end is not None))
    return found


@settings(max_examples=80, deadline=None)
@given(tracks)
def test_stays_and_flows(rows: list[list[int]]) -> None:
    array = as_array(rows)
    for stage in range(3):
        found = find_stays(array, TIMES, stage)
        expected = sorted(stay for track in rows for stay in stays_of(track, stage))
        assert sorted(zip(found.days.tolist(), found.ended.tolist(), strict=True)) == expected
    for moment in range(1, len(MOMENTS)):
        flow = count_flow(array, moment, 3)
        for source in range(-1, 3):
            for target in range(-1, 3):
                went = sum(track[moment - 1] == source and track[moment] == target for track in rows)
                assert flow[source + 1, target + 1] == went
    there = [
        MOMENTS[-1] - MOMENTS[max((at + 1 for at in range(5) if track[at] != track[-1]), default=0)] for track in rows
    ]
    assert days_there(array, TIMES).tolist() == there


def test_people_who_are_nowhere_at_a_moment_have_a_track_all_the_same() -> None:
    moments = [(np.array([3, 7]), np.array([0, 1], np.int8)), (np.array([5, 7]), np.array([2, 1], np.int8))]
    keys, found = lay_tracks(moments)
    assert keys.tolist() == [3, 5, 7]
    assert found.tolist() == [[0, NOWHERE], [NOWHERE, 2], [1, 1]]


def test_a_median_counts_those_who_are_still_there_for_as_long_as_they_were_seen() -> None:
    # Freireich et al. (1963), remission of 21 patients on 6-MP in weeks, as in D. Collett, Modelling Survival Data in
    # Medical Research: half have relapsed after 23 weeks; of those alone it would be 10.
    ended = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    going_on = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    found = Stays(np.array([*ended, *going_on], float), np.array([True] * len(ended) + [False] * len(going_on)))
    assert found.median() == 23


def test_who_mostly_stays_has_no_median() -> None:
    assert Stays(np.array([1.0, 5.0, 5.0]), np.array([True, False, False])).median() is None
    assert Stays(np.zeros(0), np.zeros(0, np.bool_)).median() is None
    assert Stays(np.array([2.0, 4.0]), np.array([True, False])).median() == pytest.approx(2)
