"""Compiled conditions on DuckDB give the very people for whom the plain evaluator says yes."""

from collections.abc import Iterator, Mapping, Sequence

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kizuna.adapters.engines.fold import register_fold
from kizuna.conditions.ast import Node
from kizuna.conditions.compile_sql import compile_sql
from kizuna.conditions.evaluate import Person, evaluate
from kizuna.conditions.moments import At
from tests.conditions.cases import Case, read_cases
from tests.conditions.strategies import ats, nodes, people
from tests.conditions.tables import make_tables

CASES = read_cases()
EVERYBODY = {number: case.person for number, case in enumerate(CASES)}


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET TimeZone = 'UTC'")
    register_fold(connection)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def everybody(duck: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The people of all cases."""
    return give(duck.cursor(), EVERYBODY)


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
def crowds(draw: st.DrawFn) -> tuple[At, Sequence[Node], Mapping[int, Person]]:
    """Conditions of one moment, and people at the edges of each."""
    at = draw(ats())
    asked = draw(st.lists(nodes(at), min_size=3, max_size=3))
    return at, asked, dict(enumerate(draw(people(node, at)) for node in asked for _ in range(4)))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(crowds())
def test_duckdb_and_the_plain_reading_agree(
    duck: duckdb.DuckDBPyConnection, world: tuple[At, Sequence[Node], Mapping[int, Person]]
) -> None:
    at, asked, crowd = world
    give(duck, crowd)
    for node in asked:
        assert ask(duck, node, at) == [key for key, person in crowd.items() if evaluate(node, person, at)]
