"""What screens read: lists, one profile, its identity."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, LiteralString
from uuid import UUID

from psycopg.rows import class_row, dict_row

from kizuna.kernel.context import Context

NO_NAME = "\U0010ffff"
COUNTED_MAX = 10_000
"""Totals above are not counted: it would cost more than the list itself."""

LogKind = Literal["link", "unlink", "block", "lift", "refuse"]
SortColumn = Literal["last_seen", "first_seen", "name", "key"]

_COLUMNS = """
    profile.key, profile.id, profile.name, profile.kana, profile.email, profile.phone, profile.user_id,
    profile.first_seen, profile.last_seen, profile.identified, profile.traits, profile.sort_name
"""

# Each order has an index with the same columns over living profiles, so a page reads its own rows only.
_ORDERS: dict[SortColumn, LiteralString] = {
    "last_seen": "last_seen",
    "first_seen": "first_seen",
    "name": "sort_name",
    "key": "key",
}
_PLACE_TYPES: dict[SortColumn, LiteralString] = {
    "last_seen": "timestamptz",
    "first_seen": "timestamptz",
    "name": "text",
    "key": "integer",
}

# Written out, for the index by name holds those with a name only.
_NAMED = " AND sort_name < U&'\\+10FFFF'"
_UNNAMED = " AND sort_name = U&'\\+10FFFF'"

LIST = """
    SELECT {columns}
    FROM profiles_profiles AS profile
    WHERE workspace_id = %(workspace_id)s AND merged_into IS NULL {conditions}
    ORDER BY {order} {direction}, key {direction}
    LIMIT %(limit)s
"""

COUNT = """
    SELECT count(*) FROM (
        SELECT FROM profiles_profiles AS profile
        WHERE workspace_id = %(workspace_id)s AND merged_into IS NULL {conditions}
        LIMIT %(limit)s
    ) AS counted
"""

# A subquery for each row, and never a join: so the list is walked in its order until a page is full.
_WALKED = """
    AND (
        SELECT found.tokens @> %(tokens)s::integer[] AND found.text LIKE ALL (%(patterns)s::text[])
        FROM profiles_search AS found
        WHERE found.workspace_id = %(workspace_id)s AND found.key = profile.key
    )
"""

FIND = "SELECT profiles_find(%(tokens)s::integer[], %(patterns)s::text[], %(at_most)s)"

FIND_EXACT = """
    SELECT profile_key FROM profiles_nodes
    WHERE workspace_id = %(workspace_id)s AND value = ANY (%(values)s::text[])
    UNION
    SELECT node.profile_key
    FROM profiles_profiles AS profile
    JOIN profiles_nodes AS node USING (workspace_id, key)
    WHERE profile.workspace_id = %(workspace_id)s AND profile.id = %(id)s
    LIMIT %(at_most)s
"""

READ_PROFILE = """
    SELECT asked.key <> node.profile_key AS merged, {columns}
    FROM profiles_profiles AS asked
    JOIN profiles_nodes AS node USING (workspace_id, key)
    JOIN profiles_profiles AS profile
        ON profile.workspace_id = %(workspace_id)s AND profile.key = node.profile_key
    WHERE asked.workspace_id = %(workspace_id)s AND asked.id = %(id)s
"""

# Rows above a version that were committed later have a later version still: see migration 0003.
READ_VERSION_LIMIT = """
    SELECT greatest(
        (SELECT max(version) FROM (
            SELECT version FROM profiles_profiles
            WHERE workspace_id = %(workspace_id)s AND version > %(above)s
            ORDER BY version LIMIT %(limit)s) AS some_profiles),
        (SELECT max(version) FROM (
            SELECT version FROM profiles_nodes
            WHERE workspace_id = %(workspace_id)s AND version > %(above)s AND version > 0
            ORDER BY version LIMIT %(limit)s) AS some_nodes)
    )
"""

READ_CHANGED = """
    SELECT profile.key AS profile_key, profile.id::text AS profile_id, profile.name, profile.identified,
        profile.first_seen, profile.last_seen, profile.traits::text AS traits,
        coalesce((
            SELECT jsonb_agg(jsonb_build_array(node.type, node.value) ORDER BY node.key)::text
            FROM (
                SELECT key, type, value FROM profiles_nodes
                WHERE workspace_id = %(workspace_id)s AND key = profile.key AND profile_key = profile.key
                UNION ALL
                SELECT key, type, value FROM profiles_nodes
                WHERE workspace_id = %(workspace_id)s AND profile_key = profile.key AND profile_key <> key
            ) AS node
        ), '[]') AS identifiers,
        profile.merged_into IS NOT NULL AS deleted, profile.version
    FROM profiles_profiles AS profile
    WHERE workspace_id = %(workspace_id)s AND version > %(above)s AND version <= %(up_to)s
"""

READ_ALIASES = """
    SELECT key, profile_key, version FROM profiles_nodes
    WHERE workspace_id = %(workspace_id)s AND version > %(above)s AND version <= %(up_to)s AND version > 0
"""

READ_NODES = """
    SELECT key, type, value, first_seen, source_id
    FROM profiles_nodes
    WHERE workspace_id = %(workspace_id)s AND key = %(profile_key)s
    UNION ALL
    SELECT key, type, value, first_seen, source_id
    FROM profiles_nodes
    WHERE workspace_id = %(workspace_id)s AND profile_key = %(profile_key)s AND profile_key <> key
    ORDER BY key
"""

READ_LINKS = """
    SELECT seq, a, b, at, reason, cause, source_id, actor_kind, actor_name
    FROM profiles_log AS link
    WHERE workspace_id = %(workspace_id)s AND kind = 'link' AND a = ANY (%(keys)s::integer[])
        AND NOT EXISTS (
            SELECT FROM profiles_log AS undone
            WHERE undone.workspace_id = link.workspace_id AND undone.ref = link.seq AND undone.kind = 'unlink')
    ORDER BY seq
"""

READ_LOG = """
    SELECT * FROM (
        SELECT seq, kind, a, b, at, reason, cause, source_id, actor_kind, actor_name, ref
        FROM profiles_log
        WHERE workspace_id = %(workspace_id)s AND kind <> 'refuse' AND a = ANY (%(keys)s::integer[])
        UNION
        SELECT seq, kind, a, b, at, reason, cause, source_id, actor_kind, actor_name, ref
        FROM profiles_log
        WHERE workspace_id = %(workspace_id)s AND kind <> 'refuse' AND b = ANY (%(keys)s::integer[])
    ) AS entries
    ORDER BY seq DESC
    LIMIT %(limit)s
"""

# The newest of each node: a shared device has as many as it has had users.
READ_REFUSALS = """
    SELECT DISTINCT refusal.*
    FROM unnest(%(keys)s::integer[]) AS wanted (key)
    CROSS JOIN LATERAL (
        (
            SELECT seq, kind, a, b, at, reason, cause, source_id, actor_kind, actor_name, ref
            FROM profiles_log
            WHERE workspace_id = %(workspace_id)s AND kind = 'refuse' AND a = wanted.key
            ORDER BY seq DESC
            LIMIT %(limit)s
        )
        UNION ALL
        (
            SELECT seq, kind, a, b, at, reason, cause, source_id, actor_kind, actor_name, ref
            FROM profiles_log
            WHERE workspace_id = %(workspace_id)s AND kind = 'refuse' AND b = wanted.key
            ORDER BY seq DESC
            LIMIT %(limit)s
        )
    ) AS refusal
    ORDER BY refusal.seq DESC
    LIMIT %(limit)s
"""

READ_BLOCKS = """
    SELECT entry.seq, entry.a, entry.b, entry.at, entry.actor_name
    FROM profiles_log AS entry
    WHERE entry.workspace_id = %(workspace_id)s AND entry.seq IN (
        SELECT block FROM profiles_blocks
        WHERE workspace_id = %(workspace_id)s AND key = ANY (%(keys)s::integer[]))
    ORDER BY seq
"""

READ_OTHERS = """
    SELECT node.key, node.type, node.value, profile.id AS profile_id, profile.name
    FROM profiles_nodes AS node
    LEFT JOIN profiles_profiles AS profile
        ON profile.workspace_id = node.workspace_id AND profile.key = node.profile_key
    WHERE node.workspace_id = %(workspace_id)s AND node.key = ANY (%(keys)s::integer[])
    ORDER BY node.key
"""

# The latest are enough to know what there is: a scan of all profiles would take seconds.
FIND_TRAITS = """
    SELECT DISTINCT jsonb_object_keys(latest.traits)
    FROM (
        SELECT traits FROM profiles_profiles
        WHERE workspace_id = %(workspace_id)s AND merged_into IS NULL
        ORDER BY last_seen DESC, key DESC
        LIMIT %(limit)s
    ) AS latest
    ORDER BY 1
    LIMIT %(fields)s
"""

# The commonest first, each with the value that was seen last.
FIND_TRAIT_EXAMPLES = """
    SELECT trait.key, (array_agg(trait.value ORDER BY latest.last_seen DESC))[1], count(*)
    FROM (
        SELECT traits, last_seen FROM profiles_profiles
        WHERE workspace_id = %(workspace_id)s AND merged_into IS NULL
        ORDER BY last_seen DESC, key DESC
        LIMIT %(limit)s
    ) AS latest
    CROSS JOIN LATERAL jsonb_each(latest.traits) AS trait
    GROUP BY trait.key
    ORDER BY count(*) DESC, trait.key
    LIMIT %(fields)s
"""

COUNT_PEOPLE = "SELECT count(*) FROM profiles_profiles WHERE workspace_id = %(workspace_id)s AND merged_into IS NULL"

FIND_IDENTIFIER_TYPES = """
    SELECT DISTINCT latest.type
    FROM (
        SELECT type FROM profiles_nodes WHERE workspace_id = %(workspace_id)s ORDER BY key DESC LIMIT %(limit)s
    ) AS latest
    ORDER BY 1
    LIMIT %(fields)s
"""


@dataclass(slots=True)
class ProfileItem:
    """A row of the list."""

    key: int
    id: UUID
    name: str | None
    kana: str | None
    email: str | None
    phone: str | None
    user_id: str | None
    first_seen: datetime
    last_seen: datetime
    identified: bool
    traits: dict[str, Any]
    sort_name: str


@dataclass(slots=True)
class ProfileHead(ProfileItem):
    merged: bool
    """The id asked for is of a profile that went into this one."""


@dataclass(slots=True)
class NodeItem:
    key: int
    type: str
    value: str
    first_seen: datetime
    source_id: int | None


@dataclass(slots=True)
class LinkItem:
    seq: int
    a: int
    b: int
    at: datetime
    reason: str
    cause: str | None
    source_id: int | None
    actor_kind: str
    actor_name: str


@dataclass(slots=True)
class LogItem(LinkItem):
    kind: LogKind
    ref: int | None


@dataclass(slots=True)
class BlockItem:
    seq: int
    a: int
    b: int
    at: datetime
    actor_name: str


@dataclass(slots=True)
class OtherNode:
    """A node of another profile that the log or a block names."""

    key: int
    type: str
    value: str
    profile_id: UUID | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Search:
    """What a search came down to.

    ``hits`` are all profiles found, or None when they are too many to list: then the list is walked in
    its own order, where a page of frequent hits is soon full.
    """

    tokens: list[int]
    patterns: list[str]
    hits: list[int] | None


@dataclass(frozen=True, slots=True)
class ListQuery:
    sort: SortColumn = "last_seen"
    descending: bool = True
    identified: bool | None = None
    search: Search | None = None
    after: tuple[Any, int] | None = None
    """Sort value and key of the last row of the page before."""
    limit: int = 50


async def find_hits(ctx: Context, tokens: list[int], patterns: list[str], at_most: int) -> list[int]:
    """Profile keys with all tokens and patterns, at most so many, in no order."""
    if not tokens:
        return []
    cursor = await ctx.db.execute(FIND, {"tokens": tokens, "patterns": patterns, "at_most": at_most})
    return [key for (key,) in await cursor.fetchall()]


async def find_exact(ctx: Context, values: Sequence[str], id_: UUID | None, at_most: int) -> list[int]:
    """Profile keys with an identifier of exactly one of these values, or of this id."""
    cursor = await ctx.db.execute(
        FIND_EXACT, {"workspace_id": ctx.workspace.id, "values": list(values), "id": id_, "at_most": at_most}
    )
    return [key for (key,) in await cursor.fetchall()]


async def list_profiles(ctx: Context, query: ListQuery) -> list[ProfileItem]:
    """One page. By name, the unnamed come last in either direction, in the order of their keys."""
    if query.sort != "name":
        return await _list_page(ctx, query, "")
    named: list[ProfileItem] = []
    if query.after is None or query.after[0] != NO_NAME:
        named = await _list_page(ctx, query, _NAMED)
        query = replace(query, after=None, limit=query.limit - len(named))
    if not query.limit:
        return named
    after = None if query.after is None else (query.after[1], query.after[1])
    unnamed = replace(query, sort="key", descending=False, after=after)
    return named + await _list_page(ctx, unnamed, _UNNAMED)


async def _list_page(ctx: Context, query: ListQuery, extra: LiteralString) -> list[ProfileItem]:
    conditions, parameters = _conditions(ctx, query)
    order = _ORDERS[query.sort]
    if query.after is not None:
        comparison = "<" if query.descending else ">"
        conditions += f" AND ({order}, key) {comparison} (%(place)s::{_PLACE_TYPES[query.sort]}, %(key)s)"
        parameters |= {"place": query.after[0], "key": query.after[1]}
    text = LIST.format(
        columns=_COLUMNS,
        conditions=conditions + extra,
        order=order,
        direction="DESC" if query.descending else "ASC",
    )
    async with ctx.db.cursor(row_factory=class_row(ProfileItem)) as cursor:
        await cursor.execute(text, {**parameters, "limit": query.limit})
        return await cursor.fetchall()


async def count_profiles(ctx: Context, query: ListQuery) -> int | None:
    """How many there are, or None above ``COUNTED_MAX``."""
    if query.search is not None and query.search.hits is None:
        return None
    conditions, parameters = _conditions(ctx, query)
    cursor = await ctx.db.execute(COUNT.format(conditions=conditions), {**parameters, "limit": COUNTED_MAX + 1})
    row = await cursor.fetchone()
    return row[0] if row and row[0] <= COUNTED_MAX else None


def _conditions(ctx: Context, query: ListQuery) -> tuple[LiteralString, dict[str, Any]]:
    parameters: dict[str, Any] = {"workspace_id": ctx.workspace.id}
    known: dict[bool | None, LiteralString] = {None: "", True: " AND identified", False: " AND NOT identified"}
    conditions = known[query.identified]
    if query.search is not None:
        if query.search.hits is not None:
            conditions += " AND key = ANY (%(hits)s::integer[])"
            # As text: psycopg would write a list element by element.
            parameters["hits"] = "{" + ",".join(map(str, query.search.hits)) + "}"
        else:
            conditions += _WALKED
            parameters |= {"tokens": query.search.tokens, "patterns": query.search.patterns}
    return conditions, parameters


async def read_profile(ctx: Context, id_: UUID) -> ProfileHead | None:
    """The profile that an id leads to now."""
    async with ctx.db.cursor(row_factory=class_row(ProfileHead)) as cursor:
        await cursor.execute(READ_PROFILE.format(columns=_COLUMNS), {"workspace_id": ctx.workspace.id, "id": id_})
        return await cursor.fetchone()


async def read_nodes(ctx: Context, profile_key: int) -> list[NodeItem]:
    async with ctx.db.cursor(row_factory=class_row(NodeItem)) as cursor:
        await cursor.execute(READ_NODES, {"workspace_id": ctx.workspace.id, "profile_key": profile_key})
        return await cursor.fetchall()


async def read_links(ctx: Context, keys: Sequence[int]) -> list[LinkItem]:
    async with ctx.db.cursor(row_factory=class_row(LinkItem)) as cursor:
        await cursor.execute(READ_LINKS, {"workspace_id": ctx.workspace.id, "keys": list(keys)})
        return await cursor.fetchall()


async def read_log(ctx: Context, keys: Sequence[int], limit: int) -> list[LogItem]:
    """The newest entries about these nodes, but for refused joins."""
    async with ctx.db.cursor(row_factory=class_row(LogItem)) as cursor:
        await cursor.execute(READ_LOG, {"workspace_id": ctx.workspace.id, "keys": list(keys), "limit": limit})
        return await cursor.fetchall()


async def read_refusals(ctx: Context, keys: Sequence[int], limit: int) -> list[LogItem]:
    """The newest joins that were refused, with one of these nodes on either side."""
    async with ctx.db.cursor(row_factory=class_row(LogItem)) as cursor:
        await cursor.execute(READ_REFUSALS, {"workspace_id": ctx.workspace.id, "keys": list(keys), "limit": limit})
        return await cursor.fetchall()


async def read_blocks(ctx: Context, keys: Sequence[int]) -> list[BlockItem]:
    async with ctx.db.cursor(row_factory=class_row(BlockItem)) as cursor:
        await cursor.execute(READ_BLOCKS, {"workspace_id": ctx.workspace.id, "keys": list(keys)})
        return await cursor.fetchall()


async def read_others(ctx: Context, keys: Sequence[int]) -> list[OtherNode]:
    async with ctx.db.cursor(row_factory=class_row(OtherNode)) as cursor:
        await cursor.execute(READ_OTHERS, {"workspace_id": ctx.workspace.id, "keys": list(keys)})
        return await cursor.fetchall()


async def find_trait_names(ctx: Context, limit: int, fields: int) -> list[str]:
    """Traits of the latest ``limit`` profiles, at most so many."""
    bounds = {"workspace_id": ctx.workspace.id, "limit": limit, "fields": fields}
    return [name for (name,) in await (await ctx.db.execute(FIND_TRAITS, bounds)).fetchall()]


async def find_traits(ctx: Context, limit: int, fields: int) -> list[tuple[str, Any, int]]:
    """(name, an example, how many have it) of the latest ``limit`` profiles, at most so many traits."""
    bounds = {"workspace_id": ctx.workspace.id, "limit": limit, "fields": fields}
    return await (await ctx.db.execute(FIND_TRAIT_EXAMPLES, bounds)).fetchall()


async def count_people(ctx: Context) -> int:
    """All living profiles: a quarter of a second for a few millions."""
    row = await (await ctx.db.execute(COUNT_PEOPLE, {"workspace_id": ctx.workspace.id})).fetchone()
    return row[0] if row else 0


async def find_identifier_types(ctx: Context, limit: int, fields: int) -> list[str]:
    bounds = {"workspace_id": ctx.workspace.id, "limit": limit, "fields": fields}
    return [type_ for (type_,) in await (await ctx.db.execute(FIND_IDENTIFIER_TYPES, bounds)).fetchall()]


async def read_version_limit(ctx: Context, above: int, limit: int) -> int | None:
    """A version up to which about ``limit`` rows of profiles or nodes changed; None when none did."""
    cursor = await ctx.db.execute(
        READ_VERSION_LIMIT, {"workspace_id": ctx.workspace.id, "above": above, "limit": limit}
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def read_changes(ctx: Context, above: int, up_to: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows for the lake's ``profiles`` and ``aliases`` that changed between two versions."""
    bounds = {"workspace_id": ctx.workspace.id, "above": above, "up_to": up_to}
    async with ctx.db.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(READ_CHANGED, bounds)
        changed = await cursor.fetchall()
        await cursor.execute(READ_ALIASES, bounds)
        return changed, await cursor.fetchall()
