"""Questions over 20 million events of a million people, beside ClickHouse over the same events; how cost grows with
events; customer lifetime value beside ``lifetimes``; baskets beside mlxtend; a dashboard of the demo.

``KIZUNA_BENCH_EVENTS`` makes the lake smaller; ``KIZUNA_BENCH_GROWTH`` lists the sizes of the table of growth.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from benchmarks import baskets, dashboards, lifetimes
from benchmarks import lake as lake_area
from benchmarks.report import Result, write_results
from kizuna.adapters.engines.local import LocalEngine
from kizuna.adapters.lake.delta import DeltaLake
from kizuna.conditions.moments import At, to_us
from kizuna.domains.analytics.contracts import Query
from kizuna.domains.analytics.metrics.base import Found
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.rules.periods import make_periods, widen
from kizuna.domains.analytics.service.metrics import find_metric
from kizuna.kernel.engine import Engine

RUNS = 5
NOW = At(to_us(datetime(2026, 12, 31, tzinfo=UTC)))
GROWTH = os.environ.get("KIZUNA_BENCH_GROWTH", "1000000,5000000,20000000,100000000")

YEAR = {"kind": "dates", "first": "2026-01-05", "last": "2026-12-30"}
STEPS = ("Product Viewed", "Product Added", "Checkout Started", "Order Completed")

QUESTIONS: Mapping[str, Mapping[str, Any]] = {
    "funnel": {
        "metric": "funnel",
        "params": {
            "steps": [{"event": {"name": name}} for name in STEPS],
            "window": {"n": 7, "unit": "day"},
        },
        "range": {"kind": "dates", "first": "2026-01-01", "last": "2026-12-30"},
    },
    "weekly actives": {
        "metric": "trend",
        "params": {"series": [{"event": {"name": None}, "measure": "people"}]},
        "interval": "week",
        "range": YEAR,
    },
    "retention": {
        "metric": "retention",
        "params": {"start": {"name": None}, "back": {"name": None}},
        "interval": "week",
        "range": {"kind": "dates", "first": "2026-01-05", "last": "2026-03-29"},
    },
    "lifecycle": {
        "metric": "lifecycle",
        "params": {"event": {"name": None}},
        "interval": "week",
        "range": {"kind": "dates", "first": "2026-01-12", "last": "2026-04-05"},
    },
    "breakdown": {
        "metric": "trend",
        "params": {
            "series": [
                {
                    "event": {
                        "name": "Order Completed",
                        "where": [{"property": "price", "test": {"op": "between", "low": 10_000}}],
                    },
                    "measure": "people",
                }
            ]
        },
        "interval": "year",
        "range": YEAR,
        "breakdown": {"by": "property", "property": "product_id"},
    },
    "rfm": {
        "metric": "rfm",
        "params": {"event": {"name": "Order Completed"}, "amount_property": "price"},
        "range": {"kind": "dates", "first": "2026-01-01", "last": "2026-12-30"},
    },
}

NAMES = {
    "funnel": "ordered funnel, 4 steps, 7 days",
    "weekly actives": "weekly actives of a year",
    "retention": "retention, 12 weeks, any event",
    "lifecycle": "lifecycle, 12 weeks, any event",
    "breakdown": "filtered breakdown on a property of 5,000 values",
    "rfm": "RFM of everybody",
}


def make_ask(engine: Engine, given: Mapping[str, Any]) -> tuple[Any, Any, Ask]:
    query = msgspec.convert(dict(given), Query)
    metric = find_metric(query.metric)
    periods = make_periods(query.range, query.interval, NOW)
    periods = widen(periods) if metric.whole_periods else periods
    return metric, msgspec.convert(query.params, metric.params), Ask(engine, 1, query, NOW, periods, "JPY")


async def ask(engine: Engine, given: Mapping[str, Any], runs: int = RUNS) -> tuple[float, Found]:
    """Seconds of the quickest of some runs, and the answer."""
    best, found = float("inf"), None
    for _ in range(runs):
        metric, params, one = make_ask(engine, given)
        started = time.perf_counter()
        found = await metric.compute(one, params)
        best = min(best, time.perf_counter() - started)
    assert found is not None
    return best, found


async def fill(folder: Path) -> None:
    lake = DeltaLake(str(folder / "lake"))
    try:
        for _ in await lake_area.fill(lake):
            pass
        await lake.compact(1)
    finally:
        await lake.close()


async def ask_all(folder: Path) -> dict[str, float]:
    lake = DeltaLake(str(folder / "lake"), query_memory_mb=4_096)
    try:
        engine = LocalEngine(lake)
        return {name: (await ask(engine, given))[0] for name, given in QUESTIONS.items()}
    finally:
        await lake.close()


def ask_clickhouse(folder: Path) -> dict[str, tuple[float, list[Any]]]:
    files = str(folder / "lake/ws=1/events/month=*/*.parquet")
    scratch = str(folder / "clickhouse")
    command = [sys.executable, "-m", "benchmarks.peers.clickhouse", files, scratch]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def measure_questions(folder: Path) -> list[Result]:
    asyncio.run(fill(folder))
    peers = ask_clickhouse(folder)
    ours = asyncio.run(ask_all(folder))
    events = f"{lake_area.EVENTS // 1_000_000} M events"
    return [
        Result(
            f"{NAMES[name]}, {events}",
            seconds,
            "s",
            "lower",
            1.0 if name == "rfm" else peers[name][0],
            "ClickHouse (chDB)",
            peers[name][0],
        )
        for name, seconds in ours.items()
    ]


GROW = """
import asyncio, json, re, sys
from pathlib import Path
from benchmarks import analytics
from kizuna.adapters.engines.local import LocalEngine
from kizuna.adapters.lake.delta import DeltaLake

async def main():
    lake = DeltaLake(sys.argv[1], query_memory_mb=2_048)
    seconds, _ = await analytics.ask(LocalEngine(lake), analytics.QUESTIONS["funnel"], 3)
    await lake.close()
    # Not ru_maxrss, in which the process that started this one stands too.
    peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
    print(json.dumps([seconds, int(peak[1]) / 1024]))

asyncio.run(main())
"""


def measure_growth() -> list[Result]:
    """The funnel over more and more events, each in a process of its own, so that its memory is seen."""
    results: list[Result] = []
    for events in [int(size) for size in GROWTH.split(",") if size]:
        folder = Path(tempfile.mkdtemp(prefix="kizuna-growth-"))
        environment = os.environ | {"KIZUNA_BENCH_EVENTS": str(events)}
        try:
            filling = "import asyncio, pathlib, sys; from benchmarks import analytics; "
            filling += "asyncio.run(analytics.fill(pathlib.Path(sys.argv[1])))"
            subprocess.run([sys.executable, "-c", filling, str(folder)], check=True, env=environment)
            command = [sys.executable, "-c", GROW, str(folder / "lake")]
            seconds, memory = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        largest = events >= 100_000_000
        name = f"{events / 1e6:g} M events"
        results.append(Result(f"funnel over {name}", seconds, "s", "lower", 10 if largest else None))
        results.append(Result(f"memory of it, {name}", memory, "MB", "lower", 4_096 if largest else None))
    return results


def run() -> None:
    folder = Path(tempfile.mkdtemp(prefix="kizuna-analytics-"))
    try:
        results = measure_questions(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for measure in (measure_growth, lifetimes.measure, baskets.measure, dashboards.measure):
        results += measure()
    write_results("analytics", results)
