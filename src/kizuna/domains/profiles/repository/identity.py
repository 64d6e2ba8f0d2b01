"""Heads, nodes, the identity log and blocks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from kizuna.domains.profiles.contracts import Identifier
from kizuna.domains.profiles.repository.arrays import numbers, texts
from kizuna.kernel.context import Context

LOCK_CLASS = 0x70726F66  # "prof"

LOCK = "SELECT pg_advisory_xact_lock(%(lock_class)s, %(workspace_id)s)"

RAISE_VERSION = """
    INSERT INTO profiles_heads AS head (workspace_id, version)
    VALUES (%(workspace_id)s, 1)
    ON CONFLICT (workspace_id) DO UPDATE SET version = head.version + 1
    RETURNING version, splits, last_seq
"""

READ_HEAD = "SELECT version, splits, last_seq FROM profiles_heads WHERE workspace_id = %(workspace_id)s"

RAISE_SPLITS = "UPDATE profiles_heads SET splits = splits + 1 WHERE workspace_id = %(workspace_id)s"

# Unscoped: of all workspaces, for backups.
HEAD_VERSIONS = "SELECT workspace_id, version FROM profiles_heads"

READ_SYNCED = "SELECT synced_version FROM profiles_heads WHERE workspace_id = %(workspace_id)s"

WRITE_SYNCED = """
    UPDATE profiles_heads SET synced_version = %(version)s
    WHERE workspace_id = %(workspace_id)s AND synced_version < %(version)s
"""

TAKE_SEQS = """
    UPDATE profiles_heads SET last_seq = last_seq + %(count)s
    WHERE workspace_id = %(workspace_id)s
    RETURNING last_seq
"""

# LATERAL with LIMIT stays one index look-up for each identifier, whatever the planner thinks of a
# table that was empty when it last counted.
FIND_NODES = """
    SELECT wanted.place, node.key
    FROM unnest(profiles_texts(%(types)s), profiles_texts(%(values)s)) WITH ORDINALITY AS wanted (type, value, place)
    CROSS JOIN LATERAL (
        SELECT key FROM profiles_nodes
        WHERE workspace_id = %(workspace_id)s AND value = wanted.value AND type = wanted.type
        LIMIT 1
    ) AS node
"""

TAKE_KEYS = "SELECT profiles_take_keys(%(count)s)"

# In order of the identifier: two transactions that insert the same identifiers wait for each other
# in one direction only, and cannot deadlock.
INSERT_NODES = """
    INSERT INTO profiles_nodes (workspace_id, key, profile_key, source_id, first_seen, type, value)
    SELECT %(workspace_id)s, key, key, source_id, %(now)s, type, value
    FROM unnest(%(keys)s::integer[], %(sources)s::integer[], profiles_texts(%(types)s), profiles_texts(%(values)s))
        AS new (key, source_id, type, value)
    ORDER BY value, type
    ON CONFLICT ON CONSTRAINT profiles_nodes_identifier DO NOTHING
    RETURNING type, value, key
"""

READ_NODES = """
    SELECT wanted.key, node.type, node.profile_key
    FROM unnest(%(keys)s::integer[]) AS wanted (key)
    CROSS JOIN LATERAL (
        SELECT type, profile_key FROM profiles_nodes
        WHERE workspace_id = %(workspace_id)s AND key = wanted.key
        LIMIT 1
    ) AS node
"""

# A profile's own node by the primary key, those that joined it by the partial index.
READ_MEMBERS = """
    SELECT wanted.key AS profile_key, node.key, node.type, node.value
    FROM unnest(%(profile_keys)s::integer[]) AS wanted (key)
    CROSS JOIN LATERAL (
        SELECT key, type, value FROM profiles_nodes
        WHERE workspace_id = %(workspace_id)s AND key = wanted.key AND profile_key = wanted.key
        UNION ALL
        SELECT key, type, value FROM profiles_nodes
        WHERE workspace_id = %(workspace_id)s AND profile_key = wanted.key AND profile_key <> key
        OFFSET 0
    ) AS node
"""

READ_SIDES = """
    SELECT key, block, side FROM profiles_blocks
    WHERE workspace_id = %(workspace_id)s AND key = ANY (%(keys)s::integer[])
"""

MOVE_NODES = """
    UPDATE profiles_nodes AS node SET profile_key = moved.profile_key, version = %(version)s
    FROM unnest(%(keys)s::integer[], %(profile_keys)s::integer[]) AS moved (key, profile_key)
    WHERE node.workspace_id = %(workspace_id)s AND node.key = moved.key
"""

INSERT_LOG = """
    INSERT INTO profiles_log (
        workspace_id, seq, kind, a, b, at, reason, cause, source_id,
        actor_kind, actor_id, actor_name, ref, side_a, side_b)
    VALUES (
        %(workspace_id)s, %(seq)s, %(kind)s, %(a)s, %(b)s, %(at)s, %(reason)s, %(cause)s, %(source_id)s,
        %(actor_kind)s, %(actor_id)s, %(actor_name)s, %(ref)s, %(side_a)s, %(side_b)s)
"""

INSERT_RECORDS = """
    INSERT INTO profiles_log (
        workspace_id, seq, kind, a, b, at, reason, cause, source_id, actor_kind, actor_id, actor_name)
    SELECT %(workspace_id)s, seq, kind, a, b, %(at)s, reason, cause, source_id,
        %(actor_kind)s, %(actor_id)s, %(actor_name)s
    FROM unnest(
        %(seqs)s::bigint[], profiles_texts(%(kinds)s), %(a)s::integer[], %(b)s::integer[],
        profiles_texts(%(reasons)s), profiles_texts(%(causes)s), %(sources)s::integer[]
    ) AS new (seq, kind, a, b, reason, cause, source_id)
"""

# The index sees to it that a refused join stands there once: see migration 0003.
INSERT_RECORDS_ONCE = (
    INSERT_RECORDS + "ON CONFLICT (workspace_id, (a::bigint << 32 | b), reason) WHERE kind = 'refuse' DO NOTHING"
)

READ_LINK = """
    SELECT a, b FROM profiles_log AS link
    WHERE workspace_id = %(workspace_id)s AND seq = %(seq)s AND kind = 'link'
        AND NOT EXISTS (
            SELECT FROM profiles_log AS undone
            WHERE undone.workspace_id = link.workspace_id AND undone.ref = link.seq AND undone.kind = 'unlink')
"""

READ_LINKS_OF = """
    SELECT seq, a, b FROM profiles_log AS link
    WHERE workspace_id = %(workspace_id)s AND kind = 'link' AND a = ANY (%(keys)s::integer[])
        AND NOT EXISTS (
            SELECT FROM profiles_log AS undone
            WHERE undone.workspace_id = link.workspace_id AND undone.ref = link.seq AND undone.kind = 'unlink')
    ORDER BY seq
"""

READ_ALL_LINKS = """
    SELECT a, b FROM profiles_log AS link
    WHERE workspace_id = %(workspace_id)s AND kind = 'link'
        AND NOT EXISTS (
            SELECT FROM profiles_log AS undone
            WHERE undone.workspace_id = link.workspace_id AND undone.ref = link.seq AND undone.kind = 'unlink')
"""

READ_ALL_NODES = """
    SELECT key, profile_key FROM profiles_nodes WHERE workspace_id = %(workspace_id)s ORDER BY key
"""

INSERT_BLOCK = """
    INSERT INTO profiles_blocks (workspace_id, key, block, side)
    SELECT %(workspace_id)s, key, %(block)s, side
    FROM unnest(%(keys)s::integer[], %(sides)s::smallint[]) AS new (key, side)
"""

DELETE_BLOCKS = (
    "DELETE FROM profiles_blocks WHERE workspace_id = %(workspace_id)s AND block = ANY (%(blocks)s::bigint[])"
)


@dataclass(frozen=True, slots=True)
class Head:
    """Where the workspace's identity stands: see migration 0003."""

    version: int
    splits: int
    last_seq: int


@dataclass(frozen=True, slots=True)
class LogRecord:
    """A link, or a join that was refused, as it goes into the log with what made it."""

    kind: Literal["link", "refuse"]
    a: int
    b: int
    reason: str
    cause: str | None
    source_id: int | None


async def lock_identity(ctx: Context) -> Head:
    """Makes this transaction the only one that changes profiles of the workspace, until it ends."""
    place = {"workspace_id": ctx.workspace.id, "lock_class": LOCK_CLASS}
    await ctx.db.execute(LOCK, place)
    cursor = await ctx.db.execute(RAISE_VERSION, place)
    row = await cursor.fetchone()
    assert row is not None
    return Head(*row)


async def read_head(ctx: Context) -> Head:
    cursor = await ctx.db.execute(READ_HEAD, {"workspace_id": ctx.workspace.id})
    row = await cursor.fetchone()
    return Head(*row) if row else Head(0, 0, 0)


async def read_synced(ctx: Context) -> int | None:
    """The version up to which the lake knows of changes; None before the first event."""
    cursor = await ctx.db.execute(READ_SYNCED, {"workspace_id": ctx.workspace.id})
    row = await cursor.fetchone()
    return row[0] if row else None


async def write_synced(ctx: Context, version: int) -> None:
    await ctx.db.execute(WRITE_SYNCED, {"workspace_id": ctx.workspace.id, "version": version})


async def raise_splits(ctx: Context) -> None:
    await ctx.db.execute(RAISE_SPLITS, {"workspace_id": ctx.workspace.id})


async def find_nodes(ctx: Context, identifiers: Sequence[Identifier]) -> dict[Identifier, int]:
    """Keys of the identifiers that have a node."""
    cursor = await ctx.db.execute(
        FIND_NODES,
        {
            "workspace_id": ctx.workspace.id,
            "types": texts([identifier.type for identifier in identifiers]),
            "values": texts([identifier.value for identifier in identifiers]),
        },
    )
    return {identifiers[place - 1]: key for place, key in await cursor.fetchall()}


async def insert_nodes(
    ctx: Context, identifiers: Sequence[Identifier], sources: Sequence[int | None], now: datetime
) -> dict[Identifier, int]:
    """Gives keys to new identifiers; returns those that nobody else was first with."""
    cursor = await ctx.db.execute(TAKE_KEYS, {"count": len(identifiers)})
    keys = [key for (key,) in await cursor.fetchall()]
    cursor = await ctx.db.execute(
        INSERT_NODES,
        {
            "workspace_id": ctx.workspace.id,
            "now": now,
            "keys": keys,
            "sources": numbers(sources),
            "types": texts([identifier.type for identifier in identifiers]),
            "values": texts([identifier.value for identifier in identifiers]),
        },
    )
    return {Identifier(type_, value): key for type_, value, key in await cursor.fetchall()}


async def read_nodes(ctx: Context, keys: Iterable[int]) -> list[tuple[int, str, int]]:
    """(key, type, profile key) of each node that exists."""
    cursor = await ctx.db.execute(READ_NODES, {"workspace_id": ctx.workspace.id, "keys": numbers(keys)})
    return await cursor.fetchall()


async def read_members(ctx: Context, profile_keys: Iterable[int]) -> list[tuple[int, int, str, str]]:
    """(profile key, key, type, value) of every node of the profiles."""
    cursor = await ctx.db.execute(
        READ_MEMBERS, {"workspace_id": ctx.workspace.id, "profile_keys": numbers(profile_keys)}
    )
    return await cursor.fetchall()


async def read_sides(ctx: Context, keys: Iterable[int]) -> list[tuple[int, int, int]]:
    """(key, block, side) of every block in force that one of the nodes stands in."""
    cursor = await ctx.db.execute(READ_SIDES, {"workspace_id": ctx.workspace.id, "keys": numbers(keys)})
    return await cursor.fetchall()


async def move_nodes(ctx: Context, version: int, moved: dict[int, int]) -> None:
    """Gives nodes (keys of ``moved``) another profile key."""
    await ctx.db.execute(
        MOVE_NODES,
        {
            "workspace_id": ctx.workspace.id,
            "version": version,
            "keys": numbers(moved),
            "profile_keys": numbers(moved.values()),
        },
    )


async def take_seqs(ctx: Context, count: int) -> range:
    """The next ``count`` numbers of the log."""
    cursor = await ctx.db.execute(TAKE_SEQS, {"workspace_id": ctx.workspace.id, "count": count})
    row = await cursor.fetchone()
    assert row is not None
    return range(row[0] - count + 1, row[0] + 1)


async def log_records(ctx: Context, at: datetime, records: Sequence[LogRecord]) -> None:
    """Writes links and refused joins into the log, in their order; leaves out refused ones it holds already."""
    seqs = await take_seqs(ctx, len(records))
    refused = any(record.kind == "refuse" for record in records)
    await ctx.db.execute(
        INSERT_RECORDS_ONCE if refused else INSERT_RECORDS,
        {
            **_actor(ctx),
            "workspace_id": ctx.workspace.id,
            "at": at,
            "seqs": numbers(seqs),
            "kinds": texts([record.kind for record in records]),
            "a": numbers([record.a for record in records]),
            "b": numbers([record.b for record in records]),
            "reasons": texts([record.reason for record in records]),
            "causes": texts([record.cause for record in records]),
            "sources": numbers([record.source_id for record in records]),
        },
    )


async def log_entry(
    ctx: Context,
    kind: str,
    a: int,
    b: int,
    at: datetime,
    reason: str,
    *,
    ref: int | None = None,
    side_a: Sequence[int] | None = None,
    side_b: Sequence[int] | None = None,
) -> int:
    """Writes one entry that is no link; returns its number."""
    (seq,) = await take_seqs(ctx, 1)
    await ctx.db.execute(
        INSERT_LOG,
        {
            **_actor(ctx),
            "workspace_id": ctx.workspace.id,
            "seq": seq,
            "kind": kind,
            "a": a,
            "b": b,
            "at": at,
            "reason": reason,
            "cause": None,
            "source_id": None,
            "ref": ref,
            "side_a": None if side_a is None else list(side_a),
            "side_b": None if side_b is None else list(side_b),
        },
    )
    return seq


async def read_link(ctx: Context, seq: int) -> tuple[int, int] | None:
    """The two nodes of a link in force."""
    cursor = await ctx.db.execute(READ_LINK, {"workspace_id": ctx.workspace.id, "seq": seq})
    return await cursor.fetchone()


async def read_links_of(ctx: Context, keys: Iterable[int]) -> list[tuple[int, int, int]]:
    """(seq, a, b) of the links in force between the nodes of a profile, all of which are ``keys``."""
    cursor = await ctx.db.execute(READ_LINKS_OF, {"workspace_id": ctx.workspace.id, "keys": numbers(keys)})
    return await cursor.fetchall()


async def read_all_links(ctx: Context) -> list[tuple[int, int]]:
    """Both ends of every link in force in the workspace."""
    cursor = await ctx.db.execute(READ_ALL_LINKS, {"workspace_id": ctx.workspace.id})
    return await cursor.fetchall()


async def read_all_nodes(ctx: Context) -> list[tuple[int, int]]:
    """(key, profile key) of every node, ascending."""
    cursor = await ctx.db.execute(READ_ALL_NODES, {"workspace_id": ctx.workspace.id})
    return await cursor.fetchall()


async def insert_block(ctx: Context, block: int, side_a: Sequence[int], side_b: Sequence[int]) -> None:
    await ctx.db.execute(
        INSERT_BLOCK,
        {
            "workspace_id": ctx.workspace.id,
            "block": block,
            "keys": numbers([*side_a, *side_b]),
            "sides": numbers([0] * len(side_a) + [1] * len(side_b)),
        },
    )


async def delete_blocks(ctx: Context, blocks: Sequence[int]) -> None:
    await ctx.db.execute(DELETE_BLOCKS, {"workspace_id": ctx.workspace.id, "blocks": numbers(blocks)})


def _actor(ctx: Context) -> dict[str, str | None]:
    return {"actor_kind": ctx.actor.kind, "actor_id": ctx.actor.id, "actor_name": ctx.actor.name}
