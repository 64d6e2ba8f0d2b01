"""Segments: building them over 20 million events, a million people who leave in one minute, sets of all of them,
and 200 live segments under a stream.

``KIZUNA_BENCH_EVENTS`` makes the lake smaller, ``KIZUNA_BENCH_SECONDS`` the stream shorter.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from pyroaring import BitMap

from benchmarks import lake as lake_area
from benchmarks.lake import PROFILES
from benchmarks.load import crowd, segment_stream
from benchmarks.report import Result, write_results
from kizuna.adapters.postgres.embedded import EmbeddedPostgres
from kizuna.adapters.postgres.migrate import migrate
from kizuna.app.build import build_runtime
from kizuna.conditions.ast import Condition
from kizuna.domains.profiles.service.sync import sync_workspace
from kizuna.domains.segments.repository import live
from kizuna.domains.segments.rules.packing import unpack_states
from kizuna.domains.segments.service.build import build_segment
from kizuna.domains.segments.service.keeping import keep_once
from kizuna.domains.segments.service.plan import register
from kizuna.domains.segments.service.question import ask
from kizuna.domains.workspace import api as workspaces
from kizuna.domains.workspace.contracts import NewWorkspace
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime
from kizuna.kernel.lake import month_of, table_schema
from kizuna.kernel.settings import read_settings

START = datetime(2026, 12, 29, 0, 0, tzinfo=UTC)
"""Just after the last event of the lake."""
SCRIPT = Path(__file__).parents[1] / "sdk/dist/conditions.js"

INSERT = """
    INSERT INTO segments_segments (workspace_id, name, kind, condition, state, created_by, created_at, updated_at)
    VALUES (%s, %s, 'live', %s, 'building', 'Bench', now(), now()) RETURNING id
"""


def did(name: str, value: float = 1, days: int | None = None, **more: Any) -> dict[str, Any]:
    window = {} if days is None else {"window": {"since": {"at": "ago", "span": {"n": days, "unit": "day"}}}}
    return {"kind": "did", "event": {"name": name}, "value": value} | window | more


TEN_LEAVES: dict[str, Any] = {
    "kind": "all",
    "of": [
        did("Product Viewed", 3, 90),
        did("Page Viewed", 5),
        {
            "kind": "any",
            "of": [
                did("Order Completed", 2, 180),
                did("Order Completed", 15_000, 365, measure={"of": "sum", "property": "price"}),
                {
                    "kind": "did",
                    "event": {
                        "name": "Product Added",
                        "where": [{"property": "price", "test": {"op": "between", "low": 10_000}}],
                    },
                },
            ],
        },
        {"kind": "not", "of": did("Coupon Applied", 1, 30)},
        {"kind": "not", "of": did("Call Ended", 2)},
        did("Email Opened", 1, 365),
        {"kind": "trait", "name": "city", "test": {"op": "in", "values": ["Tokyo", "Kyoto"]}},
        {"kind": "trait", "name": "age", "test": {"op": "between", "low": 20, "high": 70}},
    ],
}


class World:
    """A runtime with a clock of its own, on an embedded PostgreSQL in a folder."""

    def __init__(self, folder: Path) -> None:
        self.server = EmbeddedPostgres(folder / "pg")
        self.server.start()
        migrate(self.server.url)
        self.clock = ManualClock(START)
        settings = read_settings({"KIZUNA_DATA_DIR": str(folder / "data"), "KIZUNA_SECRET_KEY": "bench"})
        self.runtime, self._database = build_runtime(replace(settings, database_url=self.server.url), self.clock)

    async def set_up(self) -> int:
        new = NewWorkspace(
            "Bench", "Ada", "ada@example.com", "correct horse battery", "UTC", "JPY", "monday", "en", "JP"
        )
        return (await workspaces.create_workspace(self.runtime, new)).workspace_id

    async def close(self) -> None:
        await self.runtime.lake.close()
        await self._database.close()
        self.server.stop()


async def add_segment(runtime: Runtime, workspace_id: int, name: str, where: dict[str, Any]) -> int:
    condition = msgspec.convert({"where": where}, Condition)
    async with runtime.unit(workspace_id) as ctx:
        cursor = await ctx.db.execute(INSERT, (workspace_id, name, msgspec.json.encode(condition).decode()))
        row = await cursor.fetchone()
        assert row is not None
        await register(ctx, row[0], condition)
    return row[0]


async def measure_builds(world: World, workspace_id: int) -> list[Result]:
    """A ten-leaf condition over the whole lake: live, with all that must be remembered, and as one statement."""
    segment_id = await add_segment(world.runtime, workspace_id, "Ten leaves", TEN_LEAVES)
    steps: list[float] = []

    async def report(_done: int, _total: int) -> None:
        steps.append(time.perf_counter())

    started = time.perf_counter()
    size = await build_segment(world.runtime, workspace_id, segment_id, report)
    built, early = time.perf_counter() - started, steps[2] - started
    started = time.perf_counter()
    found = await ask(world.runtime, workspace_id, msgspec.convert({"where": TEN_LEAVES}, Condition))
    asked = time.perf_counter() - started
    assert size == len(found), f"live {size}, computed {len(found)}"
    print(f"segments: {size:,} of {PROFILES:,} people meet the ten leaves", flush=True)
    async with world.runtime.unit(workspace_id) as ctx:
        row = await (
            await ctx.db.execute(
                "SELECT count(*), sum(length(payload)), pg_total_relation_size('segments_states') FROM segments_states"
            )
        ).fetchone()
        leaves = await (
            await ctx.db.execute("SELECT count(*) FROM segments_leaves WHERE feed_id IS NOT NULL")
        ).fetchone()
        assert row is not None
        assert leaves is not None
        nodes = 0
        for feed_id in {
            feed_id for feed_id, *_ in await (await ctx.db.execute("SELECT id FROM segments_feeds")).fetchall()
        }:
            states = unpack_states([(chunk, data) for chunk, _, data in await live.read_feed_states(ctx, feed_id)])
            nodes += len(states.keys)
    return [
        Result("members of a new segment, 10 leaves, 20 M events", early, "s", "lower", 5, "one statement", asked),
        Result("until it is live", built, "s", "lower"),
        Result("state by (feed, person), payload", int(row[1]) / nodes, "bytes", "lower", 64),
        Result("the same with rows and index", int(row[2]) / nodes, "bytes", "lower"),
    ]


def visits(people: int, first: datetime, spread: timedelta) -> pa.Table:
    """One event of each, evenly over a while."""
    start = int(first.timestamp() * 1_000_000)
    times = start + (np.arange(people) * (spread // timedelta(microseconds=1)) // people)
    time_column = pa.array(times, pa.timestamp("us", "UTC"))
    none, same = pa.nulls(people, pa.string()), lambda value: pa.repeat(value, people)
    columns = {
        "name": same("Visited"),
        "name_id": np.full(people, 900, "int32"),
        "type": same("track"),
        "key": np.arange(1, people + 1),
        "time": time_column,
        "received_at": time_column,
        "original_time": time_column,
        "message_id": pa.array([f"v-{number}" for number in range(people)]),
        "source_id": np.ones(people, "int32"),
        "touchpoint": same("web"),
        "user_id": none,
        "anonymous_id": none,
        "identifiers": none,
        "session_id": none,
        "properties": same("{}"),
        "context": same("{}"),
        "load_id": np.zeros(people, "int64"),
        "month": same(month_of(first)),
    }
    return pa.table(columns).select(table_schema("events").names).cast(table_schema("events"))


async def measure_expiry(world: World, workspace_id: int) -> list[Result]:
    """Everybody visited within one minute, a week ago."""
    await world.runtime.lake.append(
        workspace_id, "events", visits(PROFILES, START - timedelta(days=7) + timedelta(minutes=1), timedelta(minutes=1))
    )
    segment_id = await add_segment(world.runtime, workspace_id, "Visited this week", did("Visited", 1, 7))
    assert await build_segment(world.runtime, workspace_id, segment_id) == PROFILES
    world.clock.advance(timedelta(minutes=3))
    started = time.perf_counter()
    while await keep_once(world.runtime):
        pass
    spent = time.perf_counter() - started
    async with world.runtime.unit(workspace_id) as ctx:
        row = await (
            await ctx.db.execute(
                "SELECT sum(count) FROM segments_moves WHERE segment_id = %s AND NOT entered", (segment_id,)
            )
        ).fetchone()
        assert row is not None
        assert row[0] == PROFILES, f"{row[0]} left"
    return [Result(f"{PROFILES:,} people expire within one minute, all told", spent, "s", "lower", 60)]


def measure_sets() -> list[Result]:
    """How 50 segments of a million people overlap."""
    numbers = np.random.default_rng(3)
    segments = [
        BitMap(np.flatnonzero(numbers.random(PROFILES) < share).astype(np.uint32))
        for share in numbers.uniform(0.01, 0.6, 50)
    ]
    arrays = [np.zeros(PROFILES, np.bool_) for _ in segments]
    for array, members in zip(arrays, segments, strict=True):
        array[np.asarray(members.to_array())] = True

    def with_bitmaps() -> list[list[int]]:
        return [[one.intersection_cardinality(other) for other in segments] for one in segments]

    def with_numpy() -> list[list[int]]:
        return [[int(np.count_nonzero(one & other)) for other in arrays] for one in arrays]

    quick, slow = _time(with_bitmaps), _time(with_numpy)
    assert with_bitmaps()[3][7] == with_numpy()[3][7]
    name = f"overlap of 50 segments of {PROFILES:,} people"
    return [Result(name, quick, "s", "lower", 1, "numpy, a byte a person", slow)]


def _time(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


async def measure_crowd(folder: Path) -> list[Result]:
    world = World(folder)
    try:
        workspace_id = await world.set_up()
        started = time.perf_counter()
        for _ in await lake_area.fill(world.runtime.lake):  # pyright: ignore[reportArgumentType]
            pass
        await world.runtime.lake.compact(workspace_id)
        crowd.fill(world.server.url, workspace_id, PROFILES)
        await sync_workspace(world.runtime, workspace_id)
        print(f"segments: lake and profiles are there after {time.perf_counter() - started:.0f} s", flush=True)
        results = await measure_builds(world, workspace_id)
        results += await measure_expiry(world, workspace_id)
        return results + measure_sets()
    finally:
        await world.close()


def measure_script() -> Result:
    size = len(gzip.compress(SCRIPT.read_bytes(), 9)) if SCRIPT.exists() else 0
    return Result("conditions in the browser, gzip", size, "bytes", "lower", 3_072)


def run() -> None:
    folder = Path(tempfile.mkdtemp(prefix="kizuna-segments-"))
    folder.chmod(0o755)
    try:
        results = asyncio.run(measure_crowd(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    results.append(measure_script())
    if os.environ.get("KIZUNA_BENCH_SECONDS", "600") != "0":
        results += segment_stream.measure()
    write_results("segments", results)
