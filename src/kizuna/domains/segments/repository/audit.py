"""What the nightly comparison found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from kizuna.kernel.context import Context

WRITE_AUDIT = """
    INSERT INTO segments_heads AS head (workspace_id, audited_at, audit)
    VALUES (%(workspace_id)s, %(at)s, %(audit)s)
    ON CONFLICT (workspace_id) DO UPDATE SET audited_at = excluded.audited_at, audit = excluded.audit
"""

READ_AUDIT = "SELECT audit FROM segments_heads WHERE workspace_id = %(workspace_id)s"


async def write_audit(ctx: Context, at: datetime, found: dict[str, Any]) -> None:
    place = {"workspace_id": ctx.workspace.id, "at": at, "audit": Jsonb(_plain(found))}
    await ctx.db.execute(WRITE_AUDIT, place)


async def read_audit(ctx: Context) -> dict[str, Any] | None:
    row = await (await ctx.db.execute(READ_AUDIT, {"workspace_id": ctx.workspace.id})).fetchone()
    return row[0] if row else None


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in found.items()}
