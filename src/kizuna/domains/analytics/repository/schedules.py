"""SQL of mailings of reports and dashboards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from kizuna.kernel.context import Context

_COLUMNS = """
    id, kind, ref, every, hour, weekday, monthday, members, enabled, next_at, due_at, told, sent_at, error, created_by,
    created_at
"""

INSERT = f"""
    INSERT INTO analytics_schedules (
        workspace_id, kind, ref, every, hour, weekday, monthday, members, enabled, next_at, created_by, created_at)
    VALUES (
        %(workspace_id)s, %(kind)s, %(ref)s, %(every)s, %(hour)s, %(weekday)s, %(monthday)s, %(members)s, %(enabled)s,
        %(next_at)s, %(by)s, %(now)s)
    RETURNING {_COLUMNS}
"""  # noqa: S608  # column names only, here and below

UPDATE = f"""
    UPDATE analytics_schedules
    SET every = %(every)s, hour = %(hour)s, weekday = %(weekday)s, monthday = %(monthday)s, members = %(members)s,
        enabled = %(enabled)s, next_at = %(next_at)s
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
    RETURNING {_COLUMNS}
"""  # noqa: S608

FIND = f"""
    SELECT {_COLUMNS} FROM analytics_schedules WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""  # noqa: S608

# Newest first, along the primary key.
LIST = f"""
    SELECT {_COLUMNS} FROM analytics_schedules
    WHERE workspace_id = %(workspace_id)s
        AND (%(kind)s::text IS NULL OR kind = %(kind)s) AND (%(ref)s::text IS NULL OR ref = %(ref)s)
        AND (%(before)s::bigint IS NULL OR id < %(before)s)
    ORDER BY id DESC
    LIMIT %(limit)s
"""  # noqa: S608

COUNT = "SELECT count(*) FROM analytics_schedules WHERE workspace_id = %(workspace_id)s"

LIST_DUE = """
    SELECT id FROM analytics_schedules
    WHERE workspace_id = %(workspace_id)s AND enabled AND next_at <= %(now)s
    ORDER BY next_at, id
    LIMIT %(limit)s
"""

# Whoever gets the row mails: of two who look at once, the second finds the next time already set.
BEGIN = f"""
    UPDATE analytics_schedules SET due_at = next_at, told = '{{}}', next_at = %(next_at)s, error = NULL
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND enabled AND next_at <= %(now)s
    RETURNING {_COLUMNS}
"""  # noqa: S608

NOTE_TOLD = """
    UPDATE analytics_schedules SET told = array_append(told, %(member_id)s::integer)
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND due_at = %(due_at)s
        AND NOT told @> ARRAY[%(member_id)s::integer]
"""

NOTE_ERROR = """
    UPDATE analytics_schedules SET error = %(error)s WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""

END = """
    UPDATE analytics_schedules SET due_at = NULL, sent_at = CASE WHEN told = '{}' THEN sent_at ELSE %(now)s END,
        error = %(error)s
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND due_at = %(due_at)s
"""

DELETE = f"""
    DELETE FROM analytics_schedules WHERE workspace_id = %(workspace_id)s AND id = %(id)s RETURNING {_COLUMNS}
"""  # noqa: S608

DELETE_OF = """
    DELETE FROM analytics_schedules WHERE workspace_id = %(workspace_id)s AND kind = %(kind)s AND ref = %(ref)s
    RETURNING id
"""


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    id: int
    kind: Any
    ref: str
    every: Any
    hour: int
    weekday: int
    monthday: int
    members: list[int]
    enabled: bool
    next_at: datetime | None
    due_at: datetime | None
    told: list[int]
    sent_at: datetime | None
    error: str | None
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ScheduleContent:
    every: str
    hour: int
    weekday: int
    monthday: int
    members: Sequence[int]
    enabled: bool
    next_at: datetime | None


async def insert(ctx: Context, kind: str, ref: str, new: ScheduleContent) -> ScheduleRow:
    row = await _fetch(ctx, INSERT, **_values(new), kind=kind, ref=ref, by=ctx.actor.name)
    assert row is not None
    return row


async def update(ctx: Context, schedule_id: int, new: ScheduleContent) -> ScheduleRow | None:
    return await _fetch(ctx, UPDATE, **_values(new), id=schedule_id)


def _values(new: ScheduleContent) -> dict[str, Any]:
    return {
        "every": new.every,
        "hour": new.hour,
        "weekday": new.weekday,
        "monthday": new.monthday,
        "members": list(new.members),
        "enabled": new.enabled,
        "next_at": new.next_at,
    }


async def find(ctx: Context, schedule_id: int) -> ScheduleRow | None:
    return await _fetch(ctx, FIND, id=schedule_id)


async def list_page(
    ctx: Context, kind: str | None, ref: str | None, before: int | None, limit: int
) -> list[ScheduleRow]:
    values = {"kind": kind, "ref": ref, "before": before, "limit": limit}
    async with ctx.db.cursor(row_factory=class_row(ScheduleRow)) as cursor:
        await cursor.execute(LIST, {"workspace_id": ctx.workspace.id, **values})
        return await cursor.fetchall()


async def count(ctx: Context) -> int:
    row = await (await ctx.db.execute(COUNT, {"workspace_id": ctx.workspace.id})).fetchone()
    return row[0] if row else 0


async def list_due(ctx: Context, limit: int) -> list[int]:
    values = {"workspace_id": ctx.workspace.id, "now": ctx.clock.now(), "limit": limit}
    return [one for (one,) in await (await ctx.db.execute(LIST_DUE, values)).fetchall()]


async def begin(ctx: Context, schedule_id: int, next_at: datetime) -> ScheduleRow | None:
    """Takes a mailing up that is due; None where another did."""
    return await _fetch(ctx, BEGIN, id=schedule_id, next_at=next_at)


async def note_told(ctx: Context, schedule_id: int, due_at: datetime, member_id: int) -> None:
    values = {"workspace_id": ctx.workspace.id, "id": schedule_id, "due_at": due_at, "member_id": member_id}
    await ctx.db.execute(NOTE_TOLD, values)


async def note_error(ctx: Context, schedule_id: int, error: str) -> None:
    await ctx.db.execute(NOTE_ERROR, {"workspace_id": ctx.workspace.id, "id": schedule_id, "error": error})


async def end(ctx: Context, schedule_id: int, due_at: datetime, error: str | None) -> None:
    values = {"workspace_id": ctx.workspace.id, "id": schedule_id, "due_at": due_at, "error": error}
    await ctx.db.execute(END, values | {"now": ctx.clock.now()})


async def delete(ctx: Context, schedule_id: int) -> ScheduleRow | None:
    return await _fetch(ctx, DELETE, id=schedule_id)


async def delete_of(ctx: Context, kind: str, ref: str) -> int:
    """Ends every mailing of a report or dashboard; returns how many there were."""
    values = {"workspace_id": ctx.workspace.id, "kind": kind, "ref": ref}
    return len(await (await ctx.db.execute(DELETE_OF, values)).fetchall())


async def _fetch(ctx: Context, sql: Any, **values: Any) -> ScheduleRow | None:
    async with ctx.db.cursor(row_factory=class_row(ScheduleRow)) as cursor:
        await cursor.execute(sql, {"workspace_id": ctx.workspace.id, "now": ctx.clock.now(), **values})
        return await cursor.fetchone()
