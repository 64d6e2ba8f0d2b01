"""The version that tells servers and workers to read again what they remember."""

from kizuna.kernel.context import Context

READ_VERSION = "SELECT version FROM privacy_heads WHERE workspace_id = %(workspace_id)s"

RAISE_VERSION = """
    INSERT INTO privacy_heads AS head (workspace_id, version)
    VALUES (%(workspace_id)s, 1)
    ON CONFLICT (workspace_id) DO UPDATE SET version = head.version + 1
"""
TELL = "SELECT pg_notify('kizuna_privacy', %(workspace_id)s::text)"


async def read_version(ctx: Context) -> int:
    row = await (await ctx.db.execute(READ_VERSION, {"workspace_id": ctx.workspace.id})).fetchone()
    return row[0] if row else 0


async def raise_version(ctx: Context) -> None:
    """Call it last: it holds the workspace's row until the commit. Servers are told by then."""
    await ctx.db.execute(RAISE_VERSION, {"workspace_id": ctx.workspace.id})
    await ctx.db.execute(TELL, {"workspace_id": ctx.workspace.id})
