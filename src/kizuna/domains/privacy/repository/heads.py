"""The versions that tell servers and workers to read again what they remember."""

from typing import NamedTuple

from kizuna.kernel.context import Context

READ_HEAD = "SELECT version, suppressions FROM privacy_heads WHERE workspace_id = %(workspace_id)s"

RAISE_VERSION = """
    INSERT INTO privacy_heads AS head (workspace_id, version)
    VALUES (%(workspace_id)s, 1)
    ON CONFLICT (workspace_id) DO UPDATE SET version = head.version + 1
    RETURNING version
"""

RAISE_SUPPRESSIONS = """
    UPDATE privacy_heads SET suppressions = suppressions + 1 WHERE workspace_id = %(workspace_id)s
"""


class Head(NamedTuple):
    version: int = 0
    suppressions: int = 0


async def read_head(ctx: Context) -> Head:
    row = await (await ctx.db.execute(READ_HEAD, {"workspace_id": ctx.workspace.id})).fetchone()
    return Head(*row) if row else Head()


async def raise_version(ctx: Context, *, suppressions: bool = False) -> int:
    """The new version, for what is written after it. Holds the workspace's row until the commit, so that
    versions become visible in their order. Say ``suppressions`` when hashes or erased keys changed."""
    row = await (await ctx.db.execute(RAISE_VERSION, {"workspace_id": ctx.workspace.id})).fetchone()
    assert row is not None
    if suppressions:
        await ctx.db.execute(RAISE_SUPPRESSIONS, {"workspace_id": ctx.workspace.id})
    return row[0]
