"""Traits that Kizuna works out itself: the same table as all others, told apart by who set them."""

from __future__ import annotations

from kizuna.domains.profiles.repository.arrays import numbers
from kizuna.kernel.context import Context

MEMBER = "computed"
"""Stands where otherwise the member stands who set a trait."""

# The literal is ``MEMBER``: a parameter would keep the partial index of migration 0016 out of the plan.
FIND_KEYS = """
    SELECT DISTINCT node.profile_key
    FROM profiles_traits AS trait
    JOIN profiles_nodes AS node ON node.workspace_id = trait.workspace_id AND node.key = trait.key
    WHERE trait.workspace_id = %(workspace_id)s AND trait.name = %(name)s AND trait.member = 'computed'
        AND trait.value <> 'null'
"""

COUNT_PEOPLE = """
    SELECT count(DISTINCT node.profile_key)
    FROM profiles_traits AS trait
    JOIN profiles_nodes AS node ON node.workspace_id = trait.workspace_id AND node.key = trait.key
    WHERE trait.workspace_id = %(workspace_id)s AND trait.name = %(name)s AND trait.member = 'computed'
        AND trait.value <> 'null'
"""

CLEAR = """
    DELETE FROM profiles_traits
    WHERE workspace_id = %(workspace_id)s AND name = %(name)s AND member = 'computed' AND key = ANY (ARRAY(
        SELECT key FROM profiles_traits
        WHERE workspace_id = %(workspace_id)s AND name = %(name)s AND member = 'computed'
        LIMIT %(limit)s))
    RETURNING key
"""

# Reads all traits of a workspace where there is none; asked once when a computed trait is made.
IS_BROUGHT = """
    SELECT EXISTS (
        SELECT FROM profiles_traits
        WHERE workspace_id = %(workspace_id)s AND name = %(name)s AND value <> 'null'
            AND member IS DISTINCT FROM 'computed'
    )
"""

READ_OWNERS = """
    SELECT key, profile_key FROM profiles_nodes
    WHERE workspace_id = %(workspace_id)s AND key = ANY (%(keys)s::integer[])
"""


async def find_keys(ctx: Context, name: str) -> list[int]:
    """Keys of the profiles for which a value was worked out."""
    cursor = await ctx.db.execute(FIND_KEYS, {"workspace_id": ctx.workspace.id, "name": name})
    return [key for (key,) in await cursor.fetchall()]


async def count_people(ctx: Context, name: str) -> int:
    cursor = await ctx.db.execute(COUNT_PEOPLE, {"workspace_id": ctx.workspace.id, "name": name})
    row = await cursor.fetchone()
    return row[0] if row else 0


async def clear(ctx: Context, name: str, limit: int) -> list[int]:
    """Removes what was worked out under a name; returns the nodes it was removed from."""
    cursor = await ctx.db.execute(CLEAR, {"workspace_id": ctx.workspace.id, "name": name, "limit": limit})
    return [key for (key,) in await cursor.fetchall()]


async def is_brought(ctx: Context, name: str) -> bool:
    """Whether an event or a member ever gave somebody a trait of this name."""
    cursor = await ctx.db.execute(IS_BROUGHT, {"workspace_id": ctx.workspace.id, "name": name})
    row = await cursor.fetchone()
    return bool(row and row[0])


async def find_present(ctx: Context, profile_keys: list[int]) -> list[int]:
    """Those that are profiles of their own, still."""
    cursor = await ctx.db.execute(READ_OWNERS, {"workspace_id": ctx.workspace.id, "keys": numbers(profile_keys)})
    return sorted(key for key, profile_key in await cursor.fetchall() if key == profile_key)
