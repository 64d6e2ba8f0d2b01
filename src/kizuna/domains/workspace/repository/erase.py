"""SQL that finds people in audit, jobs and the queue, and takes them out of it."""

from collections.abc import AsyncIterator
from typing import Any, LiteralString

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

Db = AsyncConnection[Any]

PAGE = 500

AUDIT = """
    SELECT id, at, actor_name, action, target_kind, target_id, summary, before, after FROM workspace_audit
    WHERE workspace_id = %(workspace_id)s AND id > %(above)s
    ORDER BY id
    LIMIT %(limit)s
"""
REDACT_AUDIT = "SELECT workspace_redact_audit(%(id)s, %(summary)s, %(before)s, %(after)s)"

JOBS = """
    SELECT id, kind, state, title, args, message, cursor, result, file, created_at FROM workspace_jobs
    WHERE workspace_id = %(workspace_id)s AND id > %(above)s
    ORDER BY id
    LIMIT %(limit)s
"""
REDACT_JOB = """
    UPDATE workspace_jobs
    SET title = %(title)s, args = %(args)s, message = %(message)s, cursor = %(cursor)s, result = %(result)s
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""

# A run that goes on finds no row of its own any more: see ``repository.jobs``.
FAIL_JOB = """
    UPDATE workspace_jobs
    SET state = 'failed', message = %(message)s, run_id = NULL, heartbeat_at = NULL, finished_at = %(now)s,
        file = NULL, cursor = NULL
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""
FORGET_FILE = "UPDATE workspace_jobs SET file = NULL WHERE workspace_id = %(workspace_id)s AND id = %(id)s"

QUEUE = "SELECT id, args FROM workspace_read_queue(%(above)s, %(limit)s)"
REDACT_QUEUE = "SELECT workspace_redact_queue(%(id)s, %(args)s)"


async def walk(db: Db, query: LiteralString, workspace_id: int) -> AsyncIterator[dict[str, Any]]:
    """Rows of a query that goes on above an id, some at a time."""
    above = -1
    while True:
        async with db.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(query, {"workspace_id": workspace_id, "above": above, "limit": PAGE})
            rows = await cursor.fetchall()
        for row in rows:
            yield row
        if len(rows) < PAGE:
            return
        above = rows[-1]["id"]


async def redact_audit(db: Db, row: dict[str, Any]) -> None:
    await db.execute(REDACT_AUDIT, {**row, "before": _json(row["before"]), "after": _json(row["after"])})


async def redact_job(db: Db, workspace_id: int, row: dict[str, Any]) -> None:
    wrapped = {name: _json(row[name]) for name in ("args", "cursor", "result")}
    await db.execute(REDACT_JOB, {**row, **wrapped, "workspace_id": workspace_id})


async def fail_job(db: Db, workspace_id: int, id_: int, message: str, now: object) -> None:
    await db.execute(FAIL_JOB, {"workspace_id": workspace_id, "id": id_, "message": message, "now": now})


async def forget_file(db: Db, workspace_id: int, id_: int) -> None:
    await db.execute(FORGET_FILE, {"workspace_id": workspace_id, "id": id_})


async def redact_queue(db: Db, id_: int, args: object) -> None:
    await db.execute(REDACT_QUEUE, {"id": id_, "args": Jsonb(args)})


def _json(value: object) -> Jsonb | None:
    return None if value is None else Jsonb(value)
