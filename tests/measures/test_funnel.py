"""How far people come is what following every attempt, one by one, says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise, permutations
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kizuna.measures.funnel import Order, Outcomes, count_steps, find_people, follow
from kizuna.measures.funnel_scan import NONE

SINCE, UNTIL, NOW = 3, 22, 30
LABELS = ("a", "b", None, "other")
OTHER = 3


@dataclass(frozen=True)
class Event:
    key: int
    time: int
    steps: frozenset[int]
    excluded: frozenset[int] = frozenset()
    first: bool = False
    label: str | None = None


@dataclass(frozen=True)
class Asked:
    steps: int = 3
    window: int = 6
    order: Order = "ordered"
    optional: frozenset[int] = frozenset()
    exclusions: tuple[tuple[int, int], ...] = ()
    first: bool = False
    since: int = SINCE
    until: int = UNTIL

    def given(self) -> dict[str, Any]:
        return {
            "steps": self.steps,
            "window_us": self.window,
            "order": self.order,
            "optional": tuple(sorted(self.optional)),
            "exclusions": self.exclusions,
            "first": self.first,
            "since_us": self.since,
            "until_us": self.until,
            "now_us": NOW,
        }


@dataclass(frozen=True)
class Attempt:
    """``done`` says when each step was done; ``at`` is how many steps on it is."""

    done: tuple[tuple[int, int], ...] = ()
    spoilt: bool = False
    at: int = 0

    @property
    def start(self) -> int:
        return self.done[0][1]


@dataclass
class Person:
    best: Attempt | None = None
    spoilt_at: int = 0
    live: list[Attempt] = field(default_factory=list[Attempt])


def fills(steps: Sequence[int], events: Sequence[Event]) -> bool:
    """Whether the steps can be done by as many different events."""
    return any(
        all(step in event.steps for step, event in zip(steps, chosen, strict=True))
        for chosen in permutations(events, len(steps))
    )


def move(attempt: Attempt, instant: Sequence[Event], asked: Asked) -> Attempt:
    """As far as it can at that instant, with as many optional steps as can be, the earlier ones first."""
    for last in reversed(range(attempt.at, asked.steps)):
        chosen = [step for step in range(attempt.at, last) if step not in asked.optional] + [last]
        if not fills(chosen, instant):
            continue
        for step in range(attempt.at, last):
            if step in asked.optional and fills([*chosen, step], instant):
                chosen.append(step)
        done = attempt.done + tuple((step, instant[0].time) for step in sorted(chosen))
        return replace(attempt, done=done, at=last + 1)
    return attempt


def is_hit(attempt: Attempt, moved: Attempt, instant: Sequence[Event], asked: Asked) -> bool:
    there = {number for event in instant for number in event.excluded}
    return not attempt.spoilt and any(
        low + 1 <= attempt.at and moved.at < high + 1
        for number, (low, high) in enumerate(asked.exclusions)
        if number in there
    )


def live(person: Person, instant: Sequence[Event], asked: Asked, begins: bool) -> None:
    time = instant[0].time
    in_time = [one for one in person.live if time - one.start <= asked.window]
    best = person.best
    if best and time - best.start <= asked.window and is_hit(best, move(best, instant, asked), instant, asked):
        person.spoilt_at, person.best = max(person.spoilt_at, best.at), None
    settled = person.best.at if person.best else 0
    arrived: list[Attempt] = []
    staying = [one for one in person.live if one not in in_time]
    for one in [*in_time, *([Attempt()] if begins else [])]:
        moved = move(one, instant, asked)
        if moved.at == 0:
            continue
        if is_hit(one, moved, instant, asked):
            moved = replace(moved, spoilt=True)
        if moved.spoilt:
            person.spoilt_at = max(person.spoilt_at, moved.at)
        elif moved.at > max(one.at, settled):
            arrived.append(moved)
        staying.append(moved)
    if arrived:
        person.best = max(arrived, key=lambda one: (one.at, len(one.done), one.start))
    if asked.order == "strict":
        seen = {step for event in instant for step in event.steps}
        staying = [one for one in staying if one.at - 1 in seen]
    # Of those that came equally far the latest goes on.
    person.live = [
        one for one in staying if one.start == max(o.start for o in staying if (o.at, o.spoilt) == (one.at, one.spoilt))
    ]


Told = tuple[tuple[tuple[int, int], ...], bool, bool]
"""When each step was done, whether open, whether removed."""


def model(events: Iterable[Event], asked: Asked) -> Told | None:
    """What is told of one person; None where they never began."""
    ordered = sorted(events, key=lambda event: event.time)
    person = Person()
    ever = min((event.time for event in ordered if event.first), default=None)
    firsts = {ever} & {event.time for event in ordered if event.first and 0 in event.steps}
    for time, group in groupby(ordered, key=lambda event: event.time):
        instant = list(group)
        if person.best and person.best.at == asked.steps:
            break
        live(person, instant, asked, asked.since <= time < asked.until and (not asked.first or time in firsts))
    far = person.best.at if person.best else 0
    if person.spoilt_at > far:
        return ((), False, True)
    if person.best is None:
        return None
    waiting = any(not one.spoilt and one.start + asked.window > NOW and one.at < asked.steps for one in person.live)
    return person.best.done, waiting and far < asked.steps, False


def most(events: Sequence[Event], steps: int) -> int:
    """How many steps different events of these can do."""

    def fill(step: int, left: tuple[Event, ...]) -> int:
        if step == steps:
            return 0
        ways = [1 + fill(step + 1, (*left[:at], *left[at + 1 :])) for at, one in enumerate(left) if step in one.steps]
        return max([fill(step + 1, left), *ways])

    return fill(0, tuple(events))


def model_any(events: Iterable[Event], asked: Asked) -> Told | None:
    """The same in any order, by looking at every window there is."""
    ordered = sorted(events, key=lambda event: event.time)
    barred = [event.time for event in ordered if event.excluded]
    starts = sorted({event.time for event in ordered if event.steps and asked.since <= event.time < asked.until})

    def between(low: int, high: int) -> list[Event]:
        return [event for event in ordered if event.steps and low <= event.time <= high]

    def is_clean(low: int, high: int) -> bool:
        return high - low <= asked.window and not any(low < time < high for time in barred)

    spans = [
        (most(between(low, high), asked.steps), -high, low)
        for low in starts
        for high in sorted({event.time for event in ordered})
        if high >= low and is_clean(low, high)
    ]
    if not spans:
        return None
    level, end, low = max(spans)
    times = sorted({event.time for event in between(low, -end)})
    done = tuple(
        (step, next(time for time in times if most(between(low, time), asked.steps) > step)) for step in range(level)
    )
    latest = [low for low in starts if low + asked.window > NOW and not any(time > low for time in barred)]
    return done, bool(latest) and level < asked.steps, False


# --- beside the kernel -------------------------------------------------------------------------------


def as_table(events: Iterable[Event], asked: Asked) -> pa.Table:
    listed = list(events)
    bits = [
        sum(1 << step for step in event.steps)
        | sum(1 << (asked.steps + number) for number in event.excluded)
        | (1 << (asked.steps + len(asked.exclusions)) if event.first else 0)
        for event in listed
    ]
    return pa.table(
        {
            "profile_key": pa.array([event.key for event in listed], pa.int64()),
            "time_us": pa.array([event.time for event in listed], pa.int64()),
            "bits": pa.array(bits, pa.int32()),
            "label": pa.array([event.label for event in listed], pa.string()),
        }
    )


def shown(found: Outcomes) -> dict[tuple[int, int, int], Told]:
    """By profile key, period and label."""
    told: dict[tuple[int, int, int], Told] = {}
    for at, key in enumerate(found.keys.tolist()):
        reached = found.attempts.reached[at].tolist()
        done = tuple((step, time) for step, time in enumerate(reached) if time != NONE)
        removed = bool(found.attempts.removed[at])
        place = (key, int(found.attempts.period[at]), int(found.labels[at]))
        assert place not in told
        told[place] = ((), False, True) if removed else (done, bool(found.attempts.open[at]), False)
    return told


def tell(events: Sequence[Event], asked: Asked) -> Told | None:
    return model_any(events, asked) if asked.order == "any" else model(events, asked)


def expected(events: Sequence[Event], asked: Asked, bounds: Sequence[int]) -> dict[tuple[int, int, int], Told]:
    each = {
        (key, period, 0): tell(
            [event for event in events if event.key == key],
            replace(asked, since=max(low, asked.since), until=min(high, asked.until)),
        )
        for key in {event.key for event in events}
        for period, (low, high) in enumerate(pairwise(bounds))
    }
    return {place: told for place, told in each.items() if told is not None}


@st.composite
def askings(draw: st.DrawFn) -> Asked:
    steps = draw(st.integers(2, 4))
    order: Order = draw(st.sampled_from(["ordered", "ordered", "strict", "any"]))
    if order == "any":
        return Asked(steps, order=order, exclusions=draw(st.sampled_from([(), ((0, steps - 1),)])))
    optional = draw(st.frozensets(st.integers(1, steps - 1), max_size=2))
    pairs = [(low, high) for low in range(steps) for high in range(low + 1, steps)]
    exclusions = tuple(draw(st.lists(st.sampled_from(pairs), max_size=2)))
    return Asked(steps, draw(st.integers(1, 8)), order, optional, exclusions, draw(st.booleans()))


@st.composite
def histories(draw: st.DrawFn, asked: Asked, most_events: int = 9) -> list[Event]:
    """Times are close together, so that many are equal."""
    of_steps = st.frozensets(st.integers(0, asked.steps - 1), min_size=asked.order != "strict", max_size=2)
    none: st.SearchStrategy[frozenset[int]] = st.just(frozenset())
    one = st.builds(
        Event,
        st.integers(1, 2),
        st.integers(0, 34),
        of_steps,
        st.frozensets(st.integers(0, len(asked.exclusions) - 1), max_size=1) if asked.exclusions else none,
        st.booleans() if asked.first else st.just(False),
        st.sampled_from(["a", "b", "c", "d", None]),
    )
    middle = draw(st.integers(0, 24))
    near = st.builds(lambda event, after: replace(event, time=middle + after), one, st.integers(0, 7))
    return draw(st.lists(near | one, max_size=most_events))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_everybody_comes_as_far_as_following_every_attempt_says(data: st.DataObject) -> None:
    asked = data.draw(askings())
    events = data.draw(histories(asked))
    bounds = data.draw(st.sampled_from([None, (0, 10, 13, 40)]))
    whole = bounds is not None and data.draw(st.booleans())
    found = shown(follow(as_table(events, asked), **asked.given(), bounds_us=bounds, whole=whole))
    of_range = {place: told for place, told in found.items() if place[1] == -1}
    assert of_range == {
        (key, -1, 0): told for (key, _, _), told in expected(events, asked, (SINCE, UNTIL)).items() if whole
    }
    of_periods = {place: told for place, told in found.items() if place[1] != -1}
    assert of_periods == expected(events, asked, bounds or (SINCE, UNTIL))


def place_of(label: str | None) -> int:
    return LABELS.index(label) if label in LABELS else OTHER


def value_of(told: Told) -> tuple[Any, ...]:
    done, _, removed = told
    return (not removed, done[-1][0], -done[-1][1], done[0][1]) if done else (False,)


def label_at(events: Sequence[Event], time: int) -> int:
    return min((place_of(event.label) for event in events if event.time == time and event.label), default=2)


@settings(max_examples=80, deadline=None)
@given(st.data(), st.sampled_from(["first", "last", 1, "all"]))
def test_people_have_the_label_that_is_asked_for(data: st.DataObject, attribution: Any) -> None:
    asked = data.draw(askings().filter(lambda asked: not asked.first))
    events = data.draw(histories(asked, 12))
    table = as_table(events, asked)
    found = shown(follow(table, **asked.given(), labels=LABELS, other=OTHER, attribution=attribution))
    wanted: dict[tuple[int, int, int], Told] = {}
    for key in {event.key for event in events}:
        own = [event for event in events if event.key == key]
        if attribution == "all":
            for label in {event.label for event in own}:
                told = tell([event for event in own if event.label == label], asked)
                place = (key, 0, place_of(label))
                if told and (place not in wanted or value_of(told) > value_of(wanted[place])):
                    wanted[place] = told
            continue
        told, label = tell(own, asked), 2
        named = [event.time for event in own if event.steps and event.time >= SINCE and event.label]
        if isinstance(attribution, int):
            when = dict(told[0]).get(attribution) if told else None
            if when is None:
                continue
            of_step = [event for event in own if asked.order == "any" or attribution in event.steps]
            label = label_at([event for event in of_step if event.steps], when)
        elif named:
            when = min(named) if attribution == "first" else max(named)
            label = label_at([event for event in own if event.steps], when)
        if told:
            wanted[key, 0, label] = told
    if isinstance(attribution, int):  # whoever is removed did no step that could have a label
        found = {place: told for place, told in found.items() if not told[2]}
    assert found == wanted


def test_parts_of_people_are_followed_apart() -> None:
    asked = Asked(2)
    events = [Event(1, 4, frozenset({0})), Event(1, 5, frozenset({1})), Event(1, 6, frozenset({0}))]
    table = as_table(events, asked).append_column("part", pa.array(["s1", "s2", "s2"]))
    counts = count_steps(table, **asked.given()).to_pylist()
    assert [row["people"] for row in counts] == [2, 0]
    assert find_people(table, kind="did", step=0, label=None, period=None, **asked.given()).to_pylist() == [
        {"profile_key": 1}
    ]


Counted = dict[tuple[int, int, int], tuple[int, int, list[int], list[int]]]


def add_up(tables: Iterable[pa.Table]) -> Counted:
    total: Counted = {}
    for table in tables:
        for row in table.to_pylist():
            place = (row["period"], row["label"], row["step"])
            people, waiting, first, before = total.get(place, (0, 0, [], []))
            total[place] = (
                people + row["people"],
                waiting + row["open"],
                sorted(first + row["from_first"]),
                sorted(before + row["from_before"]),
            )
    return total


@settings(max_examples=60, deadline=None)
@given(st.data(), st.randoms())
def test_counts_add_up_however_rows_come(data: st.DataObject, random: Any) -> None:
    asked = data.draw(askings())
    given_ = asked.given() | {"labels": LABELS, "other": OTHER, "bounds_us": (0, 10, 40), "whole": True}
    events = data.draw(histories(asked, 14))
    whole = add_up([count_steps(as_table(events, asked), **given_)])
    random.shuffle(events)
    apart = [[event for event in events if event.key == key] for key in (2, 1)]
    assert add_up(count_steps(as_table(some, asked), **given_) for some in apart) == whole
    for (period, label, step), (people, waiting, first, before) in whole.items():
        kind = "removed" if step < 0 else "did"
        assert len(behind(events, asked, given_, kind, step, label, period)) == people
        if step > 0:
            assert len(first) == len(before) == people
            before_it = max(one for one in range(step) if one not in asked.optional)
            open_ = behind(events, asked, given_, "open", step, label, period)
            dropped = behind(events, asked, given_, "dropped", step, label, period)
            did = behind(events, asked, given_, "did", step, label, period)
            assert len(open_) == waiting
            assert sorted(open_ + dropped + did) == behind(events, asked, given_, "did", before_it, label, period)


def behind(
    events: list[Event], asked: Asked, given_: dict[str, Any], kind: Any, step: int, label: int, period: int
) -> list[int]:
    found = find_people(as_table(events, asked), kind=kind, step=step, label=label, period=period, **given_)
    return found.column("profile_key").to_pylist()


def test_times_are_from_the_attempt_that_counts() -> None:
    """The first that comes as far; what the person does later changes nothing."""
    asked = Asked(3, window=10)
    times = [(4, 0), (5, 0), (7, 1), (9, 2), (12, 0), (13, 1), (14, 2)]
    table = as_table([Event(1, time, frozenset({step})) for time, step in times], asked)
    rows = count_steps(table, **asked.given()).to_pylist()
    assert [(row["from_first"], row["from_before"]) for row in rows] == [([], []), ([2], [2]), ([4], [2])]


@pytest.mark.parametrize(("order", "people"), [("ordered", [1, 1, 0]), ("strict", [1, 0, 0]), ("any", [1, 1, 1])])
def test_orders(order: Order, people: list[int]) -> None:
    asked = Asked(3, window=10, order=order)
    happened = [(4, {2}), (5, {0}), (6, set[int]()), (7, {1})]
    table = as_table([Event(1, time, frozenset(steps)) for time, steps in happened], asked)
    assert [row["people"] for row in count_steps(table, **asked.given()).to_pylist()] == people


def test_nobody_is_nowhere() -> None:
    asked = Asked(3)
    for events in ([], [Event(1, 4, frozenset({1}))]):
        table = as_table(events, asked)
        assert count_steps(table, **asked.given()).num_rows == 0
        assert find_people(table, kind="open", step=1, label=None, period=None, **asked.given()).num_rows == 0
