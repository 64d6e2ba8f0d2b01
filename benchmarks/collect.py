"""Collect: durable, deduplicated events a second with the drain running, acknowledgement, live, memory."""

import asyncio
import json
import os
import subprocess
import sys
import time
from typing import Any

import httpx
import websockets

from benchmarks.load.running import CpuWatch, Kizuna, MemoryWatch, Owner, running_prototype
from benchmarks.report import Result, write_results

EVENTS = int(os.environ.get("KIZUNA_BENCH_EVENTS", "5000000"))
USERS = 50_000
FIRST_EVENTS = min(1_000_000, EVENTS)
"""Sent before anything is timed: they warm everything up, and show what the first million costs in memory."""
PROTOTYPE_EVENTS = min(400_000, EVENTS)
LIVE_S = 20
LIVE_RATE = 5_000
NUMBERS = {"first": 0, "batch": 100_000_000_000, "track": 300_000_000_000, "live": 500_000_000_000}
"""Where the message ids of each part begin, so that none repeats another's."""


def run() -> None:
    least = measure_prototype()
    results: list[Result] = []
    with Kizuna() as kizuna, kizuna.set_up() as owner:
        key = owner.add_source()["write_key"]
        kizuna.wait_until_quiet()
        idle = kizuna.memory_mb()
        results.append(Result("idle memory, everything on", idle, "MB", "lower", 500))
        results.append(measure_memory(kizuna, key, idle))
        kizuna.wait_until_quiet()
        results += measure_batches(kizuna, key, least)
        kizuna.wait_until_quiet()
        results += measure_single(kizuna, key)
        kizuna.wait_until_quiet()
        results.append(asyncio.run(measure_live(kizuna, owner, key)))
    write_results("collect", results)


def measure_prototype() -> float:
    """Events a second of the least that an intake can be, on this machine now."""
    with running_prototype() as url:
        generate(url, "none", events_max=PROTOTYPE_EVENTS // 4, first=0)
        return generate(url, "none", events_max=PROTOTYPE_EVENTS, first=NUMBERS["batch"])["events_per_s"]


def generate(url: str, key: str, **options: Any) -> dict[str, Any]:
    """Runs the load generator in a process of its own, and returns its report."""
    process = start_generator(url, key, **options)
    output, _ = process.communicate()
    if process.returncode:
        raise RuntimeError("the load generator failed")
    report = json.loads(output)
    if set(report["statuses"]) - {"200"}:
        print(f"not all were taken: {report['statuses']}", file=sys.stderr)
    return report


def start_generator(url: str, key: str, **options: Any) -> subprocess.Popen[bytes]:
    given = {"url": url, "key": key, "users": USERS, "seconds": 3_600, **options}
    arguments = [part for name, value in given.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    return subprocess.Popen([sys.executable, "-m", "benchmarks.load.generator", *arguments], stdout=subprocess.PIPE)


def measure_memory(kizuna: Kizuna, key: str, idle_mb: float) -> Result:
    """A run of its own: who looks at the memory of all processes every second slows them down."""
    watch = MemoryWatch(kizuna)
    watch.start()
    generate(kizuna.url, key, events_max=FIRST_EVENTS, first=NUMBERS["first"])
    kizuna.wait_until_empty()
    peak = watch.finish()
    name = f"peak memory over idle, first {FIRST_EVENTS:,} events"
    return Result(name, max(0.0, peak - idle_mb), "MB", "lower", 500)


def measure_batches(kizuna: Kizuna, key: str, least: float) -> list[Result]:
    """Batches of 100, the drain at work. ``least`` is the prototype's throughput."""
    with CpuWatch() as watch:
        report = generate(kizuna.url, key, events_max=EVENTS, first=NUMBERS["batch"])
    empty_s = kizuna.wait_until_empty()
    return [
        Result(
            "batch of 100, drain running", report["events_per_s"], "events/s", "higher", 30_000, "bare intake", least
        ),
        Result("of the machine's CPU time, kept by its host meanwhile", watch.stolen * 100, "%", "lower"),
        Result("batch acknowledged, p50", report["p50_ms"], "ms", "lower"),
        Result("batch acknowledged, p99", report["p99_ms"], "ms", "lower", 250),
        Result(f"inbox empty after {EVENTS:,} events", empty_s, "s", "lower", 10),
        Result("events in the lake", count_lake(kizuna), "events", "higher", EVENTS + FIRST_EVENTS),
    ]


def count_lake(kizuna: Kizuna) -> int:
    from deltalake import DeltaTable

    return DeltaTable(str(kizuna.folder / "lake" / "ws=1" / "events")).to_pyarrow_dataset().count_rows()


def measure_single(kizuna: Kizuna, key: str) -> list[Result]:
    with CpuWatch() as watch:
        report = generate(
            kizuna.url, key, path="/v1/track", items=1, connections=64, seconds=10, first=NUMBERS["track"]
        )
    kizuna.wait_until_empty()
    return [
        Result("single track", report["requests_per_s"], "requests/s", "higher", 3_000),
        Result("of the CPU time, kept by the host meanwhile", watch.stolen * 100, "%", "lower"),
        Result("single track acknowledged, p99", report["p99_ms"], "ms", "lower", 250),
    ]


async def measure_live(kizuna: Kizuna, owner: Owner, key: str) -> Result:
    """From the acknowledgement of an event to the message on the open page of its profile."""
    profile_id = find_profile(kizuna, owner, key)
    load = start_generator(kizuna.url, key, rate=LIVE_RATE, seconds=LIVE_S, first=NUMBERS["live"])
    acknowledged: dict[str, float] = {}
    seen: dict[str, float] = {}
    cookie = "; ".join(f"{name}={value}" for name, value in owner.client.cookies.items())
    address = f"{kizuna.url.replace('http', 'ws')}/api/live"
    async with websockets.connect(address, additional_headers={"Cookie": cookie}) as socket:
        await socket.send(json.dumps({"subscribe": f"profile:{profile_id}"}))
        reader = asyncio.create_task(_read(socket, seen))
        async with httpx.AsyncClient(base_url=kizuna.url, auth=(key, "")) as client:
            for number in range(LIVE_S * 10):
                message_id = f"watched-{number}"
                await client.post("/v1/track", json={"event": "Watched", "userId": "watched", "messageId": message_id})
                acknowledged[message_id] = time.perf_counter()
                await asyncio.sleep(0.1)
        await asyncio.sleep(3)
        reader.cancel()
    load.wait()
    waits = sorted(seen.get(id_, float("inf")) - at for id_, at in acknowledged.items() if int(id_[8:]) >= 10)
    p99 = waits[int(len(waits) * 0.99)] if waits else float("inf")
    return Result(f"acknowledged to live page at {LIVE_RATE:,} events/s, p99", max(0.0, p99), "s", "lower", 2)


async def _read(socket: Any, seen: dict[str, float]) -> None:
    async for text in socket:
        for event in json.loads(text).get("data") or []:
            seen.setdefault(event["message_id"], time.perf_counter())


def find_profile(kizuna: Kizuna, owner: Owner, key: str) -> str:
    answer = httpx.post(f"{kizuna.url}/v1/track", json={"event": "Watched", "userId": "watched"}, auth=(key, ""))
    answer.raise_for_status()
    kizuna.wait_until_empty()
    found = owner.client.get("/api/profiles", params={"search": "watched"}).json()["items"]
    return found[0]["id"]
