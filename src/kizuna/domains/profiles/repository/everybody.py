"""Reads over all profiles of a workspace, as arrays; and over some as those need them who follow everybody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, LiteralString

import msgspec

from kizuna.domains.profiles.repository.arrays import numbers
from kizuna.kernel.context import Context

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

# As one value, four bytes a number: a million rows one by one take seconds.
READ_UNIVERSE = """
    SELECT string_agg(int4send(key), '' ORDER BY key)
    FROM profiles_profiles WHERE workspace_id = %(workspace_id)s AND merged_into IS NULL
"""

READ_JOINED = """
    SELECT string_agg(int4send(key) || int4send(profile_key), '' ORDER BY key)
    FROM profiles_nodes WHERE workspace_id = %(workspace_id)s AND profile_key <> key
"""

# Twice the same index for each node: who it belongs to, and who else does.
READ_GROUPS = """
    SELECT DISTINCT member.key, wanted.profile_key
    FROM (
        SELECT DISTINCT node.profile_key
        FROM unnest(%(keys)s::integer[]) AS given (key)
        CROSS JOIN LATERAL (
            SELECT profile_key FROM profiles_nodes WHERE workspace_id = %(workspace_id)s AND key = given.key OFFSET 0
        ) AS node
    ) AS wanted
    CROSS JOIN LATERAL (
        SELECT wanted.profile_key AS key
        UNION ALL
        SELECT key FROM profiles_nodes
        WHERE workspace_id = %(workspace_id)s AND profile_key = wanted.profile_key AND profile_key <> key
        OFFSET 0
    ) AS member
"""

READ_PEOPLE = """
    SELECT profile.key, profile.traits::text
    FROM unnest(%(keys)s::integer[]) AS wanted (key)
    CROSS JOIN LATERAL (
        SELECT key, traits FROM profiles_profiles
        WHERE workspace_id = %(workspace_id)s AND key = wanted.key AND merged_into IS NULL
        OFFSET 0
    ) AS profile
"""

READ_CHANGED_KEYS = """
    SELECT key FROM profiles_profiles
    WHERE workspace_id = %(workspace_id)s AND merged_into IS NULL
        AND version > (SELECT synced_version FROM profiles_heads WHERE workspace_id = %(workspace_id)s)
"""


async def read_universe(ctx: Context) -> Ints:
    """Keys of all living profiles, ascending."""
    return (await _read_integers(ctx, READ_UNIVERSE, 1))[:, 0]


async def read_joined(ctx: Context) -> Ints:
    """(node key, profile key) of every node that is not its own profile, in rows."""
    return await _read_integers(ctx, READ_JOINED, 2)


async def read_changed_keys(ctx: Context) -> list[int]:
    """Profiles that changed since the lake was told of them last."""
    cursor = await ctx.db.execute(READ_CHANGED_KEYS, {"workspace_id": ctx.workspace.id})
    return [key for (key,) in await cursor.fetchall()]


async def read_groups(ctx: Context, keys: Iterable[int]) -> list[tuple[int, int]]:
    """(node key, profile key) of all nodes of the profiles that these nodes belong to."""
    cursor = await ctx.db.execute(READ_GROUPS, {"workspace_id": ctx.workspace.id, "keys": numbers(keys)})
    return await cursor.fetchall()


async def read_traits_of(ctx: Context, profile_keys: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Traits of living profiles."""
    place = {"workspace_id": ctx.workspace.id, "keys": numbers(profile_keys)}
    cursor = await ctx.db.execute(READ_PEOPLE, place)
    return {key: msgspec.json.decode(traits) for key, traits in await cursor.fetchall()}


async def _read_integers(ctx: Context, query: LiteralString, columns: int) -> Ints:
    """Rows of int4 from one value."""
    import numpy as np

    row = await (await ctx.db.execute(query, {"workspace_id": ctx.workspace.id}, binary=True)).fetchone()
    found = np.frombuffer(row[0] if row and row[0] else b"", ">i4").astype(np.int64)
    return found.reshape(-1, columns)
