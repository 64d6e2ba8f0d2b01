"""Kills the server, the worker or PostgreSQL outright while live segments follow a stream, are built, and expire.

Afterwards every segment must be what a fresh computation over the lake makes of it, and its history must lead
there: nobody enters who is in, nobody leaves who is out.

    python -m tests.faults kill_segments --rounds 50
"""

import asyncio
import random
import signal
import time
from collections import Counter, defaultdict
from typing import Any

import httpx
import msgspec
from benchmarks.load.running import Kizuna, Owner

from kizuna.app.build import build_runtime
from kizuna.conditions.ast import Condition
from kizuna.domains.segments.service.audit import find_drift
from kizuna.domains.segments.service.sets import read_members
from kizuna.kernel.settings import read_settings
from tests.faults.kill_nine import (
    RECOVER_S,
    SENDERS,
    Sent,
    find_victims,
    send_forever,
    wait_for_progress,
    wait_until_empty,
)

MINUTE = {"since": {"at": "ago", "span": {"n": 1, "unit": "minute"}}}
SEGMENTS_MAX = 25


def make_condition(rng: random.Random) -> dict[str, Any]:
    def leaf() -> dict[str, Any]:
        found: dict[str, Any] = {"kind": "did", "event": {"name": rng.choice("ABC")}, "value": rng.choice((1, 2, 5))}
        if rng.random() < 0.6:
            found["window"] = MINUTE
        return {"kind": "not", "of": found} if rng.random() < 0.3 else found

    email = {"kind": "identifier", "type": "email", "test": {"op": "exists"}}
    parts = [leaf(), leaf(), *([email] if rng.random() < 0.3 else [])]
    return {"version": 1, "where": {"kind": rng.choice(("all", "any")), "of": parts}}


def run(rounds: int, seed: int, say: Any = print, *, build: bool = True) -> dict[str, Any]:
    """Runs the rounds and checks; returns counts. Raises ``AssertionError`` when something is wrong. Without
    ``build`` nothing is built meanwhile: a build that is killed waits two minutes for its heartbeat."""
    return asyncio.run(_run_rounds(rounds, seed, say, build=build))


async def _run_rounds(rounds: int, seed: int, say: Any, *, build: bool) -> dict[str, Any]:
    rng = random.Random(seed)
    sent, killed = Sent(), Counter[str]()
    with Kizuna() as kizuna, kizuna.set_up() as owner:
        key = owner.add_source()["write_key"]
        for number in range(4):
            add_segment(owner, f"Before {number}", rng)
        wait_until_built(owner)
        stop = asyncio.Event()
        senders = [
            asyncio.create_task(send_forever(kizuna.url, key, name, seed, sent, stop)) for name in range(SENDERS)
        ]
        for number in range(rounds):
            if build and number % 2 == 0 and number // 2 + 3 < SEGMENTS_MAX:
                await asyncio.to_thread(add_segment, owner, f"Round {number}", rng)
            await asyncio.sleep(rng.uniform(0.1, 2.5))
            victims = await asyncio.to_thread(find_victims, kizuna)
            name = rng.choice(sorted(victims))
            victims[name].send_signal(signal.SIGKILL)
            killed[name] += 1
            before = len(sent.acknowledged)
            await wait_for_progress(kizuna, sent, before)
            say(f"round {number + 1}: killed the {name}; {len(sent.acknowledged):,} events acknowledged")
        stop.set()
        await asyncio.gather(*senders)
        await asyncio.to_thread(wait_until_empty, kizuna)
        await asyncio.to_thread(wait_until_built, owner)
        counts = await check_segments(kizuna)
    return {"rounds": rounds, "killed": dict(killed), "acknowledged": len(sent.acknowledged), **counts}


def add_segment(owner: Owner, name: str, rng: random.Random) -> None:
    """Once for all; what was killed meanwhile is asked again."""
    condition = make_condition(rng)
    deadline = time.monotonic() + RECOVER_S
    while time.monotonic() < deadline:
        try:
            answer = owner.client.post("/api/segments", json={"name": name, "kind": "live", "condition": condition})
        except httpx.HTTPError:
            time.sleep(0.1)
            continue
        if answer.status_code in (201, 409):
            return
        assert answer.status_code >= 500, answer.text
        time.sleep(0.1)
    raise AssertionError("no segment can be made")


def wait_until_built(owner: Owner) -> None:
    """A build that was killed is taken up when its heartbeat is old."""
    deadline = time.monotonic() + 3 * RECOVER_S
    while time.monotonic() < deadline:
        try:
            states = [one["state"] for one in owner.client.get("/api/segments?limit=100").json()["items"]]
        except (httpx.HTTPError, KeyError):
            states = []
        assert "failed" not in states, "a build failed for good"
        if states and set(states) == {"ready"}:
            return
        time.sleep(0.5)
    raise AssertionError(f"segments are not built: {Counter(states)}")


async def check_segments(kizuna: Kizuna) -> dict[str, int]:
    runtime, database = build_runtime(read_settings({"KIZUNA_DATA_DIR": str(kizuna.folder)}))
    moves_seen = members_seen = 0
    try:
        async with runtime.unit(1) as ctx:
            cursor = await ctx.db.execute("SELECT id, condition FROM segments_segments WHERE archived_at IS NULL")
            segments = [(id_, msgspec.convert(condition, Condition)) for id_, condition in await cursor.fetchall()]
        for segment_id, condition in segments:
            extra, missing = await find_drift(runtime, 1, segment_id, condition)
            assert not extra, f"segment {segment_id}: {len(extra)} are in it and should not be"
            assert not missing, f"segment {segment_id}: {len(missing)} are missing"
            moves, members = await check_history(runtime, segment_id)
            moves_seen, members_seen = moves_seen + moves, members_seen + members
    finally:
        await runtime.lake.close()
        await database.close()
    return {"segments": len(segments), "moves": moves_seen, "members": members_seen}


async def check_history(runtime: Any, segment_id: int) -> tuple[int, int]:
    """Of people who were never merged: in and out by turns, and in the end where they are."""
    async with runtime.unit(1) as ctx:
        members = await read_members(ctx, segment_id)
        cursor = await ctx.db.execute(
            "SELECT keys, entered FROM segments_moves WHERE segment_id = %s ORDER BY id", (segment_id,)
        )
        moves = await cursor.fetchall()
        cursor = await ctx.db.execute(
            "SELECT key FROM profiles_nodes UNION SELECT key FROM profiles_profiles WHERE merged_into IS NULL "
            "EXCEPT SELECT profile_key FROM profiles_nodes WHERE profile_key <> key "
            "EXCEPT SELECT key FROM profiles_nodes WHERE profile_key <> key"
        )
        alone = {key for (key,) in await cursor.fetchall()}
    history: dict[int, list[bool]] = defaultdict(list)
    for keys, entered in moves:
        for key in keys:
            history[key].append(entered)
    for key, turns in history.items():
        if key in alone:
            assert turns == [place % 2 == 0 for place in range(len(turns))], f"profile {key} moved {turns}"
            assert (key in members) == turns[-1], f"profile {key} is not where its history leads"
    return sum(map(len, history.values())), len(members)
