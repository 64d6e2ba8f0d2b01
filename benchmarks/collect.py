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

from benchmarks.load.running import Kizuna, MemoryWatch, Owner, running_prototype
from benchmarks.report import Result, write_results

EVENTS = int(os.environ.get("KIZUNA_BENCH_EVENTS", "5000000"))
USERS = 50_000
WARM_UP = min(200_000, EVENTS)
PROTOTYPE_EVENTS = min(400_000, EVENTS)
LIVE_S = 20
LIVE_RATE = 5_000
NUMBERS = {"batch": 100_000_000_000, "track": 300_000_000_000, "live": 500_000_000_000}
"""Where the message ids of each part begin, so that none repeats another's."""


def run() -> None:
    least = measure_prototype()
    results: list[Result] = []
    with Kizuna() as kizuna, kizuna.set_up() as owner:
        key = owner.add_source()["write_key"]
        time.sleep(5)
        idle = kizuna.memory_mb()
        results.append(Result("idle memory, everything on", idle, "MB", "lower", 500))
        generate(kizuna.url, key, events_max=WARM_UP, first=0)
        kizuna.wait_until_empty()
        results += measure_batches(kizuna, key, idle, least)
        results += measure_single(kizuna, key)
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


def measure_batches(kizuna: Kizuna, key: str, idle_mb: float, least: float) -> list[Result]:
    """Batches of 100, the drain at work; memory over the first million events. ``least`` is the prototype's."""
    first_part = min(1_000_000, EVENTS)
    watch = MemoryWatch(kizuna)
    watch.start()
    reports = [generate(kizuna.url, key, events_max=first_part, first=NUMBERS["batch"])]
    peak = watch.finish()
    if first_part < EVENTS:
        reports.append(generate(kizuna.url, key, events_max=EVENTS - first_part, first=NUMBERS["batch"] + first_part))
    empty_s = kizuna.wait_until_empty()
    events = sum(report["events"] for report in reports)
    seconds = sum(report["seconds"] for report in reports)
    return [
        Result("batch of 100, drain running", events / seconds, "events/s", "higher", 30_000, "bare intake", least),
        Result("batch acknowledged, p50", reports[-1]["p50_ms"], "ms", "lower"),
        Result("batch acknowledged, p99", max(report["p99_ms"] for report in reports), "ms", "lower", 250),
        Result(f"inbox empty after {events:,} events", empty_s, "s", "lower", 10),
        Result(f"peak memory over idle, first {first_part:,} events", max(0.0, peak - idle_mb), "MB", "lower", 500),
        Result("events in the lake", count_lake(kizuna), "events", "higher", events + WARM_UP),
    ]


def count_lake(kizuna: Kizuna) -> int:
    from deltalake import DeltaTable

    return DeltaTable(str(kizuna.folder / "lake" / "ws=1" / "events")).to_pyarrow_dataset().count_rows()


def measure_single(kizuna: Kizuna, key: str) -> list[Result]:
    report = generate(kizuna.url, key, path="/v1/track", items=1, connections=64, seconds=10, first=NUMBERS["track"])
    kizuna.wait_until_empty()
    return [
        Result("single track", report["requests_per_s"], "requests/s", "higher", 3_000),
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
