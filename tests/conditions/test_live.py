"""The incremental form says at every moment what the plain reading of the condition says."""

import random
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kizuna.conditions.ast import (
    BEHAVIOURS,
    Ago,
    Anniversary,
    Behaviour,
    Dated,
    Did,
    EventMatch,
    Fact,
    Filter,
    OnDate,
    Span,
    Window,
    leaves,
)
from kizuna.conditions.evaluate import Event, evaluate
from kizuna.conditions.live.entries import ENTRIES_MAX, Entries, join_entries
from kizuna.conditions.live.feeds import ALL, Keep, join_keeps, live_reasons, plan_leaf
from kizuna.conditions.live.idents import idents_of, idents_of_arrow
from kizuna.conditions.live.judge import judge
from kizuna.conditions.live.match import Matcher, split_idents
from kizuna.conditions.moments import FAR_US, At
from tests.conditions.strategies import World, worlds

DAY_US = 86_400_000_000
NOTHING = Keep()
NOW = At(1_775_000_000_000_000, "Asia/Tokyo")


class Follower:
    """One person's entries of one leaf, brought up to date as a stream would."""

    def __init__(self, leaf: Behaviour, at: At, also: Keep = NOTHING) -> None:
        feed, keep = plan_leaf(leaf, at)
        self.leaf, self.keep = leaf, join_keeps([keep, also])
        self.matcher = Matcher(feed, at.zone)
        self.entries = join_entries([], 1)

    def take(self, events: Sequence[Event], now_us: int) -> None:
        rows: list[tuple[int, int, int]] = []
        idents = idents_of([one.id for one in events]).tolist()
        for one, own in zip(events, idents, strict=True):
            extras = self.matcher(one.name, one.touchpoint, one.properties, one.time_us)
            rows += [(one.time_us, ident, extra) for ident, extra in split_idents(own, extras)]
        new = np.array(rows, np.int64).reshape(-1, 3).T
        old = self.entries
        parts: list[Any] = [
            (old.groups(), old.times, old.idents, old.extras),
            (np.zeros(len(rows), np.int64), new[0], new[1], new[2]),
        ]
        self.entries = join_entries(parts, 1).prune(self.keep, now_us)

    def ask(self, at: At) -> tuple[bool, int]:
        judged = judge(self.leaf, self.entries, at)
        return bool(judged.holds[0]), int(judged.due[0])


def at_moment(at: At, now_us: int) -> At:
    return At(now_us, at.zone, at.week_start)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(world=worlds(), seed=st.integers(0, 2**32), also=st.sampled_from([Keep(), ALL, Keep(newest=2)]))
def test_leaves_follow_events_in_any_order(world: World, seed: int, also: Keep) -> None:
    dice = random.Random(seed)
    for leaf in leaves(world.node):
        if not isinstance(leaf, BEHAVIOURS) or live_reasons(leaf):
            continue
        follower = Follower(leaf, world.at, also)
        events = list(world.person.events)
        dice.shuffle(events)
        moments = sorted(world.at.now_us - dice.choice((0, 1, DAY_US, 40 * DAY_US)) for _ in range(3))
        for now_us in moments:
            taken = dice.randrange(len(events) + 1)
            follower.take(events[:taken] + events[: dice.randrange(taken + 1)], now_us)
            events = events[taken:]
        follower.take(events, world.at.now_us)
        holds, due = follower.ask(world.at)
        assert holds == evaluate(leaf, world.person, world.at)
        assert due > world.at.now_us
        for later in {world.at.now_us + 1, due - 1, world.at.now_us + dice.randrange(1, 90 * DAY_US)}:
            if world.at.now_us < later < min(due, world.at.now_us + 400 * DAY_US):
                assert evaluate(leaf, world.person, at_moment(world.at, later)) == holds, "it turned before it was due"


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(world=worlds(), seed=st.integers(0, 2**32))
def test_time_alone_turns_leaves_when_they_are_due(world: World, seed: int) -> None:
    """Looks only when something is due, and still knows the answer at any moment between."""
    dice = random.Random(seed)
    for leaf in leaves(world.node):
        if not isinstance(leaf, BEHAVIOURS) or live_reasons(leaf):
            continue
        follower = Follower(leaf, world.at)
        follower.take(world.person.events, world.at.now_us)
        at, end_us = world.at, world.at.now_us + dice.choice((2, 40, 400)) * DAY_US
        for _ in range(50):
            holds, due = follower.ask(at)
            follower.take([], at.now_us)
            if due > end_us:
                assert holds == evaluate(leaf, world.person, at_moment(at, end_us))
                break
            at = at_moment(at, due)


def orders(times: Sequence[int], **properties: Any) -> list[Event]:
    return [Event(f"m{place}", "Order", time, "web", properties) for place, time in enumerate(times)]


def did(value: int, **more: Any) -> Did:
    return Did(EventMatch("Order"), value=value, **more)


MONTH = Window(since=Ago(Span(30, "day")))


def test_three_orders_in_a_month_are_kept_as_three_times() -> None:
    follower = Follower(did(3, window=MONTH), NOW)
    follower.take(orders([NOW.now_us - day * DAY_US for day in range(40)]), NOW.now_us)
    assert len(follower.entries.times) == 3
    assert follower.ask(NOW) == (True, NOW.now_us - 2 * DAY_US + 30 * DAY_US + 1)


def test_the_instant_of_expiry_is_exact() -> None:
    follower = Follower(did(1, window=MONTH), NOW)
    follower.take(orders([NOW.now_us]), NOW.now_us)
    _, due = follower.ask(NOW)
    assert follower.ask(at_moment(NOW, due - 1))[0]
    assert follower.ask(at_moment(NOW, due)) == (False, FAR_US)


def test_an_event_of_the_future_is_due_when_it_happens() -> None:
    follower = Follower(did(1), NOW)
    follower.take(orders([NOW.now_us + 5]), NOW.now_us)
    assert follower.ask(NOW) == (False, NOW.now_us + 5)
    assert follower.ask(at_moment(NOW, NOW.now_us + 5))[0]


def test_the_same_event_twice_is_one() -> None:
    follower = Follower(did(2), NOW)
    event = orders([NOW.now_us])
    follower.take(event, NOW.now_us)
    follower.take(event, NOW.now_us)
    assert not follower.ask(NOW)[0]


def test_two_events_of_one_instant_are_two() -> None:
    follower = Follower(did(2), NOW)
    follower.take(orders([NOW.now_us, NOW.now_us]), NOW.now_us)
    assert follower.ask(NOW)[0]


def test_a_runaway_sender_is_bounded() -> None:
    entries = Entries.make(
        np.zeros(3 * ENTRIES_MAX, np.int64),
        np.arange(3 * ENTRIES_MAX),
        np.zeros(3 * ENTRIES_MAX, np.int64),
        np.zeros(3 * ENTRIES_MAX, np.int64),
        1,
    )
    kept = entries.prune(ALL, NOW.now_us)
    assert len(kept.times) == ENTRIES_MAX + 1
    assert kept.times[0] == 0
    assert kept.times[-1] == 3 * ENTRIES_MAX - 1


@pytest.mark.parametrize(
    ("leaf", "reasons"),
    [
        (did(1), []),
        (Fact("loyalty.tier", msgspec.convert({"op": "is", "value": "gold"}, Any)), ["fact"]),
        (Did(EventMatch("Visit", [Filter("on", Dated(until=Ago(Span(1, "day"))))])), ["filter"]),
        (Did(EventMatch("Visit", [Filter("on", Anniversary())])), ["filter"]),
        (Did(EventMatch("Visit", [Filter("on", Dated(until=OnDate("2026-04-01")))])), []),
    ],
)
def test_what_cannot_be_live_says_why(leaf: Any, reasons: list[str]) -> None:
    assert live_reasons(leaf) == reasons


def test_days_are_those_of_the_workspace() -> None:
    feed, _ = plan_leaf(did(1, window=Window(since=OnDate("2026-04-01"))), NOW)
    assert feed.since_us == 1_774_969_200_000_000  # 2026-03-31T15:00Z


def test_people_without_events_are_told_apart_from_those_with() -> None:
    found = judge(did(1), join_entries([(np.array([1]), np.array([5]), np.array([0]), np.array([1]))], 3), NOW)
    assert found.holds.tolist() == [False, True, False]


@settings(deadline=None)
@given(st.lists(st.text(max_size=40)))
def test_ids_are_told_apart_alike_in_stream_and_lake(texts: list[str]) -> None:
    column = pa.array(["before", *texts], pa.string())
    found = idents_of(texts).tolist()
    assert found == idents_of_arrow(pa.chunked_array([column[1:3], column[3:]])).tolist()
    assert found == [int(idents_of([text])[0]) for text in texts]


def test_ids_that_differ_anywhere_are_told_apart() -> None:
    texts = [f"{number}-Order Completed-{'x' * 40}" for number in range(1000)]
    texts += [f"order-{'0' * 50}{number}" for number in range(1000)] + ["a" * length for length in range(60)]
    assert len(set(idents_of(texts).tolist())) == len(texts)
