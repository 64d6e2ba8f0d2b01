"""Compiled conditions on Spark give the same people, on a real one.

A statement takes Spark a second whatever it asks, so that many cases are asked in one.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec import structs

from kizuna.adapters.engines.spark_plans import fetch, plan_sql
from kizuna.adapters.engines.spark_session import SparkSession
from kizuna.conditions.ast import All, AnyOf, Is, Node, Trait
from kizuna.conditions.compile_sql import compile_sql
from kizuna.conditions.evaluate import Person, evaluate
from kizuna.conditions.moments import At
from tests.conditions.cases import read_cases
from tests.conditions.odd import odd_nodes, odd_people
from tests.conditions.strategies import ats, nodes, people
from tests.conditions.tables import make_tables

CASES = read_cases()
NOW = At(1_775_034_000_000_000)
TOGETHER = 40
TYPES = {"int64": "BIGINT", "string": "STRING", "timestamp[us, tz=UTC]": "TIMESTAMP"}
MARK = "number of the case"


@pytest.fixture(scope="module")
def spark(spark_url: str) -> Iterator[Any]:
    session = SparkSession(spark_url)
    yield session.spark
    session.close()


def give(spark: Any, crowd: Mapping[int, Person]) -> None:
    for name, table in make_tables(crowd).items():
        # Of nothing Spark would not know the types.
        columns = ", ".join(f"{column.name} {TYPES[str(column.type)]}" for column in table.schema)
        rows = spark.createDataFrame(table if table.num_rows else [], columns)
        rows.createOrReplaceTempView(name)


def ask(spark: Any, node: Node, at: At) -> set[int]:
    found = fetch(plan_sql(spark, compile_sql(node, at, "spark").sql))
    return set(found.column("profile_key").to_pylist())


def mark(number: int, person: Person) -> Person:
    return structs.replace(person, traits={**person.traits, MARK: number})


def each_of_its_own(asked: Mapping[int, Node]) -> Node:
    """Of whom their own condition is true."""
    return AnyOf([All([Trait(MARK, Is(float(number))), node]) for number, node in asked.items()])


def batches() -> list[tuple[At, list[int]]]:
    moments: dict[At, list[int]] = {}
    for number, case in enumerate(CASES):
        moments.setdefault(case.at, []).append(number)
    return [(at, some[n : n + TOGETHER]) for at, some in moments.items() for n in range(0, len(some), TOGETHER)]


def test_answers_as_the_cases_say(spark: Any) -> None:
    give(spark, {number: mark(number, case.person) for number, case in enumerate(CASES)})
    wrong: list[str] = []
    for at, numbers in batches():
        found = ask(spark, each_of_its_own({number: CASES[number].node for number in numbers}), at)
        wrong += [CASES[number].id for number in numbers if (number in found) is not CASES[number].expected]
    assert wrong == []


def ask_each(spark: Any, asked: list[Node], crowd: Mapping[int, Person], at: At) -> list[Node]:
    """The conditions that Spark answers in another way than the plain reading. Everybody stands there once for
    each, so that all are asked at once."""
    size = max(crowd) + 1
    copies = {turn * size + key: (turn, person) for turn in range(len(asked)) for key, person in crowd.items()}
    give(spark, {key: mark(turn, person) for key, (turn, person) in copies.items()})
    expected = {key for key, (turn, person) in copies.items() if evaluate(asked[turn], person, at)}
    return [asked[key // size] for key in ask(spark, each_of_its_own(dict(enumerate(asked))), at) ^ expected]


def test_any_key_and_any_text_are_taken_as_they_are(spark: Any) -> None:
    every = list(odd_nodes())
    groups = [every[first : first + TOGETHER] for first in range(0, len(every), TOGETHER)]
    wrong = [node for group in groups for node in ask_each(spark, group, odd_people(), NOW)]
    assert wrong == []


@st.composite
def crowds(draw: st.DrawFn) -> tuple[At, list[Node], Mapping[int, Person]]:
    at = draw(ats())
    asked = draw(st.lists(nodes(at), min_size=4, max_size=4))
    return at, asked, dict(enumerate(draw(people(node, at)) for node in asked for _ in range(3)))


@settings(max_examples=4, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck))
@given(crowds())
def test_spark_and_the_plain_reading_agree(spark: Any, world: tuple[At, list[Node], Mapping[int, Person]]) -> None:
    at, asked, crowd = world
    assert ask_each(spark, asked, crowd, at) == []
