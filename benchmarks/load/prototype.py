"""The least that a durable, deduplicating intake can be: a mark for this machine on this day.

No identities, no checks of the items, no drain: a batch is decoded, its message ids go into a table
with a unique index, its bytes into another, and the answer waits for the commit that requests share.
Run by Granian as Kizuna is, with the address of an empty database in ``PROTOTYPE_DATABASE``.
"""

import asyncio
import os
from hashlib import blake2b
from typing import Any

import msgspec
import psycopg

TABLES = """
    CREATE TABLE IF NOT EXISTS seen (hash uuid PRIMARY KEY);
    CREATE TABLE IF NOT EXISTS inbox (id bigserial PRIMARY KEY, payload bytea STORAGE EXTERNAL NOT NULL);
"""
REMEMBER = "INSERT INTO seen SELECT unnest(%t::text[])::uuid ON CONFLICT DO NOTHING RETURNING hash"
PUT = "INSERT INTO inbox (payload) VALUES (%b)"


class _Item(msgspec.Struct):
    messageId: str


class _Batch(msgspec.Struct):
    batch: list[_Item]


_decode = msgspec.json.Decoder(_Batch).decode
_waiting: list[tuple[bytes, asyncio.Future[None]]] = []
_state: dict[str, Any] = {}


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    if scope["method"] == "POST":
        done = asyncio.get_running_loop().create_future()
        _waiting.append((body, done))
        if "commits" not in _state:
            _state["commits"] = asyncio.create_task(_commit_all())
        await done
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})


async def _commit_all() -> None:
    address = os.environ["PROTOTYPE_DATABASE"]
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as db:
        await db.execute(TABLES)
        while True:
            group, _waiting[:] = _waiting[:], []
            if not group:
                await asyncio.sleep(0.001)
                continue
            hashes = sorted(
                blake2b(item.messageId.encode(), digest_size=16).hexdigest()
                for body, _ in group
                for item in _decode(body).batch
            )
            async with db.transaction():
                await db.execute(REMEMBER, [hashes])
                await db.execute(PUT, [b"\n".join(body for body, _ in group)])
            for _, done in group:
                done.set_result(None)
