"""SQL of annotations."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from kizuna.kernel.context import Context

_COLUMNS = "id, at, text, kind, link, created_by, created_at"

INSERT = f"""
    INSERT INTO analytics_annotations (workspace_id, at, text, kind, link, created_by, created_at)
    VALUES (%(workspace_id)s, %(at)s, %(text)s, %(kind)s, %(link)s, %(by)s, %(now)s)
    RETURNING {_COLUMNS}
"""  # noqa: S608  # column names only, here and below

UPDATE = f"""
    UPDATE analytics_annotations SET at = %(at)s, text = %(text)s, kind = %(kind)s, link = %(link)s
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
    RETURNING {_COLUMNS}
"""  # noqa: S608

FIND = f"""
    SELECT {_COLUMNS} FROM analytics_annotations WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""  # noqa: S608

# Newest first, along the index by time.
LIST = f"""
    SELECT {_COLUMNS} FROM analytics_annotations
    WHERE workspace_id = %(workspace_id)s
        AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
        AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
        AND (%(before_at)s::timestamptz IS NULL OR (at, id) < (%(before_at)s, %(before_id)s))
    ORDER BY at DESC, id DESC
    LIMIT %(limit)s
"""  # noqa: S608

DELETE = "DELETE FROM analytics_annotations WHERE workspace_id = %(workspace_id)s AND id = %(id)s"


@dataclass(frozen=True, slots=True)
class AnnotationRow:
    id: int
    at: datetime
    text: str
    kind: Any
    link: str | None
    created_by: str
    created_at: datetime


async def insert(ctx: Context, at: datetime, text: str, kind: str, link: str | None) -> AnnotationRow:
    row = await _fetch(ctx, INSERT, at=at, text=text, kind=kind, link=link, by=ctx.actor.name, now=ctx.clock.now())
    assert row is not None
    return row


async def update(
    ctx: Context, annotation_id: int, at: datetime, text: str, kind: str, link: str | None
) -> AnnotationRow | None:
    return await _fetch(ctx, UPDATE, id=annotation_id, at=at, text=text, kind=kind, link=link)


async def find(ctx: Context, annotation_id: int) -> AnnotationRow | None:
    return await _fetch(ctx, FIND, id=annotation_id)


async def list_page(
    ctx: Context,
    since: datetime | None,
    until: datetime | None,
    before: tuple[datetime, int] | None,
    limit: int,
) -> list[AnnotationRow]:
    before_at, before_id = before or (None, None)
    values = {"since": since, "until": until, "before_at": before_at, "before_id": before_id, "limit": limit}
    async with ctx.db.cursor(row_factory=class_row(AnnotationRow)) as cursor:
        await cursor.execute(LIST, {"workspace_id": ctx.workspace.id, **values})
        return await cursor.fetchall()


async def delete(ctx: Context, annotation_id: int) -> None:
    await ctx.db.execute(DELETE, {"workspace_id": ctx.workspace.id, "id": annotation_id})


async def _fetch(ctx: Context, sql: Any, **values: Any) -> AnnotationRow | None:
    async with ctx.db.cursor(row_factory=class_row(AnnotationRow)) as cursor:
        await cursor.execute(sql, {"workspace_id": ctx.workspace.id, **values})
        return await cursor.fetchone()
