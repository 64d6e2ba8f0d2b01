"""SQL of links to reports and dashboards."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from kizuna.kernel.context import Context

_COLUMNS = "id, kind, ref, audience, nonce, expires_at, created_by, created_at, revoked_at, opened, opened_at"

INSERT = f"""
    INSERT INTO analytics_shares (workspace_id, kind, ref, audience, nonce, expires_at, created_by, created_at)
    VALUES (
        %(workspace_id)s, %(kind)s, %(ref)s, %(audience)s, %(nonce)s, %(expires_at)s, %(by)s, %(now)s)
    RETURNING {_COLUMNS}
"""  # noqa: S608  # column names only, here and below

FIND = f"""
    SELECT {_COLUMNS} FROM analytics_shares WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""  # noqa: S608

# Newest first, along the primary key; what was revoked or has expired opens nothing and is not shown.
LIST = f"""
    SELECT {_COLUMNS} FROM analytics_shares
    WHERE workspace_id = %(workspace_id)s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > %(now)s)
        AND (%(kind)s::text IS NULL OR kind = %(kind)s) AND (%(ref)s::text IS NULL OR ref = %(ref)s)
        AND (%(before)s::bigint IS NULL OR id < %(before)s)
    ORDER BY id DESC
    LIMIT %(limit)s
"""  # noqa: S608

COUNT = """
    SELECT count(*) FROM analytics_shares
    WHERE workspace_id = %(workspace_id)s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > %(now)s)
"""

REVOKE = f"""
    UPDATE analytics_shares SET revoked_at = %(now)s
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND revoked_at IS NULL
    RETURNING {_COLUMNS}
"""  # noqa: S608

REVOKE_OF = """
    UPDATE analytics_shares SET revoked_at = %(now)s
    WHERE workspace_id = %(workspace_id)s AND kind = %(kind)s AND ref = %(ref)s AND revoked_at IS NULL
    RETURNING id
"""

COUNT_OPENED = """
    UPDATE analytics_shares SET opened = opened + 1, opened_at = %(now)s
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""


@dataclass(frozen=True, slots=True)
class ShareRow:
    id: int
    kind: Any
    ref: str
    audience: Any
    nonce: bytes
    expires_at: datetime | None
    created_by: str
    created_at: datetime
    revoked_at: datetime | None
    opened: int
    opened_at: datetime | None


async def insert(
    ctx: Context, kind: str, ref: str, audience: str, nonce: bytes, expires_at: datetime | None
) -> ShareRow:
    values = {"kind": kind, "ref": ref, "audience": audience, "nonce": nonce, "expires_at": expires_at}
    row = await _fetch(ctx, INSERT, **values, by=ctx.actor.name)
    assert row is not None
    return row


async def find(ctx: Context, share_id: int) -> ShareRow | None:
    """Those that were revoked or have expired, too."""
    return await _fetch(ctx, FIND, id=share_id)


async def list_page(ctx: Context, kind: str | None, ref: str | None, before: int | None, limit: int) -> list[ShareRow]:
    values = {"kind": kind, "ref": ref, "before": before, "limit": limit, "now": ctx.clock.now()}
    async with ctx.db.cursor(row_factory=class_row(ShareRow)) as cursor:
        await cursor.execute(LIST, {"workspace_id": ctx.workspace.id, **values})
        return await cursor.fetchall()


async def count(ctx: Context) -> int:
    values = {"workspace_id": ctx.workspace.id, "now": ctx.clock.now()}
    row = await (await ctx.db.execute(COUNT, values)).fetchone()
    return row[0] if row else 0


async def revoke(ctx: Context, share_id: int) -> ShareRow | None:
    """None where there is none, or it was revoked before."""
    return await _fetch(ctx, REVOKE, id=share_id)


async def revoke_of(ctx: Context, kind: str, ref: str) -> int:
    """Revokes every link to a report or dashboard; returns how many there were."""
    values = {"workspace_id": ctx.workspace.id, "kind": kind, "ref": ref, "now": ctx.clock.now()}
    return len(await (await ctx.db.execute(REVOKE_OF, values)).fetchall())


async def count_opened(ctx: Context, share_id: int) -> None:
    await ctx.db.execute(COUNT_OPENED, {"workspace_id": ctx.workspace.id, "id": share_id, "now": ctx.clock.now()})


async def _fetch(ctx: Context, sql: Any, **values: Any) -> ShareRow | None:
    async with ctx.db.cursor(row_factory=class_row(ShareRow)) as cursor:
        await cursor.execute(sql, {"workspace_id": ctx.workspace.id, "now": ctx.clock.now(), **values})
        return await cursor.fetchone()
