"""Kizuna's own SQL in threads of this process: what it reads, limits, and what is left after."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from kizuna.adapters.engines import own
from kizuna.adapters.engines.own import Instances, Query
from kizuna.adapters.lake.core import LakeCore
from kizuna.adapters.lake.delta import DeltaLake
from kizuna.conditions.ast import All, Contains, Did, EventMatch, InSegment, Not, Trait
from kizuna.conditions.compile_sql import compile_sql
from kizuna.conditions.moments import At, to_us
from kizuna.kernel.errors import Conflict, Invalid, Limit
from kizuna.kernel.lake import table_schema
from tests.adapters.lake.rows import event, table_of

ENDLESS = "SELECT count(*) AS n FROM range(1000000000000)"
NOW = At(to_us(datetime(2026, 6, 1, tzinfo=UTC)))


@pytest.fixture
async def lake(tmp_path: Path) -> AsyncIterator[DeltaLake]:
    opened = DeltaLake(str(tmp_path / "lake"), query_memory_mb=128, query_timeout_s=20)
    yield opened
    await opened.close()


def profile(key: int, traits: str = "{}", *, version: int = 1, deleted: bool = False) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(table_schema("profiles").names)
    ids = {"profile_key": key, "profile_id": f"p{key}", "version": version, "deleted": deleted}
    return row | ids | {"identified": True, "traits": traits, "identifiers": "[]"}


def profiles(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), table_schema("profiles"))


def aliases(*pairs: tuple[int, int]) -> pa.Table:
    rows = [{"key": key, "profile_key": to, "version": 1} for key, to in pairs]
    return pa.Table.from_pylist(rows, table_schema("aliases"))


async def test_a_condition_is_asked_of_people_as_they_are_now(lake: DeltaLake) -> None:
    bought = [event(f"m{n}", key=key, day=n, name_id=2) for n, key in enumerate((1, 2, 3, 3))]
    await lake.append(1, "events", table_of(bought), 1)
    await lake.append(1, "profiles", profiles(profile(1, '{"city":"京都"}'), profile(2), profile(3)))
    both = Did(EventMatch("Order Completed"), value=3)
    assert (await lake.select(1, compile_sql(both, NOW).sql)).num_rows == 0

    # Now 2 is 3, and what each of them did counts for her.
    await lake.append(1, "aliases", aliases((2, 3)))
    await lake.append(
        1, "profiles", profiles(profile(2, version=2, deleted=True), profile(1, '{"city":"東 京"}', version=2))
    )
    assert (await lake.select(1, compile_sql(both, NOW).sql)).column(0).to_pylist() == [3]
    away = Trait("city", Contains("東　京"))
    assert (await lake.select(1, compile_sql(away, NOW).sql)).column(0).to_pylist() == [1]
    everybody_else = await lake.select(1, compile_sql(Not(All([away])), NOW).sql)
    assert everybody_else.column(0).to_pylist() == [3]


async def test_the_relations_have_what_is_promised(lake: DeltaLake) -> None:
    assert (await lake.select(1, "SELECT * FROM people, happenings")).num_rows == 0
    await lake.append(1, "events", table_of([event("a", key=7, day=0.5, received=9, properties='{"n":1}')]), 4)
    await lake.append(1, "aliases", aliases((7, 5)))
    asked = (
        "profile_key, key, name, time_us, month, message_id, touchpoint, properties, load_id, epoch(received_at) AS at"
    )
    (row,) = (await lake.select(1, f"SELECT {asked} FROM happenings")).to_pylist()
    assert row == {
        "profile_key": 5,
        "key": 7,
        "name": "Page Viewed",
        "time_us": to_us(datetime(2026, 1, 1, 12, tzinfo=UTC)),
        "month": "2026-01",
        "message_id": "a",
        "touchpoint": "web",
        "properties": '{"n":1}',
        "load_id": 0,
        "at": datetime(2026, 1, 1, tzinfo=UTC).timestamp() + 9,
    }


async def test_tables_are_read_by_the_query_that_brings_them_alone(lake: DeltaLake) -> None:
    await lake.append(1, "profiles", profiles(profile(1), profile(2)))
    sql = compile_sql(InSegment(4), NOW).sql
    members = pa.table({"segment_id": [4, 5], "profile_key": [2, 1]})
    assert (await lake.select(1, sql, tables={"members": members})).column(0).to_pylist() == [2]
    with pytest.raises(Invalid, match="members"):
        await lake.select(1, sql)


async def test_two_queries_at_once_have_each_their_own_tables(lake: DeltaLake) -> None:
    await lake.append(1, "profiles", profiles(profile(1), profile(2)))
    sql = compile_sql(InSegment(4), NOW).sql

    async def ask(key: int) -> list[int]:
        members = pa.table({"segment_id": [4], "profile_key": [key]})
        return (await lake.select(1, sql, tables={"members": members})).column(0).to_pylist()

    assert await asyncio.gather(*map(ask, (1, 2, 1, 2))) == [[1], [2], [1], [2]]


async def test_a_query_ends_in_time_and_the_next_is_answered(lake: DeltaLake) -> None:
    with pytest.raises(Limit, match="longer than allowed"):
        await lake.select(1, ENDLESS, timeout_s=0.3)
    with pytest.raises(Limit, match="memory"):
        await lake.select(1, "SELECT list(range) FROM range(100000000)")
    assert (await lake.select(1, "SELECT 1 AS n")).to_pylist() == [{"n": 1}]


async def test_whoever_stops_waiting_stops_the_query(lake: DeltaLake) -> None:
    await lake.select(1, "SELECT 1")
    running = [asyncio.create_task(lake.select(1, ENDLESS)) for _ in range(4)]
    await asyncio.wait(running, timeout=0.2)
    for one in running:
        one.cancel()
    ended = await asyncio.gather(*running, return_exceptions=True)
    assert [type(one) for one in ended] == [asyncio.CancelledError] * 4
    assert (await lake.select(1, "SELECT 1 AS n", timeout_s=5)).num_rows == 1


async def test_a_new_version_is_seen_at_once_and_an_erasure_too(lake: DeltaLake) -> None:
    counted = "SELECT count(*) AS n FROM happenings"
    for number in range(1, 4):
        await lake.append(1, "events", table_of([event(f"m{number}", key=number)]), number)
        assert (await lake.select(1, counted)).to_pylist() == [{"n": number}]
    await lake.erase(1, [2])
    assert (await lake.select(1, counted)).to_pylist() == [{"n": 2}]
    assert (await lake.select(2, counted)).to_pylist() == [{"n": 0}]


@pytest.fixture
def instances(core: LakeCore) -> Iterator[Instances]:
    made = Instances(memory_mb=64, threads=1)
    yield made
    made.close()


@pytest.fixture
def core(tmp_path: Path) -> Iterator[LakeCore]:
    opened = LakeCore(str(tmp_path / "lake"), None, 64)
    yield opened
    opened.close()


def test_few_lakes_are_kept_open_and_none_for_long(
    instances: Instances, core: LakeCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept() -> list[int]:
        return sorted(instances._warm)  # pyright: ignore[reportPrivateUsage]

    for workspace_id in (1, 2, 1, 3):
        instances.run(core.view(workspace_id), Query("SELECT 1", {}))
    assert kept() == [1, 3]
    assert instances.sweep()
    assert kept() == [1, 3]
    monkeypatch.setattr(own, "WARM_S", 0.0)
    assert not instances.sweep()
    assert kept() == []


def test_an_instance_that_is_asked_is_kept_until_it_has_answered(instances: Instances, core: LakeCore) -> None:
    view, started, answers = core.view(1), threading.Event(), list[Any]()

    class Slow(Query):
        def run(self, cursor: Any, shelf: Any) -> pa.Table:
            started.set()
            closed.wait(10)
            return super().run(cursor, shelf)

    closed = threading.Event()
    thread = threading.Thread(target=lambda: answers.append(instances.run(view, Slow("SELECT 1 AS n", {}))))
    thread.start()
    started.wait(10)
    instances.close()
    closed.set()
    thread.join(10)
    assert answers[0].to_pylist() == [{"n": 1}]


def test_a_query_that_was_stopped_before_it_began_does_not_begin(instances: Instances, core: LakeCore) -> None:
    query = Query(ENDLESS, {})
    query.stop()
    with pytest.raises(Conflict):
        instances.run(core.view(1), query)
