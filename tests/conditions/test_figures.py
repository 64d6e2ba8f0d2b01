"""Figures: the incremental form and SQL say what a plain reading of everybody's events says."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, get_args

import duckdb
import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kizuna.adapters.engines.fold import register_fold
from kizuna.conditions.ast import Ago, Did, EventMatch, OnDate, Span, StartOf, Window
from kizuna.conditions.compile_sql.figures import figure_sql
from kizuna.conditions.evaluate import Event, Person, compile_match, measured
from kizuna.conditions.figure import (
    LIVE_KINDS,
    NUMBER_KINDS,
    PROPERTY_KINDS,
    Figure,
    FigureKind,
    as_leaf,
    average_of,
    figure_reasons,
    value_of,
)
from kizuna.conditions.live.entries import Entries, join_entries
from kizuna.conditions.live.feeds import ALL, Keep, join_keeps, plan_leaf
from kizuna.conditions.live.idents import idents_of
from kizuna.conditions.live.match import Matcher, split_idents
from kizuna.conditions.live.measure import measure, plan_figure
from kizuna.conditions.moments import FAR_US, At, from_us, local_date, to_us, window_us
from tests.conditions.strategies import ats, event_matches, people, windows
from tests.conditions.tables import make_tables

DAY_US = 86_400_000_000
NOW = At(1_775_000_000_000_000, "Asia/Tokyo")
PATHS = ("n", "s", "o.n", "items[].n", "tags[]", "items[].s")
KINDS: tuple[FigureKind, ...] = get_args(FigureKind)
FOLLOWED: list[FigureKind] = [kind for kind in KINDS if kind in LIVE_KINDS]


# --- the plain reading ------------------------------------------------------------------------------


def work_out(figure: Figure, events: Sequence[Event], at: At) -> Any:
    """Over all events, by the book."""
    since, until = window_us(figure.window, at)
    meant = compile_match(figure.event)
    inside = [
        one
        for one in sorted(events, key=lambda one: one.time_us)
        if since <= one.time_us < until and meant(one.name, one.touchpoint, one.properties, at)
    ]
    if figure.kind in PROPERTY_KINDS:
        values = [(one.time_us, v) for one in inside for v in measured(as_leaf(figure).measure, one.properties)]
        return _of_values(figure, values, at) if values else None
    if not inside:
        return None
    if figure.kind == "count":
        return len(inside)
    time_us = inside[0 if "first" in figure.kind else -1].time_us
    if figure.kind in ("first_time", "last_time"):
        return from_us(time_us).isoformat().replace("+00:00", "Z")
    return (local_date(at) - local_date(At(time_us, at.zone))).days


def _of_values(figure: Figure, values: list[tuple[int, Any]], at: At) -> Any:
    plain = [value for _, value in values]
    match figure.kind:
        case "sum":
            return value_of(figure, sum(plain), at)
        case "average":
            return value_of(figure, average_of(sum(plain), len(plain)), at)
        case "min" | "max":
            return value_of(figure, min(plain) if figure.kind == "min" else max(plain), at)
        case "unique_count":
            return len(set(plain))
        case _:
            counts = Counter(plain)
            last = {value: max(time for time, own in values if own == value) for value in counts}
            tagged = {value: _tag(value) for value in counts}
            if figure.kind == "unique_list":
                order = sorted(counts, key=lambda value: (-last[value], tagged[value]))
                return value_of(figure, [tagged[one] for one in order[:100]], at)
            if figure.kind == "most_frequent":
                return _plain(max(counts, key=lambda value: (counts[value], last[value], tagged[value])))
            pick = min if figure.kind == "first" else max
            return _plain(pick(values, key=lambda one: (one[0], tagged[one[1]]))[1])


def _tag(value: tuple[str, Any]) -> str:
    kind, content = value
    if kind == "text":
        return f"t{content}"
    if kind == "truth":
        return f"b{str(content).lower()}"
    return f"n{content + 0.0!r}"


def _plain(value: tuple[str, Any]) -> Any:
    kind, content = value
    return int(content) if kind == "number" and content == int(content) and abs(content) < 1e15 else content


# --- the incremental form ---------------------------------------------------------------------------


class Follower:
    """One person's entries of one figure, brought up to date as a stream would."""

    def __init__(self, figure: Figure, at: At, also: Keep = ALL) -> None:
        feed, keep = plan_figure(figure, at)
        self.figure, self.keep = figure, join_keeps([keep, also])
        self.matcher = Matcher(feed, at.zone)
        self.entries: Entries = join_entries([], 1)

    def take(self, events: Sequence[Event], now_us: int) -> None:
        rows: list[tuple[int, int, int]] = []
        for one, own in zip(events, idents_of([one.id for one in events]).tolist(), strict=True):
            extras = self.matcher(one.name, one.touchpoint, one.properties, one.time_us)
            rows += [(one.time_us, ident, extra) for ident, extra in split_idents(own, extras)]
        new = np.array(rows, np.int64).reshape(-1, 3).T
        old = self.entries
        parts: list[Any] = [
            (old.groups(), old.times, old.idents, old.extras),
            (np.zeros(len(rows), np.int64), new[0], new[1], new[2]),
        ]
        self.entries = join_entries(parts, 1).prune(self.keep, now_us)

    def ask(self, at: At) -> tuple[Any, int]:
        found = measure(self.figure, self.entries, at)
        return found.values()[0], int(found.due[0])


@st.composite
def figures(draw: st.DrawFn, at: At, kinds: Sequence[FigureKind] = KINDS) -> Figure:
    kind = draw(st.sampled_from(kinds))
    path = draw(st.sampled_from(PATHS)) if kind in PROPERTY_KINDS else None
    return Figure(kind, draw(event_matches(at)), path, draw(windows(at)))


@st.composite
def worlds(draw: st.DrawFn, kinds: Sequence[FigureKind] = KINDS) -> tuple[Figure, Person, At]:
    at = draw(ats())
    figure = draw(figures(at, kinds))
    return figure, draw(people(as_leaf(figure), at)), at


def at_moment(at: At, now_us: int) -> At:
    return At(now_us, at.zone, at.week_start)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(world=worlds(FOLLOWED), seed=st.integers(0, 2**32), also=st.sampled_from([Keep(), ALL, Keep(newest=2)]))
def test_figures_follow_events_in_any_order(world: tuple[Figure, Person, At], seed: int, also: Keep) -> None:
    figure, person, at = world
    if figure_reasons(figure):
        return
    dice = random.Random(seed)
    follower = Follower(figure, at, also)
    events = list(person.events)
    dice.shuffle(events)
    for now_us in sorted(at.now_us - dice.choice((0, 1, DAY_US, 40 * DAY_US)) for _ in range(3)):
        taken = dice.randrange(len(events) + 1)
        follower.take(events[:taken] + events[: dice.randrange(taken + 1)], now_us)
        events = events[taken:]
    follower.take(events, at.now_us)
    value, due = follower.ask(at)
    assert value == work_out(figure, person.events, at)
    assert due > at.now_us
    for later in {at.now_us + 1, due - 1, at.now_us + dice.randrange(1, 90 * DAY_US)}:
        if at.now_us < later < min(due, at.now_us + 400 * DAY_US):
            assert work_out(figure, person.events, at_moment(at, later)) == value, "it changed before it was due"


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(world=worlds(FOLLOWED), days=st.sampled_from((2, 40, 400)))
def test_time_alone_changes_figures_when_they_are_due(world: tuple[Figure, Person, At], days: int) -> None:
    figure, person, at = world
    if figure_reasons(figure):
        return
    follower = Follower(figure, at, Keep())
    follower.take(person.events, at.now_us)
    end_us = at.now_us + days * DAY_US
    for _ in range(60):
        value, due = follower.ask(at)
        follower.take([], at.now_us)
        if due > end_us:
            assert value == work_out(figure, person.events, at_moment(at, end_us))
            break
        at = at_moment(at, due)


def test_a_group_has_its_own_figure() -> None:
    figure = Figure("average", EventMatch("Order"), "total", Window(Ago(Span(7, "day"))))
    feed, _ = plan_figure(figure, NOW)
    matcher, rows = Matcher(feed, NOW.zone), list[tuple[int, int, int, int]]()
    for group, total, days in ((0, 10, 1), (0, 5, 2), (0, 100, 8), (2, 0.1, 1), (2, 0.2, 1)):
        time = NOW.now_us - days * DAY_US
        rows += [(group, time, len(rows), extra) for extra in matcher("Order", "web", {"total": total}, time)]
    columns = np.array(rows, np.int64).T
    found = measure(figure, Entries.make(columns[0], columns[1], columns[2], columns[3], 3), NOW)
    assert found.values() == [7.5, None, 0.15]
    assert found.due.tolist() == [NOW.now_us + 5 * DAY_US + 1, FAR_US, NOW.now_us + 6 * DAY_US + 1]


def test_figures_and_conditions_of_the_same_events_share_a_feed() -> None:
    orders, lately = EventMatch("Order"), Window(Ago(Span(7, "day")))
    assert plan_figure(Figure("count", orders, window=lately), NOW)[0] == plan_leaf(Did(orders), NOW)[0]
    assert plan_figure(Figure("last_time", orders), NOW) == (plan_leaf(Did(orders), NOW)[0], Keep(newest=1))
    assert plan_figure(Figure("first_time", orders), NOW)[1] == Keep(oldest=True)
    since = Window(OnDate("2026-01-01"))
    assert plan_figure(Figure("first_time", orders, window=since), NOW)[1] == Keep(oldest=True)
    assert plan_figure(Figure("first_time", orders, window=lately), NOW)[1] == Keep(
        span_us=7 * DAY_US, age_us=7 * DAY_US
    )
    ended = Window(until=StartOf("month"))
    assert plan_figure(Figure("last_time", orders, window=ended), NOW)[1] == ALL


# --- SQL ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET TimeZone = 'UTC'")
    register_fold(connection)
    yield connection
    connection.close()


def ask(connection: duckdb.DuckDBPyConnection, figure: Figure, at: At) -> dict[int, Any]:
    rows = connection.execute(figure_sql(figure, at)).fetchall()
    found: dict[int, Any] = {}
    for key, amount, n in rows:
        whole = int(amount) if figure.kind in NUMBER_KINDS else amount
        found[key] = value_of(figure, average_of(whole, n) if figure.kind == "average" else whole, at)
    return found


@st.composite
def crowds(draw: st.DrawFn) -> tuple[At, list[Figure], Mapping[int, Person]]:
    at = draw(ats())
    asked = draw(st.lists(figures(at), min_size=4, max_size=4))
    return at, asked, dict(enumerate(draw(people(as_leaf(one), at)) for one in asked for _ in range(3)))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(crowds())
def test_sql_says_what_the_plain_reading_says(
    duck: duckdb.DuckDBPyConnection, world: tuple[At, list[Figure], Mapping[int, Person]]
) -> None:
    at, asked, crowd = world
    for name, table in make_tables(crowd).items():
        duck.register(name, table)
    for figure in asked:
        by_hand = {key: value for key, who in crowd.items() if (value := work_out(figure, who.events, at)) is not None}
        assert ask(duck, figure, at) == by_hand, figure


def test_each_kind_in_plain_numbers(duck: duckdb.DuckDBPyConnection) -> None:
    midnight = to_us(from_us(NOW.now_us).replace(hour=0, minute=0, second=0, microsecond=0))
    bought = [("tea", 300, 9), ("coffee", 500, 5), ("tea", 250.5, 1)]
    events = [
        Event(f"m{days}", "Order", midnight - days * DAY_US, "web", {"item": item, "total": total})
        for item, total, days in bought
    ]
    for name, table in make_tables({7: Person(events=events), 8: Person()}).items():
        duck.register(name, table)
    figure = lambda kind, path=None: Figure(kind, EventMatch("Order"), path)  # noqa: E731
    asked: dict[FigureKind, tuple[str | None, Any]] = {
        "count": (None, 3),
        "sum": ("total", 1050.5),
        "average": ("total", 350.166667),
        "min": ("total", 250.5),
        "max": ("total", 500),
        "unique_count": ("item", 2),
        "first_time": (None, from_us(events[0].time_us).isoformat().replace("+00:00", "Z")),
        "last_time": (None, from_us(events[2].time_us).isoformat().replace("+00:00", "Z")),
        "most_frequent": ("item", "tea"),
        "first": ("item", "tea"),
        "last": ("total", 250.5),
        "unique_list": ("item", ["coffee", "tea"]),
        "days_since_first": (None, 10),  # it is the next morning in Tokyo
        "days_since_last": (None, 2),
    }
    assert set(asked) == set(KINDS)
    for kind, (path, value) in asked.items():
        assert ask(duck, figure(kind, path), NOW) == {7: value}, kind


def test_a_list_holds_a_hundred_values_and_what_fits_into_a_trait(duck: duckdb.DuckDBPyConnection) -> None:
    start = from_us(NOW.now_us) - timedelta(days=1)
    events = [
        Event(f"m{n}", "Order", to_us(start + timedelta(seconds=n)), "web", {"n": n, "text": f"{n:03}" + "x" * 900})
        for n in range(150)
    ]
    events.append(Event("long", "Order", to_us(start + timedelta(hours=1)), "web", {"text": "y" * 1_001}))
    for name, table in make_tables({1: Person(events=events)}).items():
        duck.register(name, table)
    assert ask(duck, Figure("unique_list", EventMatch("Order"), "n"), NOW) == {1: list(range(50, 150))}
    found = ask(duck, Figure("unique_list", EventMatch("Order"), "text"), NOW)[1]
    assert found[-1].startswith("149")
    assert 1 < len(msgspec.json.encode(found)) <= 8_192
    assert ask(duck, Figure("last", EventMatch("Order"), "text"), NOW)[1].startswith("149")
