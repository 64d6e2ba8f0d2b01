"""Journeys and credits are those that going through each person's touches one by one finds."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kizuna.measures.attribution import (
    CONVERTED,
    CURRENCY,
    ENDED,
    GOAL,
    INVOLVED,
    LOSS,
    LOST,
    MODELS,
    NEGATIVE,
    OPEN,
    START,
    STEPS,
    TOUCHED,
    UNITS,
    UNTOUCHED,
    WORTHLESS,
    amount_of,
    attribute,
    find_people,
)
from kizuna.measures.markov import remove_channels


class Event(NamedTuple):
    key: int
    time: int
    channel: int | None
    value: int | None


class Journey(NamedTuple):
    key: int
    ended: int
    value: int
    path: list[tuple[int, int]]
    """Time and channel."""


CHANNELS, DIRECT = 3, 2
WINDOW, SAME, SINCE, UNTIL, NOW, HALF = 12, 4, 8, 50, 55, 5

events = st.builds(
    Event,
    st.integers(1, 2),
    st.integers(0, 55),
    st.none() | st.integers(0, CHANNELS - 1),
    st.none() | st.integers(-50, 1000),
)


def as_table(rows: Iterable[Event]) -> pa.Table:
    listed = [row for row in rows if row.channel is not None or row.value is not None]
    return pa.table(
        {
            "profile_key": pa.array([row.key for row in listed], pa.int64()),
            "time_us": pa.array([row.time for row in listed], pa.int64()),
            "channel": pa.array([row.channel or 0 for row in listed], pa.int64()),
            "is_touch": pa.array([row.channel is not None for row in listed], pa.bool_()),
            "is_goal": pa.array([row.value is not None for row in listed], pa.bool_()),
            "value": pa.array([row.value or None for row in listed], pa.int64()),
            "currency": pa.array(["JPY" if (row.value or 0) % 2 else None for row in listed], pa.string()),
        }
    )


def touches_of(rows: list[Event]) -> list[tuple[int, int]]:
    goals = [row.time for row in rows if row.value is not None]
    touches: list[tuple[int, int]] = []
    before: tuple[int, int] | None = None
    for time, channel in sorted((row.time, row.channel) for row in rows if row.channel is not None):
        parted = before is not None and any(before[0] <= goal < time for goal in goals)
        if before is None or parted or before[1] != channel or time - before[0] >= SAME:
            touches.append((time, channel))
        before = time, channel
    return touches


def journeys_of(rows: list[Event], since_last: bool) -> list[Journey]:
    found: list[Journey] = []
    for key in {row.key for row in rows}:
        own = [row for row in rows if row.key == key]
        touches = touches_of(own)
        goals = [(row.time, row.value) for row in own if row.value is not None]
        for time, value in goals:
            before = max((goal for goal, _ in goals if goal < time), default=-1) if since_last else -1
            path = [touch for touch in touches if time - WINDOW <= touch[0] <= time and touch[0] > before]
            if SINCE <= time < UNTIL:
                found.append(Journey(key, CONVERTED, value, path))
        lost = [one for one in touches if not any(one[0] <= goal <= one[0] + WINDOW for goal, _ in goals)]
        runs: list[list[tuple[int, int]]] = []
        for touch in lost:
            if runs and touch[0] - runs[-1][-1][0] <= WINDOW:
                runs[-1].append(touch)
            else:
                runs.append([touch])
        for run in runs:
            last = run[-1][0]
            if SINCE <= last < UNTIL:
                end = OPEN if last + WINDOW > NOW else LOST
                found.append(Journey(key, end, 0, [touch for touch in run if touch[0] >= last - WINDOW]))
    return found


def spread(total: int, n: int) -> list[int]:
    return [total // n + (1 if at < total % n else 0) for at in range(n)]


def credits_of(journey: Journey, total: int, model: str) -> list[int]:
    """By the rules, in whole parts."""
    path = journey.path
    n, channels = len(path), [channel for _, channel in path]
    if model == "linear" or (model == "position" and n < 3):
        return spread(total, n)
    if model == "position":
        end = total * 4 // 10
        return [end, *spread(total - 2 * end, n - 2), end]
    if model == "decay":
        weights = [2.0 ** ((time - path[-1][0]) / HALF) for time, _ in path]
        ends = [int(np.floor(total * (sum(weights[: at + 1]) / sum(weights)) + 0.5)) for at in range(n)]
        ends[-1] = total
        return [end - start for start, end in zip([0, *ends], ends, strict=False)]
    chosen = 0 if model == "first" else n - 1
    if model == "last_non_direct":
        chosen = max((at for at, channel in enumerate(channels) if channel != DIRECT), default=n - 1)
    return [total if at == chosen else 0 for at in range(n)]


LOOKED = {"window_us": WINDOW, "same_us": SAME, "since_us": SINCE, "until_us": UNTIL, "now_us": NOW}
ASKED = {"half_life_us": HALF, "direct": (DIRECT,)}


@settings(max_examples=150, deadline=None)
@given(st.lists(events, max_size=14), st.booleans(), st.randoms())
def test_credits_are_those_of_the_rules(rows: list[Event], since_last: bool, random: Any) -> None:
    journeys = journeys_of(rows, since_last)
    expected: Counter[tuple[int, int, int]] = Counter()
    amounts: Counter[tuple[int, int]] = Counter()
    for journey in journeys:
        path = [channel for _, channel in journey.path]
        expected[ENDED, 0, journey.ended] += 1
        if journey.ended != OPEN and path:
            end = GOAL if journey.ended == CONVERTED else LOSS
            for one, other in zip([START, *path], [*path, end], strict=True):
                expected[STEPS, one, other] += 1
        if journey.ended != CONVERTED:
            continue
        for kind, odd in ((WORTHLESS, not journey.value), (NEGATIVE, journey.value < 0), (CURRENCY, journey.value % 2)):
            expected[kind, 0, 0] += bool(odd)
        for channel in set(path):
            expected[INVOLVED, channel, 0] += 1
        if not path:
            expected[UNTOUCHED, 0, 0] += 1
            amounts[UNTOUCHED, 0] += journey.value
            continue
        for number, model in enumerate(MODELS):
            units, values = (credits_of(journey, total, model) for total in (UNITS, journey.value))
            for channel, unit, value in zip(path, units, values, strict=True):
                expected[number, channel, 0] += unit
                amounts[number, channel] += value
    for key in {row.key for row in rows}:
        inside = [one for one in touches_of([row for row in rows if row.key == key]) if SINCE <= one[0] < UNTIL]
        for _, channel in inside:
            expected[TOUCHED, channel, 0] += 1

    random.shuffle(rows)
    found = attribute(as_table(rows), channels=CHANNELS, since_last=since_last, **LOOKED, **ASKED).to_pylist()
    told = {(row["kind"], row["channel"], row["other"]): row["count"] for row in found if row["count"]}
    assert told == {place: count for place, count in expected.items() if count}
    worth = {
        (row["kind"], row["channel"]): amount_of(row["amount_high"], row["amount_low"])
        for row in found
        if row["kind"] < len(MODELS) or row["kind"] == UNTOUCHED
    }
    assert {place: value for place, value in worth.items() if value} == {p: v for p, v in amounts.items() if v}


@settings(max_examples=80, deadline=None)
@given(st.lists(events, max_size=12), st.sampled_from([*range(len(MODELS)), INVOLVED, TOUCHED, UNTOUCHED]))
def test_the_people_behind_a_credit(rows: list[Event], kind: int) -> None:
    expected: set[int] = set()
    for journey in journeys_of(rows, False):
        path = [channel for _, channel in journey.path]
        if journey.ended != CONVERTED:
            continue
        if (kind == UNTOUCHED and not path) or (kind == INVOLVED and 1 in path):
            expected.add(journey.key)
        elif kind < len(MODELS) and path:
            units = credits_of(journey, UNITS, MODELS[kind])
            expected |= {journey.key for channel, unit in zip(path, units, strict=True) if channel == 1 and unit > 0}
    if kind == TOUCHED:
        for key in {row.key for row in rows}:
            touches = touches_of([row for row in rows if row.key == key])
            expected |= {key for time, channel in touches if channel == 1 and SINCE <= time < UNTIL}
    found = find_people(as_table(rows), kind=kind, channel=1, since_last=False, **LOOKED, **ASKED)
    assert found.column("profile_key").to_pylist() == sorted(expected)


# --- Markov -----------------------------------------------------------------------------------------

paths = st.lists(st.tuples(st.lists(st.integers(0, 3), min_size=1, max_size=4), st.booleans()), min_size=1, max_size=8)


def count_steps(journeys: list[tuple[list[int], bool]], channels: int) -> np.ndarray:
    steps = np.zeros((channels + 1, channels + 2), np.int64)
    for path, converted in journeys:
        for one, other in zip([0, *(at + 1 for at in path)], [*path, channels + (not converted)], strict=True):
            steps[one, other] += 1
    return steps


def chance_of(journeys: list[tuple[list[int], bool]], without: int | None) -> Fraction:
    """Elimination, one channel after the other, in fractions: who comes to an eliminated one goes where it leads."""
    leads: dict[int, dict[Any, Fraction]] = {}
    counts: dict[int, Counter[Any]] = defaultdict(Counter)
    for path, converted in journeys:
        for one, other in zip([-1, *path], [*path, "goal" if converted else "loss"], strict=True):
            counts[one][other] += 1
    for place, onward in counts.items():
        leads[place] = {to: Fraction(n, sum(onward.values())) for to, n in onward.items()}
    if without is not None:
        leads[without] = {"loss": Fraction(1)}
    for place in range(4):
        if place not in leads:
            continue
        stays = leads[place].pop(place, Fraction(0))
        onward = {to: share / (1 - stays) for to, share in leads.pop(place).items()}
        for other in leads.values():
            share = other.pop(place, Fraction(0))
            for to, part in onward.items():
                other[to] = other.get(to, Fraction(0)) + share * part
    return leads[-1].get("goal", Fraction(0))


@settings(max_examples=120, deadline=None)
@given(paths)
def test_removal_effects_are_those_of_elimination(journeys: list[tuple[list[int], bool]]) -> None:
    found = remove_channels(count_steps(journeys, 4))
    chance = chance_of(journeys, None)
    assert found.chance == pytest.approx(float(chance), abs=1e-12)
    if not chance:
        assert found.effects is None
        return
    expected = [float(1 - chance_of(journeys, channel) / chance) for channel in range(4)]
    assert found.effects == pytest.approx(expected, abs=1e-12)
    share = found.share()
    assert share is not None
    assert share.sum() == pytest.approx(1)


def test_the_textbook_example() -> None:
    # S. Bryl, Marketing Multi-Channel Attribution model with R (part 1: Markov chains concept), analyzecore.com, 2016:
    # c1 > c2 > c3 converts, c1 and c2 > c3 do not; of one conversion c1 gets .2, the others .4 each.
    found = remove_channels(count_steps([([0, 1, 2], True), ([0], False), ([1, 2], False)], 3))
    assert found.chance == pytest.approx(1 / 3)
    assert found.effects == pytest.approx([0.5, 1, 1])
    assert found.share() == pytest.approx([0.2, 0.4, 0.4])


def test_of_no_journey_there_is_no_effect() -> None:
    assert remove_channels(np.zeros((3, 4), np.int64)).effects is None
    assert remove_channels(count_steps([([0], False)], 2)).chance == 0


def test_who_came_back_a_thousand_times_is_bounded() -> None:
    rows = [Event(1, 10, None, 5)] + [Event(1, 10 - at % 10, at % 3, None) for at in range(2_000)]
    found = attribute(as_table(rows), channels=CHANNELS, since_last=False, **{**LOOKED, "same_us": 0}, **ASKED)
    linear = [row["count"] for row in found.to_pylist() if row["kind"] == MODELS.index("linear")]
    assert sum(linear) == UNITS
