"""A message counts once in two days, however many messages there are and whichever server takes it."""

import os
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from tests.domains.collect.conftest import Sender, encode, make_event, read_message_ids

from kizuna.domains.collect.repository import intake as repository
from kizuna.domains.collect.rules.bodies import Body
from kizuna.domains.collect.rules.events import hash_messages
from kizuna.domains.collect.rules.items import Arrival
from kizuna.domains.collect.rules.message_filter import MessageFilter
from kizuna.domains.collect.service import known_messages, upkeep
from kizuna.domains.collect.service.intake import Intake
from kizuna.domains.collect.service.upkeep import rotate_known_messages
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime

Db = psycopg.Connection[Any]
Send = Callable[..., Awaitable[None]]
Rotate = Callable[[], Awaitable[None]]
HALF_A_DAY = timedelta(hours=12)


def test_the_filter_suspects_all_that_was_added_and_little_else() -> None:
    added, others = ([b"\0\0\0\1" + os.urandom(12) for _ in range(50_000)] for _ in range(2))
    filter_ = MessageFilter()
    filter_.add(b"".join(added))
    assert filter_.pick_suspects(added) == added
    assert len(filter_.pick_suspects(others)) < 50
    assert filter_.added == 50_000


@pytest.fixture
async def rotate(runtime: Runtime, clock: ManualClock, owner_db: Db) -> Rotate:
    """Ends the present generation by its age."""
    owner_db.execute("UPDATE collect_seen_generations SET began_at = %s WHERE ended_at IS NULL", (clock.now(),))

    async def rotate() -> None:
        assert not await rotate_known_messages(runtime)
        clock.advance(HALF_A_DAY)
        assert await rotate_known_messages(runtime)

    return rotate


@pytest.fixture
async def send(shop: Sender) -> Send:
    """Sends messages to a server of one's own; their people are known after the first."""

    async def send(server: Intake, *message_ids: str) -> None:
        known = await server.sources.find(shop.key)
        assert known is not None
        body = Body(items=[encode(make_event(messageId=id_, userId="u-1")) for id_ in message_ids])
        await server.take(known, body, Arrival(known.source, 1_775_000_000_000_000))

    return send


def digests(shop: Sender, *message_ids: str) -> list[bytes]:
    return hash_messages(shop.source["id"], message_ids)


async def test_messages_are_known_for_two_days(shop: Sender, rotate: Rotate, owner_db: Db) -> None:
    await shop.batch(make_event(messageId="asked again"), make_event(messageId="forgotten"))
    for number in range(4):
        await rotate()
        await shop.batch(make_event(messageId=f"after {12 * (number + 1)} hours"))
    await shop.batch(make_event(messageId="asked again"))
    assert read_message_ids(owner_db).count("asked again") == 1
    await rotate()
    # A repetition is remembered anew; what nobody sent again for two days and a half is not known any more.
    await shop.batch(make_event(messageId="asked again"), make_event(messageId="forgotten"))
    assert read_message_ids(owner_db).count("asked again") == 1
    assert read_message_ids(owner_db).count("forgotten") == 2


async def test_the_database_looks_only_for_what_the_filter_suspects(
    runtime: Runtime,
    shop: Sender,
    send: Send,
    rotate: Rotate,
    monkeypatch: pytest.MonkeyPatch,
    owner_db: Db,
) -> None:
    async def refuse(*_: Any) -> bytes:
        raise AssertionError("a server that wrote all hashes itself need not read them")

    server = Intake(runtime)
    await send(server, "m-1")
    await send(server, "m-2", "m-3")
    ended = owner_db.execute("SELECT max(generation) FROM collect_seen_generations").fetchone()
    await rotate()
    with monkeypatch.context() as patch:
        patch.setattr(repository, "read_seen", refuse)
        await server.messages.catch_up()
    known, unknown = digests(shop, "m-2", "m-9")
    asked = server.messages.ask([known, unknown]).asked
    assert (asked.suspects, asked.covered) == ([known], ended[0] if ended else None)
    await send(server, "m-3", "m-4")
    assert read_message_ids(owner_db) == ["m-1", "m-2", "m-3", "m-4"]


async def test_a_server_learns_what_others_took(
    runtime: Runtime, shop: Sender, send: Send, rotate: Rotate, owner_db: Db
) -> None:
    one, other = Intake(runtime), Intake(runtime)
    await send(one, "m-1")
    # A commit that is undone leaves its pages behind, empty.
    with owner_db.transaction(force_rollback=True):
        owner_db.execute("INSERT INTO collect_seen_0 SELECT gen_random_uuid() FROM generate_series(1, 30000)")
    await send(other, "m-2")
    await rotate()
    late = Intake(runtime)
    await send(late, "m-1", "m-2")  # its filter knows nothing yet
    for server in (one, other, Intake(runtime)):
        await server.messages.catch_up()
        asked = server.messages.ask(digests(shop, "m-1", "m-2", "m-9")).asked
        assert set(asked.suspects) == set(digests(shop, "m-1", "m-2"))
        assert asked.covered
        await send(server, "m-1", "m-2")
    assert read_message_ids(owner_db) == ["m-1", "m-2"]


async def test_what_is_not_counted_yet_is_looked_for_in_full(
    runtime: Runtime, clock: ManualClock, send: Send, rotate: Rotate, owner_db: Db
) -> None:
    server = Intake(runtime)
    await send(server, "m-1")
    clock.advance(HALF_A_DAY)
    async with runtime.database.transaction("worker") as db:
        assert await repository.rotate_seen(db, clock.now(), 1_000)
    await send(server, "m-2")
    await server.messages.catch_up()
    assert server.messages.ask([]).asked.covered < 3
    await send(server, "m-1", "m-2", "m-3")
    assert read_message_ids(owner_db) == ["m-1", "m-2", "m-3"]


async def test_no_generation_ends_under_a_commit(
    runtime: Runtime, clock: ManualClock, shop: Sender, rotate: Rotate, owner_db: Db
) -> None:
    await shop.batch(make_event(messageId="m-1"))
    clock.advance(HALF_A_DAY)
    async with runtime.database.transaction("app", 1) as db:
        await db.execute("SELECT collect_seen_present()")
        assert not await rotate_known_messages(runtime)
    assert await rotate_known_messages(runtime)
    await shop.batch(make_event(messageId="m-1"), make_event(messageId="m-2"))
    assert read_message_ids(owner_db) == ["m-1", "m-2"]


async def test_a_full_generation_ends_and_a_last_one_goes_on(
    runtime: Runtime, clock: ManualClock, shop: Sender, monkeypatch: pytest.MonkeyPatch, owner_db: Db
) -> None:
    monkeypatch.setattr(upkeep, "GENERATION_HASHES", 300)
    owner_db.execute("UPDATE collect_seen_generations SET began_at = %s WHERE ended_at IS NULL", (clock.now(),))
    assert not await rotate_known_messages(runtime)
    await shop.batch(*(make_event(messageId=f"m-{number}") for number in range(400)))
    assert await rotate_known_messages(runtime)
    counted = owner_db.execute("SELECT hashes FROM collect_seen_generations ORDER BY generation DESC OFFSET 1 LIMIT 1")
    assert counted.fetchone() == (400,)
    assert not await rotate_known_messages(runtime)
    owner_db.execute(
        """
        INSERT INTO collect_seen_generations (slot, generation, began_at, ended_at, hashes)
        SELECT slot, slot - 100, %(now)s, %(now)s, 0 FROM generate_series(0, 23) AS slot
        ON CONFLICT (slot) DO UPDATE SET ended_at = %(now)s
        WHERE collect_seen_generations.ended_at < %(now)s
        """,
        {"now": clock.now()},
    )
    await shop.batch(*(make_event(messageId=f"n-{number}") for number in range(400)))
    assert not await rotate_known_messages(runtime)
    await shop.batch(make_event(messageId="m-7"), make_event(messageId="n-7"))
    assert len(read_message_ids(owner_db)) == 800
    clock.advance(timedelta(hours=48))
    assert await rotate_known_messages(runtime)


async def test_a_filter_of_what_is_forgotten_begins_anew(
    runtime: Runtime,
    shop: Sender,
    send: Send,
    rotate: Rotate,
    monkeypatch: pytest.MonkeyPatch,
    owner_db: Db,
) -> None:
    monkeypatch.setattr(known_messages, "FULL", 8)
    server = Intake(runtime)
    await send(server, *(f"old-{number}" for number in range(9)))
    for number in range(6):
        await rotate()
        await send(server, f"new-{number}")
    await rotate()
    await server.messages.catch_up()
    asked = server.messages.ask(digests(shop, "old-1", "new-4", "new-5")).asked
    assert set(asked.suspects) == set(digests(shop, "new-4", "new-5"))
    await send(server, "new-4", "new-5", "new-6")
    assert read_message_ids(owner_db).count("new-5") == 1
