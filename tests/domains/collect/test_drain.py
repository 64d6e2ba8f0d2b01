"""Committed events reach the stream and the lake exactly once, whatever happens on the way."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from deltalake import DeltaTable
from tests.cast import Person
from tests.domains.collect.conftest import Sender, make_event

from kizuna.domains.collect.repository import drain as drain_rows
from kizuna.domains.collect.service import drain as drain_service
from kizuna.domains.collect.service import load, stream
from kizuna.domains.collect.service.drain import Drain, drain_all
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.errors import Unavailable


class Crash(BaseException):
    """As if the process had been killed: no ``except Exception`` sees it."""


async def read_rows(runtime: Runtime, *columns: str, workspace_id: int = 1) -> list[tuple[Any, ...]]:
    """Columns of every row in the lake, by message id: past all views, as they were stored."""
    table = DeltaTable(f"{runtime.settings.lake_url}/ws={workspace_id}/events").to_pyarrow_table()
    rows = table.sort_by("message_id").select(list(columns)).to_pylist()
    return [tuple(row[column] for column in columns) for row in rows]


async def read_ids(runtime: Runtime, workspace_id: int = 1) -> list[str]:
    return [id_ for (id_,) in await read_rows(runtime, "message_id", workspace_id=workspace_id)]


def is_empty(db: psycopg.Connection[Any]) -> bool:
    return db.execute("SELECT count(*) FROM collect_inbox").fetchone() == (0,)


async def test_events_reach_the_lake_with_all_their_columns(
    shop: Sender, runtime: Runtime, clock: ManualClock, owner_db: psycopg.Connection[Any]
) -> None:
    at = (clock.now() - timedelta(hours=1)).isoformat()
    await shop.batch(
        make_event(
            "購入",
            messageId="m-1",
            userId=7,
            anonymousId="a-1",
            timestamp=at,
            properties={"品": "煎茶"},
            context={"sessionId": "s-1"},
        ),
        {"type": "identify", "userId": "7", "messageId": "m-2", "traits": {"email": "Taro@Example.jp"}},
        sentAt=clock.now().isoformat(),
    )
    await drain_all(runtime)
    rows = await read_rows(runtime, "message_id", "name", "type", "user_id", "anonymous_id", "session_id", "touchpoint")
    assert rows == [
        ("m-1", "購入", "track", "7", "a-1", "s-1", "web"),
        ("m-2", "User Identified", "identify", "7", None, None, "web"),
    ]
    assert await read_rows(runtime, "identifiers", "properties", "context") == [
        ('[["user_id","7"],["anonymous_id","a-1"]]', '{"品":"煎茶"}', '{"sessionId":"s-1"}'),
        ('[["user_id","7"],["email","taro@example.jp"]]', '{"email":"Taro@Example.jp"}', "{}"),
    ]
    [first, second] = await read_rows(
        runtime, "time", "original_time", "month", "key", "source_id", "load_id", "name_id"
    )
    assert first[:3] == (clock.now() - timedelta(hours=1), None, "2026-04")
    assert first[3] == second[3]
    assert (first[4], first[5]) == (shop.source["id"], 1)
    assert {first[6], second[6]} == {1, 2}
    assert is_empty(owner_db)


STEPS = [
    (stream.profiles, "observe"),
    (stream.count, "count_flow"),
    (stream, "show_events"),
    (drain_rows, "mark_streamed"),
    (drain_rows, "find_unassigned"),
    (drain_rows, "assign_load"),
    (load, "_append"),
    (drain_rows, "delete_load"),
]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS, ids=[name for _, name in STEPS])
async def test_a_crash_at_any_step_loses_and_doubles_nothing(
    shop: Sender,
    runtime: Runtime,
    monkeypatch: pytest.MonkeyPatch,
    owner_db: psycopg.Connection[Any],
    step: tuple[Any, str],
    after: bool,
) -> None:
    await shop.batch(*(make_event(messageId=f"m-{n}", userId=f"u-{n % 3}") for n in range(10)))
    module, name = step
    real = getattr(module, name)

    async def crash(*args: Any, **more: Any) -> Any:
        if after:
            await real(*args, **more)
        raise Crash(name)

    with monkeypatch.context() as patched:
        patched.setattr(module, name, crash)
        with pytest.raises(Crash):
            await drain_all(runtime)
    await shop.batch(make_event(messageId="m-x"))
    await drain_all(runtime)
    assert await read_ids(runtime) == sorted([*(f"m-{n}" for n in range(10)), "m-x"])
    assert is_empty(owner_db)
    volume = owner_db.execute("SELECT volume FROM collect_names WHERE name = 'Product Viewed'").fetchone()
    accepted = owner_db.execute("SELECT sum(accepted) FROM collect_flow").fetchone()
    assert (volume, accepted) == ((11,), (11,))


async def test_random_crashes_of_two_drains(
    shop: Sender, runtime: Runtime, monkeypatch: pytest.MonkeyPatch, owner_db: psycopg.Connection[Any]
) -> None:
    rng = random.Random(11)
    for module, name in STEPS:
        real = getattr(module, name)

        async def risky(*args: Any, _real: Callable[..., Any] = real, **more: Any) -> Any:
            if rng.random() < 0.1:
                raise Crash
            result = await _real(*args, **more)
            if rng.random() < 0.1:
                raise Crash
            return result

        monkeypatch.setattr(module, name, risky)
    drains = [Drain(runtime), Drain(runtime)]
    sent: set[str] = set()
    for turn in range(20):
        ids = [f"m-{turn}-{n}" for n in range(5)]
        await shop.batch(*(make_event(messageId=id_, userId=f"u-{rng.randrange(9)}") for id_ in ids))
        sent.update(ids)
        place = rng.randrange(2)
        try:
            await rng.choice([drains[place].stream_once, drains[place].load_once])()
        except Crash:
            drains[place] = Drain(runtime)  # the process is gone, and all it remembered
    monkeypatch.undo()
    await drain_all(runtime)
    assert await read_ids(runtime) == sorted(sent)
    assert is_empty(owner_db)


async def test_a_lake_that_is_away_keeps_events_in_the_inbox(
    shop: Sender, runtime: Runtime, monkeypatch: pytest.MonkeyPatch, owner_db: psycopg.Connection[Any]
) -> None:
    await shop.batch(make_event(messageId="m-1"))

    async def away(*_: Any, **__: Any) -> None:
        raise Unavailable("lake_unavailable", "The lake cannot be reached.")

    with monkeypatch.context() as patched:
        patched.setattr(load, "_append", away)
        with pytest.raises(Unavailable):
            await drain_all(runtime)
    assert not is_empty(owner_db)
    await shop.batch(make_event(messageId="m-2"))
    await drain_all(runtime)
    assert await read_ids(runtime) == ["m-1", "m-2"]


async def test_a_source_that_is_newer_than_the_drain_has_its_touchpoint(
    shop: Sender, add_source: Any, runtime: Runtime
) -> None:
    drain = Drain(runtime)
    await shop.batch(make_event(messageId="m-1"))
    await drain.stream_once()
    till = await add_source(name="Till", touchpoint="store")
    await till.batch(make_event(messageId="m-2"))
    await drain.stream_once()
    await drain.load_once()
    assert await read_rows(runtime, "message_id", "touchpoint") == [("m-1", "web"), ("m-2", "store")]


async def test_workspaces_do_not_meet(shop: Sender, dan: Person, runtime: Runtime, visitor: Any) -> None:
    answer = await dan.post("/api/collect/sources", json={"name": "Diner", "kind": "server", "touchpoint": "store"})
    diner = Sender(shop.app, visitor, answer.json())
    await shop.batch(make_event(messageId="m-ada"))
    await diner.batch(make_event("Dish Ordered", messageId="m-dan"))
    await drain_all(runtime)
    assert await read_ids(runtime, dan.workspace_id) == ["m-dan"]
    assert await read_ids(runtime) == ["m-ada"]
    names = (await dan.get("/api/collect/catalogue")).json()["items"]
    assert [name["name"] for name in names] == ["Dish Ordered"]
    assert (await dan.get("/api/collect/flow")).json()["totals"]["accepted"] == 1


async def break_on_poison(ctx: Context, batch: Any) -> None:
    for event in batch.events({"Poison"}):
        raise ValueError(f"{event.message_id} cannot be digested")


@pytest.fixture
def poisonous(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """A stream with a tap that fails on events named Poison."""
    from dataclasses import replace

    from kizuna.kernel.module import Module, Registry

    tap = Module(name="tap", stream_taps=(break_on_poison,))
    return replace(runtime, registry=Registry((*runtime.registry.modules, tap)))


async def test_poison_is_set_aside_and_the_rest_goes_on(
    shop: Sender, ada: Person, runtime: Runtime, poisonous: Runtime, owner_db: psycopg.Connection[Any]
) -> None:
    events = [make_event("Poison" if n in (3, 17) else "Fine", messageId=f"m-{n:02}") for n in range(20)]
    await shop.batch(*events, events[0])
    await shop.batch(make_event("Fine", messageId="m-20"))
    await drain_all(poisonous)
    taken = await read_ids(runtime)
    assert taken == [f"m-{n:02}" for n in range(21) if n not in (3, 17)]
    assert is_empty(owner_db)
    [aside] = (await ada.get("/api/collect/set-aside")).json()["items"]
    assert (aside["kind"], aside["events"], aside["sample"]["message_id"]) == ("poison", 2, "m-03")
    assert "m-03 cannot be digested" in aside["reason"]
    assert owner_db.execute("SELECT sum(accepted), sum(duplicates) FROM collect_flow").fetchone() == (19, 1)

    # Somebody mended the tap: what was set aside can be taken in.
    answer = await ada.post(f"/api/collect/set-aside/{aside['id']}/release")
    assert (answer.status_code, answer.json()) == (200, {"events": 2})
    await drain_all(runtime)
    assert len(await read_ids(runtime)) == 21
    assert (await ada.get("/api/collect/set-aside")).json()["items"] == []


async def test_a_chunk_nobody_can_read_is_set_aside_whole(
    shop: Sender, ada: Person, runtime: Runtime, owner_db: psycopg.Connection[Any]
) -> None:
    owner_db.execute(
        "INSERT INTO collect_inbox (workspace_id, events, payload) VALUES (%s, 3, 'junk')", (ada.workspace_id,)
    )
    await shop.batch(make_event(messageId="m-1"))
    await drain_all(runtime)
    assert await read_ids(runtime) == ["m-1"]
    [aside] = (await ada.get("/api/collect/set-aside")).json()["items"]
    assert (aside["kind"], aside["events"]) == ("poison", 3)
    assert (await ada.delete(f"/api/collect/set-aside/{aside['id']}")).status_code == 204
    assert (await ada.delete(f"/api/collect/set-aside/{aside['id']}")).status_code == 404


async def test_a_fault_of_the_database_is_nobodys_poison(
    shop: Sender, runtime: Runtime, monkeypatch: pytest.MonkeyPatch, owner_db: psycopg.Connection[Any]
) -> None:
    await shop.batch(make_event(messageId="m-1"))

    async def deadlock(*_: Any) -> None:
        raise psycopg.errors.DeadlockDetected("deadlock detected")

    with monkeypatch.context() as patched:
        patched.setattr(stream.count, "count_flow", deadlock)
        with pytest.raises(psycopg.errors.DeadlockDetected):
            await Drain(runtime).stream_once()
    assert owner_db.execute("SELECT count(*) FROM collect_set_aside").fetchone() == (0,)
    await drain_all(runtime)
    assert await read_ids(runtime) == ["m-1"]


async def test_times_that_cannot_be_right_wait_for_release(
    shop: Sender, ada: Person, runtime: Runtime, clock: ManualClock
) -> None:
    future = (clock.now() + timedelta(days=3)).isoformat()
    answer = await shop.batch(
        make_event(messageId="m-future", timestamp=future),
        make_event(messageId="m-late", timestamp="1970-01-02T00:00:00Z"),
        make_event(messageId="m-now"),
    )
    assert answer.status_code == 200
    await shop.batch(make_event(messageId="m-future", timestamp=future))
    await drain_all(runtime)
    assert await read_ids(runtime) == ["m-now"]
    items = {item["kind"]: item for item in (await ada.get("/api/collect/set-aside")).json()["items"]}
    assert {kind: item["events"] for kind, item in items.items()} == {"future": 1, "late": 1}
    await ada.post(f"/api/collect/set-aside/{items['future']['id']}/release")
    await drain_all(runtime)
    assert await read_rows(runtime, "message_id", "time") == [
        ("m-future", clock.now() + timedelta(days=3)),
        ("m-now", clock.now()),
    ]


async def test_people_are_joined_and_described(shop: Sender, ada: Person, runtime: Runtime) -> None:
    await shop.batch(
        {"type": "page", "anonymousId": "a-1"},
        {"type": "identify", "anonymousId": "a-1", "userId": "u-1", "traits": {"name": "Hanako", "plan": "gold"}},
        make_event(userId="u-1"),
    )
    await drain_all(runtime)
    profiles = (await ada.get("/api/profiles")).json()["items"]
    assert [(profile["name"], profile["user_id"]) for profile in profiles] == [("Hanako", "u-1")]


async def test_rows_that_were_not_kept_are_read_again(
    shop: Sender, runtime: Runtime, owner_db: psycopg.Connection[Any]
) -> None:
    await shop.batch(*(make_event(messageId=f"m-{n}") for n in range(5)))
    one = Drain(runtime)
    await one.stream_once()
    one.kept.clear()
    await one.load_once()
    assert len(await read_ids(runtime)) == 5


def test_batches_take_the_oldest_of_each_workspace() -> None:
    limit = drain_service.EVENTS_PER_BATCH_MAX
    waiting = [(1, 1, limit - 1), (2, 2, 5), (1, 3, 2), (1, 4, 1), (2, 5, 5)]
    assert drain_service._batches(waiting) == {1: [1], 2: [2, 5]}
