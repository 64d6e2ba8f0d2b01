"""SQL of dashboards, and of what members pinned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from kizuna.domains.analytics.repository.searching import Search
from kizuna.kernel.context import Context

_COLUMNS = """
    id, name, description, tiles, range, interval, reports, segments, created_by, created_by_id, created_at, updated_by,
    updated_at
"""

INSERT = f"""
    INSERT INTO analytics_dashboards (
        workspace_id, name, description, tiles, range, interval, reports, segments, created_by, created_by_id,
        created_at, updated_by, updated_at)
    VALUES (
        %(workspace_id)s, %(name)s, %(description)s, %(tiles)s, %(range)s, %(interval)s, %(reports)s, %(segments)s,
        %(by)s, %(by_id)s, %(now)s, %(by)s, %(now)s)
    RETURNING {_COLUMNS}
"""  # noqa: S608  # column names only, here and below

UPDATE = f"""
    UPDATE analytics_dashboards
    SET name = %(name)s, description = %(description)s, tiles = %(tiles)s, range = %(range)s, interval = %(interval)s,
        reports = %(reports)s, segments = %(segments)s, updated_by = %(by)s, updated_at = %(now)s
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
    RETURNING {_COLUMNS}
"""  # noqa: S608

FIND = f"""
    SELECT {_COLUMNS} FROM analytics_dashboards WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""  # noqa: S608

# Newest first, along the primary key.
LIST = f"""
    SELECT {_COLUMNS} FROM analytics_dashboards
    WHERE workspace_id = %(workspace_id)s
        AND (%(search)s::text IS NULL OR name ILIKE %(search)s OR description ILIKE %(search)s)
        AND (%(before)s::bigint IS NULL OR id < %(before)s)
    ORDER BY id DESC
    LIMIT %(limit)s
"""  # noqa: S608

COUNT = """
    SELECT count(*) FROM analytics_dashboards
    WHERE workspace_id = %(workspace_id)s
        AND (%(search)s::text IS NULL OR name ILIKE %(search)s OR description ILIKE %(search)s)
"""

WITH_REPORT = """
    SELECT id, name FROM analytics_dashboards
    WHERE workspace_id = %(workspace_id)s AND reports @> ARRAY[%(report_id)s::integer]
    ORDER BY lower(name), id
    LIMIT %(limit)s
"""

DELETE = "DELETE FROM analytics_dashboards WHERE workspace_id = %(workspace_id)s AND id = %(id)s"

LIST_PINS = """
    SELECT ref FROM analytics_pins
    WHERE workspace_id = %(workspace_id)s AND actor_kind = %(actor_kind)s AND actor_id = %(actor_id)s
        AND kind = %(kind)s
    ORDER BY pinned_at, ref
"""

PIN = """
    INSERT INTO analytics_pins (workspace_id, actor_kind, actor_id, kind, ref, pinned_at)
    VALUES (%(workspace_id)s, %(actor_kind)s, %(actor_id)s, %(kind)s, %(ref)s, %(now)s)
    ON CONFLICT DO NOTHING
"""

UNPIN = """
    DELETE FROM analytics_pins
    WHERE workspace_id = %(workspace_id)s AND actor_kind = %(actor_kind)s AND actor_id = %(actor_id)s
        AND kind = %(kind)s AND ref = %(ref)s
"""

UNPIN_FOR_ALL = """
    DELETE FROM analytics_pins WHERE workspace_id = %(workspace_id)s AND kind = %(kind)s AND ref = %(ref)s
"""


@dataclass(frozen=True, slots=True)
class DashboardRow:
    id: int
    name: str
    description: str
    tiles: list[dict[str, Any]]
    range: dict[str, Any] | None
    interval: str | None
    reports: list[int]
    segments: list[int]
    created_by: str
    created_by_id: str | None
    created_at: datetime
    updated_by: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class DashboardContent:
    """What of a dashboard people decide, and the reports and segments that follow from it."""

    name: str
    description: str
    tiles: Sequence[dict[str, Any]]
    range: dict[str, Any] | None
    interval: str | None
    reports: Sequence[int]
    segments: Sequence[int]


async def insert(ctx: Context, new: DashboardContent) -> DashboardRow:
    row = await _write(ctx, INSERT, new)
    assert row is not None
    return row


async def update(ctx: Context, dashboard_id: int, new: DashboardContent) -> DashboardRow | None:
    return await _write(ctx, UPDATE, new, id=dashboard_id)


async def _write(ctx: Context, sql: Any, new: DashboardContent, **more: Any) -> DashboardRow | None:
    values = {
        "workspace_id": ctx.workspace.id,
        "name": new.name,
        "description": new.description,
        "tiles": Jsonb(list(new.tiles)),
        "range": None if new.range is None else Jsonb(new.range),
        "interval": new.interval,
        "reports": list(new.reports),
        "segments": list(new.segments),
        "by": ctx.actor.name,
        "by_id": ctx.actor.id,
        "now": ctx.clock.now(),
    }
    async with ctx.db.cursor(row_factory=class_row(DashboardRow)) as cursor:
        await cursor.execute(sql, values | more)
        return await cursor.fetchone()


async def find(ctx: Context, dashboard_id: int) -> DashboardRow | None:
    async with ctx.db.cursor(row_factory=class_row(DashboardRow)) as cursor:
        await cursor.execute(FIND, {"workspace_id": ctx.workspace.id, "id": dashboard_id})
        return await cursor.fetchone()


async def list_page(ctx: Context, search: Search) -> list[DashboardRow]:
    async with ctx.db.cursor(row_factory=class_row(DashboardRow)) as cursor:
        await cursor.execute(LIST, search.values(ctx.workspace.id))
        return await cursor.fetchall()


async def count(ctx: Context, search: Search) -> int:
    row = await (await ctx.db.execute(COUNT, search.values(ctx.workspace.id))).fetchone()
    return row[0] if row else 0


async def with_report(ctx: Context, report_id: int, limit: int) -> list[tuple[int, str]]:
    """(id, name) of the dashboards that show a report."""
    values = {"workspace_id": ctx.workspace.id, "report_id": report_id, "limit": limit}
    return await (await ctx.db.execute(WITH_REPORT, values)).fetchall()


async def delete(ctx: Context, dashboard_id: int) -> None:
    await ctx.db.execute(DELETE, {"workspace_id": ctx.workspace.id, "id": dashboard_id})


# --- pins -------------------------------------------------------------------------------------------


async def list_pins(ctx: Context, kind: str) -> list[str]:
    """What the one who acts pinned, in the order they did."""
    rows = await (await ctx.db.execute(LIST_PINS, _whose(ctx) | {"kind": kind})).fetchall()
    return [ref for (ref,) in rows]


async def pin(ctx: Context, kind: str, ref: str) -> None:
    await ctx.db.execute(PIN, _whose(ctx) | {"kind": kind, "ref": ref, "now": ctx.clock.now()})


async def unpin(ctx: Context, kind: str, ref: str) -> None:
    await ctx.db.execute(UNPIN, _whose(ctx) | {"kind": kind, "ref": ref})


async def unpin_for_all(ctx: Context, kind: str, ref: str) -> None:
    await ctx.db.execute(UNPIN_FOR_ALL, {"workspace_id": ctx.workspace.id, "kind": kind, "ref": ref})


def _whose(ctx: Context) -> dict[str, Any]:
    return {"workspace_id": ctx.workspace.id, "actor_kind": ctx.actor.kind, "actor_id": ctx.actor.id or ""}
