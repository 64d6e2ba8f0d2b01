"""An acknowledged event is durable, once."""

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from tests.cast import Visitor
from tests.domains.collect.conftest import Sender, encode, make_event, read_inbox, read_message_ids

from kizuna.domains.collect.rules.bodies import Body
from kizuna.domains.collect.rules.items import Arrival
from kizuna.domains.collect.service import intake as intake_service
from kizuna.domains.collect.service.intake import Intake
from kizuna.kernel.context import Runtime
from kizuna.kernel.errors import Unavailable


async def test_an_acknowledged_event_is_in_the_inbox(shop: Sender, owner_db: psycopg.Connection[Any]) -> None:
    answer = await shop.send("/v1/track", make_event(messageId="m-1"))
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    [chunk] = read_inbox(owner_db)
    assert chunk.message_ids == ["m-1"]
    assert chunk.names == ["Product Viewed"]


async def test_a_message_sent_again_counts_once(shop: Sender, owner_db: psycopg.Connection[Any]) -> None:
    twice = make_event(messageId="m-1")
    await shop.batch(twice, twice, make_event(messageId=" m-1 "), make_event(messageId="m-2"))
    await shop.batch(make_event(messageId="m-2", event="Other"), make_event(messageId="m-3"))
    assert read_message_ids(owner_db) == ["m-1", "m-2", "m-3"]
    counts = [count for chunk in read_inbox(owner_db) for count in chunk.counts.values()]
    assert sum(count.duplicates for count in counts) == 3


async def test_sources_do_not_share_message_ids(
    shop: Sender, add_source: Callable[..., Any], owner_db: psycopg.Connection[Any]
) -> None:
    till = await add_source(name="Till", touchpoint="store")
    await shop.batch(make_event(messageId="m-1"))
    await till.batch(make_event(messageId="m-1"))
    assert read_message_ids(owner_db) == ["m-1", "m-1"]


async def test_requests_that_come_together_share_a_commit(shop: Sender, owner_db: psycopg.Connection[Any]) -> None:
    answers = await asyncio.gather(*(shop.send("/v1/track", make_event()) for _ in range(40)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(read_message_ids(owner_db)) == 40
    assert len(read_inbox(owner_db)) < 20


async def test_the_same_events_at_once_neither_deadlock_nor_double(
    shop: Sender, visitor: Visitor, runtime: Runtime, owner_db: psycopg.Connection[Any]
) -> None:
    """Two servers that get the same messages in opposite order wait for each other, never in a circle."""
    servers = [Intake(runtime), Intake(runtime)]
    known = await servers[0].sources.find(shop.key)
    assert known is not None
    items = [encode(make_event(messageId=f"m-{n}", userId=f"u-{n}")) for n in range(300)]

    async def send(server: Intake, backwards: bool) -> None:
        body = Body(items=items[::-1] if backwards else items)
        await server.take(known, body, Arrival(known.source, 1_775_000_000_000_000))

    await asyncio.gather(*(send(server, backwards) for server in servers for backwards in (False, True) * 4))
    assert sorted(read_message_ids(owner_db)) == sorted(f"m-{n}" for n in range(300))


async def test_a_client_that_went_away_is_committed_all_the_same(
    shop: Sender, runtime: Runtime, owner_db: psycopg.Connection[Any]
) -> None:
    server = Intake(runtime)
    known = await server.sources.find(shop.key)
    assert known is not None
    first = Body(items=[encode(make_event(messageId="m-0"))])
    await server.take(known, first, Arrival(known.source, 1_775_000_000_000_000))  # now it knows the terms
    body = Body(items=[encode(make_event(messageId="m-1"))])
    request = asyncio.create_task(server.take(known, body, Arrival(known.source, 1_775_000_000_000_000)))
    await asyncio.sleep(0)
    request.cancel()
    body = Body(items=[encode(make_event(messageId="m-2"))])
    await server.take(known, body, Arrival(known.source, 1_775_000_000_000_000))
    assert sorted(read_message_ids(owner_db)) == ["m-0", "m-1", "m-2"]


async def test_a_full_queue_is_answered_503(
    shop: Sender, monkeypatch: pytest.MonkeyPatch, owner_db: psycopg.Connection[Any]
) -> None:
    await shop.batch(make_event())  # makes the server's intake
    intake = shop.intake()
    monkeypatch.setattr(intake, "_room_bytes", 100)
    answer = await shop.batch(make_event())
    assert (answer.status_code, answer.json()["code"]) == (503, "intake_full")
    assert int(answer.headers["retry-after"]) > 0
    assert len(read_message_ids(owner_db)) == 1


async def test_the_queue_gives_its_room_back(shop: Sender) -> None:
    await shop.batch(make_event())
    intake = shop.intake()
    room = (intake._room_bytes, intake._room_events)
    await asyncio.gather(*(shop.batch(make_event(), make_event(userId="null")) for _ in range(10)))
    assert (intake._room_bytes, intake._room_events) == room


async def test_while_the_database_is_away_events_are_answered_503(
    shop: Sender, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.batch(make_event())
    intake = shop.intake()

    class Away:
        @asynccontextmanager
        async def transaction(self, *_: Any) -> Any:
            raise Unavailable("database_unavailable", "The database cannot be reached.", retry_after_s=2)
            yield

        connection = transaction

    monkeypatch.setattr(intake, "runtime", replace(runtime, database=Away()))  # type: ignore[arg-type]
    monkeypatch.setattr(intake.sources, "runtime", intake.runtime)
    answer = await shop.batch(make_event())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    # The key was known before: nothing says 401 while it cannot be asked.
    intake.sources.forget()
    assert (await shop.batch(make_event())).status_code == 503


async def test_what_one_request_breaks_does_not_break_its_neighbours(
    shop: Sender, monkeypatch: pytest.MonkeyPatch, owner_db: psycopg.Connection[Any]
) -> None:
    store = intake_service.store_and_learn

    async def refuse_one(runtime: Runtime, workspace: Any, group: Any, messages: Any) -> Any:
        if "bad" in group.taken.events.message_ids:
            raise psycopg.DataError("cannot be stored")
        return await store(runtime, workspace, group, messages)

    monkeypatch.setattr(intake_service, "store_and_learn", refuse_one)
    answers = await asyncio.gather(
        *(shop.send("/v1/track", make_event(messageId=id_)) for id_ in ("m-1", "bad", "m-2", "m-3"))
    )
    assert [answer.status_code for answer in answers] == [200, 500, 200, 200]
    assert sorted(read_message_ids(owner_db)) == ["m-1", "m-2", "m-3"]


async def test_only_the_drain_sees_the_inbox(shop: Sender, runtime: Runtime, owner_db: psycopg.Connection[Any]) -> None:
    await shop.batch(make_event())
    granted = owner_db.execute(
        """
        SELECT grantee, array_agg(privilege_type::text ORDER BY privilege_type)
        FROM information_schema.role_table_grants
        WHERE table_name = 'collect_inbox' AND grantee LIKE 'kizuna%'
        GROUP BY grantee ORDER BY grantee
        """
    ).fetchall()
    assert granted == [("kizuna_app", ["INSERT"]), ("kizuna_drain", ["DELETE", "SELECT", "UPDATE"])]
    for role in ("app", "auth", "worker"):
        for statement in ("SELECT payload FROM collect_inbox", "DELETE FROM collect_inbox"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                async with runtime.database.transaction(role, 1) as db:  # type: ignore[arg-type]
                    await db.execute(statement)  # type: ignore[arg-type]
    async with runtime.database.transaction("drain") as db:
        rows = await (await db.execute("SELECT workspace_id FROM collect_inbox")).fetchall()
    assert len(rows) == 1


async def test_a_chunk_can_be_put_only_into_the_own_workspace(runtime: Runtime, shop: Sender) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with runtime.database.transaction("app", 1) as db:
            await db.execute("INSERT INTO collect_inbox (workspace_id, events, payload) VALUES (2, 1, '')")
