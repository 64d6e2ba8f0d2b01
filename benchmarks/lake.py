"""The lake: loads, compaction, timelines and SQL at 20 million events of a million profiles."""

import asyncio
import os
import random
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.report import Result, write_results
from kizuna.adapters.lake.delta import DeltaLake
from kizuna.kernel.lake import table_schema

EVENTS = int(os.environ.get("KIZUNA_BENCH_EVENTS", "20000000"))
PROFILES = max(1, EVENTS // 20)
MONTHS = tuple(f"2026-{month:02d}" for month in range(1, 13))
LOAD_ROWS = 50_000
PAGES = 300
NAMES = (
    ("Page Viewed", 30),
    ("Product Viewed", 18),
    ("Product List Viewed", 10),
    ("Product Added", 8),
    ("Cart Viewed", 5),
    ("Checkout Started", 4),
    ("Order Completed", 3),
    ("Products Searched", 5),
    ("Email Opened", 5),
    ("Email Link Clicked", 2),
    ("Coupon Applied", 1),
    ("App Opened", 5),
    ("Signed In", 2),
    ("Call Ended", 1),
    ("Survey Answered", 1),
)
QUERIES = (
    (
        "count of an event in a month",
        "SELECT count(*) FROM events WHERE name = 'Order Completed' AND month = '2026-06'",
    ),
    ("events by name", "SELECT name, count(*) FROM events GROUP BY name"),
    ("distinct buyers", "SELECT count(DISTINCT profile_key) FROM events WHERE name = 'Order Completed'"),
    (
        "sum of a JSON property",
        "SELECT sum((properties->>'price')::BIGINT) FROM events WHERE name = 'Order Completed'",
    ),
)


def make_load(random_numbers: np.random.Generator, month: str, rows_n: int) -> pa.Table:
    """Events as a shop has them, half of them of its busier customers."""
    weights = np.array([weight for _, weight in NAMES], dtype=float)
    name_id = random_numbers.choice(len(NAMES), rows_n, p=weights / weights.sum()).astype("int32")
    busy = (random_numbers.random(rows_n) ** 3 * PROFILES).astype("int64")
    key = np.where(random_numbers.random(rows_n) < 0.5, random_numbers.integers(0, PROFILES, rows_n), busy)
    start = np.datetime64(f"{month}-01", "us").astype("int64")
    times = start + random_numbers.integers(0, 28 * 86_400_000_000, rows_n)
    time_column = pa.array(times, pa.timestamp("us", "UTC"))
    sku = pa.array(random_numbers.integers(0, 5000, rows_n)).cast(pa.string())
    price = pa.array(random_numbers.integers(100, 20_000, rows_n)).cast(pa.string())
    person = pa.array(key).cast(pa.string())
    hexadecimal = np.frombuffer(random_numbers.bytes(16 * rows_n).hex().encode(), dtype="S32")

    def text(*parts: object) -> pa.Array:
        return pc.binary_join_element_wise(*parts, "")

    def same(value: str) -> pa.Array:
        return pa.repeat(value, rows_n)

    none = pa.nulls(rows_n, pa.string())
    columns = {
        "name": pa.array([name for name, _ in NAMES]).take(pa.array(name_id)),
        "name_id": name_id,
        "type": same("track"),
        "key": key,
        "time": time_column,
        "received_at": time_column,
        "original_time": time_column,
        "message_id": pa.array(hexadecimal).cast(pa.string()),
        "source_id": np.ones(rows_n, "int32"),
        "touchpoint": pa.array(["web", "app", "store"]).take(pa.array(random_numbers.integers(0, 3, rows_n))),
        "user_id": none,
        "anonymous_id": text("a-", person),
        "identifiers": text('[["anonymous_id","a-', person, '"]]'),
        "session_id": text("s-", person),
        "properties": text(
            '{"product_id":"sku-',
            sku,
            '","price":',
            price,
            ',"currency":"JPY","url":"https://shop.example/p/',
            sku,
            '"}',
        ),
        "context": text('{"locale":"ja-JP","page":{"path":"/p/', sku, '"},"userAgent":"Mozilla/5.0 (Macintosh)"}'),
        "load_id": np.zeros(rows_n, "int64"),
        "month": same(month),
    }
    return pa.table(columns).select(table_schema("events").names).cast(table_schema("events"))


def anonymous_mb() -> float:
    info = psutil.Process().memory_full_info()
    return info.uss / 1e6


class PeakMemory:
    """The most memory of its own that the process had while inside, in MB above what it had before."""

    def __enter__(self) -> "PeakMemory":
        self.before = anonymous_mb()
        self.rise = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.1):
            self.rise = max(self.rise, anonymous_mb() - self.before)


async def fill(lake: DeltaLake) -> Iterator[Result]:
    numbers = np.random.default_rng(1)
    spent: list[float] = []
    load_id = 0
    for month in MONTHS:
        for _ in range(max(1, EVENTS // len(MONTHS) // LOAD_ROWS)):
            rows = make_load(numbers, month, min(LOAD_ROWS, EVENTS // len(MONTHS)))
            load_id += 1
            started = time.perf_counter()
            await lake.append(1, "events", rows, load_id)
            spent.append(time.perf_counter() - started)
    rate = LOAD_ROWS / statistics.median(spent)
    return iter([Result("append of 50,000 events, one commit, on disk", rate, "events/s", "higher", budget=100_000)])


async def compact(lake: DeltaLake) -> Iterator[Result]:
    started = time.perf_counter()
    with PeakMemory() as memory:
        done = await lake.compact(1)
    spent = time.perf_counter() - started
    return iter(
        [
            Result("compaction of everything", done.rows / spent, "events/s", "higher", budget=50_000),
            Result("memory of the compaction", memory.rise, "MB", "lower", budget=500),
        ]
    )


async def measure_pages(page: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds."""
    spent: list[float] = []
    for _ in range(PAGES):
        started = time.perf_counter()
        await page()
        spent.append((time.perf_counter() - started) * 1000)
    spent.sort()
    return spent[len(spent) // 2], spent[int(len(spent) * 0.95)]


async def timelines(lake: DeltaLake) -> Iterator[Result]:
    picks = random.Random(5)

    def keys(count: int) -> list[int]:
        return [picks.randrange(PROFILES) for _ in range(count)]

    middle = datetime(2026, 7, 1, tzinfo=UTC)
    results: list[Result] = []
    for name, page in (
        ("last 50 events of a profile", lambda: lake.read_timeline(1, keys(1))),
        ("last 50 events of a profile of 3 identifiers", lambda: lake.read_timeline(1, keys(3))),
        ("a later page", lambda: lake.read_timeline(1, keys(1), before=(middle, "~"))),
        ("filtered by event", lambda: lake.read_timeline(1, keys(1), names=["Order Completed"])),
    ):
        median, p95 = await measure_pages(page)
        results.append(Result(f"{name}, median", median, "ms", "lower"))
        results.append(Result(f"{name}, p95", p95, "ms", "lower", budget=120))
    return iter(results)


async def questions(lake: DeltaLake) -> Iterator[Result]:
    started = time.perf_counter()
    await lake.run_sql(1, "SELECT 1")
    results = [Result("first query, with its process", time.perf_counter() - started, "s", "lower", budget=3)]
    for name, sql in QUERIES:
        spent: list[float] = []
        for _ in range(3):
            started = time.perf_counter()
            await lake.run_sql(1, sql)
            spent.append(time.perf_counter() - started)
        results.append(Result(f"SQL: {name}", statistics.median(spent), "s", "lower"))
    return iter(results)


async def known_ids(lake: DeltaLake) -> Iterator[Result]:
    ids = pa.array([f"order-{n}" for n in range(100_000)])
    started = time.perf_counter()
    await lake.known_message_ids(1, 1, ids)
    return iter(
        [Result("100,000 message ids looked up in the whole lake", time.perf_counter() - started, "s", "lower")]
    )


async def measure(folder: Path) -> list[Result]:
    lake = DeltaLake(str(folder))
    results: list[Result] = []
    for part in (fill, compact, timelines, questions, known_ids):
        results += await part(lake)
        print(f"lake: {part.__name__} done", flush=True)
    size = sum(file.stat().st_size for file in folder.rglob("month=*/sorted-*") if file.is_file())
    results.append(Result("disk, timeline index included", size / EVENTS, "bytes/event", "lower"))
    await lake.close()
    return results


def run() -> None:
    folder = Path(tempfile.mkdtemp(prefix="kizuna-lake-"))
    try:
        write_results("lake", asyncio.run(measure(folder)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
