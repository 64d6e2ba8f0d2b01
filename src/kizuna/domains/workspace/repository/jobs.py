"""Progress of long jobs.

A run is fenced by its ``run_id``: when another worker has taken the job up, writes of the old run
find no row.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from kizuna.domains.workspace.contracts import JobState

Db = AsyncConnection[Any]


@dataclass(frozen=True, slots=True)
class JobRow:
    id: int
    kind: str
    title: str
    task: str
    args: dict[str, Any]
    permission: str | None
    state: JobState
    done: int
    total: int | None
    message: str | None
    cursor: Any
    result: dict[str, Any] | None
    file: str | None
    created_by_kind: str
    created_by_id: str | None
    created_by: str
    created_at: datetime
    finished_at: datetime | None
    run_id: UUID | None
    takeups: int


COLUMNS = """
    id, kind, title, task, args, permission, state, done, total, message, cursor, result, file,
    created_by_kind, created_by_id, created_by, created_at, finished_at, run_id, takeups
"""

INSERT = f"""
    INSERT INTO workspace_jobs (workspace_id, kind, title, task, args, permission, state, total,
        created_by_kind, created_by_id, created_by, created_at, queued_at)
    VALUES (%(workspace_id)s, %(kind)s, %(title)s, %(task)s, %(args)s, %(permission)s, 'queued', %(total)s,
        %(created_by_kind)s, %(created_by_id)s, %(created_by)s, %(now)s, %(now)s)
    RETURNING {COLUMNS}
"""  # noqa: S608  # column names only, here and below

PAGE = f"""
    SELECT {COLUMNS} FROM workspace_jobs
    WHERE workspace_id = %(workspace_id)s AND (%(before_id)s::bigint IS NULL OR id < %(before_id)s)
    ORDER BY id DESC
    LIMIT %(limit)s
"""  # noqa: S608

# A run whose heart stopped is taken over; one that was asked to stop is not started again.
CLAIM = f"""
    UPDATE workspace_jobs SET
        takeups = CASE state WHEN 'running' THEN takeups + 1 ELSE takeups END,
        state = 'running', run_id = %(run_id)s, heartbeat_at = %(now)s, finished_at = NULL
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
        AND (state = 'queued' OR (state = 'running' AND heartbeat_at < %(stale)s))
    RETURNING {COLUMNS}
"""  # noqa: S608

# SKIP LOCKED: the job's own unit of work may hold the row (it saves its cursor there) while the
# heart beats on another connection; waiting for ourselves would be for ever.
BEAT = """
    WITH free AS (
        SELECT id FROM workspace_jobs
        WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND run_id = %(run_id)s
            AND state IN ('running', 'stopping')
        FOR UPDATE SKIP LOCKED
    ), beat AS (
        UPDATE workspace_jobs j SET
            heartbeat_at = %(now)s, done = %(done)s, total = %(total)s, message = %(message)s
        FROM free WHERE j.workspace_id = %(workspace_id)s AND j.id = free.id
    )
    SELECT state FROM workspace_jobs
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND run_id = %(run_id)s
        AND state IN ('running', 'stopping')
"""

SAVE_CURSOR = """
    UPDATE workspace_jobs SET cursor = %(cursor)s, takeups = 0
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND run_id = %(run_id)s
        AND state IN ('running', 'stopping')
"""

# A job that goes back into the queue after somebody asked it to stop stays out of it.
END = f"""
    UPDATE workspace_jobs SET
        state = CASE WHEN state = 'stopping' AND %(state)s = 'queued' THEN 'stopped' ELSE %(state)s END,
        done = %(done)s, total = %(total)s, message = %(message)s, result = %(result)s,
        file = %(file)s, run_id = NULL, heartbeat_at = NULL, queued_at = %(now)s,
        finished_at = CASE WHEN state <> 'stopping' AND %(state)s = 'queued' THEN NULL ELSE %(now)s::timestamptz END
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND run_id = %(run_id)s
        AND state IN ('running', 'stopping')
    RETURNING {COLUMNS}
"""  # noqa: S608

SET_STATE = f"""
    UPDATE workspace_jobs SET
        state = %(state)s, message = CASE WHEN %(state)s = 'queued' THEN NULL ELSE message END,
        queued_at = CASE WHEN %(state)s = 'queued' THEN %(now)s ELSE queued_at END,
        finished_at = CASE WHEN %(state)s = 'stopped' THEN %(now)s::timestamptz ELSE NULL END,
        takeups = 0
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
    RETURNING {COLUMNS}
"""  # noqa: S608

# Unscoped: for the worker, which takes up jobs of every workspace.
FORSAKEN = """
    SELECT workspace_id, id FROM workspace_jobs
    WHERE state IN ('running', 'stopping') AND heartbeat_at < %(stale)s
        OR state = 'queued' AND queued_at < %(stale)s
    ORDER BY workspace_id, id
    LIMIT 500
"""

# The old name is read before it goes: RETURNING would give the new one.
FORGET_FILES = """
    WITH old AS (
        SELECT id, file FROM workspace_jobs
        WHERE workspace_id = %(workspace_id)s AND finished_at < %(before)s AND file IS NOT NULL
        FOR UPDATE
    )
    UPDATE workspace_jobs AS job SET file = NULL
    FROM old WHERE job.workspace_id = %(workspace_id)s AND job.id = old.id
    RETURNING old.file
"""

DELETE_OLD = """
    DELETE FROM workspace_jobs
    WHERE workspace_id = %(workspace_id)s AND finished_at < %(before)s
    RETURNING file
"""


async def _one(db: Db, query: LiteralString, values: dict[str, Any]) -> JobRow | None:
    async with db.cursor(row_factory=class_row(JobRow)) as cursor:
        await cursor.execute(query, values)
        return await cursor.fetchone()


async def insert(db: Db, values: dict[str, Any]) -> JobRow:
    row = await _one(db, INSERT, values | {"args": Jsonb(values["args"])})
    assert row
    return row


async def find(db: Db, workspace_id: int, job_id: int, *, lock: bool = False) -> JobRow | None:
    query = f"SELECT {COLUMNS} FROM workspace_jobs WHERE workspace_id = %(workspace_id)s AND id = %(id)s"  # noqa: S608
    return await _one(db, query + (" FOR UPDATE" if lock else ""), {"workspace_id": workspace_id, "id": job_id})


async def list_page(db: Db, workspace_id: int, before_id: int | None, limit: int) -> list[JobRow]:
    async with db.cursor(row_factory=class_row(JobRow)) as cursor:
        await cursor.execute(PAGE, {"workspace_id": workspace_id, "before_id": before_id, "limit": limit})
        return await cursor.fetchall()


async def claim(db: Db, workspace_id: int, job_id: int, run_id: UUID, now: datetime, stale: datetime) -> JobRow | None:
    values = {"workspace_id": workspace_id, "id": job_id, "run_id": run_id, "now": now, "stale": stale}
    return await _one(db, CLAIM, values)


async def beat(db: Db, values: dict[str, Any]) -> JobState | None:
    """The job's state; None when the run is no longer ours."""
    row = await (await db.execute(BEAT, values)).fetchone()
    return None if row is None else row[0]


async def save_cursor(db: Db, workspace_id: int, job_id: int, run_id: UUID, cursor: object) -> bool:
    values = {"workspace_id": workspace_id, "id": job_id, "run_id": run_id, "cursor": Jsonb(cursor)}
    return (await db.execute(SAVE_CURSOR, values)).rowcount == 1


async def end(db: Db, values: dict[str, Any]) -> JobRow | None:
    result = values["result"]
    return await _one(db, END, values | {"result": None if result is None else Jsonb(result)})


async def set_state(db: Db, workspace_id: int, job_id: int, state: JobState, now: datetime) -> JobRow:
    row = await _one(db, SET_STATE, {"workspace_id": workspace_id, "id": job_id, "state": state, "now": now})
    assert row
    return row


async def list_forsaken(db: Db, stale: datetime) -> list[tuple[int, int]]:
    """(workspace, job) of jobs that nobody works on though somebody should."""
    return [(row[0], row[1]) for row in await (await db.execute(FORSAKEN, {"stale": stale})).fetchall()]


async def forget_files(db: Db, workspace_id: int, before: datetime) -> list[str]:
    """The files of jobs that ended before; the jobs have none from here on."""
    rows = await (await db.execute(FORGET_FILES, {"workspace_id": workspace_id, "before": before})).fetchall()
    return [row[0] for row in rows]


async def delete_old(db: Db, workspace_id: int, before: datetime) -> list[str]:
    """The files of the deleted jobs."""
    rows = await (await db.execute(DELETE_OLD, {"workspace_id": workspace_id, "before": before})).fetchall()
    return [row[0] for row in rows if row[0]]
