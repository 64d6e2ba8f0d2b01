"""Small worlds in which random conditions collide with random people: few names, few values, times at the very
edges of what the condition asks. About half of the answers are yes. ``worlds()`` gives (node, person, at)."""

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any, NamedTuple

from hypothesis import strategies as st

from kizuna.conditions.ast import (
    COUNT,
    EVER,
    Ago,
    Ahead,
    All,
    Anniversary,
    AnyOf,
    AtTime,
    Between,
    Condition,
    Consents,
    Contains,
    Dated,
    Did,
    EndsWith,
    EventMatch,
    Exists,
    Fact,
    Filter,
    Has,
    HasIdentifier,
    In,
    InSegment,
    Is,
    Measure,
    Moment,
    Node,
    Not,
    Occurrence,
    OnDate,
    Sequence,
    Span,
    StartOf,
    StartsWith,
    Test,
    Trait,
    Unfollowed,
    Window,
    leaves,
)
from kizuna.conditions.evaluate import Event, Person
from kizuna.conditions.moments import At, from_us, local_date, moment_us, to_us, window_us

ZONES = ("UTC", "Asia/Tokyo", "America/New_York", "America/Sao_Paulo", "Asia/Kathmandu")
NAMES = ("A", "B")
TOUCHPOINTS = ("web", "store")
PURPOSES = ("news", "offers")
CHANNELS = ("", "email")
TEXTS = ("abc", "ＡＢＣ", "ﾃｽﾄ", "テスト", "ς1", "Σ1")
RARE_TEXTS = ("İ", "i", "Straße", "STRASSE", "1", "true", "", "2026-04-01")
PIECES = ("a", "C", "ﾃ", "テス", "ト", "ς", "1", "i")
NUMBERS = (0, 1, 2, 0.1, 0.2)
RARE_NUMBERS = (-1, 2.5, 1e-7, 9_007_199_254_740_993, 9e9, 9.1e9)
STRANGE = (None, True, False, [], {}, [None], {"x": 1})
EMAILS = ("ann@example.com", "bo@example.com", "ann@example.jp")
NO_DATES = ("2026-02-30", "2026-4-1", "2026-04-01T25:00Z", "2026-04-01T09:00+0900", "20260401", "today", " 2026-04-01")
UNITS = ("minute", "hour", "day", "week")

_NOWS = tuple(
    to_us(datetime.fromisoformat(text).replace(tzinfo=UTC))
    for text in (
        "2026-04-01T09:00:00",
        "2026-03-08T10:30:00",  # New York springs forward
        "2026-11-01T05:30:00",  # and falls back: this half hour comes twice
        "2018-11-04T12:00:00",  # São Paulo's day begins at 01:00
        "2018-02-18T02:30:00",  # and its midnight comes twice
        "2024-02-29T15:00:00",
        "2027-02-28T23:59:59.999999",
        "2026-12-31T15:00:00",  # midnight in Tokyo
    )
)


class World(NamedTuple):
    node: Node
    person: Person
    at: At


@st.composite
def ats(draw: st.DrawFn) -> At:
    now = draw(st.sampled_from(_NOWS)) + draw(st.sampled_from((0, 0, 1, -1, 3_600_000_000)))
    return At(now, draw(st.sampled_from(ZONES)), draw(st.sampled_from(("monday", "sunday", "saturday"))))


# --- conditions -----------------------------------------------------------------------------------


def spans() -> st.SearchStrategy[Span]:
    return st.builds(Span, st.integers(1, 3), st.sampled_from(UNITS))


def moments(at: At) -> st.SearchStrategy[Moment]:
    """Near ``now``, on both sides, but rather before it."""
    days = st.integers(-4, 0).map(lambda n: local_date(at) + timedelta(days=n))
    instants = st.sampled_from((-86_400_000_000, -3_600_000_000, -60_000_000, -1, 0, 1)).map(lambda us: at.now_us + us)
    past = st.one_of(
        spans().map(Ago),
        spans().map(Ago),
        st.builds(StartOf, st.sampled_from(("day", "week", "month", "year")), st.sampled_from((0, 0, -1, -2))),
        days.map(lambda day: OnDate(day.isoformat())),
        instants.map(lambda us: AtTime(write_instant(us))),
    )
    coming = st.one_of(spans().map(Ahead), st.builds(StartOf, st.sampled_from(("day", "week")), st.just(1)))
    return st.one_of(past, past, past, coming)


@st.composite
def windows(draw: st.DrawFn, at: At) -> Window:
    shape = draw(st.sampled_from(("ever", "ever", "ever", "since", "since", "until", "both")))
    since = draw(moments(at)) if shape in ("since", "both") else None
    until = draw(moments(at)) if shape in ("until", "both") else None
    if since is not None and until is not None and moment_us(since, at) > moment_us(until, at):
        since, until = until, since
    return EVER if shape == "ever" else Window(since, until)


def texts() -> st.SearchStrategy[str]:
    return _now_and_then(st.sampled_from(RARE_TEXTS), st.sampled_from(TEXTS))


def numbers() -> st.SearchStrategy[float]:
    return _now_and_then(st.sampled_from(RARE_NUMBERS), st.sampled_from(NUMBERS))


def _now_and_then(rare: st.SearchStrategy[Any], common: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 7).flatmap(lambda n: rare if n == 7 else common)


def scalars() -> st.SearchStrategy[bool | float | str]:
    return st.one_of(texts(), texts(), numbers().map(float), st.booleans())


def text_tests() -> st.SearchStrategy[Test]:
    pieces = st.sampled_from(PIECES)
    return st.one_of(
        st.just(Exists()),
        texts().map(Is),
        st.lists(scalars(), min_size=2, max_size=5).map(In),
        pieces.map(Contains),
        pieces.map(StartsWith),
        pieces.map(EndsWith),
    )


@st.composite
def number_tests(draw: st.DrawFn) -> Test:
    if draw(st.integers(0, 4)) == 0:
        return Is(float(draw(numbers())))
    low, high = sorted((float(draw(numbers())), float(draw(numbers()))))
    side = draw(st.sampled_from(("low", "high", "both", "both", "none")))
    return Between(
        low if side in ("low", "both") else None, high if side in ("high", "both") else None, draw(st.booleans())
    )


@st.composite
def date_tests(draw: st.DrawFn, at: At) -> Test:
    zone = draw(st.sampled_from(("workspace", "person")))
    if draw(st.booleans()):
        first, last = sorted(draw(st.tuples(st.integers(-4, 30), st.integers(-4, 30))))
        return Anniversary(first, last, zone)
    window = draw(windows(at))
    return Dated(window.since, window.until, zone)


def list_tests() -> st.SearchStrategy[Test]:
    return st.lists(scalars(), min_size=2, max_size=5).map(Has)


PROPERTIES = ("s", "n", "d", "tags", "o.s", "o.n", "items[].s", "items[].n", "items[].d", "nothing")


@st.composite
def filters(draw: st.DrawFn, at: At) -> Filter:
    path = draw(st.sampled_from(PROPERTIES))
    return Filter(path, draw(_tests_for(path, at)))


def _tests_for(path: str, at: At) -> st.SearchStrategy[Test]:
    """Mostly the tests that suit what stands there."""
    fitting: dict[str, st.SearchStrategy[Test]] = {
        "s": text_tests(),
        "n": number_tests(),
        "d": date_tests(at),
        "tags": list_tests(),
    }
    every = st.one_of(*fitting.values())
    chosen = fitting.get(path.rpartition(".")[2])
    return every if chosen is None else st.integers(0, 9).flatmap(lambda n: every if n == 0 else chosen)


@st.composite
def event_matches(draw: st.DrawFn, at: At) -> EventMatch:
    name = draw(st.sampled_from((*NAMES, *NAMES, None)))
    where = draw(st.lists(filters(at), max_size=2)) if draw(st.integers(0, 3)) == 0 else []
    touchpoints = [draw(st.sampled_from(TOUCHPOINTS))] if draw(st.integers(0, 5)) == 0 else []
    return EventMatch(name, where, touchpoints)


@st.composite
def measures(draw: st.DrawFn) -> Measure:
    of = draw(st.sampled_from(("count", "count", "distinct", "sum", "average", "min", "max")))
    return COUNT if of == "count" else Measure(of, draw(st.sampled_from(("n", "s", "items[].n", "o.n", "tags"))))


@st.composite
def dids(draw: st.DrawFn, at: At) -> Did:
    measure = draw(measures())
    whole = measure.of in ("count", "distinct")
    value = float(draw(st.integers(0, 3) if whole else st.sampled_from((0, 0.1, 0.3, 0.30000000000000004, 1, 3, 2.5))))
    compare = draw(st.sampled_from(("at_least", "at_least", "at_most", "exactly")))
    return Did(draw(event_matches(at)), measure, compare, value, draw(windows(at)))


@st.composite
def behaviours(draw: st.DrawFn, at: At) -> Node:
    kind = draw(st.sampled_from(("did", "did", "occurrence", "sequence", "unfollowed")))
    if kind == "did":
        return draw(dids(at))
    window, within = draw(windows(at)), draw(spans())
    if kind == "occurrence":
        having = draw(st.lists(filters(at), max_size=1))
        return Occurrence(draw(st.sampled_from(("first", "last"))), draw(event_matches(at)), having, window)
    if kind == "sequence":
        return Sequence(draw(st.lists(event_matches(at), min_size=2, max_size=3)), within, window)
    return Unfollowed(draw(event_matches(at)), draw(event_matches(at)), within, window)


@st.composite
def standing_leaves(draw: st.DrawFn, at: At) -> Node:
    """What is asked of the person, and not of events."""
    kind = draw(st.sampled_from(("trait", "trait", "trait", "identifier", "consent", "segment", "fact")))
    if kind == "trait":
        name = draw(st.sampled_from(("s", "s", "n", "d", "d", "tags", "o.s", "o.n", "nothing")))
        return Trait(name, draw(_tests_for(name, at)))
    if kind == "identifier":
        emails = st.sampled_from(EMAILS)
        test = st.one_of(
            st.just(Exists()),
            emails.map(Is),
            st.lists(emails, min_size=1, max_size=2).map(In),
            st.sampled_from((Contains("@EXAMPLE"), StartsWith("ann"), EndsWith(".jp"))),
        )
        return HasIdentifier(draw(st.sampled_from(("email", "email", "user_id"))), draw(test))
    if kind == "consent":
        return Consents(draw(st.sampled_from(PURPOSES)), draw(st.sampled_from(CHANNELS)))
    if kind == "segment":
        return InSegment(draw(st.integers(1, 3)))
    name = draw(st.sampled_from(("loyalty.s", "loyalty.n")))
    return Fact(name, draw(_tests_for(name, at)))


@st.composite
def nodes(draw: st.DrawFn, at: At, depth: int = 2) -> Node:
    kind = draw(st.sampled_from(("leaf", "leaf", "leaf", "all", "any", "not"))) if depth else "leaf"
    if kind == "not":
        return Not(draw(nodes(at, depth - 1)))
    if kind == "leaf":
        return draw(behaviours(at) if draw(st.booleans()) else standing_leaves(at))
    of = draw(st.lists(nodes(at, depth - 1), min_size=1, max_size=3))
    return All(of) if kind == "all" else AnyOf(of)


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    return Condition(draw(nodes(draw(ats()))))


# --- people ---------------------------------------------------------------------------------------


def write_instant(moment_us_: int) -> str:
    """RFC 3339 with microseconds, as ``AtTime`` wants it."""
    return from_us(moment_us_).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def edges(node: Node, at: At) -> list[int]:
    """The instants at which an answer may turn: bounds of windows and of tests of dates, the ends of spans, now."""
    found = {at.now_us}
    for leaf in leaves(node):
        if isinstance(leaf, Did | Occurrence | Sequence | Unfollowed):
            found.update(us for us in window_us(leaf.window, at) if abs(us) < 1 << 60)
        if isinstance(leaf, Sequence | Unfollowed):
            found.add(at.now_us - leaf.within.us)
    found.update(moment_us(one, at, zone) for one in _dated_moments(node) for zone in ZONES)
    between = [(one + other) // 2 for one, other in pairwise(sorted(found))]
    return sorted({*found, *between, at.now_us - 30_000_000})


def _dated_moments(node: Node) -> list[Moment]:
    tests: list[Test] = []
    for leaf in leaves(node):
        tests += [leaf.test] if isinstance(leaf, Trait | HasIdentifier | Fact) else []
        tests += [one.test for match in event_matches_of(leaf) for one in match.where]
        tests += [one.test for one in leaf.having] if isinstance(leaf, Occurrence) else []
    dated = [one for one in tests if isinstance(one, Dated)]
    return [moment for one in dated for moment in (one.since, one.until) if moment is not None]


def event_matches_of(leaf: Node) -> list[EventMatch]:
    match leaf:
        case Did() | Occurrence():
            return [leaf.event]
        case Sequence():
            return leaf.steps
        case Unfollowed():
            return [leaf.first, leaf.then]
        case _:
            return []


@st.composite
def dates(draw: st.DrawFn, at: At, turning: list[int]) -> str:
    """Dates and times as senders write them, at the edges and about today; some that are none."""
    kind = draw(st.sampled_from(("day", "near", "instant", "offset", "naive", "blank", "leap", "none")))
    if kind == "none":
        return draw(st.sampled_from(NO_DATES))
    if kind == "leap":
        return draw(
            st.sampled_from(("2024-02-29", "2000-02-29T08:00:00+09:00", "1999-02-28", "0001-01-01", "9999-12-31"))
        )
    if kind == "near":
        day = local_date(at) + timedelta(days=draw(st.integers(-4, 30)))
        return draw(st.sampled_from((day.isoformat(), _in_year(day, 1990), f"{_in_year(day, 1984)}T23:30:00-05:00")))
    moment = from_us(draw(st.sampled_from(turning)) + draw(st.sampled_from((-1, 0, 0, 1, -60_000_000))))
    if kind == "day":
        return moment.date().isoformat()
    if kind == "offset":
        return moment.astimezone(timezone(timedelta(hours=9))).isoformat()
    written = {"instant": "%Y-%m-%dT%H:%M:%S.%fZ", "naive": "%Y-%m-%dT%H:%M:%S.%f", "blank": "%Y-%m-%d %H:%M"}
    return moment.strftime(written[kind])


def _in_year(day: date, year: int) -> str:
    return f"{year}-{day.month:02}-{min(day.day, 28):02}"


@st.composite
def properties(draw: st.DrawFn, at: At, turning: list[int]) -> dict[str, Any]:
    """Values of an event, or traits: what suits the name, now and then something strange, or nothing."""
    pools: dict[str, st.SearchStrategy[Any]] = {
        "s": texts(),
        "n": numbers(),
        "d": dates(at, turning),
        "tags": st.lists(_now_and_then(st.sampled_from(STRANGE), st.one_of(texts(), numbers())), max_size=4),
    }
    made: dict[str, Any] = {}
    for key, pool in pools.items():
        fate = draw(st.integers(0, 9))
        if fate < 9:
            made[key] = draw(pool if fate else st.sampled_from(STRANGE))
    inner = st.fixed_dictionaries({}, optional={key: pools[key] for key in ("s", "n", "d")})
    if draw(st.integers(0, 2)):
        made["o"] = draw(inner)
    if draw(st.integers(0, 2)):
        made["items"] = draw(st.lists(st.one_of(inner, inner, st.sampled_from(STRANGE)), max_size=3))
    return made


@st.composite
def events(draw: st.DrawFn, node: Node, at: At, turning: list[int]) -> list[Event]:
    """Times at the edges, at each other, and just as far apart as the condition's spans; half of them are of the
    kind that the condition asks for."""
    asked = [(leaf, match) for leaf in leaves(node) for match in event_matches_of(leaf)]
    spans_us = [leaf.within.us for leaf in leaves(node) if isinstance(leaf, Sequence | Unfollowed)] or [60_000_000]
    made: list[Event] = []
    for number in range(draw(st.sampled_from((3, 4, 2, 5, 1, 6, 8, 0)))):
        near = [one.time_us for one in made]
        base = draw(st.sampled_from(near)) if near and draw(st.booleans()) else draw(st.sampled_from(turning))
        apart = draw(st.sampled_from((0, 0, 0, *spans_us, *(-us for us in spans_us))))
        time_us = base + apart + draw(st.sampled_from((0, 0, 0, -1, 1)))
        name, touchpoint = draw(st.sampled_from((*NAMES, *NAMES, "C"))), draw(st.sampled_from(TOUCHPOINTS))
        if asked and draw(st.booleans()):
            leaf, match = draw(st.sampled_from(asked))
            name, touchpoint = match.name or name, (match.touchpoints or [touchpoint])[0]
            time_us = draw(st.sampled_from(_inside(leaf, at))) if draw(st.booleans()) else time_us
        body = draw(properties(at, turning)) if draw(st.integers(0, 2)) else {}
        made.append(Event(f"e{number}", name, time_us, touchpoint, body))
    return made


def _inside(leaf: Node, at: At) -> list[int]:
    """Instants that suit a leaf of behaviour: in its window, and long enough ago."""
    assert isinstance(leaf, Did | Occurrence | Sequence | Unfollowed)
    since, until = window_us(leaf.window, at)
    last = min(until - 1, at.now_us - leaf.within.us - 1) if isinstance(leaf, Unfollowed) else until - 1
    first = max(since, last - 86_400_000_000)
    return [first, (first + last) // 2, last]


@st.composite
def people(draw: st.DrawFn, node: Node, at: At) -> Person:
    turning = edges(node, at)
    traits = draw(properties(at, turning))
    if draw(st.booleans()):
        traits["timezone"] = draw(st.sampled_from((*ZONES, "Mars/Olympus", "", None, 9)))
    if draw(st.integers(0, 9)) == 0:
        traits["o.s"] = draw(texts())  # a trait whose name is a path
    emails = st.lists(st.sampled_from(EMAILS), unique=True, max_size=2)
    identifiers = [("email", one) for one in draw(emails)] + [("user_id", "u1")] * draw(st.integers(0, 1))
    consents = draw(st.lists(st.tuples(st.sampled_from(PURPOSES), st.sampled_from(CHANNELS)), unique=True))
    segments = sorted(draw(st.sets(st.integers(1, 3))))
    known = draw(properties(at, turning))
    facts = {f"loyalty.{key}": known[key] for key in ("s", "n") if key in known}
    return Person(traits, identifiers, draw(events(node, at, turning)), consents, segments, facts)


@st.composite
def persons(draw: st.DrawFn) -> Person:
    """Somebody, of whom nothing special is asked."""
    return draw(people(All([]), draw(ats())))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    at = draw(ats())
    node = draw(nodes(at))
    return World(node, draw(people(node, at)), at)
