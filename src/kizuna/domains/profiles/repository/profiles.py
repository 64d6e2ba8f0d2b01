"""Traits, activity, and what is derived of them: profiles and their search."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kizuna.domains.profiles.contracts import TraitRow
from kizuna.domains.profiles.repository.arrays import numbers, texts
from kizuna.kernel.context import Context

NO_NAME = "\U0010ffff"
"""Sorts behind every name."""

READ_TRAITS = """
    SELECT trait.key, trait.name, trait.value, trait.at, trait.source_id, trait.member
    FROM unnest(%(keys)s::integer[]) AS wanted (key)
    CROSS JOIN LATERAL (
        SELECT * FROM profiles_traits
        WHERE workspace_id = %(workspace_id)s AND key = wanted.key
        OFFSET 0
    ) AS trait
"""

WRITE_TRAITS = """
    INSERT INTO profiles_traits (workspace_id, key, name, value, at, source_id, member)
    SELECT %(workspace_id)s, key, name, value, to_timestamp(at_s), source_id, member
    FROM unnest(
        %(keys)s::integer[], profiles_texts(%(names)s), profiles_texts(%(values)s),
        %(ats)s::float8[], %(sources)s::integer[], profiles_texts(%(members)s)
    ) AS new (key, name, value, at_s, source_id, member)
    ON CONFLICT (workspace_id, key, name) DO UPDATE
    SET value = excluded.value, at = excluded.at, source_id = excluded.source_id, member = excluded.member
"""

WRITE_ACTIVITY = """
    INSERT INTO profiles_activity AS known (workspace_id, key, touchpoint, first_seen, last_seen)
    SELECT %(workspace_id)s, key, touchpoint, to_timestamp(first_s), to_timestamp(last_s)
    FROM unnest(%(keys)s::integer[], profiles_texts(%(touchpoints)s), %(firsts)s::float8[], %(lasts)s::float8[])
        AS new (key, touchpoint, first_s, last_s)
    ON CONFLICT (workspace_id, key, touchpoint) DO UPDATE
    SET first_seen = least(known.first_seen, excluded.first_seen),
        last_seen = greatest(known.last_seen, excluded.last_seen)
    WHERE known.first_seen > excluded.first_seen OR known.last_seen < excluded.last_seen
"""

READ_ACTIVITY = """
    SELECT seen.key, seen.touchpoint, seen.first_seen, seen.last_seen
    FROM unnest(%(keys)s::integer[]) AS wanted (key)
    CROSS JOIN LATERAL (
        SELECT * FROM profiles_activity
        WHERE workspace_id = %(workspace_id)s AND key = wanted.key
        OFFSET 0
    ) AS seen
"""

# Answers with those that have a row: the others are new.
TOUCH_PROFILES = """
    UPDATE profiles_profiles AS known
    SET first_seen = least(known.first_seen, to_timestamp(seen.first_s)),
        last_seen = CASE
            WHEN seen.last_s = '-infinity' THEN known.last_seen
            WHEN known.alive THEN greatest(known.last_seen, to_timestamp(seen.last_s))
            ELSE to_timestamp(seen.last_s)
        END,
        alive = known.alive OR seen.last_s <> '-infinity',
        version = %(version)s
    FROM unnest(%(keys)s::integer[], %(firsts)s::float8[], %(lasts)s::float8[]) AS seen (key, first_s, last_s)
    WHERE known.workspace_id = %(workspace_id)s AND known.key = seen.key
    RETURNING known.key
"""

FIND_PROFILES = """
    SELECT wanted.key
    FROM unnest(%(keys)s::integer[]) AS wanted (key)
    CROSS JOIN LATERAL (
        SELECT FROM profiles_profiles WHERE workspace_id = %(workspace_id)s AND key = wanted.key LIMIT 1
    ) AS known
"""

WRITE_PROFILES = """
    INSERT INTO profiles_profiles (
        workspace_id, key, version, first_seen, last_seen, alive, identified,
        name, kana, sort_name, email, phone, user_id, traits)
    SELECT %(workspace_id)s, key, %(version)s, to_timestamp(first_s), to_timestamp(last_s), alive, identified,
        name, kana, coalesce(sort_name, %(no_name)s), email, phone, user_id, traits::jsonb
    FROM unnest(
        %(keys)s::integer[], %(firsts)s::float8[], %(lasts)s::float8[], %(alive)s::boolean[], %(identified)s::boolean[],
        profiles_texts(%(names)s), profiles_texts(%(kanas)s), profiles_texts(%(sort_names)s),
        profiles_texts(%(emails)s), profiles_texts(%(phones)s), profiles_texts(%(user_ids)s), profiles_texts(%(traits)s)
    ) AS new (key, first_s, last_s, alive, identified, name, kana, sort_name, email, phone, user_id, traits)
    ON CONFLICT (workspace_id, key) DO UPDATE
    SET version = excluded.version, first_seen = excluded.first_seen, last_seen = excluded.last_seen,
        alive = excluded.alive, identified = excluded.identified, name = excluded.name, kana = excluded.kana,
        sort_name = excluded.sort_name, email = excluded.email, phone = excluded.phone,
        user_id = excluded.user_id, traits = excluded.traits, merged_into = NULL
"""

WRITE_SEARCH = """
    INSERT INTO profiles_search AS known (workspace_id, key, tokens, text)
    SELECT %(workspace_id)s, key, string_to_array(tokens, ',')::integer[], text
    FROM unnest(%(keys)s::integer[], profiles_texts(%(tokens)s), profiles_texts(%(texts)s)) AS new (key, tokens, text)
    ON CONFLICT (workspace_id, key) DO UPDATE SET tokens = excluded.tokens, text = excluded.text
    WHERE known.text <> excluded.text
"""

DELETE_SEARCH = """
    DELETE FROM profiles_search WHERE workspace_id = %(workspace_id)s AND key = ANY (%(keys)s::integer[])
"""

MARK_MERGED = """
    UPDATE profiles_profiles AS known SET merged_into = moved.profile_key, version = %(version)s
    FROM unnest(%(keys)s::integer[], %(profile_keys)s::integer[]) AS moved (key, profile_key)
    WHERE known.workspace_id = %(workspace_id)s AND known.key = moved.key AND moved.key <> moved.profile_key
"""

FIND_BY_ID = """
    SELECT wanted.id, node.profile_key
    FROM unnest(%(ids)s::uuid[]) AS wanted (id)
    JOIN profiles_profiles AS known ON known.workspace_id = %(workspace_id)s AND known.id = wanted.id
    JOIN profiles_nodes AS node ON node.workspace_id = %(workspace_id)s AND node.key = known.key
"""

READ_IDS = """
    SELECT node.key, node.profile_key, known.id
    FROM unnest(%(keys)s::integer[]) AS wanted (key)
    CROSS JOIN LATERAL (
        SELECT key, profile_key FROM profiles_nodes
        WHERE workspace_id = %(workspace_id)s AND key = wanted.key LIMIT 1
    ) AS node
    CROSS JOIN LATERAL (
        SELECT id FROM profiles_profiles
        WHERE workspace_id = %(workspace_id)s AND key = node.profile_key LIMIT 1
    ) AS known
"""

READ_OWN_IDS = """
    SELECT key, id FROM profiles_profiles
    WHERE workspace_id = %(workspace_id)s AND key = ANY (%(keys)s::integer[])
"""


@dataclass(frozen=True, slots=True)
class Activity:
    """First and last sign of life of one node at one touchpoint, seconds since 1970."""

    key: int
    touchpoint: str
    first_s: float
    last_s: float


@dataclass(slots=True)
class ProfileRow:
    """What is derived of a profile's nodes."""

    key: int
    first_seen: datetime
    last_seen: datetime
    alive: bool
    identified: bool
    name: str | None
    kana: str | None
    sort_name: str | None
    email: str | None
    phone: str | None
    user_id: str | None
    traits: str
    tokens: list[int]
    text: str


async def read_traits(ctx: Context, keys: Iterable[int]) -> list[TraitRow]:
    cursor = await ctx.db.execute(READ_TRAITS, {"workspace_id": ctx.workspace.id, "keys": numbers(keys)})
    return [TraitRow(*row) for row in await cursor.fetchall()]


async def write_traits(ctx: Context, rows: Sequence[TraitRow]) -> None:
    await ctx.db.execute(
        WRITE_TRAITS,
        {
            "workspace_id": ctx.workspace.id,
            "keys": numbers([row.key for row in rows]),
            "names": texts([row.name for row in rows]),
            "values": texts([row.value for row in rows]),
            "ats": numbers([row.at.timestamp() for row in rows]),
            "sources": numbers([row.source_id for row in rows]),
            "members": texts([row.member for row in rows]),
        },
    )


async def write_activity(ctx: Context, seen: Sequence[Activity]) -> None:
    await ctx.db.execute(
        WRITE_ACTIVITY,
        {
            "workspace_id": ctx.workspace.id,
            "keys": numbers([one.key for one in seen]),
            "touchpoints": texts([one.touchpoint for one in seen]),
            "firsts": numbers([one.first_s for one in seen]),
            "lasts": numbers([one.last_s for one in seen]),
        },
    )


async def read_activity(ctx: Context, keys: Iterable[int]) -> list[tuple[int, str, datetime, datetime]]:
    """(key, touchpoint, first seen, last seen); touchpoint '-' stands for no sign of life."""
    cursor = await ctx.db.execute(READ_ACTIVITY, {"workspace_id": ctx.workspace.id, "keys": numbers(keys)})
    return await cursor.fetchall()


async def touch_profiles(ctx: Context, version: int, seen: dict[int, tuple[float, float]]) -> set[int]:
    """Widens first and last seen of profiles; returns those that exist."""
    cursor = await ctx.db.execute(
        TOUCH_PROFILES,
        {
            "workspace_id": ctx.workspace.id,
            "version": version,
            "keys": numbers(seen),
            "firsts": numbers([first for first, _ in seen.values()]),
            "lasts": numbers([last for _, last in seen.values()]),
        },
    )
    return {key for (key,) in await cursor.fetchall()}


async def find_profiles(ctx: Context, keys: Iterable[int]) -> set[int]:
    """Those profile keys that have a row."""
    cursor = await ctx.db.execute(FIND_PROFILES, {"workspace_id": ctx.workspace.id, "keys": numbers(keys)})
    return {key for (key,) in await cursor.fetchall()}


async def write_profiles(
    ctx: Context, version: int, rows: Sequence[ProfileRow], *, new: Container[int] = frozenset()
) -> None:
    """Writes derived profiles, and their search where there is anything to find them by.

    Those in ``new`` had no row before.
    """
    await ctx.db.execute(WRITE_PROFILES, _profile_columns(ctx, version, rows))
    found = [row for row in rows if row.tokens]
    if found:
        await ctx.db.execute(
            WRITE_SEARCH,
            {
                "workspace_id": ctx.workspace.id,
                "keys": numbers([row.key for row in found]),
                "tokens": texts([",".join(map(str, row.tokens)) for row in found]),
                "texts": texts([row.text for row in found]),
            },
        )
    lost = [row.key for row in rows if not row.tokens and row.key not in new]
    if lost:
        await delete_search(ctx, lost)


def _profile_columns(ctx: Context, version: int, rows: Sequence[ProfileRow]) -> dict[str, Any]:
    return {
        "workspace_id": ctx.workspace.id,
        "version": version,
        "no_name": NO_NAME,
        "keys": numbers([row.key for row in rows]),
        "firsts": numbers([row.first_seen.timestamp() for row in rows]),
        "lasts": numbers([row.last_seen.timestamp() for row in rows]),
        "alive": numbers([row.alive for row in rows]),
        "identified": numbers([row.identified for row in rows]),
        "names": texts([row.name for row in rows]),
        "kanas": texts([row.kana for row in rows]),
        "sort_names": texts([row.sort_name for row in rows]),
        "emails": texts([row.email for row in rows]),
        "phones": texts([row.phone for row in rows]),
        "user_ids": texts([row.user_id for row in rows]),
        "traits": texts([row.traits for row in rows]),
    }


async def delete_search(ctx: Context, keys: Sequence[int]) -> None:
    await ctx.db.execute(DELETE_SEARCH, {"workspace_id": ctx.workspace.id, "keys": numbers(keys)})


async def mark_merged(ctx: Context, version: int, moved: dict[int, int]) -> None:
    """Marks the rows of nodes that went into another profile; only profiles have such rows."""
    await ctx.db.execute(
        MARK_MERGED,
        {
            "workspace_id": ctx.workspace.id,
            "version": version,
            "keys": numbers(moved),
            "profile_keys": numbers(moved.values()),
        },
    )


async def find_by_ids(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, int]:
    """The profile that each id leads to now; ids of merged profiles lead on."""
    cursor = await ctx.db.execute(FIND_BY_ID, {"workspace_id": ctx.workspace.id, "ids": list(ids)})
    return dict(await cursor.fetchall())


async def read_ids(ctx: Context, keys: Iterable[int]) -> list[tuple[int, int, UUID]]:
    """(node key, profile key, profile id) of nodes whose profile was observed."""
    cursor = await ctx.db.execute(READ_IDS, {"workspace_id": ctx.workspace.id, "keys": numbers(keys)})
    return await cursor.fetchall()


async def read_own_ids(ctx: Context, keys: Iterable[int]) -> list[tuple[int, UUID]]:
    """(key, profile id) of nodes that are a profile, or were one before it was merged."""
    cursor = await ctx.db.execute(READ_OWN_IDS, {"workspace_id": ctx.workspace.id, "keys": numbers(keys)})
    return await cursor.fetchall()
