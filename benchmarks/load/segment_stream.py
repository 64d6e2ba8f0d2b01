"""200 live segments under a stream: how long from an event to membership, and whether the queue stays short."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from typing import Any

import httpx

from benchmarks.load.running import Kizuna, Owner
from benchmarks.report import Result

SECONDS = int(os.environ.get("KIZUNA_BENCH_SECONDS", "600"))
RATE = 2_000
BURST_RATE, BURST_S = 10_000, 30
USERS = 50_000
NAMES = 50
SEGMENTS = 200
LEAVES = 3
WINDOWS = (("minute", 2), ("minute", 5), ("minute", 10), ("hour", 1), ("day", 1), ("day", 30))
PROBES_PER_S = 5
POLL_S = 0.02


def make_leaf(dice: random.Random) -> dict[str, Any]:
    """Half of them within a window, some of minutes, so that people leave all the time."""
    leaf: dict[str, Any] = {
        "kind": "did",
        "event": {"name": f"Event {dice.randrange(NAMES):02d}"},
        "value": dice.choice((1, 1, 2, 3, 5)),
    }
    if dice.random() < 0.5:
        unit, n = dice.choice(WINDOWS)
        leaf["window"] = {"since": {"at": "ago", "span": {"n": n, "unit": unit}}}
    return leaf


def make_condition(dice: random.Random) -> dict[str, Any]:
    leaves = [make_leaf(dice) for _ in range(LEAVES)]
    kind = dice.choice(("all", "any"))
    if dice.random() < 0.3:
        leaves[-1] = {"kind": "not", "of": leaves[-1]}
    return {"version": 1, "where": {"kind": kind, "of": leaves}}


def add_segments(owner: Owner) -> int:
    """Makes them, and the one that tells how long it takes; returns its id."""
    dice = random.Random(4)
    conditions = [make_condition(dice) for _ in range(SEGMENTS - 1)]
    conditions.append({"version": 1, "where": {"kind": "did", "event": {"name": "Probe"}}})
    for number, condition in enumerate(conditions):
        made = owner.client.post(
            "/api/segments", json={"name": f"Segment {number}", "kind": "live", "condition": condition}
        )
        made.raise_for_status()
    last = made.json()["id"]
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        states = [one["state"] for one in owner.client.get("/api/segments?limit=200").json()["items"]]
        if len(states) == SEGMENTS and set(states) == {"ready"}:
            return last
        time.sleep(1)
    raise TimeoutError("the segments are not built")


class Prober(threading.Thread):
    """Sends an event of somebody new now and then, and sees when they are a member."""

    def __init__(self, kizuna: Kizuna, key: str, segment_id: int) -> None:
        super().__init__(daemon=True)
        self.kizuna, self.key, self.segment_id = kizuna, key, segment_id
        self.done = threading.Event()
        self.sent: list[float] = []
        self.seen: list[float] = []
        self.queued: list[int] = []

    def run(self) -> None:
        watcher = threading.Thread(target=self._watch, daemon=True)
        watcher.start()
        with httpx.Client(base_url=self.kizuna.url, auth=(self.key, ""), timeout=30) as client:
            number = 0
            while not self.done.wait(1 / PROBES_PER_S):
                number += 1
                answer = client.post("/v1/track", json={"userId": f"probe-{number}", "event": "Probe"})
                answer.raise_for_status()
                self.sent.append(time.perf_counter())
        watcher.join()

    def _watch(self) -> None:
        """Members come in the order in which they were sent: one sends."""
        looked = 0.0
        with self.kizuna.database() as db:
            while not self.done.is_set() or len(self.seen) < len(self.sent):
                time.sleep(POLL_S)
                row = db.execute(
                    "SELECT coalesce(sum(count), 0) FROM segments_moves WHERE segment_id = %s", (self.segment_id,)
                ).fetchone()
                now = time.perf_counter()
                self.seen += [now] * (int(row[0]) - len(self.seen) if row else 0)
                if now - looked > 1:
                    looked = now
                    row = db.execute("SELECT count(*) FROM segments_queue").fetchone()
                    self.queued.append(int(row[0]) if row else 0)

    def finish(self) -> list[float]:
        """Seconds from acknowledgement to membership, ascending."""
        self.done.set()
        self.join(120)
        return sorted(seen - sent for sent, seen in zip(self.sent, self.seen, strict=False))


def generate(kizuna: Kizuna, key: str, rate: int, seconds: int, first: int) -> dict[str, Any]:
    options = {"rate": rate, "seconds": seconds, "first": first, "users": USERS, "names": NAMES}
    given = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "benchmarks.load.generator", "--url", kizuna.url, "--key", key, *given]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def wait_until_kept(kizuna: Kizuna) -> float:
    """Until nothing waits in the inbox or for the keeper; how long that took."""
    start = time.perf_counter()
    kizuna.wait_until_empty()
    with kizuna.database() as db:
        while db.execute("SELECT EXISTS (SELECT FROM segments_queue)").fetchone() != (False,):
            if time.perf_counter() - start > 600:
                raise TimeoutError("the keeper does not catch up")
            time.sleep(0.05)
    return time.perf_counter() - start


def measure() -> list[Result]:
    with Kizuna() as kizuna, kizuna.set_up() as owner:
        key = owner.add_source()["write_key"]
        segment_id = add_segments(owner)
        kizuna.wait_until_quiet()
        prober = Prober(kizuna, key, segment_id)
        prober.start()
        report = generate(kizuna, key, RATE, SECONDS, 0)
        spent = prober.finish()
        wait_until_kept(kizuna)
        memory = kizuna.memory_mb()
        burst = generate(kizuna, key, BURST_RATE, BURST_S, 1_000_000_000)
        caught_up = wait_until_kept(kizuna)
        with kizuna.database() as db:
            row = db.execute("SELECT sum(length(payload)), count(*) FROM segments_states").fetchone()
            moves = db.execute("SELECT sum(count) FROM segments_moves").fetchone()
    assert row is not None
    assert moves is not None
    print(f"segments: {moves[0]:,} moves, {row[1]:,} rows of states, {row[0] / 1e6:.1f} MB", flush=True)
    half = len(prober.queued) // 2
    at = lambda share: spent[min(len(spent) - 1, int(len(spent) * share))]  # noqa: E731
    return [
        Result(
            f"stream under {SEGMENTS} live segments, {SECONDS} s", report["events_per_s"], "events/s", "higher", 1_990
        ),
        Result("event to membership, p50", at(0.5), "s", "lower"),
        Result("event to membership, p99", at(0.99), "s", "lower", 2),
        Result("batches that wait, greatest of the first half", max(prober.queued[:half], default=0), "", "lower"),
        Result("batches that wait, greatest of the second half", max(prober.queued[half:], default=0), "", "lower"),
        Result("memory of everything after it", memory, "MB", "lower"),
        Result(f"burst of {BURST_RATE:,}/s for {BURST_S} s, taken in", burst["events_per_s"], "events/s", "higher"),
        Result("caught up after the burst", caught_up, "s", "lower", 30),
    ]
