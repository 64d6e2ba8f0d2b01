"""SQL of reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from kizuna.domains.analytics.repository.searching import Search
from kizuna.kernel.context import Context

_COLUMNS = """
    id, name, description, query, view, segments, created_by, created_by_id, created_at, updated_by, updated_at
"""

INSERT = f"""
    INSERT INTO analytics_reports (
        workspace_id, name, description, query, view, segments, created_by, created_by_id, created_at, updated_by,
        updated_at)
    VALUES (
        %(workspace_id)s, %(name)s, %(description)s, %(query)s, %(view)s, %(segments)s, %(by)s, %(by_id)s, %(now)s,
        %(by)s, %(now)s)
    RETURNING {_COLUMNS}
"""  # noqa: S608  # column names only, here and below

UPDATE = f"""
    UPDATE analytics_reports
    SET name = %(name)s, description = %(description)s, query = %(query)s, view = %(view)s, segments = %(segments)s,
        updated_by = %(by)s, updated_at = %(now)s
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
    RETURNING {_COLUMNS}
"""  # noqa: S608

FIND = f"""
    SELECT {_COLUMNS} FROM analytics_reports WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""  # noqa: S608

FIND_MANY = f"""
    SELECT {_COLUMNS} FROM analytics_reports
    WHERE workspace_id = %(workspace_id)s AND id = ANY (%(ids)s::integer[])
"""  # noqa: S608

# Newest first, along the primary key.
LIST = f"""
    SELECT {_COLUMNS} FROM analytics_reports
    WHERE workspace_id = %(workspace_id)s
        AND (%(search)s::text IS NULL OR name ILIKE %(search)s OR description ILIKE %(search)s)
        AND (%(metric)s::text IS NULL OR query ->> 'metric' = %(metric)s)
        AND (%(before)s::bigint IS NULL OR id < %(before)s)
    ORDER BY id DESC
    LIMIT %(limit)s
"""  # noqa: S608

COUNT = """
    SELECT count(*) FROM analytics_reports
    WHERE workspace_id = %(workspace_id)s
        AND (%(search)s::text IS NULL OR name ILIKE %(search)s OR description ILIKE %(search)s)
        AND (%(metric)s::text IS NULL OR query ->> 'metric' = %(metric)s)
"""

USERS_OF_SEGMENT = """
    SELECT 'report', id, name FROM analytics_reports
    WHERE workspace_id = %(workspace_id)s AND segments @> ARRAY[%(segment_id)s::integer]
    UNION ALL
    SELECT 'dashboard', id, name FROM analytics_dashboards
    WHERE workspace_id = %(workspace_id)s AND segments @> ARRAY[%(segment_id)s::integer]
    ORDER BY 1, 2
    LIMIT %(limit)s
"""

DELETE = "DELETE FROM analytics_reports WHERE workspace_id = %(workspace_id)s AND id = %(id)s"


@dataclass(frozen=True, slots=True)
class ReportRow:
    id: int
    name: str
    description: str
    query: dict[str, Any]
    view: dict[str, Any]
    segments: list[int]
    created_by: str
    created_by_id: str | None
    created_at: datetime
    updated_by: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ReportContent:
    """What of a report people decide, and the segments that follow from it."""

    name: str
    description: str
    query: dict[str, Any]
    view: dict[str, Any]
    segments: Sequence[int]


async def insert(ctx: Context, new: ReportContent) -> ReportRow:
    row = await _write(ctx, INSERT, new)
    assert row is not None
    return row


async def update(ctx: Context, report_id: int, new: ReportContent) -> ReportRow | None:
    return await _write(ctx, UPDATE, new, id=report_id)


async def _write(ctx: Context, sql: Any, new: ReportContent, **more: Any) -> ReportRow | None:
    values = {
        "workspace_id": ctx.workspace.id,
        "name": new.name,
        "description": new.description,
        "query": Jsonb(new.query),
        "view": Jsonb(new.view),
        "segments": list(new.segments),
        "by": ctx.actor.name,
        "by_id": ctx.actor.id,
        "now": ctx.clock.now(),
    }
    async with ctx.db.cursor(row_factory=class_row(ReportRow)) as cursor:
        await cursor.execute(sql, values | more)
        return await cursor.fetchone()


async def find(ctx: Context, report_id: int) -> ReportRow | None:
    async with ctx.db.cursor(row_factory=class_row(ReportRow)) as cursor:
        await cursor.execute(FIND, {"workspace_id": ctx.workspace.id, "id": report_id})
        return await cursor.fetchone()


async def find_many(ctx: Context, report_ids: Sequence[int]) -> dict[int, ReportRow]:
    if not report_ids:
        return {}
    async with ctx.db.cursor(row_factory=class_row(ReportRow)) as cursor:
        await cursor.execute(FIND_MANY, {"workspace_id": ctx.workspace.id, "ids": list(report_ids)})
        return {row.id: row for row in await cursor.fetchall()}


async def list_page(ctx: Context, search: Search, metric: str | None) -> list[ReportRow]:
    async with ctx.db.cursor(row_factory=class_row(ReportRow)) as cursor:
        await cursor.execute(LIST, search.values(ctx.workspace.id) | {"metric": metric})
        return await cursor.fetchall()


async def count(ctx: Context, search: Search, metric: str | None) -> int:
    row = await (await ctx.db.execute(COUNT, search.values(ctx.workspace.id) | {"metric": metric})).fetchone()
    return row[0] if row else 0


async def users_of_segment(ctx: Context, segment_id: int, limit: int) -> list[tuple[str, int, str]]:
    """(kind, id, name) of reports and dashboards that read a segment."""
    values = {"workspace_id": ctx.workspace.id, "segment_id": segment_id, "limit": limit}
    return await (await ctx.db.execute(USERS_OF_SEGMENT, values)).fetchall()


async def delete(ctx: Context, report_id: int) -> None:
    await ctx.db.execute(DELETE, {"workspace_id": ctx.workspace.id, "id": report_id})
