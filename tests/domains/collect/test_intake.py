"""An acknowledged event is durable, once."""

from typing import Any

import psycopg

from kizuna.domains.collect.rules.chunks import Chunk, read_chunk
from kizuna.kernel.context import Runtime
from tests.domains.collect.conftest import Sender, make_event


def read_inbox(db: psycopg.Connection[Any]) -> list[Chunk]:
    return [read_chunk(payload) for (payload,) in db.execute("SELECT payload FROM collect_inbox ORDER BY id")]


async def test_an_acknowledged_event_is_in_the_inbox(shop: Sender, owner_db: psycopg.Connection[Any]) -> None:
    answer = await shop.send("/v1/track", make_event(messageId="m-1"))
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    [chunk] = read_inbox(owner_db)
    assert chunk.message_ids == ["m-1"]
    assert chunk.names == ["Product Viewed"]


async def test_an_event_reaches_the_lake(shop: Sender, runtime: Runtime) -> None:
    from kizuna.domains.collect.service.drain import drain_all

    await shop.batch(make_event(messageId="m-1"), make_event("Order Completed", messageId="m-2"))
    await drain_all(runtime)
    result = await runtime.lake.run_sql(1, "select name, message_id from events order by message_id")
    assert result.rows == [["Product Viewed", "m-1"], ["Order Completed", "m-2"]]
