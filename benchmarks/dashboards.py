"""A dashboard of twelve charts over the demo's data, asked for as the app does: all tiles at once.

The twelve are the first two of each ready dashboard that has two, and the next ones in turn. *Cold*: nothing of the
answers is kept. *Cached*: the same once more.
"""

import asyncio
import json
import statistics
import time
from itertools import zip_longest
from typing import Any

import httpx

from benchmarks.load.running import Kizuna
from benchmarks.report import Result

CHARTS = 12
RUNS = 3
COLD_S, CACHED_S = 1.5, 0.2
AT_ONCE = 6  # as many connections as a browser opens
LOADED_S = 600.0


def measure() -> list[Result]:
    with Kizuna(command="demo") as kizuna:
        _wait_until_loaded(kizuna)
        kizuna.wait_until_quiet(merged=False)
        return asyncio.run(_measure(kizuna))


def _wait_until_loaded(kizuna: Kizuna) -> None:
    until = time.monotonic() + LOADED_S
    notes = kizuna.folder / "demo.json"
    while not (notes.exists() and json.loads(notes.read_text()).get("done")):
        if time.monotonic() > until:
            raise TimeoutError("the demo was not loaded")
        time.sleep(0.5)


async def _measure(kizuna: Kizuna) -> list[Result]:
    password = json.loads((kizuna.folder / "demo.json").read_text())["password"]
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=kizuna.url, timeout=120, limits=limits) as client:
        signed_in = await client.post("/api/session", json={"email": "ada@example.com", "password": password})
        signed_in.raise_for_status()
        client.headers["X-CSRF-Token"] = (await client.get("/api/me")).json()["csrf_token"]
        tiles = await read_tiles(client)
        cold: list[float] = []
        for _ in range(RUNS + 1):
            _forget_answers(kizuna)
            cold.append(await ask_all(client, tiles, cached=False))
        cached = [await ask_all(client, tiles, cached=True) for _ in range(RUNS)]
    first, *others = cold
    return [
        Result(f"dashboard of {len(tiles)} charts on the demo, after a start", first, "s", "lower"),
        Result("the same, cold", statistics.median(others), "s", "lower", COLD_S),
        Result("the same, cached", statistics.median(cached), "s", "lower", CACHED_S),
    ]


async def read_tiles(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    """The questions of twelve tiles."""
    found: list[list[dict[str, Any]]] = []
    for one in (await client.get("/api/analytics/dashboards")).json()["items"]:
        tiles = (await client.get(f"/api/analytics/dashboards/{one['ref']}")).json()["tiles"]
        found.append([tile["query"] for tile in tiles if tile.get("query")])
    in_turn = [query for row in zip_longest(*found) for query in row if query is not None]
    return in_turn[:CHARTS]


def _forget_answers(kizuna: Kizuna) -> None:
    with kizuna.database() as database:
        database.execute("DELETE FROM analytics_results")


async def ask_all(client: httpx.AsyncClient, tiles: list[dict[str, Any]], *, cached: bool) -> float:
    """Seconds until the last is answered."""
    started = time.perf_counter()
    asked = [client.post("/api/analytics/query", json={"query": query, "max_age_s": 60}) for query in tiles]
    for answer in await asyncio.gather(*asked):
        answer.raise_for_status()
        assert answer.json()["cached"] is cached, answer.json()["query"]["metric"]
    return time.perf_counter() - started
