"""What is wrong with conditions, where, and what to do about it."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from kizuna.conditions.ast import (
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
    read_condition,
    write_condition,
)
from kizuna.conditions.check import ConditionError, Names, check, read_checked
from kizuna.conditions.evaluate import evaluate
from kizuna.conditions.moments import window_us
from kizuna.conditions.problems import CODES
from tests.conditions.strategies import World, conditions, worlds

DAY, WEEK, HOUR = Span(1, "day"), Span(1, "week"), Span(1, "hour")
A, B = EventMatch("A"), EventMatch("B")
X = Trait("x", Is("a"))


def told(node: Node, names: Names | None = None) -> list[tuple[str, str]]:
    return [(one.code, one.place) for one in check(Condition(node), names)]


def trait(test: Test) -> Trait:
    return Trait("x", test)


def test_a_good_condition_has_no_problems() -> None:
    good = All([Did(A, value=3, window=Window(Ago(Span(30, "day")))), trait(In(["東京", "大阪"])), Not(Did(B))])
    assert check(Condition(good)) == []
    assert check(Condition(Unfollowed(A, B, HOUR, Window(Ago(DAY))))) == []
    assert check(Condition(Sequence([A, B], HOUR, Window(Ago(DAY))))) == []


# --- size -----------------------------------------------------------------------------------------


def test_a_hundred_parts_are_allowed() -> None:
    parts: list[Node] = [Trait(f"x{n}", Exists()) for n in range(100)]
    assert told(All(parts)) == []
    assert told(All([*parts, X])) == [("too_many_leaves", "$.where")]
    assert told(All([All([]) for _ in range(101)])) == [("too_many_leaves", "$.where")]


def test_twelve_levels_are_allowed() -> None:
    node: Node = X
    for _ in range(11):
        node = Not(node)
    assert told(node) == []
    assert told(Not(node)) == [("too_deep", "$.where")]
    for _ in range(5_000):
        node = Not(node)
    assert told(node) == [("too_deep", "$.where")]


def test_empty_groups() -> None:
    assert told(AnyOf([])) == [("empty_any", "$.where")]
    assert told(All([X, Not(AnyOf([]))])) == [("empty_any", "$.where.of[1].of")]
    assert told(All([])) == [("everybody", "$.where")]


# --- numbers and times ----------------------------------------------------------------------------

PLACED = [
    (Did(A, value=1.5), "count_not_whole", "$.where.value"),
    (Did(A, value=101), "count_out_of_range", "$.where.value"),
    (Did(A, compare="at_most", value=-1), "count_out_of_range", "$.where.value"),
    (Did(A, Measure("distinct", "n"), value=0.5), "count_not_whole", "$.where.value"),
    (Did(A, value=0), "always_true", "$.where.value"),
    (Did(A, Measure("sum", "n"), value=9.1e9), "number_too_large", "$.where.value"),
    (Did(A, Measure("sum")), "property_needed", "$.where.measure"),
    (Did(A, Measure("count", "n")), "property_unwanted", "$.where.measure.property"),
    (trait(Between(3, 2)), "bounds_reversed", "$.where.test"),
    (trait(Between(3, 3, open=True)), "bounds_reversed", "$.where.test"),
    (trait(Anniversary(2, 1)), "days_reversed", "$.where.test"),
    (trait(Dated(OnDate("2026-02-30"))), "no_such_day", "$.where.test.since.date"),
    (trait(Dated(OnDate("0000-01-01"))), "no_such_day", "$.where.test.since.date"),
    (trait(Dated(None, AtTime("2026-04-01T24:30Z"))), "no_such_time", "$.where.test.until.time"),
    (trait(Dated(OnDate("2026-04-02"), OnDate("2026-04-01"))), "window_impossible", "$.where.test"),
    (Did(A, window=Window(OnDate("2026-02-30"))), "no_such_day", "$.where.window.since.date"),
    (Did(A, window=Window(Ago(Span(3_661, "day")))), "span_too_long", "$.where.window.since.span"),
    (Did(A, window=Window(OnDate("2026-04-01"), OnDate("2026-04-01"))), "window_impossible", "$.where.window"),
    (Did(A, window=Window(Ago(DAY), Ago(WEEK))), "window_impossible", "$.where.window"),
    (Did(A, window=Window(Ago(DAY), Ago(Span(24, "hour")))), "window_impossible", "$.where.window"),
    (Did(A, window=Window(StartOf("month"), StartOf("month", -1))), "window_impossible", "$.where.window"),
    (Did(A, window=Window(Ago(DAY), StartOf("month", -1))), "window_impossible", "$.where.window"),
    (Did(A, window=Window(AtTime("2026-04-05T00:00Z"), OnDate("2026-04-01"))), "window_impossible", "$.where.window"),
    (Did(A, window=Window(Ahead(DAY))), "window_ahead", "$.where.window.since"),
    (Did(A, window=Window(StartOf("day", 1))), "window_ahead", "$.where.window.since"),
    (Unfollowed(A, B, DAY, Window(Ago(DAY))), "within_too_long", "$.where.within"),
    (Sequence([A, B], WEEK, Window(Ago(WEEK))), "within_idle", "$.where.within"),
    (Sequence([A, B], Span(3_661, "day")), "span_too_long", "$.where.within"),
    (HasIdentifier("email", Between(1)), "test_unfit", "$.where.test"),
    (HasIdentifier("email", Has(["a"])), "test_unfit", "$.where.test"),
    (Did(EventMatch("A", [Filter("a..b", Exists())])), "path_malformed", "$.where.event.where[0].property"),
    (Did(EventMatch("A", [Filter("a[0]", Exists())])), "path_malformed", "$.where.event.where[0].property"),
    (Did(A, Measure("sum", "a.")), "path_malformed", "$.where.measure.property"),
    (Sequence([A, EventMatch("B", [Filter("d", Anniversary(0, 7, "person"))])], HOUR),
     "zone_ignored", "$.where.steps[1].where[0].test.zone"),
    (Occurrence("last", A, [Filter("n", Between(2, 1))]), "bounds_reversed", "$.where.having[0].test"),
]  # fmt: skip


@pytest.mark.parametrize(("node", "code", "place"), PLACED, ids=lambda one: one if isinstance(one, str) else "")
def test_each_problem_has_its_place(node: Node, code: str, place: str) -> None:
    assert told(node) == [(code, place)]


FINE = [
    Did(A, window=Window(Ago(WEEK), Ago(DAY))),
    Did(A, window=Window(StartOf("month"), Ago(DAY))),  # empty on the first of a month only
    Did(A, window=Window(OnDate("2026-04-01"), Ago(DAY))),
    Did(A, window=Window(StartOf("week", -1), StartOf("week"))),
    Did(A, window=Window(StartOf("day"), StartOf("month", 1))),
    Did(A, window=Window(AtTime("2026-04-01T10:00Z"), OnDate("2026-04-02"))),  # in some zones
    Did(A, window=Window(None, Ahead(DAY))),
    Did(A, compare="exactly", value=0),
    trait(Dated(Ahead(DAY), Ahead(WEEK))),
    trait(Between(3, 3)),
    Unfollowed(A, B, HOUR, Window(StartOf("day"))),
    Unfollowed(A, B, WEEK, EVER),
    Did(EventMatch("A", [Filter("items[].sku", Exists()), Filter("tags[]", Is("x")), Filter("商品.名前", Exists())])),
]


@pytest.mark.parametrize("node", FINE)
def test_what_may_be_true_is_let_be(node: Node) -> None:
    assert told(node) == []


# --- logic ----------------------------------------------------------------------------------------

COUNTED = Did(A, value=3, window=Window(Ago(WEEK)))
CONTRADICTIONS: list[list[Node]] = [
    [X, trait(Is("b"))],
    [X, Not(X)],
    [X, Not(trait(Exists()))],
    [X, trait(Is(1.0))],
    [X, trait(Between(1))],
    [X, trait(Has(["a"]))],
    [trait(In(["a", "b"])), trait(In(["c", "Ｄ"]))],
    [trait(In(["a", "b"])), Not(trait(In(["A", "b", "c"])))],
    [trait(In(["abc", "bcd"])), trait(Contains("x"))],
    [trait(Is(5.0)), trait(Between(high=4))],
    [trait(Between(1, 2)), trait(Between(3, 4))],
    [trait(Between(1, 2)), trait(Between(2, 3, open=True))],
    [trait(Between(1)), trait(Contains("a"))],
    [trait(StartsWith("a")), trait(StartsWith("b"))],
    [trait(EndsWith("xa")), trait(EndsWith("b"))],
    [trait(Dated(OnDate("2026-04-01"))), trait(Dated(None, OnDate("2026-04-01")))],
    [trait(Dated(Ago(DAY))), trait(Dated(None, Ago(WEEK)))],
    [trait(Dated()), trait(Between())],
    [Fact("f", Is("a")), Fact("f", Is("b"))],
    [HasIdentifier("email", Contains("a")), Not(HasIdentifier("email", Exists()))],
    [InSegment(1), Not(InSegment(1))],
    [COUNTED, Did(A, compare="at_most", value=2, window=Window(Ago(WEEK)))],
    [COUNTED, Did(A, compare="exactly", value=2, window=Window(Ago(WEEK)))],
    [Not(COUNTED), Did(A, compare="exactly", value=3, window=Window(Ago(WEEK)))],
    [Did(A, compare="exactly", value=0), Did(A)],
    [Did(A, Measure("sum", "n"), value=3), Did(A, Measure("sum", "n"), "at_most", 2.9)],
    [Did(A, Measure("average", "n"), value=3), Did(A, Measure("average", "n"), "at_most", 2.9)],
    [All([X]), trait(Is("b"))],
    [X, Not(AnyOf([trait(Is("a")), Did(A)]))],
    [Sequence([A, B], HOUR), Not(Sequence([A, B], HOUR))],
]


@pytest.mark.parametrize("parts", CONTRADICTIONS)
def test_contradictions_are_found_at_the_later_part(parts: list[Node]) -> None:
    assert ("contradiction", "$.where.of[1]") in told(All(parts))
    assert ("contradiction", "$.where.of[0].of[2]") in told(AnyOf([All([Did(B), *parts]), InSegment(7)]))
    assert ("tautology", "$.where.of[1]") in told(AnyOf([Not(one) for one in parts]))


COMPATIBLE: list[list[Node]] = [
    [X, Trait("y", Is("b"))],
    [X, Fact("x", Is("b"))],
    [X, trait(Is("Ａ"))],
    [X, Not(trait(Is("b")))],
    [Not(X), Not(trait(Is("b")))],
    [Not(X), Not(trait(Exists()))],
    [trait(Between(1, 2)), trait(Between(2, 3))],
    [trait(Between(1, 3, open=True)), trait(Between(2, 3))],
    [trait(StartsWith("a")), trait(StartsWith("AB"))],
    [trait(StartsWith("a")), trait(EndsWith("b"))],
    [trait(Has(["a"])), trait(Has(["b"]))],
    [trait(Dated(OnDate("2026-04-01"))), trait(Dated(None, OnDate("2026-04-02"), "person"))],
    [trait(Dated(OnDate("2026-04-01"))), trait(Dated(None, OnDate("2026-04-01"), "person"))],  # zones differ
    [trait(Is("2026-04-01")), trait(Dated(OnDate("2026-04-01")))],
    [HasIdentifier("email", Is("a")), HasIdentifier("email", Is("b"))],
    [COUNTED, Did(A, compare="at_most", value=3, window=Window(Ago(WEEK)))],
    [COUNTED, Did(B, compare="at_most", value=2, window=Window(Ago(WEEK)))],
    [Not(COUNTED), Did(A, compare="exactly", value=2, window=Window(Ago(WEEK)))],
    [Not(Did(A, Measure("min", "n"), value=3)), Not(Did(A, Measure("min", "n"), "at_most", 3))],  # of nothing
    [Occurrence("first", A), Not(Occurrence("first", B))],
]


@pytest.mark.parametrize("parts", COMPATIBLE)
def test_what_can_hold_together_is_let_be(parts: list[Node]) -> None:
    assert told(All(parts)) == []


def test_three_parts_that_only_together_cannot_hold() -> None:
    three: list[Node] = [trait(In(["a", "b"])), trait(In(["b", "c"])), trait(In(["a", "c"]))]
    assert told(All(three)) == [("contradiction", "$.where.of[2]")]


def test_the_other_part_is_said_in_both_languages() -> None:
    (problem,) = check(Condition(All([Did(B), Trait("city", Is("東京")), Trait("city", Is("大阪"))])))
    assert problem.message.en == "Nobody can meet both this and: “city” is “東京”."
    assert problem.message.ja == "これと「「city」が「東京」である」の両方に当てはまる人はいません。"


def test_filters_that_no_event_passes() -> None:
    red, blue = Filter("color", Is("red")), Filter("color", Is("blue"))
    assert told(Did(EventMatch("A", [red, blue]))) == [("filters_impossible", "$.where.event.where[1]")]
    many = [Filter("items[].color", Is("red")), Filter("items[].color", Is("blue"))]
    assert told(Did(EventMatch("A", many))) == []
    zoned = [Filter("d", Dated(OnDate("2026-04-01"))), Filter("d", Dated(None, OnDate("2026-04-01"), "person"))]
    assert ("filters_impossible", "$.where.event.where[1]") in told(Did(EventMatch("A", zoned)))


def test_the_same_part_twice() -> None:
    assert told(AnyOf([X, Did(A), X])) == [("repeated", "$.where.of[2]")]


# --- names ----------------------------------------------------------------------------------------

NAMES = Names(
    events={
        "Order Completed": {"total": "number", "color": "string", "items": "array", "items[].sku": "string"},
        "Page Viewed": {"url": "string"},
    },
    traits={"city": "string", "points": "number", "tags": "array", "address": "object", "nothing": "null"},
    identifier_types={"email", "user_id"},
    purposes={"marketing": {"email", "line"}, "analytics": {""}},
    segments={1: "VIP", 2: "New", 3: "Own"},
    segment_refs={1: {2}, 2: {3}, 3: set()},
    facts={"loyalty.tier": "string"},
    touchpoints={"web", "store"},
    own_segment=3,
)
ORDER = EventMatch("Order Completed")


def order(path: str, test: Test) -> Did:
    return Did(EventMatch("Order Completed", [Filter(path, test)]))


NAMED: list[tuple[Node, str, str, str | None]] = [
    (Did(EventMatch("order completed")), "event_unknown", "$.where.event.name", "Order Completed"),
    (Did(EventMatch("Order Complete")), "event_unknown", "$.where.event.name", "Order Completed"),
    (Did(EventMatch("Zzz")), "event_unknown", "$.where.event.name", None),
    (order("colour", Is("red")), "property_unknown", "$.where.event.where[0].property", "color"),
    (order("items[].sk", Exists()), "property_unknown", "$.where.event.where[0].property", "items[].sku"),
    (order("color", Between(1)), "type_unfit", "$.where.event.where[0].test", None),
    (order("total", Contains("1")), "type_unfit", "$.where.event.where[0].test", None),
    (order("items", Is("a")), "type_unfit", "$.where.event.where[0].test", None),
    (Did(EventMatch(None, [Filter("urll", Exists())])), "property_unknown", "$.where.event.where[0].property", "url"),
    (Did(ORDER, Measure("sum", "color")), "type_unfit", "$.where.measure.property", None),
    (Did(ORDER, Measure("sum", "totals")), "property_unknown", "$.where.measure.property", "total"),
    (Occurrence("last", ORDER, [Filter("totl", Exists())]), "property_unknown", "$.where.having[0].property", "total"),
    (Did(EventMatch("Page Viewed", touchpoints=["Web"])), "touchpoint_unknown", "$.where.event.touchpoints[0]", "web"),
    (Trait("City", Exists()), "trait_unknown", "$.where.name", "city"),
    (Trait("point", Exists()), "trait_unknown", "$.where.name", "points"),
    (Trait("city", Between(1)), "type_unfit", "$.where.test", None),
    (Trait("points", In(["1", "2"])), "type_unfit", "$.where.test", None),
    (Trait("tags", Is("a")), "type_unfit", "$.where.test", None),
    (HasIdentifier("mail", Exists()), "identifier_unknown", "$.where.type", "email"),
    (Consents("marketting", "email"), "purpose_unknown", "$.where.purpose", "marketing"),
    (Consents("marketing", "e-mail"), "channel_unknown", "$.where.channel", "email"),
    (Consents("marketing"), "channel_unknown", "$.where.channel", None),
    (InSegment(9), "segment_unknown", "$.where.id", None),
    (InSegment(3), "segment_circle", "$.where.id", None),
    (InSegment(1), "segment_circle", "$.where.id", None),
    (Fact("loyalty.tiers", Exists()), "fact_unknown", "$.where.name", "loyalty.tier"),
    (Fact("loyalty.tier", Between(1)), "type_unfit", "$.where.test", None),
]  # fmt: skip


@pytest.mark.parametrize(("node", "code", "place", "suggestion"), NAMED)
def test_names_that_nobody_knows(node: Node, code: str, place: str, suggestion: str | None) -> None:
    assert [(one.code, one.place, one.suggestion) for one in check(Condition(node), NAMES)] == [
        (code, place, suggestion)
    ]
    assert told(node) == []


@pytest.mark.parametrize(
    "node",
    [
        order("total", Between(1)),
        order("items[].sku", Is("a")),
        order("items[]", Exists()),
        Did(ORDER, Measure("distinct", "color")),
        Trait("address.city", Is("a")),
        Trait("points", In(["1", 2.0])),
        Trait("nothing", Contains("a")),
        Consents("analytics"),
        Consents("marketing", "line"),
    ],
)
def test_names_that_are_known(node: Node) -> None:
    assert told(node, NAMES) == []


def test_a_circle_that_the_segment_is_not_in() -> None:
    names = Names(segments={1: "a", 2: "b"}, segment_refs={1: {2}, 2: {1}})
    assert told(InSegment(1), names) == [("segment_circle", "$.where.id")]
    assert told(InSegment(1), Names(segments={1: "a", 2: "b"}, segment_refs={1: {2}})) == []


def test_a_suggestion_is_said() -> None:
    (problem,) = check(Condition(Trait("Ｃｉｔｙ", Exists())), NAMES)
    assert problem.severity == "warning"
    assert problem.remedy.en.endswith("Did you mean “city”?")
    assert problem.remedy.ja.endswith("「city」ではありませんか。")


# --- shapes ---------------------------------------------------------------------------------------

SHAPES = [
    ({"where": {"kind": "trait", "test": {"op": "exists"}}}, "field_missing", "$.where"),
    ({"where": {"kind": "did", "event": {"name": "A"}, "time": 1}}, "field_unknown", "$.where"),
    ({"where": {"kind": "trat"}}, "value_unknown", "$.where.kind"),
    ({"where": {"kind": "all", "of": [{"kind": "all", "of": 3}]}}, "shape", "$.where.of[0].of"),
    ({"where": {"kind": "trait", "name": "", "test": {"op": "exists"}}}, "shape", "$.where.name"),
    ({"where": {"kind": "trait", "name": "a", "test": {"op": "is", "value": None}}}, "shape", "$.where.test.value"),
    ({"where": {"kind": "all", "of": []}, "version": 2}, "value_unknown", "$.version"),
    (b"{", "not_json", "$"),
    (b"\xff", "not_json", "$"),
    (b"[]", "shape", "$"),
    (b'{"where":' + b'{"kind":"not","of":' * 50_000, "too_deep", "$.where"),
]


@pytest.mark.parametrize(("raw", "code", "place"), SHAPES)
def test_shapes_that_do_not_fit(raw: Any, code: str, place: str) -> None:
    with pytest.raises(ConditionError) as caught:
        read_checked(raw)
    problem = caught.value.problem
    assert (problem.code, problem.place, problem.severity) == (code, place, "error")
    assert "`" not in problem.message.en + problem.message.ja


def test_shapes_that_do_not_fit_are_put_in_words() -> None:
    with pytest.raises(ConditionError) as caught:
        read_checked({"where": {"kind": "trait", "name": "a", "test": {"op": "is", "value": None}}})
    message = caught.value.problem.message
    assert message.en == "This does not fit: true or false or a number or text belongs here, and not null."
    assert message.ja == "形が合いません。真偽か数か文字列を書く所で、nullは書けません。"


def test_what_fits_is_read() -> None:
    raw = {"where": {"kind": "trait", "name": "a", "test": {"op": "is", "value": 3}}}
    assert read_checked(raw) == read_checked(msgspec.json.encode(raw)) == Condition(Trait("a", Is(3.0)))


# --- properties -----------------------------------------------------------------------------------


def node_at(where: Node, place: str) -> Node:
    """The node that a place in a condition names."""
    found: Any = Condition(where)
    for step in place.removeprefix("$.").replace("[", ".").replace("]", "").split("."):
        found = found[int(step)] if step.isdigit() else getattr(found, step)
    return found


@given(worlds())
@settings(max_examples=150, deadline=None)
def test_what_is_called_impossible_never_happens(world: World) -> None:
    """Also of pairs made to collide: the world's leaves with each other and with what they are not."""
    single = leaves(world.node)
    pairs: list[Node] = [All([one, other]) for one in single for other in (*single, Not(one), world.node)]
    pairs += [AnyOf([one, Not(other)]) for one in single for other in single]
    for where in (world.node, *pairs[:20]):
        for problem in check(Condition(where)):
            if problem.code in ("contradiction", "tautology"):
                group = node_at(where, problem.place.rpartition(".of[")[0])
                assert evaluate(group, world.person, world.at) is (problem.code == "tautology")
            if problem.code in ("window_impossible", "window_ahead"):
                place = problem.place.removesuffix(".since")
                window = node_at(where, place)
                if isinstance(window, Window):
                    since, until = window_us(window, world.at)
                    assert since >= until
            if problem.code == "within_too_long":
                leaf = node_at(where, problem.place.removesuffix(".within"))
                assert not evaluate(leaf, world.person, world.at)


@given(conditions())
@settings(max_examples=100, deadline=None)
def test_check_has_an_answer_for_every_condition(condition: Condition) -> None:
    for problem in check(condition, NAMES):
        assert problem.code in CODES
        assert "{" not in "".join((problem.message.en, problem.message.ja, problem.remedy.en, problem.remedy.ja))
        node_at(condition.where, problem.place.removesuffix(".date"))


@given(conditions())
@settings(max_examples=100, deadline=None)
def test_what_is_written_is_read_again(condition: Condition) -> None:
    written = write_condition(condition)
    assert read_condition(written) == condition
    assert write_condition(read_condition(written)) == written
    assert read_checked(written) == condition
