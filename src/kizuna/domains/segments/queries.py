"""What screens read of history: who came and went, and how sizes changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from kizuna.kernel.context import Context

# A move holds thousands of people: a page begins within one and takes as many rows as it needs.
READ_MOVES = """
    SELECT id, at, entered, keys, cause
    FROM segments_moves
    WHERE workspace_id = %(workspace_id)s AND segment_id = %(segment_id)s AND id <= %(up_to)s
        AND (%(entered)s::boolean IS NULL OR entered = %(entered)s)
    ORDER BY id DESC
    LIMIT %(limit)s
"""

READ_SIZES = """
    SELECT hour, size, entered, "left" FROM segments_sizes
    WHERE workspace_id = %(workspace_id)s AND segment_id = %(segment_id)s AND hour >= %(since)s
    ORDER BY hour
"""

READ_SIZE_BEFORE = """
    SELECT size FROM segments_sizes
    WHERE workspace_id = %(workspace_id)s AND segment_id = %(segment_id)s AND hour < %(since)s
    ORDER BY hour DESC
    LIMIT 1
"""

FIND_MOVES_OF = """
    SELECT segment_id, at, entered FROM segments_moves
    WHERE workspace_id = %(workspace_id)s AND keys && %(keys)s::integer[]
    ORDER BY id
    LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class MoveRow:
    id: int
    at: datetime
    entered: bool
    keys: list[int]
    cause: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SizeRow:
    hour: datetime
    size: int
    entered: int
    left: int


async def read_moves(ctx: Context, segment_id: int, *, up_to: int, entered: bool | None, limit: int) -> list[MoveRow]:
    """Newest first, from the move ``up_to`` on."""
    values = {"segment_id": segment_id, "up_to": up_to, "entered": entered, "limit": limit}
    async with ctx.db.cursor(row_factory=class_row(MoveRow)) as cursor:
        await cursor.execute(READ_MOVES, {"workspace_id": ctx.workspace.id, **values})
        return await cursor.fetchall()


async def read_sizes(ctx: Context, segment_id: int, since: datetime) -> list[SizeRow]:
    """Hours in which something changed, oldest first."""
    async with ctx.db.cursor(row_factory=class_row(SizeRow)) as cursor:
        await cursor.execute(READ_SIZES, {"workspace_id": ctx.workspace.id, "segment_id": segment_id, "since": since})
        return await cursor.fetchall()


async def read_size_before(ctx: Context, segment_id: int, since: datetime) -> int:
    """How large it was then; 0 before there was anything."""
    values = {"workspace_id": ctx.workspace.id, "segment_id": segment_id, "since": since}
    row = await (await ctx.db.execute(READ_SIZE_BEFORE, values)).fetchone()
    return row[0] if row else 0


async def find_moves_of(ctx: Context, keys: Sequence[int], limit: int) -> list[tuple[int, datetime, bool]]:
    """(segment, when, whether in or out) of a person, oldest first. Looks through all of history: for requests
    of access, not for screens."""
    values = {"workspace_id": ctx.workspace.id, "keys": list(keys), "limit": limit}
    return await (await ctx.db.execute(FIND_MOVES_OF, values)).fetchall()
