"""Every metric answers as its cases say on a cluster, too: over the same lake, by Spark."""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from typing import Any, cast

import msgspec
import pyarrow as pa
import pytest
from msgspec import structs
from tests.domains.analytics.golden import Case, compute, differences, fill_lake, make_ask, read_cases
from tests.domains.segments.shop import Shop
from tests.spark import Engines

from kizuna.adapters.engines.spark import SparkEngine
from kizuna.adapters.lake.delta import DeltaLake
from kizuna.conditions.compile_sql.dialects import DIALECTS
from kizuna.conditions.compile_sql.values import Document
from kizuna.domains.analytics.metrics.base import Cell, Found
from kizuna.domains.analytics.queries.rows import label_sql
from kizuna.domains.analytics.service.answers import answer
from kizuna.domains.analytics.service.metrics import list_metrics
from kizuna.kernel.engine import Dialect, Statement

CASES = read_cases()
WITH_PEOPLE = [key for key, metric in list_metrics().items() if metric.people is not None]
# Of the people of its cases there are too few to learn from, and no number.
WITH_PEOPLE.remove("churn_risk")

_known: dict[str, int] = {}


async def fill(engines: Engines, case: Case) -> int:
    """The workspace with the case's people and events: many cases ask of the same ones."""
    world = json.dumps([case.people, case.events], sort_keys=True)
    if world not in _known:
        _known[world] = engines.next_workspace()
        await fill_lake(engines.lake, _known[world], case)
    return _known[world]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_answers_as_the_case_says(engines: Engines, case: Case) -> None:
    found, ask = await compute(engines.spark, await fill(engines, case), case)
    assert differences(case, found, ask) == []


@pytest.mark.parametrize("key", WITH_PEOPLE)
async def test_the_same_people_are_behind_a_number(engines: Engines, key: str) -> None:
    case, cell = await _find_number(engines, key)
    behind: list[Sequence[int]] = []
    for engine in (engines.local, engines.spark):
        metric, params, ask = make_ask(engine, await fill(engines, case), case)
        assert metric.people is not None
        behind.append(list(await metric.people(ask, params, cell)))
    assert behind[0] == behind[1]


async def _find_number(engines: Engines, key: str) -> tuple[Case, Cell]:
    """The greatest number that leads to people, of the first case that has any."""
    for case in read_cases(key):
        found, _ = await compute(engines.local, await fill(engines, case), case)
        cells = list(_list_cells(found))
        if cells:
            return case, max(cells, key=lambda cell: cell[cell["column"]] or 0)
    raise AssertionError(f"no case of {key} has a number")


def _list_cells(found: Found) -> list[dict[str, Any]]:
    keys = [column.key for column in found.columns]
    rows = [dict(zip(keys, row, strict=True)) for row in found.rows]
    return [{**row, "column": column.key} for column in found.columns if column.opens for row in rows]


async def test_values_have_the_same_labels(engines: Engines) -> None:
    values = ["0.5", "1e-5", "12345678.9", "0.1", "-0.0", "100", "1.0", "3.14159265", "true", '"x"', "null", "[1]"]
    values += ["999999999999999", "2.5e-3", '"\\u6771"', '"1"', "-7.25"]
    given = pa.table({"n": list(range(len(values))), "properties": [f'{{"p":{value}}}' for value in values]})

    def statement(dialect: Dialect) -> Statement:
        document = Document(DIALECTS[dialect], "properties", "doc")
        label = label_sql(dialect, document.take(("p",)).value)
        opened = {
            "opened": f"SELECT n, {document.item()} FROM given",
            "told": f"SELECT n, {label} AS label FROM opened",
        }
        return Statement("SELECT label FROM told ORDER BY n", opened, {"given": given})

    local, spark = await engines.select(statement)
    assert spark.column("label").to_pylist() == local.column("label").to_pylist()
    assert local.column("label").to_pylist()[:3] == ["0.5", "0.00001", "12345678.9"]


async def test_a_number_that_nothing_holds_spoils_no_breakdown(engines: Engines) -> None:
    case = read_cases("trend")[0]
    people = {"1": {"size": 1e300}}
    query = {**case.query, "breakdown": {"by": "trait", "trait": "size"}}
    huge = replace(case, people=people, query=query)
    workspace_id = await fill(engines, huge)
    found = [(await compute(engine, workspace_id, huge))[0] for engine in (engines.local, engines.spark)]
    assert [row[3] for row in found[0].rows] == [row[3] for row in found[1].rows]


async def test_whole_questions_are_answered_alike(shop: Shop, spark_engine: SparkEngine) -> None:
    """With who is left out, the range of everything, a condition, a sample, and a period that is compared with."""
    program = shop.did("googlebot", days_ago=3) | {"context": {"userAgent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}}
    tester = shop.knows("ben", is_test=True, plan="gold"), shop.did("ben", days_ago=2, total=9_000)
    await shop.send(*tester, program)
    spark = copy(spark_engine)  # with its session
    spark.lake = cast(DeltaLake, shop.runtime.lake)
    free = {"kind": "trait", "name": "plan", "test": {"op": "is", "value": "FREE"}}
    series = [
        {"event": {"name": "Order Completed"}},
        {"event": {"name": "Order Completed"}, "measure": "average", "property": "total"},
        {"event": {"name": None, "touchpoints": ["web"]}, "measure": "people"},
    ]
    query: dict[str, Any] = {"metric": "trend", "params": {"series": series}, "interval": "week"}
    orders: list[Any] = []
    for more in (
        {"range": {"kind": "all"}, "interval": "month"},
        {"range": {"kind": "until_last", "n": 14, "unit": "day"}, "breakdown": {"by": "trait", "trait": "plan"}},
        {"people": free, "compare": "previous_period", "sample": 0.9},
        {"leave_out": {"bots": False, "tests": False}, "range": {"kind": "all"}, "interval": "month"},
        {"leave_out": {"late": True}, "interval": "month"},
    ):
        told: list[dict[str, Any]] = []
        for engine in (shop.runtime.engine, spark):
            runtime = replace(shop.runtime, engine=engine, _remembered={})
            found = await answer(runtime, shop.owner.workspace_id, shop.owner.actor, query | more)
            assert found.engine == engine.name
            told.append(msgspec.to_builtins(structs.replace(found, engine="", statements=[], elapsed_ms=0)))
        assert told[0] == told[1]
        orders.append(told[0]["figures"][0]["value"])
    assert (orders[0], orders[3]) == (3, 5), "without and with those of the program and the tester"
