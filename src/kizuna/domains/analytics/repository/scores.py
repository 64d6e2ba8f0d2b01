"""SQL of scores: what was decided about them, and how they fared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from kizuna.kernel.context import Context

AsOf = Literal["now", "last_event"]

_COLUMNS = """
    key, enabled, params, days, as_of, version, error, tried_at, ran_at, people, quality, job_id, updated_by, updated_at
"""

# What the last run found stays until the next one ends.
PUT = f"""
    INSERT INTO analytics_scores (workspace_id, key, enabled, params, days, as_of, updated_by, updated_at)
    VALUES (%(workspace_id)s, %(key)s, %(enabled)s, %(params)s, %(days)s, %(as_of)s, %(by)s, %(now)s)
    ON CONFLICT (workspace_id, key) DO UPDATE
    SET enabled = excluded.enabled, params = excluded.params, days = excluded.days, as_of = excluded.as_of,
        updated_by = excluded.updated_by, updated_at = excluded.updated_at, error = NULL, tried_at = NULL,
        version = analytics_scores.version + 1, people = CASE WHEN excluded.enabled THEN analytics_scores.people
        ELSE 0 END
    RETURNING {_COLUMNS}
"""  # noqa: S608  # column names only, here and below

LIST = f"""
    SELECT {_COLUMNS} FROM analytics_scores WHERE workspace_id = %(workspace_id)s ORDER BY key
"""  # noqa: S608

FIND = f"""
    SELECT {_COLUMNS} FROM analytics_scores WHERE workspace_id = %(workspace_id)s AND key = %(key)s
"""  # noqa: S608

# Whoever changes it waits until this transaction ends.
FIND_HELD = FIND + " FOR SHARE"

LIST_DUE = f"""
    SELECT {_COLUMNS} FROM analytics_scores
    WHERE workspace_id = %(workspace_id)s AND enabled AND (tried_at IS NULL OR tried_at < %(since)s)
    ORDER BY key
"""  # noqa: S608

SET_JOB = "UPDATE analytics_scores SET job_id = %(job_id)s WHERE workspace_id = %(workspace_id)s AND key = %(key)s"

END_RUN = """
    UPDATE analytics_scores
    SET tried_at = %(tried_at)s, ran_at = %(tried_at)s, error = NULL, people = %(people)s, quality = %(quality)s,
        params = %(params)s
    WHERE workspace_id = %(workspace_id)s AND key = %(key)s AND version = %(version)s
"""

FAIL_RUN = """
    UPDATE analytics_scores SET tried_at = %(tried_at)s, error = %(error)s
    WHERE workspace_id = %(workspace_id)s AND key = %(key)s AND version = %(version)s
"""


@dataclass(frozen=True, slots=True)
class ScoreRow:
    key: str
    enabled: bool
    params: dict[str, Any]
    days: int | None
    as_of: AsOf
    version: int
    error: str | None
    tried_at: datetime | None
    ran_at: datetime | None
    people: int
    quality: dict[str, Any]
    job_id: int | None
    updated_by: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ScoreSettings:
    """What of a score people decide."""

    enabled: bool
    params: dict[str, Any]
    days: int | None
    as_of: AsOf


async def put(ctx: Context, key: str, new: ScoreSettings) -> ScoreRow:
    values = {
        "key": key,
        "enabled": new.enabled,
        "params": Jsonb(new.params),
        "days": new.days,
        "as_of": new.as_of,
        "by": ctx.actor.name,
        "now": ctx.clock.now(),
    }
    [row] = await _fetch(ctx, PUT, **values)
    return row


async def list_all(ctx: Context) -> dict[str, ScoreRow]:
    """By key; a workspace has a handful."""
    return {row.key: row for row in await _fetch(ctx, LIST)}


async def find(ctx: Context, key: str) -> ScoreRow | None:
    return next(iter(await _fetch(ctx, FIND, key=key)), None)


async def hold(ctx: Context, key: str) -> ScoreRow | None:
    """As ``find``; nobody changes it until the transaction ends."""
    return next(iter(await _fetch(ctx, FIND_HELD, key=key)), None)


async def list_due(ctx: Context, since: datetime) -> list[ScoreRow]:
    """Those that are on and were not tried since a moment."""
    return await _fetch(ctx, LIST_DUE, since=since)


async def set_job(ctx: Context, key: str, job_id: int) -> None:
    await ctx.db.execute(SET_JOB, {"workspace_id": ctx.workspace.id, "key": key, "job_id": job_id})


async def end_run(
    ctx: Context, row: ScoreRow, tried_at: datetime, people: int, quality: dict[str, Any], params: dict[str, Any]
) -> None:
    """What a run found, unless something else was decided meanwhile."""
    values = {"people": people, "quality": Jsonb(quality), "params": Jsonb(params)}
    await ctx.db.execute(END_RUN, _place(ctx, row, tried_at) | values)


async def fail_run(ctx: Context, row: ScoreRow, tried_at: datetime, error: str) -> None:
    await ctx.db.execute(FAIL_RUN, _place(ctx, row, tried_at) | {"error": error})


def _place(ctx: Context, row: ScoreRow, tried_at: datetime) -> dict[str, Any]:
    return {"workspace_id": ctx.workspace.id, "key": row.key, "version": row.version, "tried_at": tried_at}


async def _fetch(ctx: Context, sql: Any, **values: Any) -> list[ScoreRow]:
    async with ctx.db.cursor(row_factory=class_row(ScoreRow)) as cursor:
        await cursor.execute(sql, {"workspace_id": ctx.workspace.id, **values})
        return await cursor.fetchall()
