"""SQL of deliveries: what waits for a destination, and the log of what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from kizuna.kernel.context import Context

_COLUMNS = """
    id, destination_id, public_id, change, move_id, state, people, done, sent, withheld, tries, next_at, status,
    reason, bytes, created_at, ended_at
"""

# All moves of the segment up to the one that was told of: signals come in any order, moves have theirs. One that
# was committed after a later one comes by its own signal. The receiver gets another id than ours, which counts.
QUEUE = """
    INSERT INTO segments_deliveries (
        workspace_id, destination_id, public_id, change, move_id, state, people, next_at, created_at)
    SELECT %(workspace_id)s, %(destination_id)s, gen_random_uuid(),
        CASE WHEN move.entered THEN 'entered' ELSE 'left' END, move.id, 'queued', move.count, %(now)s, %(now)s
    FROM segments_moves AS move
    WHERE move.workspace_id = %(workspace_id)s AND move.segment_id = %(segment_id)s
        AND ((move.id > %(above)s AND move.id < %(move_id)s) OR move.id = %(move_id)s)
    ORDER BY move.id
    ON CONFLICT (workspace_id, destination_id, move_id) DO NOTHING
"""

INSERT = f"""
    INSERT INTO segments_deliveries (
        workspace_id, destination_id, public_id, change, state, people, sent, status, reason, bytes, created_at,
        ended_at)
    VALUES (
        %(workspace_id)s, %(destination_id)s, %(public_id)s, %(change)s, %(state)s, %(people)s, 0, %(status)s,
        %(reason)s, %(bytes)s, %(now)s, %(ended_at)s)
    ON CONFLICT DO NOTHING
    RETURNING {_COLUMNS}
"""  # noqa: S608  # column names only, here and below

# One lane for each destination, in the order of the moves.
NEXT = f"""
    SELECT {_COLUMNS} FROM segments_deliveries
    WHERE workspace_id = %(workspace_id)s AND destination_id = %(destination_id)s
        AND state IN ('queued', 'failed') AND move_id IS NOT NULL
    ORDER BY move_id
    LIMIT 1
"""  # noqa: S608

FIND = f"""
    SELECT {_COLUMNS} FROM segments_deliveries
    WHERE workspace_id = %(workspace_id)s AND destination_id = %(destination_id)s AND public_id = %(public_id)s
"""  # noqa: S608

READ_KEYS = """
    SELECT keys, at FROM segments_moves WHERE workspace_id = %(workspace_id)s AND id = %(move_id)s
"""

RECORD = """
    UPDATE segments_deliveries
    SET state = %(state)s, done = %(done)s, sent = sent + %(sent)s, withheld = withheld + %(withheld)s,
        bytes = bytes + %(bytes)s, tries = tries + %(tried)s, next_at = %(next_at)s, status = %(status)s,
        reason = %(reason)s, ended_at = %(ended_at)s
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""

# Newest first, along the index.
PAGE = f"""
    SELECT {_COLUMNS} FROM segments_deliveries
    WHERE workspace_id = %(workspace_id)s AND destination_id = %(destination_id)s
        AND (%(before)s::bigint IS NULL OR id < %(before)s)
        AND (%(state)s::text IS NULL OR state = %(state)s)
    ORDER BY id DESC
    LIMIT %(limit)s
"""  # noqa: S608

COUNT_WAITING = """
    SELECT destination_id, count(*) FROM segments_deliveries
    WHERE workspace_id = %(workspace_id)s AND destination_id = ANY (%(ids)s::integer[])
        AND state IN ('queued', 'failed') AND move_id IS NOT NULL
    GROUP BY destination_id
"""

# What a destination waits for whose turn it is: the first of its lane is due, and nobody sends.
FIND_DUE = """
    SELECT destination.id
    FROM segments_destinations AS destination
    CROSS JOIN LATERAL (
        SELECT next_at FROM segments_deliveries
        WHERE workspace_id = %(workspace_id)s AND destination_id = destination.id
            AND state IN ('queued', 'failed') AND move_id IS NOT NULL
        ORDER BY move_id
        LIMIT 1
    ) AS waiting
    WHERE destination.workspace_id = %(workspace_id)s AND destination.enabled AND waiting.next_at <= %(now)s
        AND (destination.lease_until IS NULL OR destination.lease_until < %(now)s)
        AND (%(id)s::integer IS NULL OR destination.id = %(id)s)
"""

DELETE_OF = "DELETE FROM segments_deliveries WHERE workspace_id = %(workspace_id)s AND destination_id = %(id)s"

DELETE_OLD = """
    DELETE FROM segments_deliveries WHERE workspace_id = %(workspace_id)s AND ended_at < %(before)s
"""

GIVE_UP_WAITING = """
    UPDATE segments_deliveries SET state = 'given_up', reason = %(reason)s, ended_at = %(now)s, next_at = NULL
    WHERE workspace_id = %(workspace_id)s AND destination_id = %(id)s AND state IN ('queued', 'failed')
        AND move_id IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """``people`` are those of the move, ``done`` how many of them were gone through, ``sent`` who was told of."""

    id: int
    destination_id: int
    public_id: UUID
    change: str
    move_id: int | None
    state: str
    people: int
    done: int
    sent: int
    withheld: int
    tries: int
    next_at: datetime | None
    status: int | None
    reason: str | None
    bytes: int
    created_at: datetime
    ended_at: datetime | None


async def _fetch(ctx: Context, query: Any, parameters: dict[str, Any]) -> list[DeliveryRow]:
    async with ctx.db.cursor(row_factory=class_row(DeliveryRow)) as cursor:
        await cursor.execute(query, {"workspace_id": ctx.workspace.id, "now": ctx.clock.now(), **parameters})
        return await cursor.fetchall()


async def _run(ctx: Context, query: Any, parameters: dict[str, Any]) -> int:
    cursor = await ctx.db.execute(query, {"workspace_id": ctx.workspace.id, "now": ctx.clock.now(), **parameters})
    return cursor.rowcount


async def queue(ctx: Context, destination_id: int, segment_id: int, above: int, move_id: int) -> int:
    """Queues the moves above one up to another; returns how many were not queued before."""
    given = {"destination_id": destination_id, "segment_id": segment_id, "above": above, "move_id": move_id}
    return await _run(ctx, QUEUE, given)


async def insert(ctx: Context, values: dict[str, Any]) -> None:
    defaults = {"status": None, "reason": None, "bytes": 0, "ended_at": None, "people": 0}
    await _fetch(ctx, INSERT, defaults | values)


async def read_next(ctx: Context, destination_id: int) -> DeliveryRow | None:
    found = await _fetch(ctx, NEXT, {"destination_id": destination_id})
    return found[0] if found else None


async def find(ctx: Context, destination_id: int, public_id: UUID) -> DeliveryRow | None:
    found = await _fetch(ctx, FIND, {"destination_id": destination_id, "public_id": public_id})
    return found[0] if found else None


async def read_keys(ctx: Context, move_id: int) -> tuple[list[int], datetime] | None:
    """Who moved, and when; None for a move that is kept no longer."""
    cursor = await ctx.db.execute(READ_KEYS, {"workspace_id": ctx.workspace.id, "move_id": move_id})
    return await cursor.fetchone()


async def record(ctx: Context, id_: int, values: dict[str, Any]) -> None:
    """What became of a try: ``sent``, ``withheld``, ``bytes`` and ``tried`` are added."""
    nothing = {"sent": 0, "withheld": 0, "bytes": 0, "tried": 1, "next_at": None, "ended_at": None}
    await _run(ctx, RECORD, nothing | {"status": None, "reason": None} | values | {"id": id_})


async def list_page(
    ctx: Context, destination_id: int, before: int | None, state: str | None, limit: int
) -> list[DeliveryRow]:
    given = {"destination_id": destination_id, "before": before, "state": state, "limit": limit}
    return await _fetch(ctx, PAGE, given)


async def count_waiting(ctx: Context, ids: Sequence[int]) -> dict[int, int]:
    cursor = await ctx.db.execute(COUNT_WAITING, {"workspace_id": ctx.workspace.id, "ids": list(ids)})
    return dict(await cursor.fetchall())


async def find_due(ctx: Context, id_: int | None = None) -> list[int]:
    """Destinations that something waits for and nobody sends to; or whether one is such."""
    given = {"workspace_id": ctx.workspace.id, "now": ctx.clock.now(), "id": id_}
    return [found for (found,) in await (await ctx.db.execute(FIND_DUE, given)).fetchall()]


async def delete_of(ctx: Context, destination_id: int) -> None:
    await _run(ctx, DELETE_OF, {"id": destination_id})


async def delete_old(ctx: Context, before: datetime) -> int:
    return await _run(ctx, DELETE_OLD, {"before": before})


async def give_up_waiting(ctx: Context, destination_id: int, reason: str) -> int:
    return await _run(ctx, GIVE_UP_WAITING, {"id": destination_id, "reason": reason})
