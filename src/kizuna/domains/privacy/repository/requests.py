"""Requests of persons."""

from collections.abc import Sequence
from typing import Any, LiteralString
from uuid import UUID

import msgspec
from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from kizuna.domains.privacy.contracts import Request, Via
from kizuna.kernel.context import Context

COLUMNS = """
    id, public_id, kind, state, law, via, subjects, keys, hashes, subject_type, subject_count, regulation, note,
    received_at, due_at, extended_reason, started_at, finished_at, overdue_at, job_id, receipt, actor_name
"""

INSERT = f"""
    INSERT INTO privacy_requests (workspace_id, kind, state, law, via, subjects, keys, hashes, subject_type,
        subject_count, regulation, note, received_at, due_at, actor_kind, actor_id, actor_name)
    VALUES (%(workspace_id)s, %(kind)s, 'received', %(law)s, %(via)s, %(subjects)s, %(keys)s, %(hashes)s,
        %(subject_type)s, %(subject_count)s, %(regulation)s, %(note)s, %(now)s, %(due_at)s,
        %(actor_kind)s, %(actor_id)s, %(actor_name)s)
    RETURNING {COLUMNS}
"""  # noqa: S608  # column names only, here and below

FIND = f"""
    SELECT {COLUMNS} FROM privacy_requests
    WHERE workspace_id = %(workspace_id)s AND (id = %(id)s OR public_id = %(public_id)s)
"""  # noqa: S608

PAGE = f"""
    SELECT {COLUMNS} FROM privacy_requests
    WHERE workspace_id = %(workspace_id)s
        AND (%(before)s::bigint IS NULL OR id < %(before)s)
        AND (%(kind)s::text IS NULL OR kind = %(kind)s)
        AND (%(state)s::text IS NULL OR state = %(state)s)
        AND (NOT %(overdue)s OR due_at < %(now)s AND state IN ('received', 'running', 'failed'))
        AND (NOT %(regulations)s OR regulation IS NOT NULL)
    ORDER BY id DESC
    LIMIT %(limit)s
"""  # noqa: S608

COUNTS = """
    SELECT count(*) FILTER (WHERE state IN ('received', 'running', 'failed')) AS open,
        count(*) FILTER (WHERE state IN ('received', 'running', 'failed') AND due_at < %(now)s) AS overdue
    FROM privacy_requests
    WHERE workspace_id = %(workspace_id)s
"""

CHANGE = """
    UPDATE privacy_requests SET
        state = coalesce(%(state)s, state), due_at = coalesce(%(due_at)s, due_at),
        extended_reason = coalesce(%(extended_reason)s, extended_reason),
        started_at = coalesce(%(started_at)s, started_at), finished_at = coalesce(%(finished_at)s, finished_at),
        job_id = coalesce(%(job_id)s, job_id), receipt = coalesce(%(receipt)s, receipt),
        overdue_at = CASE WHEN %(due_at)s::timestamptz > %(now)s THEN NULL ELSE overdue_at END
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""

WRITE_SUBJECTS = """
    UPDATE privacy_requests SET subjects = %(subjects)s, keys = %(keys)s, hashes = %(hashes)s
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""

FORGET_SUBJECTS = """
    UPDATE privacy_requests SET subjects = NULL WHERE workspace_id = %(workspace_id)s AND id = ANY (%(ids)s)
"""

FIND_ABOUT = f"""
    SELECT {COLUMNS} FROM privacy_requests
    WHERE workspace_id = %(workspace_id)s AND (keys && %(keys)s::integer[] OR hashes && %(hashes)s::bytea[])
    ORDER BY id
"""  # noqa: S608

REDACT = """
    UPDATE privacy_requests SET note = %(note)s, extended_reason = %(extended_reason)s, receipt = %(receipt)s,
        subjects = CASE WHEN %(forget)s THEN NULL ELSE subjects END
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""

MARK_OVERDUE = """
    UPDATE privacy_requests SET overdue_at = %(now)s
    WHERE workspace_id = %(workspace_id)s AND overdue_at IS NULL AND due_at < %(now)s
        AND state IN ('received', 'running', 'failed')
"""

READ_TARGET = "SELECT appi_days FROM privacy_targets WHERE workspace_id = %(workspace_id)s"
WRITE_TARGET = """
    INSERT INTO privacy_targets (workspace_id, appi_days) VALUES (%(workspace_id)s, %(appi_days)s)
    ON CONFLICT (workspace_id) DO UPDATE SET appi_days = excluded.appi_days
"""


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Of a list of requests."""

    kind: str | None = None
    state: str | None = None
    overdue: bool = False
    regulations: bool = False


def _request(**row: Any) -> Request:
    return Request(**row)


async def _fetch(ctx: Context, query: LiteralString, parameters: dict[str, Any]) -> list[Request]:
    async with ctx.db.cursor(row_factory=kwargs_row(_request)) as cursor:
        await cursor.execute(query, {"workspace_id": ctx.workspace.id, **parameters})
        return await cursor.fetchall()


async def insert(ctx: Context, values: dict[str, Any], via: Via) -> Request:
    actor = {"actor_kind": ctx.actor.kind, "actor_id": ctx.actor.id, "actor_name": ctx.actor.name}
    return (await _fetch(ctx, INSERT, {**values, **actor, "via": via, "now": ctx.clock.now()}))[0]


async def find(ctx: Context, id_: int | UUID, *, lock: bool = False) -> Request | None:
    """By number or public id."""
    number, public_id = (None, id_) if isinstance(id_, UUID) else (id_, None)
    query = FIND + (" FOR UPDATE" if lock else "")
    found = await _fetch(ctx, query, {"id": number, "public_id": public_id})
    return found[0] if found else None


async def list_page(ctx: Context, filters: Filters, before: int | None, limit: int) -> list[Request]:
    """Newest first."""
    parameters = msgspec.to_builtins(filters) | {"before": before, "limit": limit, "now": ctx.clock.now()}
    return await _fetch(ctx, PAGE, parameters)


async def count_open(ctx: Context) -> tuple[int, int]:
    """(open, overdue)"""
    row = await (await ctx.db.execute(COUNTS, {"workspace_id": ctx.workspace.id, "now": ctx.clock.now()})).fetchone()
    return row or (0, 0)


async def change(ctx: Context, id_: int, **values: Any) -> None:
    """Sets what is given of state, due_at, extended_reason, started_at, finished_at, job_id, receipt."""
    names = ("state", "due_at", "extended_reason", "started_at", "finished_at", "job_id")
    parameters = {name: values.get(name) for name in names} | {
        "receipt": Jsonb(values["receipt"]) if "receipt" in values else None,
        "workspace_id": ctx.workspace.id,
        "id": id_,
        "now": ctx.clock.now(),
    }
    await ctx.db.execute(CHANGE, parameters)


async def write_subjects(
    ctx: Context, id_: int, subjects: bytes | None, keys: Sequence[int], hashes: Sequence[bytes]
) -> None:
    parameters = {"subjects": subjects, "keys": list(keys), "hashes": list(hashes)}
    await ctx.db.execute(WRITE_SUBJECTS, {"workspace_id": ctx.workspace.id, "id": id_, **parameters})


async def forget_subjects(ctx: Context, ids: Sequence[int]) -> None:
    await ctx.db.execute(FORGET_SUBJECTS, {"workspace_id": ctx.workspace.id, "ids": list(ids)})


async def find_about(ctx: Context, keys: Sequence[int], hashes: Sequence[bytes]) -> list[Request]:
    """Requests about people with one of these nodes or identifiers."""
    return await _fetch(ctx, FIND_ABOUT, {"keys": list(keys), "hashes": list(hashes)})


async def redact(ctx: Context, request: Request, note: str, reason: str | None, receipt: Any, *, forget: bool) -> None:
    parameters = {"note": note, "extended_reason": reason, "forget": forget}
    parameters |= {"receipt": None if receipt is None else Jsonb(receipt)}
    await ctx.db.execute(REDACT, {"workspace_id": ctx.workspace.id, "id": request.id, **parameters})


async def mark_overdue(ctx: Context) -> int:
    parameters = {"workspace_id": ctx.workspace.id, "now": ctx.clock.now()}
    return (await ctx.db.execute(MARK_OVERDUE, parameters)).rowcount


async def read_target(ctx: Context) -> int | None:
    """Days within which requests under the APPI are to be answered, where the workspace has said so."""
    row = await (await ctx.db.execute(READ_TARGET, {"workspace_id": ctx.workspace.id})).fetchone()
    return row[0] if row else None


async def write_target(ctx: Context, appi_days: int) -> None:
    await ctx.db.execute(WRITE_TARGET, {"workspace_id": ctx.workspace.id, "appi_days": appi_days})
