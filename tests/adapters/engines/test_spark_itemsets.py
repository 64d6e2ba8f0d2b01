"""Spark finds the itemsets that this process finds, whoever counts them there, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import math
import random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kizuna.adapters.engines import spark_itemsets
from kizuna.adapters.engines.spark_itemsets import are_few, support_for
from kizuna.kernel.engine import Engine, FrequentSets, Statement
from kizuna.kernel.errors import Limit
from kizuna.measures.baskets import find_itemsets
from tests.spark import Engines

NAMES = ["茶", "tea + cup", "it's", "a\\b", "", '"x"', "ｱ", "Tea", "tea", "NULL", "é", "${HOME}"]


def baskets_of(things: list[set[str]]) -> pa.Table:
    """Each of another person or of another name: both tell baskets apart. Some rows are given twice."""
    rows = [(number // 3, f"order {number % 3}", item) for number, items in enumerate(things) for item in sorted(items)]
    rows += rows[::5]
    keys, names, items = zip(*rows, strict=True)
    return pa.table({"profile_key": pa.array(keys, pa.int64()), "basket": names, "item": items})


def random_baskets(seed: int, number: int) -> list[set[str]]:
    chosen = random.Random(seed)
    often = [1 / (place + 1) for place in range(len(NAMES))]
    return [set(chosen.choices(NAMES, often, k=chosen.randint(1, 7))) for _ in range(number)]


async def find(engine: Engine, given: pa.Table, least: int, longest: int) -> FrequentSets:
    statement = Statement("SELECT profile_key, basket, item FROM given", {}, {"given": given})
    return await engine.itemsets(1, statement, lambda baskets: least, longest)


def told(found: FrequentSets) -> tuple[dict[frozenset[str], int], list[int]]:
    sets = {frozenset(row["items"]): row["count"] for row in found.sets.to_pylist()}
    assert len(sets) == found.sets.num_rows
    return sets, [found.baskets, found.people, found.items, found.pairs]


def left_behind(engines: Engines) -> list[Any]:
    """Views, which keep rows on the workers, and models in the memory of the session."""
    session = engines.spark.session
    assert session is not None
    views = [row["viewName"] for row in session.spark.sql("SHOW VIEWS").toArrow().to_pylist()]
    return [*(name for name in views if "kept" in name), *session.spark.client._get_ml_cache_info()]


@pytest.mark.parametrize(
    ("least", "longest", "method"),
    [(4, 6, "org.apache.spark.ml.fpm.FPGrowth"), (2, 2, "SQL"), (25, 3, "org.apache.spark.ml.fpm.FPGrowth")],
)
async def test_both_engines_find_the_same_sets(engines: Engines, least: int, longest: int, method: str) -> None:
    rows = baskets_of(random_baskets(longest, 200))
    local = await find(engines.local, rows, least, longest)
    spark = await find(engines.spark, rows, least, longest)
    assert told(spark) == told(local)
    assert spark.sets.num_rows > 1
    assert spark.sets.schema == local.sets.schema
    assert spark.method == method
    assert left_behind(engines) == []


async def test_a_set_in_exactly_the_least_number_of_baskets_is_found(engines: Engines) -> None:
    # 7 / 100 * 100 is 7.000000000000001 as doubles, which MLlib would round up to 8.
    things = [
        {"tea", *(["cup", "pot"] if number < 7 else []), *(["can"] if number < 6 else [])} for number in range(100)
    ]
    assert math.ceil(7 / 100 * 100) == 8
    found, _ = told(await find(engines.spark, baskets_of(things), 7, 3))
    assert found == told(await find(engines.local, baskets_of(things), 7, 3))[0]
    assert (found[frozenset({"tea", "cup", "pot"})], frozenset({"can"}) in found) == (7, False)


async def test_of_long_baskets_that_are_alike_not_every_part_is_looked_for(engines: Engines) -> None:
    rows = baskets_of([{f"thing {number}" for number in range(30)}] * 3)
    local, spark = [await find(engine, rows, 2, 3) for engine in (engines.local, engines.spark)]
    assert told(spark) == told(local)
    assert spark.sets.num_rows == 30 + 435 + 4060


async def test_of_nobody_and_of_too_few_there_are_none(engines: Engines) -> None:
    rows = baskets_of([{"tea"}, {"tea"}])
    for some, numbers in ((rows, [2, 1, 1, 2]), (rows.slice(0, 0), [0, 0, 0, 0])):
        for engine in (engines.local, engines.spark):
            assert told(await find(engine, some, 3, 3)) == ({}, numbers)


async def test_too_many_sets_are_refused(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark_itemsets, "ITEMSETS_MAX", 2)
    with pytest.raises(OverflowError):
        await find(engines.spark, baskets_of([{"tea", "cup"}] * 3), 1, 2)


async def test_whoever_goes_away_stops_it_and_nothing_is_kept(engines: Engines) -> None:
    numbers = {"numbers": "SELECT id % 7 AS n FROM range(1000000000000000)"}
    endless = Statement("SELECT n AS profile_key, CAST(n AS TEXT) AS basket, 'tea' AS item FROM numbers", numbers)
    with pytest.raises(Limit, match="longer than allowed"):
        await engines.spark.itemsets(engines.workspace_id, endless, lambda baskets: 1, 3, timeout_s=0.5)
    assert left_behind(engines) == []
    asked = asyncio.ensure_future(engines.spark.itemsets(engines.workspace_id, endless, lambda baskets: 1, 3))
    await asyncio.wait([asked], timeout=0.5)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert left_behind(engines) == []
    assert await engines.spark.check()  # by workers that are free again


# --- what is known beforehand -----------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 2**31).flatmap(lambda baskets: st.tuples(st.integers(1, baskets), st.just(baskets))))
def test_no_double_is_near_a_whole_number_of_baskets(numbers: tuple[int, int]) -> None:
    least, baskets = numbers
    assert math.ceil(support_for(least, baskets) * baskets) == least
    assert 0 < support_for(least, baskets) < 1


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sets(st.integers(0, 7), min_size=1), min_size=1, max_size=8), st.integers(1, 4), st.integers(1, 300))
def test_where_sets_are_said_to_be_few_they_are(baskets: list[set[int]], least: int, most: int) -> None:
    pairs = np.array([(number, item) for number, items in enumerate(baskets) for item in items])
    sizes = [len(items) for items in baskets]
    if are_few({size: sizes.count(size) for size in sizes}, least, most):
        assert len(find_itemsets(pairs[:, 0], pairs[:, 1], least)) <= most


def test_frequent_baskets_of_thirty_things_are_not_few() -> None:
    assert are_few({4: 1_000_000, 9: 20_000, 30: 1}, 10_000)
    assert not are_few({4: 1_000_000, 30: 10_000}, 10_000)
    assert not are_few({9_999: 2}, 1)
