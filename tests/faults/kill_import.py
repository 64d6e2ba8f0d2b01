"""Kills the worker outright while it imports a file, at a random moment.

The job waits until its heartbeat is old, goes on by itself at the row it had noted, and in the end every
row of the file is one event, no more and no less.

    python -m tests.faults kill_import --rounds 50
"""

import csv
import random
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
from benchmarks.load.running import Kizuna, Owner
from deltalake import DeltaTable

from tests.faults.kill_nine import find_victims, wait_until_empty

ROWS = 60_000
ROUNDS_PER_KILL = 25
"""A killed import waits two minutes for its heartbeat to grow old."""
FINISH_S = 600
ENDED = ("done", "failed", "stopped")


def run(rounds: int, seed: int) -> dict[str, Any]:
    rng = random.Random(seed)
    kills = max(1, rounds // ROUNDS_PER_KILL)
    caught = 0
    with Kizuna() as kizuna, kizuna.set_up() as owner:
        for number in range(kills):
            path = kizuna.folder / f"events-{number}.csv"
            write_file(path, number)
            job = start(owner, path)
            caught += kill_during(kizuna, owner, job, rng)
            result = wait_until_done(owner, job)
            assert result["state"] == "done", result
        wait_until_empty(kizuna)
        check(kizuna, kills)
    assert caught, "every import was over before its worker was killed"
    return {"imports": kills, "killed while importing": caught, "rows": kills * ROWS}


def write_file(path: Path, number: int) -> None:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("id", "name", "customer", "at"))
        rows.writerows(
            (f"f{number}-{row}", "Store Visited", f"c-{row % 500}", f"2026-04-{1 + row % 28:02d}T10:00:00Z")
            for row in range(ROWS)
        )


def start(owner: Owner, path: Path) -> int:
    sent = owner.client.post(
        "/api/collect/uploads", params={"filename": path.name}, content=path.read_bytes(), timeout=120
    )
    sent.raise_for_status()
    body = {
        "upload_id": sent.json()["id"],
        "kind": "events",
        "mapping": {"id": "message_id", "name": "event", "customer": "user_id", "at": "time"},
    }
    made = owner.client.post("/api/collect/imports", json=body)
    assert made.status_code < 300, made.text
    return made.json()["id"]


def kill_during(kizuna: Kizuna, owner: Owner, job: int, rng: random.Random) -> bool:
    """Kills once some rows are done; False when the import was quicker."""
    wanted = rng.uniform(0.05, 0.6) * ROWS
    while (now := read(owner, job))["state"] not in ENDED:
        if now["state"] == "running" and now["done"] >= wanted:
            find_victims(kizuna)["worker"].send_signal(signal.SIGKILL)
            return True
        time.sleep(0.02)
    return False


def wait_until_done(owner: Owner, job: int) -> dict[str, Any]:
    deadline = time.monotonic() + FINISH_S
    while (now := read(owner, job))["state"] not in ENDED:
        assert time.monotonic() < deadline, now
        time.sleep(0.5)
    return now


def read(owner: Owner, job: int) -> dict[str, Any]:
    try:
        answer = owner.client.get(f"/api/jobs/{job}")
    except httpx.HTTPError:
        return {"state": "unknown"}
    return answer.json() if answer.status_code == 200 else {"state": "unknown"}


def check(kizuna: Kizuna, files: int) -> None:
    table = DeltaTable(str(kizuna.folder / "lake" / "ws=1" / "events")).to_pyarrow_table(columns=["message_id"])
    found = Counter(table.column("message_id").to_pylist())
    assert len(found) == files * ROWS, f"{files * ROWS - len(found)} rows are lost"
    assert max(found.values()) == 1, "rows are there twice"
