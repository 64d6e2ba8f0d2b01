"""Kills the server, the worker or PostgreSQL outright, at random moments under load.

Afterwards every acknowledged event must be in the lake exactly once, nothing must be there twice, and
every profile must be whole: its nodes and the identity log must tell the same.

    python -m tests.faults.kill_nine --rounds 50 --seed 1
"""

import argparse
import asyncio
import random
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
import psutil
import psycopg
from benchmarks.load.running import Kizuna
from deltalake import DeltaTable

SENDERS = 4
EVENTS_PER_BATCH = 20
PEOPLE = 400
RECOVER_S = 120
RETRIED = {408, 410, 429, 460, 500, 502, 503, 504}


@dataclass
class Sent:
    """What the senders did. A batch that was not acknowledged is sent again, with the same ids."""

    acknowledged: set[str] = field(default_factory=set[str])
    tries: int = 0
    refused: list[str] = field(default_factory=list[str])


def make_event(rng: random.Random, message_id: str) -> dict[str, Any]:
    """Events of visitors who sign in now and then, some of them on a shared device."""
    person = rng.randrange(PEOPLE)
    visitor = {"anonymousId": f"browser-{person // 2}"}
    if rng.random() < 0.2:
        traits = {"email": f"person-{person}@example.jp", "round": rng.randrange(100)}
        return {"type": "identify", "userId": f"person-{person}", "messageId": message_id, "traits": traits} | visitor
    return {"type": "track", "event": rng.choice(("A", "B", "C")), "messageId": message_id} | visitor


async def send_forever(url: str, key: str, name: int, seed: int, sent: Sent, stop: asyncio.Event) -> None:
    rng = random.Random(seed * 1_000 + name)
    number = 0
    async with httpx.AsyncClient(base_url=url, auth=(key, ""), timeout=20) as client:
        while not stop.is_set():
            ids = [f"s{name}-{number + index}" for index in range(EVENTS_PER_BATCH)]
            number += EVENTS_PER_BATCH
            await send_until_taken(client, [make_event(rng, id_) for id_ in ids], sent)
            sent.acknowledged.update(ids)


async def send_until_taken(client: httpx.AsyncClient, events: list[dict[str, Any]], sent: Sent) -> None:
    while True:
        sent.tries += 1
        try:
            answer = await client.post("/v1/batch", json={"batch": events})
        except httpx.HTTPError:
            await asyncio.sleep(0.05)
            continue
        if answer.status_code == 200 and answer.json() == {"success": True}:
            return
        if answer.status_code not in RETRIED:
            sent.refused.append(f"{answer.status_code} {answer.text[:200]}")
            raise AssertionError(f"an official client would have given up: {sent.refused[-1]}")
        await asyncio.sleep(0.05)


def find_victims(kizuna: Kizuna) -> dict[str, psutil.Process]:
    """The processes to choose from: those that serve, work, and hold the database."""
    victims: dict[str, psutil.Process] = {}
    for child in kizuna.children():
        try:
            command = child.cmdline()
            if "serve" in command:
                victims["server"] = child  # the youngest: Granian's worker, where requests are
            elif "work" in command:
                victims.setdefault("worker", child)
            elif command and command[0].endswith("/postgres") and "-D" in command:
                victims.setdefault("postgres", child)
        except psutil.Error:
            continue
    return victims


def run(rounds: int, seed: int, say: Any = print) -> dict[str, Any]:
    """Runs the rounds and checks; returns counts. Raises ``AssertionError`` when something is wrong."""
    return asyncio.run(run_rounds(rounds, seed, say))


async def run_rounds(rounds: int, seed: int, say: Any) -> dict[str, Any]:
    rng = random.Random(seed)
    sent = Sent()
    killed: Counter[str] = Counter()
    with Kizuna() as kizuna:
        with kizuna.set_up() as owner:
            key = owner.add_source()["write_key"]
        stop = asyncio.Event()
        senders = [
            asyncio.create_task(send_forever(kizuna.url, key, name, seed, sent, stop)) for name in range(SENDERS)
        ]
        for number in range(rounds):
            await asyncio.sleep(rng.uniform(0.2, 2.5))
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
        counts = check_lake(kizuna, sent) | await asyncio.to_thread(check_profiles, kizuna)
    return {"rounds": rounds, "killed": dict(killed), "tries": sent.tries, **counts}


async def wait_for_progress(kizuna: Kizuna, sent: Sent, before: int) -> None:
    deadline = time.monotonic() + RECOVER_S
    while len(sent.acknowledged) <= before:
        assert time.monotonic() < deadline, "nothing is acknowledged any more"
        assert kizuna.process is not None
        assert kizuna.process.poll() is None, "the supervisor ended"
        assert not sent.refused, sent.refused[-1]
        await asyncio.sleep(0.05)


def wait_until_empty(kizuna: Kizuna) -> None:
    deadline = time.monotonic() + RECOVER_S
    while True:
        try:
            kizuna.wait_until_empty(RECOVER_S)
            return
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, "the database does not come back"
            time.sleep(0.2)


def check_lake(kizuna: Kizuna, sent: Sent) -> dict[str, int]:
    table = DeltaTable(str(kizuna.folder / "lake" / "ws=1" / "events")).to_pyarrow_table(columns=["message_id"])
    found = Counter(table.column("message_id").to_pylist())
    missing = sent.acknowledged - found.keys()
    doubled = [id_ for id_, number in found.items() if number > 1]
    assert not missing, f"{len(missing)} acknowledged events are lost, such as {sorted(missing)[:3]}"
    assert not doubled, f"{len(doubled)} events are there more than once, such as {sorted(doubled)[:3]}"
    return {"acknowledged": len(sent.acknowledged), "in_lake": len(found)}


def check_profiles(kizuna: Kizuna) -> dict[str, int]:
    """Recomputes every profile from the log, and compares it with what nodes and profiles say."""
    with kizuna.database() as db:
        nodes = dict(db.execute("SELECT key, profile_key FROM profiles_nodes").fetchall())
        links = db.execute("SELECT a, b FROM profiles_log WHERE kind = 'link' ORDER BY seq").fetchall()
        heads = {key for (key,) in db.execute("SELECT key FROM profiles_profiles WHERE merged_into IS NULL")}
        aside = db.execute("SELECT count(*) FROM collect_set_aside").fetchone()
    component = {key: key for key in nodes}

    def find(key: int) -> int:
        while component[key] != key:
            key = component[key]
        return key

    for a, b in links:
        low, high = sorted((find(a), find(b)))
        assert low != high, "a link joins what was joined already"
        component[high] = low
    broken = [key for key, profile_key in nodes.items() if find(key) != profile_key]
    assert not broken, f"{len(broken)} nodes stand in another profile than the log says"
    missing = set(nodes.values()) - heads
    assert not missing, f"{len(missing)} profiles have nodes and no row"
    assert aside == (0,), "events were set aside"
    return {"nodes": len(nodes), "links": len(links), "profiles": len(heads)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    result = run(arguments.rounds, arguments.seed)
    sys.stdout.write(f"{result}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
