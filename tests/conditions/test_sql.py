"""Compiled conditions on DuckDB give the very people for whom the plain evaluator says yes."""

from collections.abc import Iterator, Mapping

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kizuna.adapters.engines.fold import register_fold
from kizuna.conditions.ast import (
    Ago,
    All,
    AnyOf,
    Consents,
    Did,
    EventMatch,
    Exists,
    Fact,
    InSegment,
    Is,
    Node,
    Not,
    Occurrence,
    Sequence,
    Span,
    Trait,
    Window,
)
from kizuna.conditions.compile_sql import Needs, compile_sql
from kizuna.conditions.evaluate import Event, Person, evaluate
from kizuna.conditions.moments import At
from tests.conditions.cases import Case, read_cases
from tests.conditions.odd import odd_nodes, odd_people
from tests.conditions.strategies import ats, nodes, people
from tests.conditions.tables import make_tables

CASES = read_cases()
NOW = At(1_775_034_000_000_000)
EVERYBODY = {number: case.person for number, case in enumerate(CASES)}


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET TimeZone = 'UTC'")
    register_fold(connection)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def everybody(duck: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The people of all cases."""
    with duck.cursor() as connection:
        yield give(connection, EVERYBODY)


def give(connection: duckdb.DuckDBPyConnection, crowd: Mapping[int, Person]) -> duckdb.DuckDBPyConnection:
    for name, table in make_tables(crowd).items():
        connection.register(name, table)
    return connection


def ask(connection: duckdb.DuckDBPyConnection, node: Node, at: At) -> list[int]:
    return sorted(key for (key,) in connection.execute(compile_sql(node, at).sql).fetchall())


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda number: CASES[number].id)
def test_answers_as_the_case_says(everybody: duckdb.DuckDBPyConnection, number: int) -> None:
    case: Case = CASES[number]
    found = ask(everybody, case.node, case.at)
    assert (number in found) is case.expected
    # And of everybody else as the plain reading does.
    assert found == [key for key, person in EVERYBODY.items() if evaluate(case.node, person, case.at)]


@st.composite
def crowds(draw: st.DrawFn) -> tuple[At, list[Node], Mapping[int, Person]]:
    """Conditions of one moment, and people at the edges of each."""
    at = draw(ats())
    asked = draw(st.lists(nodes(at), min_size=3, max_size=3))
    return at, asked, dict(enumerate(draw(people(node, at)) for node in asked for _ in range(4)))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(crowds())
def test_duckdb_and_the_plain_reading_agree(
    duck: duckdb.DuckDBPyConnection, world: tuple[At, list[Node], Mapping[int, Person]]
) -> None:
    at, asked, crowd = world
    give(duck, crowd)
    for node in asked:
        assert ask(duck, node, at) == [key for key, person in crowd.items() if evaluate(node, person, at)]


def test_any_key_and_any_text_are_taken_as_they_are(duck: duckdb.DuckDBPyConnection) -> None:
    crowd = odd_people()
    with duck.cursor() as connection:
        give(connection, crowd)
        wrong = [
            node
            for node in odd_nodes()
            if ask(connection, node, NOW) != [key for key, person in crowd.items() if evaluate(node, person, NOW)]
        ]
    assert wrong == []


def test_cases_of_one_moment_are_answered_together_as_they_are_alone(everybody: duckdb.DuckDBPyConnection) -> None:
    """Leaves that share a reading of events do not get into each other's way."""
    for at in {case.at for case in CASES}:
        numbers = [number for number, case in enumerate(CASES) if case.at == at]
        for first in range(0, len(numbers), 25):
            some = [CASES[number].node for number in numbers[first : first + 25]]
            for node in (All(some), AnyOf(some), AnyOf([Not(All(some[::2])), All(some[1::2])])):
                assert ask(everybody, node, at) == [k for k, who in EVERYBODY.items() if evaluate(node, who, at)]


def test_a_sample_is_a_share_of_people_and_always_the_same(duck: duckdb.DuckDBPyConnection) -> None:
    crowd = {key: Person({"n": key % 2}, events=[Event("e", "A", 1)]) for key in range(4_000)}
    node = All([Trait("n", Is(1.0)), Did(EventMatch("A"))])
    with duck.cursor() as connection:
        give(connection, crowd)

        def sample(numerator: int, denominator: int, node: Node) -> set[int]:
            sql = compile_sql(node, NOW, sample=(numerator, denominator)).sql
            return {key for (key,) in connection.execute(sql).fetchall()}

        everybody = sample(1, 10, All([]))
        assert len(everybody) == pytest.approx(400, abs=20)
        assert sample(1, 10, node) == {key for key in everybody if key % 2}
        assert len(sample(1, 10, node)) == pytest.approx(200, abs=20)
        assert everybody < sample(1, 5, All([]))
        assert sample(1, 1, All([])) == set(crowd)
        assert sample(0, 1, All([])) == set()


def test_it_says_what_it_needs() -> None:
    leaves: list[Node] = [Consents("news", "email"), Not(InSegment(7)), Fact("loyalty.tier", Exists())]
    steps = [EventMatch("B"), EventMatch("C")]
    compiled = compile_sql(All([*leaves, Did(EventMatch("A")), Sequence(steps, Span(1, "day"))]), NOW)
    assert compiled.needs == Needs({("news", "email")}, {7}, {"loyalty.tier"})
    assert compiled.events == {"A", "B", "C"}
    assert compile_sql(AnyOf([Did(EventMatch("A")), Did(EventMatch(None))]), NOW).events is None
    assert compile_sql(All(leaves), NOW).events == frozenset()


def test_the_same_leaf_is_worked_out_once_and_leaves_of_an_event_read_it_once() -> None:
    often, lately = Did(EventMatch("A"), value=3), Did(EventMatch("A"), window=Window(Ago(Span(7, "day"))))
    first = Occurrence("first", EventMatch("A"), window=Window(Ago(Span(7, "day"))))
    sql = compile_sql(AnyOf([often, All([lately, often]), Not(often), first]), NOW).sql
    assert sql.count("FROM happenings") == 1
    assert compile_sql(AnyOf([often, All([often])]), NOW).sql.count("count(") == 1
