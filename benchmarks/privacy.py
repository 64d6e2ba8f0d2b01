"""Privacy: what a consent check costs, and erasing people from a lake of 20 million events of a million profiles."""

import asyncio
import os
import random
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks import lake as lake_area
from benchmarks.consent_check import consent_check
from benchmarks.lake import PROFILES, PeakMemory
from benchmarks.report import Result, write_results
from kizuna.adapters.lake.delta import DeltaLake

Part = Callable[[Path], Awaitable[list[Result]]]

ONE_BUDGET_S = 10
THOUSAND_BUDGET_S = 60
MEMORY_BUDGET_MB = 500
PEOPLE = random.Random(8)
ONES = 3


async def fill(lake: DeltaLake) -> None:
    """The lake of the area ``lake``, compacted, without older versions."""
    await lake_area.fill(lake)
    await lake.compact(1)
    await lake.vacuum(1, retention_h=0)
    await asyncio.to_thread(os.sync)


def pick(count: int) -> list[int]:
    return PEOPLE.sample(range(PROFILES), min(count, PROFILES))


async def erase_people(lake: DeltaLake, count: int) -> tuple[float, float, int]:
    """Seconds, MB over idle, and events that went."""
    keys = pick(count)
    with PeakMemory() as memory:
        started = time.perf_counter()
        done = await lake.erase(1, keys, identifiers=[("anonymous_id", f"a-{key}") for key in keys])
        spent = time.perf_counter() - started
    assert done.events > 0 or count == 1
    return spent, memory.rise, done.events


async def erase_the_older_way(lake: DeltaLake) -> float:
    """A compaction that drops a key, then deletes the old files. It takes as long for a thousand."""
    started = time.perf_counter()
    await lake.compact(1, drop_keys=pick(1))
    await lake.vacuum(1, retention_h=0)
    return time.perf_counter() - started


async def erasure(folder: Path) -> list[Result]:
    lake = DeltaLake(str(folder / "lake"))
    await fill(lake)
    print("privacy: the lake is there", flush=True)
    ones = [await erase_people(lake, 1) for _ in range(ONES)]
    many_s, many_mb, events = await erase_people(lake, 1000)
    print(f"privacy: {events:,} events of 1,000 people went", flush=True)
    older_s = await erase_the_older_way(lake)
    await lake.close()
    peer = ("compaction with drop_keys, vacuum", older_s)
    one_s = sorted(spent for spent, _, _ in ones)[ONES // 2]
    memory = max(many_mb, *(one[1] for one in ones))
    return [
        Result("erasure of one person from the lake", one_s, "s", "lower", ONE_BUDGET_S, *peer),
        Result("erasure of 1,000 people from the lake", many_s, "s", "lower", THOUSAND_BUDGET_S, *peer),
        Result("memory of an erasure", memory, "MB", "lower", MEMORY_BUDGET_MB),
    ]


PARTS: tuple[Part, ...] = (consent_check, erasure)
"""Each is given an empty folder, and measures one thing."""


async def measure(folder: Path) -> list[Result]:
    results: list[Result] = []
    for part in PARTS:
        own = folder / part.__name__
        own.mkdir()
        results += await part(own)
        print(f"privacy: {part.__name__} done", flush=True)
    return results


def run() -> None:
    """``KIZUNA_BENCH_EVENTS`` makes the lake smaller."""
    folder = Path(tempfile.mkdtemp(prefix="kizuna-privacy-"))
    try:
        write_results("privacy", asyncio.run(measure(folder)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
