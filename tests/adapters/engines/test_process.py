"""SQL in a process of its own: limits that hold, cancelling, and what is left after."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from kizuna.adapters.lake.delta import DeltaLake
from kizuna.kernel.errors import Conflict, Invalid, Limit
from tests.adapters.lake.rows import event, table_of

ENDLESS = "SELECT count(*) FROM range(1000000000000)"


@pytest.fixture
async def lake(tmp_path: Path) -> AsyncIterator[DeltaLake]:
    opened = DeltaLake(str(tmp_path / "lake"), query_memory_mb=128, query_timeout_s=20)
    await opened.append(1, "events", table_of([event("a")]), 1)
    yield opened
    await opened.close()


async def test_limits_hold_and_the_next_query_is_answered(lake: DeltaLake) -> None:
    with pytest.raises(Limit, match="longer than allowed"):
        await lake.run_sql(1, ENDLESS, timeout_s=0.3)
    # This one DuckDB's own limit does not stop: 3 GB in one value.
    with pytest.raises(Limit, match="memory"):
        await lake.run_sql(1, "SELECT length(repeat('a', 3000000000))")
    with pytest.raises(Invalid, match="nope"):
        await lake.run_sql(1, "SELECT nope FROM events")
    assert (await lake.run_sql(1, "SELECT message_id FROM events")).rows == [["a"]]


async def until(happens: Callable[[], bool]) -> None:
    """Lets the event loop go on until it does: there is no event to wait for in another process."""
    for _ in range(10_000):
        if happens():
            return
        await asyncio.sleep(0.01)  # polls
    raise AssertionError("it never happened")


async def test_a_query_is_cancelled_by_its_id(lake: DeltaLake) -> None:
    await lake.run_sql(1, "SELECT 1")
    running = asyncio.create_task(lake.run_sql(1, ENDLESS, query_id="q"))
    await until(lambda: lake.cancel_sql(1, "q"))
    with pytest.raises(Conflict, match="cancelled"):
        await running
    assert not lake.cancel_sql(1, "q")
    assert not lake.cancel_sql(2, "q")


async def test_of_two_queries_with_one_id_the_second_is_refused(lake: DeltaLake) -> None:
    await lake.run_sql(1, "SELECT 1")
    running = asyncio.create_task(lake.run_sql(1, ENDLESS, query_id="q"))
    await until(lambda: (1, "q") in lake._sql._running)  # pyright: ignore[reportPrivateUsage]
    with pytest.raises(Conflict):
        await lake.run_sql(1, "SELECT 1", query_id="q")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_new_version_is_seen_at_once(lake: DeltaLake) -> None:
    for number in range(2, 5):
        await lake.append(1, "events", table_of([event(f"m{number}")]), number)
        assert (await lake.run_sql(1, "SELECT count(*) FROM events")).rows == [[number]]
    await lake.compact(1)
    await lake.vacuum(1, retention_h=0)
    assert (await lake.run_sql(1, "SELECT count(*) FROM events")).rows == [[4]]


async def test_text_that_is_no_unicode(lake: DeltaLake) -> None:
    with pytest.raises(Invalid):
        await lake.run_sql(1, "SELECT '\ud800'")
