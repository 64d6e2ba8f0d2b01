"""The audit log: only ever added to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

Db = AsyncConnection[Any]


@dataclass(frozen=True, slots=True)
class AuditRow:
    id: int
    at: datetime
    actor_kind: str
    actor_id: str | None
    actor_name: str
    action: str
    target_kind: str
    target_id: str | None
    summary: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


INSERT = """
    INSERT INTO workspace_audit (workspace_id, at, actor_kind, actor_id, actor_name, action, target_kind,
        target_id, summary, before, after, request_id)
    VALUES (%(workspace_id)s, %(at)s, %(actor_kind)s, %(actor_id)s, %(actor_name)s, %(action)s, %(target_kind)s,
        %(target_id)s, %(summary)s, %(before)s, %(after)s, %(request_id)s)
"""

# Newest first down the primary key; the filters are read along the way.
PAGE = """
    SELECT id, at, actor_kind, actor_id, actor_name, action, target_kind, target_id, summary, before, after
    FROM workspace_audit
    WHERE workspace_id = %(workspace_id)s
        AND (%(before_id)s::bigint IS NULL OR id < %(before_id)s)
        AND (%(actor)s::text IS NULL OR actor_id = %(actor)s OR strpos(lower(actor_name), lower(%(actor)s)) > 0)
        AND (%(action)s::text IS NULL OR starts_with(action, %(action)s))
        AND (%(target_kind)s::text IS NULL OR target_kind = %(target_kind)s)
        AND (%(target_id)s::text IS NULL OR target_id = %(target_id)s)
    ORDER BY id DESC
    LIMIT %(limit)s
"""


async def insert(db: Db, values: dict[str, Any]) -> None:
    wrapped = {name: Jsonb(values[name]) if values[name] is not None else None for name in ("before", "after")}
    await db.execute(INSERT, values | wrapped)


async def list_page(db: Db, filters: dict[str, Any]) -> list[AuditRow]:
    async with db.cursor(row_factory=class_row(AuditRow)) as cursor:
        await cursor.execute(PAGE, filters)
        return await cursor.fetchall()
