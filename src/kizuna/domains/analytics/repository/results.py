"""SQL of answers that are kept for a while, and of questions that are answered in the background."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from kizuna.kernel.context import Context

FIND = """
    SELECT body, computed_at FROM analytics_results WHERE workspace_id = %(workspace_id)s AND key = %(key)s
"""

# The newest of those that are not too old, along the index by question.
FIND_RECENT = """
    SELECT body, computed_at FROM analytics_results
    WHERE workspace_id = %(workspace_id)s AND question = %(question)s AND computed_at >= %(since)s
    ORDER BY computed_at DESC
    LIMIT 1
"""

KEEP = """
    INSERT INTO analytics_results (workspace_id, key, question, computed_at, bytes, body)
    VALUES (%(workspace_id)s, %(key)s, %(question)s, %(computed_at)s, %(bytes)s, %(body)s)
    ON CONFLICT (workspace_id, key) DO UPDATE
    SET computed_at = excluded.computed_at, bytes = excluded.bytes, body = excluded.body
"""

# Everything beyond the newest so many bytes goes; the index by age holds the sizes.
TRIM = """
    DELETE FROM analytics_results AS r
    USING (
        SELECT key, sum(bytes) OVER (ORDER BY computed_at DESC, key) AS so_far FROM analytics_results
        WHERE workspace_id = %(workspace_id)s
    ) AS old
    WHERE r.workspace_id = %(workspace_id)s AND r.key = old.key AND old.so_far > %(bytes_max)s
"""

EXPIRE = "DELETE FROM analytics_results WHERE workspace_id = %(workspace_id)s AND computed_at < %(before)s"
CLEAR = "DELETE FROM analytics_results WHERE workspace_id = %(workspace_id)s"

INSERT_RUN = """
    INSERT INTO analytics_runs (workspace_id, query, actor_kind, actor_id, permissions, created_at)
    VALUES (%(workspace_id)s, %(query)s, %(actor_kind)s, %(actor_id)s, %(permissions)s, %(now)s)
    RETURNING id
"""

SET_RUN_JOB = "UPDATE analytics_runs SET job_id = %(job_id)s WHERE workspace_id = %(workspace_id)s AND id = %(id)s"

FIND_RUN = """
    SELECT id, query, actor_kind, actor_id, permissions, job_id, created_at, body FROM analytics_runs
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""

KEEP_RUN = "UPDATE analytics_runs SET body = %(body)s WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
DELETE_RUN = "DELETE FROM analytics_runs WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
EXPIRE_RUNS = "DELETE FROM analytics_runs WHERE workspace_id = %(workspace_id)s AND created_at < %(before)s"
CLEAR_RUNS = """
    UPDATE analytics_runs SET body = NULL WHERE workspace_id = %(workspace_id)s AND body IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Kept:
    body: bytes
    computed_at: datetime


@dataclass(frozen=True, slots=True)
class RunRow:
    id: int
    query: dict[str, Any]
    actor_kind: Any
    actor_id: str | None
    permissions: list[str]
    job_id: int | None
    created_at: datetime
    body: bytes | None


async def find(ctx: Context, key: bytes) -> Kept | None:
    return await _find(ctx, FIND, key=key)


async def find_recent(ctx: Context, question: bytes, since: datetime) -> Kept | None:
    return await _find(ctx, FIND_RECENT, question=question, since=since)


async def _find(ctx: Context, sql: Any, **values: Any) -> Kept | None:
    async with ctx.db.cursor(row_factory=class_row(Kept)) as cursor:
        await cursor.execute(sql, {"workspace_id": ctx.workspace.id, **values})
        return await cursor.fetchone()


async def keep(ctx: Context, key: bytes, question: bytes, computed_at: datetime, body: bytes, bytes_max: int) -> None:
    """Keeps an answer, and drops the oldest ones beyond ``bytes_max`` of the workspace."""
    values = {"key": key, "question": question, "computed_at": computed_at, "bytes": len(body), "body": body}
    await ctx.db.execute(KEEP, {"workspace_id": ctx.workspace.id, **values})
    await ctx.db.execute(TRIM, {"workspace_id": ctx.workspace.id, "bytes_max": bytes_max})


async def expire(ctx: Context, before: datetime) -> None:
    await ctx.db.execute(EXPIRE, {"workspace_id": ctx.workspace.id, "before": before})


async def clear(ctx: Context) -> int:
    """Drops every answer of the workspace, also of runs; returns how many there were."""
    results = await ctx.db.execute(CLEAR, {"workspace_id": ctx.workspace.id})
    runs = await ctx.db.execute(CLEAR_RUNS, {"workspace_id": ctx.workspace.id})
    return results.rowcount + runs.rowcount


# --- runs -------------------------------------------------------------------------------------------


async def insert_run(ctx: Context, query: dict[str, Any]) -> int:
    values = {
        "workspace_id": ctx.workspace.id,
        "query": Jsonb(query),
        "actor_kind": ctx.actor.kind,
        "actor_id": ctx.actor.id,
        "permissions": sorted(ctx.actor.permissions),
        "now": ctx.clock.now(),
    }
    row = await (await ctx.db.execute(INSERT_RUN, values)).fetchone()
    assert row is not None
    return row[0]


async def set_run_job(ctx: Context, run_id: int, job_id: int) -> None:
    await ctx.db.execute(SET_RUN_JOB, {"workspace_id": ctx.workspace.id, "id": run_id, "job_id": job_id})


async def find_run(ctx: Context, run_id: int) -> RunRow | None:
    async with ctx.db.cursor(row_factory=class_row(RunRow)) as cursor:
        await cursor.execute(FIND_RUN, {"workspace_id": ctx.workspace.id, "id": run_id})
        return await cursor.fetchone()


async def keep_run(ctx: Context, run_id: int, body: bytes) -> None:
    await ctx.db.execute(KEEP_RUN, {"workspace_id": ctx.workspace.id, "id": run_id, "body": body})


async def delete_run(ctx: Context, run_id: int) -> None:
    await ctx.db.execute(DELETE_RUN, {"workspace_id": ctx.workspace.id, "id": run_id})


async def expire_runs(ctx: Context, before: datetime) -> None:
    await ctx.db.execute(EXPIRE_RUNS, {"workspace_id": ctx.workspace.id, "before": before})
