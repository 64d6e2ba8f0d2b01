"""What must be watched: the feeds and leaves of all conditions, each once however many segments ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

import msgspec

from kizuna.conditions.ast import (
    BEHAVIOURS,
    All,
    AnyOf,
    Condition,
    Consents,
    InSegment,
    Leaf,
    Node,
    Not,
    leaves,
)
from kizuna.conditions.figure import Figure
from kizuna.conditions.live.entries import join_entries
from kizuna.conditions.live.feeds import Feed, Keep, plan_leaf
from kizuna.conditions.live.feeds import live_reasons as _live_reasons
from kizuna.conditions.live.judge import judge
from kizuna.conditions.live.match import Matcher
from kizuna.conditions.live.measure import plan_figure
from kizuna.conditions.moments import At, WeekStart, to_us
from kizuna.domains.segments.repository import plan
from kizuna.kernel.context import Context, Runtime


@dataclass(frozen=True, slots=True)
class PlannedFeed:
    id: int
    feed: Feed
    keep: Keep
    ready: bool
    matcher: Matcher


@dataclass(frozen=True, slots=True)
class PlannedLeaf:
    id: int
    node: Leaf
    feed_id: int | None
    ready: bool
    default: bool
    """What it says of people without any event of its feed: the leaf's set holds those of whom it says the
    other, so that nobody need be written down for what they did not do."""


@dataclass(frozen=True, slots=True)
class PlannedFigure:
    """A live computed trait."""

    id: int
    name: str
    figure: Figure
    feed_id: int
    ready: bool
    version: int


@dataclass(frozen=True, slots=True)
class PlannedSegment:
    """A live segment. ``tree`` is its condition with leaves' ids in the place of leaves."""

    id: int
    tree: Tree
    leaf_ids: tuple[int, ...]
    segment_ids: tuple[int, ...]
    """Segments it refers to."""
    ready: bool


@dataclass(frozen=True, slots=True)
class Tree:
    """``kind``: all, any, not, leaf or segment; the latter two with an ``id``."""

    kind: str
    of: tuple[Tree, ...] = ()
    id: int = 0
    default: bool = False


@dataclass(slots=True)
class Plan:
    """Everything that is watched in a workspace. Segments stand behind those they refer to."""

    version: int
    zone: str
    week_start: WeekStart
    feeds: dict[int, PlannedFeed] = field(default_factory=dict[int, PlannedFeed])
    leaves: dict[int, PlannedLeaf] = field(default_factory=dict[int, PlannedLeaf])
    segments: list[PlannedSegment] = field(default_factory=list[PlannedSegment])
    leaves_of: dict[int, list[PlannedLeaf]] = field(default_factory=dict[int, list[PlannedLeaf]])
    """By feed."""
    standing: list[PlannedLeaf] = field(default_factory=list[PlannedLeaf])
    """Leaves that ask about no events, but for segments."""
    figures_of: dict[int, list[PlannedFigure]] = field(default_factory=dict[int, list[PlannedFigure]])
    """By feed."""
    feeds_by_name: dict[str | None, list[PlannedFeed]] = field(default_factory=dict[str | None, list[PlannedFeed]])

    def at(self, ctx: Context) -> At:
        return At(to_us(ctx.clock.now()), self.zone, self.week_start)

    @property
    def follows_people(self) -> bool:
        """Whether anything depends on who is one person."""
        return bool(self.segments or self.figures_of)

    def find_figure(self, trait_id: int) -> PlannedFigure | None:
        return next((one for own in self.figures_of.values() for one in own if one.id == trait_id), None)

    def watches(self, name: str) -> list[PlannedFeed]:
        """Feeds that may hold events of this name."""
        return self.feeds_by_name.get(name, []) + self.feeds_by_name.get(None, [])


@dataclass
class PlanMemory:
    """The process's latest plan of each workspace."""

    runtime: Runtime
    _plans: dict[int, Plan] = field(default_factory=dict[int, Plan])

    async def read(self, ctx: Context) -> Plan:
        """The plan as of this transaction."""
        version = await plan.read_version(ctx)
        known = self._plans.get(ctx.workspace.id)
        zone, week_start = ctx.workspace.time_zone, ctx.workspace.week_start
        if known is None or (known.version, known.zone, known.week_start) != (version, zone, week_start):
            known = self._plans[ctx.workspace.id] = await _load_plan(ctx, version)
        return known


async def read_plan(ctx: Context) -> Plan:
    return await ctx.runtime.remembered(PlanMemory).read(ctx)


async def _load_plan(ctx: Context, version: int) -> Plan:
    found = Plan(version, ctx.workspace.time_zone, ctx.workspace.week_start)
    if not version:
        return found
    for row in await plan.read_feeds(ctx):
        feed = msgspec.json.decode(row.spec, type=Feed)
        planned = PlannedFeed(
            row.id, feed, msgspec.json.decode(row.keep, type=Keep), row.ready, Matcher(feed, found.zone)
        )
        found.feeds[row.id] = planned
        for name in feed.names if feed.names is not None else (None,):
            found.feeds_by_name.setdefault(name, []).append(planned)
    by_spec: dict[str, PlannedLeaf] = {}
    for row in await plan.read_leaves(ctx):
        node: Leaf = msgspec.json.decode(row.spec, type=Node)
        leaf = PlannedLeaf(row.id, node, row.feed_id, row.ready, _default_of(node, found.at(ctx)))
        found.leaves[row.id] = by_spec[row.spec] = leaf
        if row.feed_id is None:
            found.standing.append(leaf)
        else:
            found.leaves_of.setdefault(row.feed_id, []).append(leaf)
    for row in await plan.read_figures(ctx):
        planned = PlannedFigure(
            row.id, row.name, msgspec.convert(row.figure, Figure), row.feed_id, row.ready, row.version
        )
        found.figures_of.setdefault(row.feed_id, []).append(planned)
    segments = [_plan_segment(row, by_spec) for row in await plan.read_segments(ctx) if row.kind == "live"]
    found.segments = _order([one for one in segments if one is not None])
    return found


def _plan_segment(row: plan.SegmentRow, by_spec: dict[str, PlannedLeaf]) -> PlannedSegment | None:
    node = msgspec.convert(row.condition, Condition).where
    specs = {spec_of(leaf) for leaf in leaves(node) if not isinstance(leaf, InSegment)}
    if not specs <= by_spec.keys():
        return None  # its leaves are written with it; until then nobody is in it
    referred = tuple(sorted({leaf.id for leaf in leaves(node) if isinstance(leaf, InSegment)}))
    ids = tuple(sorted(by_spec[spec].id for spec in specs))
    return PlannedSegment(row.id, _make_tree(node, by_spec), ids, referred, row.state == "ready")


def _make_tree(node: Node, by_spec: dict[str, PlannedLeaf]) -> Tree:
    match node:
        case All():
            return Tree("all", tuple(_make_tree(one, by_spec) for one in node.of))
        case AnyOf():
            return Tree("any", tuple(_make_tree(one, by_spec) for one in node.of))
        case Not():
            return Tree("not", (_make_tree(node.of, by_spec),))
        case InSegment():
            return Tree("segment", id=node.id)
        case _:
            leaf = by_spec[spec_of(node)]
            return Tree("leaf", id=leaf.id, default=leaf.default)


def _default_of(node: Leaf, at: At) -> bool:
    return isinstance(node, BEHAVIOURS) and bool(judge(node, join_entries([], 1), at).holds[0])


def _order(segments: list[PlannedSegment]) -> list[PlannedSegment]:
    by_id = {one.id: one for one in segments}
    graph = {one.id: [id_ for id_ in one.segment_ids if id_ in by_id] for one in segments}
    try:
        return [by_id[id_] for id_ in TopologicalSorter(graph).static_order()]
    except CycleError:  # refused when saved; what slipped through two savings at once must not stop the others
        return segments


def spec_of(node: Any) -> str:
    """Canonical text of a leaf, feed or keep."""
    return msgspec.json.encode(node, order="deterministic").decode()


# --- changes ------------------------------------------------------------------------------------------


def live_reasons(condition: Condition) -> list[str]:
    """Why a condition cannot be live; empty when it can. See ``conditions.live.feeds.live_reasons``."""
    return _live_reasons(condition.where)


async def register(ctx: Context, segment_id: int, condition: Condition) -> None:
    """Sees to it that everything the condition asks is watched from this transaction's commit on. Streams wait
    meanwhile, so keep the transaction short.

    Call it after the segment's row was written, with the state ``building``; then start the build.
    """
    await plan.lock(ctx)
    known_feeds = {row.spec: row for row in await plan.read_feeds(ctx)}
    known_leaves = {row.spec: row.id for row in await plan.read_leaves(ctx)}
    at = At(to_us(ctx.clock.now()), ctx.workspace.time_zone, ctx.workspace.week_start)
    used: set[int] = set()
    for leaf in leaves(condition.where):
        if isinstance(leaf, InSegment):
            continue
        feed_id = None
        if isinstance(leaf, BEHAVIOURS):
            feed_id = await _ensure_feed(ctx, *plan_leaf(leaf, at), known_feeds)
        spec = spec_of(leaf)
        if spec not in known_leaves:
            known_leaves[spec] = await plan.insert_leaf(ctx, spec, feed_id)
        used.add(known_leaves[spec])
    await plan.set_uses(ctx, segment_id, sorted(used))
    await plan.delete_unused(ctx)
    await plan.raise_version(ctx)


async def _ensure_feed(ctx: Context, feed: Feed, keep: Keep, known: dict[str, plan.FeedRow]) -> int:
    spec = spec_of(feed)
    row = known.get(spec)
    if row is None:
        row = plan.FeedRow(await plan.insert_feed(ctx, spec, spec_of(keep)), spec, spec_of(keep), False)
    else:
        now = msgspec.json.decode(row.keep, type=Keep)
        if now | keep != now:
            row = msgspec.structs.replace(row, keep=spec_of(now | keep), ready=False)
            await plan.keep_more(ctx, row.id, row.keep)
    known[spec] = row
    return row.id


async def unregister(ctx: Context, segment_id: int) -> None:
    """Nothing is watched for the segment any more; its members and its history stay until they are removed."""
    await plan.lock(ctx)
    await plan.set_uses(ctx, segment_id, [])
    await plan.delete_unused(ctx)
    await plan.raise_version(ctx)


async def register_figure(ctx: Context, trait_id: int, figure: Figure) -> None:
    """As ``register``, for a live computed trait."""
    await plan.lock(ctx)
    known = {row.spec: row for row in await plan.read_feeds(ctx)}
    at = At(to_us(ctx.clock.now()), ctx.workspace.time_zone, ctx.workspace.week_start)
    await plan.set_figure_feed(ctx, trait_id, await _ensure_feed(ctx, *plan_figure(figure, at), known))
    await plan.delete_unused(ctx)
    await plan.raise_version(ctx)


async def drop_unused(ctx: Context) -> None:
    """After a computed trait went: nothing is watched for it any more."""
    await plan.lock(ctx)
    await plan.delete_unused(ctx)
    await plan.raise_version(ctx)


def asks_consent(leaves_: Iterable[PlannedLeaf]) -> list[tuple[str, str]]:
    """(purpose, channel) that are asked about."""
    return sorted({(leaf.node.purpose, leaf.node.channel) for leaf in leaves_ if isinstance(leaf.node, Consents)})
