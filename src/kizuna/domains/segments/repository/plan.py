"""Feeds, leaves and figures, and which segments ask them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from kizuna.domains.segments.contracts import State
from kizuna.kernel.context import Context

LOCK_CLASS = 0x73656770  # "segp"
"""Streams hold it shared until their commit, so that no batch is watched by half of an old plan."""

LOCK_SHARED = "SELECT pg_advisory_xact_lock_shared(%(lock_class)s, %(workspace_id)s)"
LOCK = "SELECT pg_advisory_xact_lock(%(lock_class)s, %(workspace_id)s)"

READ_VERSION = "SELECT plan FROM segments_heads WHERE workspace_id = %(workspace_id)s"

RAISE_VERSION = """
    INSERT INTO segments_heads AS head (workspace_id, plan) VALUES (%(workspace_id)s, 1)
    ON CONFLICT (workspace_id) DO UPDATE SET plan = head.plan + 1
    RETURNING plan
"""

READ_FEEDS = "SELECT id, spec, keep, ready FROM segments_feeds WHERE workspace_id = %(workspace_id)s ORDER BY id"
READ_LEAVES = "SELECT id, spec, feed_id, ready FROM segments_leaves WHERE workspace_id = %(workspace_id)s ORDER BY id"

READ_FIGURES = """
    SELECT id, name, figure, feed_id, ready, version FROM segments_traits
    WHERE workspace_id = %(workspace_id)s AND feed_id IS NOT NULL
    ORDER BY id
"""

SET_FIGURE_FEED = """
    UPDATE segments_traits SET feed_id = %(feed_id)s WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""

MARK_FIGURE_READY = """
    UPDATE segments_traits SET ready = true WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""

READ_SEGMENTS = """
    SELECT id, kind, state, condition, version FROM segments_segments
    WHERE workspace_id = %(workspace_id)s AND archived_at IS NULL
    ORDER BY id
"""

INSERT_FEED = """
    INSERT INTO segments_feeds (workspace_id, spec, keep) VALUES (%(workspace_id)s, %(spec)s, %(keep)s)
    RETURNING id
"""

KEEP_MORE = """
    UPDATE segments_feeds SET keep = %(keep)s, ready = false
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""

INSERT_LEAF = """
    INSERT INTO segments_leaves (workspace_id, spec, feed_id) VALUES (%(workspace_id)s, %(spec)s, %(feed_id)s)
    RETURNING id
"""

SET_USES = """
    WITH gone AS (
        DELETE FROM segments_uses
        WHERE workspace_id = %(workspace_id)s AND segment_id = %(segment_id)s
            AND leaf_id <> ALL (%(leaf_ids)s::integer[])
    )
    INSERT INTO segments_uses (workspace_id, segment_id, leaf_id)
    SELECT %(workspace_id)s, %(segment_id)s, leaf_id FROM unnest(%(leaf_ids)s::integer[]) AS used (leaf_id)
    ON CONFLICT DO NOTHING
"""

DELETE_LEAVES = """
    DELETE FROM segments_leaves AS leaf
    WHERE workspace_id = %(workspace_id)s AND NOT EXISTS (
        SELECT FROM segments_uses AS used WHERE used.workspace_id = leaf.workspace_id AND used.leaf_id = leaf.id
    )
"""

DELETE_FEEDS = """
    DELETE FROM segments_feeds AS feed
    WHERE workspace_id = %(workspace_id)s AND NOT EXISTS (
        SELECT FROM segments_leaves AS leaf WHERE leaf.workspace_id = feed.workspace_id AND leaf.feed_id = feed.id
    ) AND NOT EXISTS (
        SELECT FROM segments_traits AS trait WHERE trait.workspace_id = feed.workspace_id AND trait.feed_id = feed.id
    )
"""

MARK_READY = """
    WITH feeds AS (
        UPDATE segments_feeds SET ready = true
        WHERE workspace_id = %(workspace_id)s AND id = ANY (%(feed_ids)s::integer[])
    )
    UPDATE segments_leaves SET ready = true
    WHERE workspace_id = %(workspace_id)s AND id = ANY (%(leaf_ids)s::integer[])
"""

SET_STATE = """
    UPDATE segments_segments
    SET state = %(state)s, error = %(error)s,
        ran_at = CASE WHEN %(state)s = 'ready' THEN %(now)s ELSE ran_at END
    WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""


class FeedRow(msgspec.Struct, frozen=True):
    id: int
    spec: str
    keep: str
    ready: bool


class LeafRow(msgspec.Struct, frozen=True):
    id: int
    spec: str
    feed_id: int | None
    ready: bool


class FigureRow(msgspec.Struct, frozen=True):
    """A live computed trait."""

    id: int
    name: str
    figure: dict[str, Any]
    feed_id: int
    ready: bool
    version: int


class SegmentRow(msgspec.Struct, frozen=True):
    id: int
    kind: str
    state: str
    condition: dict[str, Any] | None
    version: int


async def lock_shared(ctx: Context) -> None:
    await ctx.db.execute(LOCK_SHARED, {"lock_class": LOCK_CLASS, "workspace_id": ctx.workspace.id})


async def lock(ctx: Context) -> None:
    await ctx.db.execute(LOCK, {"lock_class": LOCK_CLASS, "workspace_id": ctx.workspace.id})


async def read_version(ctx: Context) -> int:
    row = await (await ctx.db.execute(READ_VERSION, {"workspace_id": ctx.workspace.id})).fetchone()
    return row[0] if row else 0


async def raise_version(ctx: Context) -> None:
    await ctx.db.execute(RAISE_VERSION, {"workspace_id": ctx.workspace.id})


async def read_feeds(ctx: Context) -> list[FeedRow]:
    cursor = await ctx.db.execute(READ_FEEDS, {"workspace_id": ctx.workspace.id})
    return [FeedRow(*row) for row in await cursor.fetchall()]


async def read_leaves(ctx: Context) -> list[LeafRow]:
    cursor = await ctx.db.execute(READ_LEAVES, {"workspace_id": ctx.workspace.id})
    return [LeafRow(*row) for row in await cursor.fetchall()]


async def read_segments(ctx: Context) -> list[SegmentRow]:
    cursor = await ctx.db.execute(READ_SEGMENTS, {"workspace_id": ctx.workspace.id})
    return [SegmentRow(*row) for row in await cursor.fetchall()]


async def read_figures(ctx: Context) -> list[FigureRow]:
    cursor = await ctx.db.execute(READ_FIGURES, {"workspace_id": ctx.workspace.id})
    return [FigureRow(*row) for row in await cursor.fetchall()]


async def set_figure_feed(ctx: Context, trait_id: int, feed_id: int) -> None:
    place = {"workspace_id": ctx.workspace.id, "id": trait_id, "feed_id": feed_id}
    await ctx.db.execute(SET_FIGURE_FEED, place)


async def mark_figure_ready(ctx: Context, trait_id: int) -> None:
    await ctx.db.execute(MARK_FIGURE_READY, {"workspace_id": ctx.workspace.id, "id": trait_id})


async def insert_feed(ctx: Context, spec: str, keep: str) -> int:
    cursor = await ctx.db.execute(INSERT_FEED, {"workspace_id": ctx.workspace.id, "spec": spec, "keep": keep})
    row = await cursor.fetchone()
    assert row is not None
    return row[0]


async def keep_more(ctx: Context, feed_id: int, keep: str) -> None:
    """The feed is not ready for those that need more until it is filled anew."""
    await ctx.db.execute(KEEP_MORE, {"workspace_id": ctx.workspace.id, "id": feed_id, "keep": keep})


async def insert_leaf(ctx: Context, spec: str, feed_id: int | None) -> int:
    cursor = await ctx.db.execute(INSERT_LEAF, {"workspace_id": ctx.workspace.id, "spec": spec, "feed_id": feed_id})
    row = await cursor.fetchone()
    assert row is not None
    return row[0]


async def set_uses(ctx: Context, segment_id: int, leaf_ids: Sequence[int]) -> None:
    place = {"workspace_id": ctx.workspace.id, "segment_id": segment_id, "leaf_ids": list(leaf_ids)}
    await ctx.db.execute(SET_USES, place)


async def delete_unused(ctx: Context) -> None:
    """Leaves that nobody asks any more, and feeds without a leaf or a computed trait. What is remembered for them
    goes later: see ``live``."""
    place = {"workspace_id": ctx.workspace.id}
    await ctx.db.execute(DELETE_LEAVES, place)
    await ctx.db.execute(DELETE_FEEDS, place)


async def mark_ready(ctx: Context, feed_ids: Sequence[int], leaf_ids: Sequence[int]) -> None:
    place = {"workspace_id": ctx.workspace.id, "feed_ids": list(feed_ids), "leaf_ids": list(leaf_ids)}
    await ctx.db.execute(MARK_READY, place)


async def set_state(ctx: Context, segment_id: int, state: State, error: str | None = None) -> None:
    place = {
        "workspace_id": ctx.workspace.id,
        "id": segment_id,
        "state": state,
        "error": error,
        "now": ctx.clock.now(),
    }
    await ctx.db.execute(SET_STATE, place)
