"""What keeps live segments true: queue, states, sets, history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from kizuna.kernel.context import Context

LOCK_CLASS = 0x7365676B  # "segk": whoever changes sets or states of a workspace

QueueKind = Literal["events", "merge", "look"]
LEAF, SEGMENT, NODES = 0, 1, 2
"""Kinds of sets: those for whom a leaf says the other than of nobody's doings, members, and, under the id 0, the
nodes of which any feed remembers something."""
NO_FEED = 0
"""Under this number stand the dues of leaves that ask about no events."""

TRY_LOCK = "SELECT pg_try_advisory_xact_lock(%(lock_class)s, %(workspace_id)s)"
LOCK = "SELECT pg_advisory_xact_lock(%(lock_class)s, %(workspace_id)s)"

READ_EPOCH = "SELECT epoch FROM segments_heads WHERE workspace_id = %(workspace_id)s"
WRITE_EPOCH = """
    INSERT INTO segments_heads AS head (workspace_id, epoch) VALUES (%(workspace_id)s, %(epoch)s)
    ON CONFLICT (workspace_id) DO UPDATE SET epoch = excluded.epoch
"""

PUT = "INSERT INTO segments_queue (workspace_id, kind, payload) VALUES (%(workspace_id)s, %(kind)s, %(payload)s)"
NOTIFY = "SELECT pg_notify('kizuna_segments', %(workspace_id)s::text)"
TAKE = """
    SELECT id, kind, payload FROM segments_queue WHERE workspace_id = %(workspace_id)s ORDER BY id LIMIT %(limit)s
"""
DELETE_TAKEN = "DELETE FROM segments_queue WHERE workspace_id = %(workspace_id)s AND id = ANY (%(ids)s::bigint[])"

# Unscoped: the keeper asks which workspaces have work.
FIND_WORK = """
    SELECT DISTINCT workspace_id FROM segments_queue
    UNION
    SELECT DISTINCT workspace_id FROM segments_states WHERE due_us <= %(now_us)s
"""

READ_STATES = """
    SELECT state.feed_id, state.chunk, state.due_us, state.payload
    FROM unnest(%(feed_ids)s::integer[], %(chunks)s::integer[]) AS wanted (feed_id, chunk)
    JOIN segments_states AS state
        ON state.workspace_id = %(workspace_id)s AND state.feed_id = wanted.feed_id AND state.chunk = wanted.chunk
"""
READ_FEED_STATES = """
    SELECT chunk, due_us, payload FROM segments_states
    WHERE workspace_id = %(workspace_id)s AND feed_id = %(feed_id)s
"""
FIND_DUE = """
    SELECT feed_id, chunk FROM segments_states
    WHERE workspace_id = %(workspace_id)s AND due_us <= %(now_us)s
    ORDER BY due_us LIMIT %(limit)s
"""
WRITE_STATES = """
    INSERT INTO segments_states (workspace_id, feed_id, chunk, due_us, payload)
    SELECT %(workspace_id)s, feed_id, chunk, due_us, payload
    FROM unnest(%(feed_ids)s::integer[], %(chunks)s::integer[], %(dues)s::bigint[], %(payloads)b::bytea[])
        AS new (feed_id, chunk, due_us, payload)
    ON CONFLICT (workspace_id, feed_id, chunk) DO UPDATE
    SET due_us = excluded.due_us, payload = excluded.payload
"""
DELETE_STATES = """
    DELETE FROM segments_states
    USING unnest(%(feed_ids)s::integer[], %(chunks)s::integer[]) AS gone (feed_id, chunk)
    WHERE workspace_id = %(workspace_id)s AND segments_states.feed_id = gone.feed_id
        AND segments_states.chunk = gone.chunk
"""
DELETE_FEED_STATES = """
    DELETE FROM segments_states WHERE workspace_id = %(workspace_id)s AND feed_id = ANY (%(feed_ids)s::integer[])
"""
# Of feeds, leaves and segments that are no more; feed 0 holds the dues of leaves that ask about no events.
DELETE_LEFT_OVER = """
    WITH states AS (
        DELETE FROM segments_states AS state
        WHERE workspace_id = %(workspace_id)s AND feed_id <> 0 AND NOT EXISTS (
            SELECT FROM segments_feeds AS feed
            WHERE feed.workspace_id = state.workspace_id AND feed.id = state.feed_id
        )
    )
    DELETE FROM segments_sets AS known
    WHERE workspace_id = %(workspace_id)s AND kind < 2 AND CASE kind
        WHEN 0 THEN NOT EXISTS (
            SELECT FROM segments_leaves AS leaf WHERE leaf.workspace_id = known.workspace_id AND leaf.id = known.id
        )
        ELSE NOT EXISTS (
            SELECT FROM segments_segments AS segment
            WHERE segment.workspace_id = known.workspace_id AND segment.id = known.id AND archived_at IS NULL
        )
    END
"""
READ_CHUNKS = """
    SELECT feed_id, chunk, due_us, payload FROM segments_states
    WHERE workspace_id = %(workspace_id)s AND chunk = ANY (%(chunks)s::integer[])
"""

READ_SETS = "SELECT kind, id, chunk, payload FROM segments_sets WHERE workspace_id = %(workspace_id)s"
READ_SOME_SETS = """
    SELECT id, chunk, payload FROM segments_sets
    WHERE workspace_id = %(workspace_id)s AND kind = %(kind)s AND id = ANY (%(ids)s::integer[])
"""
READ_SETS_OF = """
    SELECT id, payload FROM segments_sets
    WHERE workspace_id = %(workspace_id)s AND kind = %(kind)s AND chunk = %(chunk)s
"""
WRITE_SETS = """
    INSERT INTO segments_sets (workspace_id, kind, id, chunk, payload)
    SELECT %(workspace_id)s, kind, id, chunk, payload
    FROM unnest(%(kinds)s::smallint[], %(ids)s::integer[], %(chunks)s::integer[], %(payloads)b::bytea[])
        AS new (kind, id, chunk, payload)
    ON CONFLICT (workspace_id, kind, id, chunk) DO UPDATE SET payload = excluded.payload
"""
DELETE_SETS = """
    DELETE FROM segments_sets
    USING unnest(%(kinds)s::smallint[], %(ids)s::integer[], %(chunks)s::integer[]) AS gone (kind, id, chunk)
    WHERE workspace_id = %(workspace_id)s AND segments_sets.kind = gone.kind AND segments_sets.id = gone.id
        AND segments_sets.chunk = gone.chunk
"""
DELETE_WHOLE_SETS = """
    DELETE FROM segments_sets
    WHERE workspace_id = %(workspace_id)s AND kind = %(kind)s AND id = ANY (%(ids)s::integer[])
"""

INSERT_MOVES = """
    INSERT INTO segments_moves (workspace_id, segment_id, at, entered, count, keys, cause)
    SELECT %(workspace_id)s, segment_id, %(at)s, entered, cardinality(keys), keys, cause
    FROM ROWS FROM (
        jsonb_to_recordset(%(moves)s) AS (segment_id integer, entered boolean, keys integer[], cause jsonb)
    ) WITH ORDINALITY AS move (segment_id, entered, keys, cause, place)
    ORDER BY place
    RETURNING id
"""
SET_SIZES = """
    WITH new AS (
        SELECT * FROM unnest(
            %(ids)s::integer[], %(sizes)s::integer[], %(entered)s::integer[], %(left)s::integer[]
        ) AS new (id, size, entered, "left")
    ), sized AS (
        UPDATE segments_segments AS segment SET size = new.size
        FROM new WHERE segment.workspace_id = %(workspace_id)s AND segment.id = new.id
    )
    INSERT INTO segments_sizes AS known (workspace_id, segment_id, hour, size, entered, "left")
    SELECT %(workspace_id)s, id, %(hour)s, size, entered, "left" FROM new
    ON CONFLICT (workspace_id, segment_id, hour) DO UPDATE
    SET size = excluded.size, entered = known.entered + excluded.entered, "left" = known."left" + excluded."left"
"""
ERASE_MOVES = """
    UPDATE segments_moves
    SET keys = (
        SELECT array_agg(CASE WHEN key = ANY (%(keys)s::integer[]) THEN 0 ELSE key END ORDER BY n)
        FROM unnest(keys) WITH ORDINALITY AS one (key, n)
    )
    WHERE workspace_id = %(workspace_id)s AND keys && %(keys)s::integer[]
"""


def numbers(values: Iterable[int | None]) -> str:
    """An array literal: PostgreSQL reads it quicker than psycopg writes a list."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


async def lock(ctx: Context, *, wait: bool) -> bool:
    """Until the transaction ends nobody else changes sets or states of the workspace."""
    place = {"lock_class": LOCK_CLASS, "workspace_id": ctx.workspace.id}
    if wait:
        await ctx.db.execute(LOCK, place)
        return True
    row = await (await ctx.db.execute(TRY_LOCK, place)).fetchone()
    return bool(row and row[0])


async def read_epoch(ctx: Context) -> int:
    row = await (await ctx.db.execute(READ_EPOCH, {"workspace_id": ctx.workspace.id})).fetchone()
    return row[0] if row else 0


async def write_epoch(ctx: Context, epoch: int) -> None:
    await ctx.db.execute(WRITE_EPOCH, {"workspace_id": ctx.workspace.id, "epoch": epoch})


# --- queue --------------------------------------------------------------------------------------------


async def put(ctx: Context, kind: QueueKind, payload: bytes) -> None:
    """Tells the keeper, once the transaction commits."""
    await ctx.db.execute(PUT, {"workspace_id": ctx.workspace.id, "kind": kind, "payload": payload})
    await ctx.db.execute(NOTIFY, {"workspace_id": ctx.workspace.id})


async def take(ctx: Context, limit: int) -> list[tuple[int, QueueKind, bytes]]:
    cursor = await ctx.db.execute(TAKE, {"workspace_id": ctx.workspace.id, "limit": limit})
    return await cursor.fetchall()


async def delete_taken(ctx: Context, ids: Sequence[int]) -> None:
    await ctx.db.execute(DELETE_TAKEN, {"workspace_id": ctx.workspace.id, "ids": numbers(ids)})


async def find_work(db: AsyncConnection[Any], now_us: int) -> list[int]:
    """Workspaces with something in the queue or due; for the role ``worker``."""
    return [id_ for (id_,) in await (await db.execute(FIND_WORK, {"now_us": now_us})).fetchall()]


# --- states -------------------------------------------------------------------------------------------


async def read_states(ctx: Context, places: Sequence[tuple[int, int]]) -> list[tuple[int, int, int | None, bytes]]:
    """(feed, chunk, due, payload) of those (feed, chunk) that have any."""
    cursor = await ctx.db.execute(
        READ_STATES,
        {
            "workspace_id": ctx.workspace.id,
            "feed_ids": numbers(feed_id for feed_id, _ in places),
            "chunks": numbers(chunk for _, chunk in places),
        },
        binary=True,
    )
    return await cursor.fetchall()


async def read_feed_states(ctx: Context, feed_id: int) -> list[tuple[int, int | None, bytes]]:
    place = {"workspace_id": ctx.workspace.id, "feed_id": feed_id}
    return await (await ctx.db.execute(READ_FEED_STATES, place, binary=True)).fetchall()


async def delete_left_over(ctx: Context) -> None:
    await ctx.db.execute(DELETE_LEFT_OVER, {"workspace_id": ctx.workspace.id})


async def read_chunks(ctx: Context, chunks: Iterable[int]) -> list[tuple[int, int, int | None, bytes]]:
    """What every feed remembers of some chunks."""
    place = {"workspace_id": ctx.workspace.id, "chunks": numbers(chunks)}
    return await (await ctx.db.execute(READ_CHUNKS, place, binary=True)).fetchall()


async def find_due(ctx: Context, now_us: int, limit: int) -> list[tuple[int, int]]:
    place = {"workspace_id": ctx.workspace.id, "now_us": now_us, "limit": limit}
    return await (await ctx.db.execute(FIND_DUE, place)).fetchall()


async def write_states(ctx: Context, rows: Sequence[tuple[int, int, int | None, bytes]]) -> None:
    if not rows:
        return
    place = {
        "workspace_id": ctx.workspace.id,
        "feed_ids": numbers(row[0] for row in rows),
        "chunks": numbers(row[1] for row in rows),
        "dues": numbers(row[2] for row in rows),
        "payloads": [row[3] for row in rows],
    }
    await ctx.db.execute(WRITE_STATES, place)


async def delete_states(ctx: Context, places: Sequence[tuple[int, int]]) -> None:
    if places:
        place = {
            "workspace_id": ctx.workspace.id,
            "feed_ids": numbers(feed_id for feed_id, _ in places),
            "chunks": numbers(chunk for _, chunk in places),
        }
        await ctx.db.execute(DELETE_STATES, place)


async def delete_feed_states(ctx: Context, feed_ids: Sequence[int]) -> None:
    place = {"workspace_id": ctx.workspace.id, "feed_ids": numbers(feed_ids)}
    await ctx.db.execute(DELETE_FEED_STATES, place)


# --- sets ---------------------------------------------------------------------------------------------


async def read_sets(ctx: Context) -> list[tuple[int, int, int, bytes]]:
    """(kind, id, chunk, payload) of everything."""
    cursor = await ctx.db.execute(READ_SETS, {"workspace_id": ctx.workspace.id}, binary=True)
    return await cursor.fetchall()


async def read_some_sets(ctx: Context, kind: int, ids: Iterable[int]) -> list[tuple[int, int, bytes]]:
    place = {"workspace_id": ctx.workspace.id, "kind": kind, "ids": numbers(ids)}
    return await (await ctx.db.execute(READ_SOME_SETS, place, binary=True)).fetchall()


async def read_sets_of(ctx: Context, kind: int, chunk: int) -> list[tuple[int, bytes]]:
    place = {"workspace_id": ctx.workspace.id, "kind": kind, "chunk": chunk}
    return await (await ctx.db.execute(READ_SETS_OF, place, binary=True)).fetchall()


async def write_sets(ctx: Context, rows: Sequence[tuple[int, int, int, bytes]]) -> None:
    """An empty payload takes the row away."""
    kept = [row for row in rows if row[3]]
    gone = [row for row in rows if not row[3]]
    if kept:
        place = {
            "workspace_id": ctx.workspace.id,
            "kinds": numbers(row[0] for row in kept),
            "ids": numbers(row[1] for row in kept),
            "chunks": numbers(row[2] for row in kept),
            "payloads": [row[3] for row in kept],
        }
        await ctx.db.execute(WRITE_SETS, place)
    if gone:
        place = {
            "workspace_id": ctx.workspace.id,
            "kinds": numbers(row[0] for row in gone),
            "ids": numbers(row[1] for row in gone),
            "chunks": numbers(row[2] for row in gone),
        }
        await ctx.db.execute(DELETE_SETS, place)


async def delete_whole_sets(ctx: Context, kind: int, ids: Sequence[int]) -> None:
    place = {"workspace_id": ctx.workspace.id, "kind": kind, "ids": numbers(ids)}
    await ctx.db.execute(DELETE_WHOLE_SETS, place)


# --- history --------------------------------------------------------------------------------------------


async def insert_moves(ctx: Context, at: datetime, moves: Sequence[dict[str, Any]]) -> list[int]:
    """Ids of the moves, in their order; each has ``segment_id``, ``entered``, ``keys`` and ``cause``."""
    place = {"workspace_id": ctx.workspace.id, "at": at, "moves": Jsonb(moves, dumps=msgspec.json.encode)}
    return [id_ for (id_,) in await (await ctx.db.execute(INSERT_MOVES, place)).fetchall()]


async def set_sizes(ctx: Context, hour: datetime, rows: Sequence[tuple[int, int, int, int]]) -> None:
    """(segment, size now, entered, left)"""
    if rows:
        place = {
            "workspace_id": ctx.workspace.id,
            "hour": hour,
            "ids": numbers(row[0] for row in rows),
            "sizes": numbers(row[1] for row in rows),
            "entered": numbers(row[2] for row in rows),
            "left": numbers(row[3] for row in rows),
        }
        await ctx.db.execute(SET_SIZES, place)


async def erase_moves(ctx: Context, keys: Iterable[int]) -> int:
    """The people go from the history; that somebody came or went, and why, stays."""
    cursor = await ctx.db.execute(ERASE_MOVES, {"workspace_id": ctx.workspace.id, "keys": numbers(keys)})
    return cursor.rowcount
