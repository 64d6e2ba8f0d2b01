"""SQL of the drain: claiming chunks, loads, and making them go. Needs the role ``drain``."""

from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

LOAD_LOCK = 1667198831
MERGE_LOCK = LOAD_LOCK + 1

# Unscoped: one drain serves every workspace, under a role of its own.
# By state, never by "id above the last seen": ids become visible out of order.
FIND_WAITING = """
    SELECT workspace_id, id, events
    FROM collect_inbox
    WHERE state = 0
    ORDER BY id
    LIMIT %(limit)s
"""

CLAIM = """
    SELECT id, events, payload
    FROM collect_inbox
    WHERE workspace_id = %(workspace_id)s AND id = ANY (%(ids)s) AND state = 0
    ORDER BY id
    FOR UPDATE SKIP LOCKED
"""

MARK_STREAMED = """
    UPDATE collect_inbox SET state = 1 WHERE workspace_id = %(workspace_id)s AND id = ANY (%(ids)s)
"""

REPLACE_PAYLOAD = """
    UPDATE collect_inbox SET payload = %(payload)b, events = %(events)s
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""

DELETE_CHUNKS = "DELETE FROM collect_inbox WHERE workspace_id = %(workspace_id)s AND id = ANY (%(ids)s)"

# Unscoped: as above.
FIND_STREAMED = """
    SELECT workspace_id, count(*) AS chunks, sum(events) AS events, bool_or(load_id IS NOT NULL) AS begun
    FROM collect_inbox
    WHERE state = 1
    GROUP BY workspace_id
    ORDER BY workspace_id
"""

FIND_UNLOADED = """
    SELECT id FROM collect_inbox WHERE workspace_id = %(workspace_id)s AND state = 1 AND id = ANY (%(ids)s::bigint[])
"""
LIST_UNLOADED = "SELECT id FROM collect_inbox WHERE workspace_id = %(workspace_id)s AND state = 1"

WAIT_LOCK = "SELECT pg_advisory_xact_lock(%(lock)s, %(workspace_id)s)"

TRY_LOCK = "SELECT pg_try_advisory_xact_lock(%(lock)s, %(workspace_id)s)"

FIND_BEGUN = """
    SELECT load_id, array_agg(id ORDER BY id)
    FROM collect_inbox
    WHERE workspace_id = %(workspace_id)s AND state = 1 AND load_id IS NOT NULL
    GROUP BY load_id
    ORDER BY load_id
"""

FIND_UNASSIGNED = """
    SELECT id, events
    FROM collect_inbox
    WHERE workspace_id = %(workspace_id)s AND state = 1 AND load_id IS NULL
    ORDER BY id
    LIMIT 2000
"""

NEXT_LOAD = """
    INSERT INTO collect_loads (workspace_id, last_load_id)
    VALUES (%(workspace_id)s, %(at_least)s)
    ON CONFLICT (workspace_id) DO UPDATE
        SET last_load_id = greatest(collect_loads.last_load_id + 1, excluded.last_load_id)
    RETURNING last_load_id
"""

# Unscoped: of all workspaces, for backups.
LAST_LOADS = "SELECT workspace_id, last_load_id FROM collect_loads"

ASSIGN_LOAD = """
    UPDATE collect_inbox SET load_id = %(load_id)s
    WHERE workspace_id = %(workspace_id)s AND id = ANY (%(ids)s)
"""

READ_PAYLOADS = """
    SELECT id, payload FROM collect_inbox WHERE workspace_id = %(workspace_id)s AND id = ANY (%(ids)s) ORDER BY id
"""

DELETE_LOAD = "DELETE FROM collect_inbox WHERE workspace_id = %(workspace_id)s AND load_id = %(load_id)s"


class Claimed(msgspec.Struct, frozen=True):
    id: int
    events: int
    payload: bytes


class Streamed(msgspec.Struct, frozen=True):
    """Chunks of a workspace that wait for the lake; ``begun`` when a load of them was interrupted."""

    workspace_id: int
    chunks: int
    events: int
    begun: bool


async def find_waiting(db: AsyncConnection[Any], limit: int) -> list[tuple[int, int, int]]:
    """(workspace id, chunk id, events) of chunks nobody has streamed yet, oldest first."""
    return await (await db.execute(FIND_WAITING, {"limit": limit})).fetchall()


async def claim(db: AsyncConnection[Any], workspace_id: int, ids: Sequence[int]) -> list[Claimed]:
    """Those of the chunks that no other drain holds, locked until the transaction ends."""
    async with db.cursor(row_factory=class_row(Claimed), binary=True) as cursor:
        return await (await cursor.execute(CLAIM, {"workspace_id": workspace_id, "ids": list(ids)})).fetchall()


async def mark_streamed(db: AsyncConnection[Any], workspace_id: int, ids: Sequence[int]) -> None:
    await db.execute(MARK_STREAMED, {"workspace_id": workspace_id, "ids": list(ids)})


async def replace_payload(
    db: AsyncConnection[Any], workspace_id: int, chunk_id: int, events: int, payload: bytes
) -> None:
    await db.execute(
        REPLACE_PAYLOAD, {"workspace_id": workspace_id, "id": chunk_id, "events": events, "payload": payload}
    )


async def delete_chunks(db: AsyncConnection[Any], workspace_id: int, ids: Sequence[int]) -> None:
    await db.execute(DELETE_CHUNKS, {"workspace_id": workspace_id, "ids": list(ids)})


async def find_streamed(db: AsyncConnection[Any]) -> list[Streamed]:
    async with db.cursor(row_factory=class_row(Streamed)) as cursor:
        return await (await cursor.execute(FIND_STREAMED)).fetchall()


async def list_unloaded(db: AsyncConnection[Any], workspace_id: int, among: Sequence[int] | None = None) -> list[int]:
    """Chunks that were streamed and are not in the lake yet; of some, if given."""
    place = {"workspace_id": workspace_id, "ids": list(among or ())}
    cursor = await db.execute(LIST_UNLOADED if among is None else FIND_UNLOADED, place)
    return [id_ for (id_,) in await cursor.fetchall()]


async def lock_loads(db: AsyncConnection[Any], workspace_id: int) -> bool:
    """One load of a workspace at a time, of all workers; until the transaction ends."""
    return await _try_lock(db, LOAD_LOCK, workspace_id)


async def lock_merges(db: AsyncConnection[Any], workspace_id: int) -> bool:
    """One merge of a workspace's small files at a time; until the transaction ends."""
    return await _try_lock(db, MERGE_LOCK, workspace_id)


async def wait_for_lake(db: AsyncConnection[Any], workspace_id: int) -> None:
    """Waits until nobody loads or merges in the workspace, and keeps it so until the transaction ends."""
    for lock in (LOAD_LOCK, MERGE_LOCK):
        await db.execute(WAIT_LOCK, {"lock": lock, "workspace_id": workspace_id})


async def _try_lock(db: AsyncConnection[Any], lock: int, workspace_id: int) -> bool:
    row = await (await db.execute(TRY_LOCK, {"lock": lock, "workspace_id": workspace_id})).fetchone()
    return bool(row and row[0])


async def find_begun(db: AsyncConnection[Any], workspace_id: int) -> list[tuple[int, list[int]]]:
    """(load id, chunk ids) of loads that were assigned and not finished."""
    return await (await db.execute(FIND_BEGUN, {"workspace_id": workspace_id})).fetchall()


async def find_unassigned(db: AsyncConnection[Any], workspace_id: int) -> list[tuple[int, int]]:
    """(chunk id, events) waiting for a load."""
    return await (await db.execute(FIND_UNASSIGNED, {"workspace_id": workspace_id})).fetchall()


async def assign_load(db: AsyncConnection[Any], workspace_id: int, ids: Sequence[int], at_least: int) -> int:
    """Gives chunks the next load id, which is not below ``at_least``."""
    row = await (await db.execute(NEXT_LOAD, {"workspace_id": workspace_id, "at_least": at_least})).fetchone()
    assert row is not None
    await db.execute(ASSIGN_LOAD, {"workspace_id": workspace_id, "load_id": row[0], "ids": list(ids)})
    return row[0]


async def read_payloads(db: AsyncConnection[Any], workspace_id: int, ids: Sequence[int]) -> list[tuple[int, bytes]]:
    cursor = await db.execute(READ_PAYLOADS, {"workspace_id": workspace_id, "ids": list(ids)}, binary=True)
    return await cursor.fetchall()


async def delete_load(db: AsyncConnection[Any], workspace_id: int, load_id: int) -> None:
    await db.execute(DELETE_LOAD, {"workspace_id": workspace_id, "load_id": load_id})
