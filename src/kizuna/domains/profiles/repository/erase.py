"""SQL that removes people, and what retention rules let go of."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from kizuna.domains.profiles.repository.arrays import numbers
from kizuna.kernel.context import Context

SYNC_LOCK = 0x70726F67

ERASE_LOG = "SELECT profiles_erase_log(%(keys)s::integer[])"

# Each by the beginning of its primary key.
ERASE = (
    "DELETE FROM profiles_search WHERE workspace_id = %(workspace_id)s AND key = ANY (%(keys)s::integer[])",
    "DELETE FROM profiles_profiles WHERE workspace_id = %(workspace_id)s AND key = ANY (%(keys)s::integer[])",
    "DELETE FROM profiles_traits WHERE workspace_id = %(workspace_id)s AND key = ANY (%(keys)s::integer[])",
    "DELETE FROM profiles_activity WHERE workspace_id = %(workspace_id)s AND key = ANY (%(keys)s::integer[])",
    "DELETE FROM profiles_blocks WHERE workspace_id = %(workspace_id)s AND key = ANY (%(keys)s::integer[])",
    "DELETE FROM profiles_nodes WHERE workspace_id = %(workspace_id)s AND key = ANY (%(keys)s::integer[])",
)

# A transaction that waits for it was begun by an erasure, or is one of many that bring changes to the lake.
LOCK_SYNC = "SELECT pg_advisory_xact_lock(%(lock)s, %(workspace_id)s)"

WALK = """
    SELECT key, type, value FROM profiles_nodes
    WHERE workspace_id = %(workspace_id)s AND key > %(above)s
    ORDER BY key
    LIMIT %(limit)s
"""

# By the index of living profiles by last seen: see migration 0003.
FIND_INACTIVE = """
    SELECT id FROM profiles_profiles
    WHERE workspace_id = %(workspace_id)s AND merged_into IS NULL AND last_seen < %(before)s
    ORDER BY last_seen, key
    LIMIT %(limit)s
"""

COUNT_INACTIVE = """
    SELECT count(*), min(last_seen) FROM profiles_profiles
    WHERE workspace_id = %(workspace_id)s AND merged_into IS NULL AND last_seen < %(before)s
"""

COUNT_TRAIT = """
    SELECT count(*), min(at) FROM profiles_traits
    WHERE workspace_id = %(workspace_id)s AND name = %(name)s AND at < %(before)s
"""

FORGET_TRAIT = """
    DELETE FROM profiles_traits
    WHERE workspace_id = %(workspace_id)s AND name = %(name)s AND key IN (
        SELECT key FROM profiles_traits
        WHERE workspace_id = %(workspace_id)s AND name = %(name)s AND at < %(before)s
        LIMIT %(limit)s)
    RETURNING key
"""


async def erase_nodes(ctx: Context, keys: Sequence[int]) -> int:
    """Removes nodes and everything that stands under their keys; returns how many rows went."""
    parameters = {"workspace_id": ctx.workspace.id, "keys": numbers(keys)}
    row = await (await ctx.db.execute(ERASE_LOG, parameters)).fetchone()
    removed = int(row[0]) if row else 0
    for statement in ERASE:
        removed += (await ctx.db.execute(statement, parameters)).rowcount
    return removed


async def lock_sync(ctx: Context) -> None:
    """Makes this transaction the only one that brings profiles to the workspace's lake, or takes them out."""
    await ctx.db.execute(LOCK_SYNC, {"lock": SYNC_LOCK, "workspace_id": ctx.workspace.id})


async def walk_nodes(ctx: Context, above: int, limit: int) -> list[tuple[int, str, str]]:
    parameters = {"workspace_id": ctx.workspace.id, "above": above, "limit": limit}
    return await (await ctx.db.execute(WALK, parameters)).fetchall()


async def find_inactive(ctx: Context, before: datetime, limit: int) -> list[UUID]:
    parameters = {"workspace_id": ctx.workspace.id, "before": before, "limit": limit}
    return [id_ for (id_,) in await (await ctx.db.execute(FIND_INACTIVE, parameters)).fetchall()]


async def count_inactive(ctx: Context, before: datetime) -> tuple[int, datetime | None]:
    parameters = {"workspace_id": ctx.workspace.id, "before": before}
    row = await (await ctx.db.execute(COUNT_INACTIVE, parameters)).fetchone()
    return row or (0, None)


async def count_trait(ctx: Context, name: str, before: datetime) -> tuple[int, datetime | None]:
    parameters = {"workspace_id": ctx.workspace.id, "name": name, "before": before}
    row = await (await ctx.db.execute(COUNT_TRAIT, parameters)).fetchone()
    return row or (0, None)


async def forget_trait(ctx: Context, name: str, before: datetime, limit: int) -> list[int]:
    """Removes observations of a trait; returns their nodes."""
    parameters = {"workspace_id": ctx.workspace.id, "name": name, "before": before, "limit": limit}
    return [key for (key,) in await (await ctx.db.execute(FORGET_TRAIT, parameters)).fetchall()]
