"""Fills what a new condition asks with history, and makes its first members.

    1  the plan has the condition: streams tell of its events from here on      (committed when it was saved)
    2  all that was streamed before is in the lake: wait for it
    3  one statement over the lake says who is in it: people see members now
    4  the lake is read: who did what, feed by feed
    5  under the workspace's lock: history joins what came in meanwhile, leaves are judged for everybody,
       members are worked out, and the keeper takes over

An event that is both in the lake and in the queue is one entry: it is recognised by its time and message id.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from pyroaring import BitMap

from kizuna.conditions.ast import BEHAVIOURS, Condition, Exists, Trait
from kizuna.conditions.live.entries import join_entries
from kizuna.conditions.live.judge import judge
from kizuna.conditions.live.measure import measure
from kizuna.conditions.moments import FAR_US, At
from kizuna.conditions.values import is_relative_test
from kizuna.domains.collect import api as collect
from kizuna.domains.profiles import api as profiles
from kizuna.domains.segments.contracts import CauseKind
from kizuna.domains.segments.repository import live, plan
from kizuna.domains.segments.repository import segments as segment_rows
from kizuna.domains.segments.rules.packing import States, pack_states, to_bitmap, unpack_states
from kizuna.domains.segments.service import changes
from kizuna.domains.segments.service.history import FeedHistory, read_history
from kizuna.domains.segments.service.memory import Sets, hold_sets
from kizuna.domains.segments.service.messages import ask_to_look
from kizuna.domains.segments.service.plan import Plan, PlannedFeed, PlannedLeaf, read_plan
from kizuna.domains.segments.service.question import ask
from kizuna.domains.workspace.api import track_job
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.errors import KizunaError, Unavailable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

logger = logging.getLogger(__name__)

BUILD_TASK = "segments:build"
BUILD_KIND = "segments.build"
BROKEN = "Something broke on our side; build the segment again."
STATES_AT_ONCE = 5_000
LOOKED_AT_ONCE = 5_000


async def run_build(runtime: Runtime, workspace_id: int, job_id: int, segment_id: int) -> None:
    """A build that people see as a job. What goes wrong stands at the segment, too."""
    async with track_job(runtime, workspace_id, job_id) as job:
        try:
            size = await build_segment(runtime, workspace_id, segment_id, job.report)
        except Unavailable:
            raise
        except Exception as error:
            text = error.message if isinstance(error, KizunaError) else BROKEN
            async with runtime.unit(workspace_id) as ctx:
                await plan.set_state(ctx, segment_id, "failed", text)
            raise
        job.finish(None if size is None else {"size": size})


async def build_segment(
    runtime: Runtime, workspace_id: int, segment_id: int, report: Any = None, *, kind: CauseKind = "definition"
) -> int | None:
    """Builds what is not ready of a live segment and makes its members; their number, or None when there is no
    such segment any more. May be run again at any time."""
    async with runtime.unit(workspace_id) as ctx:
        watched = await read_plan(ctx)
        at = watched.at(ctx)
    segment = next((one for one in watched.segments if one.id == segment_id), None)
    if segment is None:
        return None
    leaves = [watched.leaves[id_] for id_ in segment.leaf_ids]
    feeds = _find_unready(watched, leaves)
    steps = len(feeds) + 4
    await _report(report, 0, steps)
    if feeds and not await collect.wait_until_loaded(runtime, workspace_id):
        raise Unavailable("lake_behind", "Events wait to be loaded into the lake; try again in a minute.")
    await _report(report, 1, steps)
    if feeds:
        await _let_in_early(runtime, workspace_id, segment_id, kind)
    await _report(report, 2, steps)
    histories: dict[int, FeedHistory] = {}
    for number, feed in enumerate(feeds):
        histories[feed.id] = await read_history(runtime, workspace_id, feed, at)
        await _report(report, 3 + number, steps)
    stand = await ask_standing(runtime, workspace_id, leaves)
    dated = await _ask_dated(runtime, workspace_id, leaves)
    await _report(report, steps - 1, steps)
    async with hold_sets(runtime, workspace_id) as held:
        assert held is not None
        ctx, sets = held
        size = await _install(ctx, sets, segment_id, histories, stand, kind)
        await _look_again(ctx, dated)
    await _report(report, steps, steps)
    return size


async def _let_in_early(runtime: Runtime, workspace_id: int, segment_id: int, kind: CauseKind) -> None:
    """Members by one statement, some seconds before everything is remembered that keeps them true."""
    async with runtime.unit(workspace_id) as ctx:
        version, condition = await _find_condition(ctx, segment_id)
    if condition is None:
        return
    found = await ask(runtime, workspace_id, condition)
    async with hold_sets(runtime, workspace_id) as held:
        assert held is not None
        ctx, sets = held
        if (await _find_condition(ctx, segment_id))[0] == version:
            await changes.replace(ctx, await read_plan(ctx), sets, segment_id, found, kind)


async def _find_condition(ctx: Context, segment_id: int) -> tuple[int, Condition | None]:
    """(version, condition); (0, None) for a segment that is no more."""
    for row in await plan.read_segments(ctx):
        if row.id == segment_id and row.condition is not None:
            return row.version, msgspec.convert(row.condition, Condition)
    return 0, None


def _find_unready(watched: Plan, leaves: Sequence[PlannedLeaf]) -> list[PlannedFeed]:
    """Feeds that must be filled: those that are not ready, and those with a leaf that is not."""
    wanted = {leaf.feed_id for leaf in leaves if leaf.feed_id is not None}
    feeds = [watched.feeds[id_] for id_ in sorted(wanted)]
    return [feed for feed in feeds if not feed.ready or any(not one.ready for one in watched.leaves_of[feed.id])]


async def ask_standing(
    runtime: Runtime, workspace_id: int, leaves: Sequence[PlannedLeaf], *, anew: bool = False
) -> dict[int, BitMap]:
    """Who meets the leaves that ask about no events, by leaf; of those that are not ready, or of all."""
    found: dict[int, BitMap] = {}
    for leaf in leaves:
        if leaf.feed_id is None and (anew or not leaf.ready):
            found[leaf.id] = await ask(runtime, workspace_id, Condition(leaf.node))
    return found


async def _ask_dated(runtime: Runtime, workspace_id: int, leaves: Sequence[PlannedLeaf]) -> BitMap:
    """Who has a trait that the mere passing of time will make true or false."""
    found = BitMap()
    for leaf in leaves:
        node = leaf.node
        if isinstance(node, Trait) and not leaf.ready and is_relative_test(node.test):
            found |= await ask(runtime, workspace_id, Condition(Trait(node.name, Exists())))
    return found


async def _install(
    ctx: Context,
    sets: Sets,
    segment_id: int,
    histories: dict[int, FeedHistory],
    stand: dict[int, BitMap],
    kind: CauseKind,
) -> int | None:
    watched = await read_plan(ctx)
    segment = next((one for one in watched.segments if one.id == segment_id), None)
    if segment is None:
        return None
    at = watched.at(ctx)
    # Whoever saves a segment writes its row before those of feeds; here it is the other way round.
    await segment_rows.lock_definitions(ctx)
    everybody = to_bitmap(await profiles.read_universe(ctx))
    for feed_id, history in histories.items():
        feed = watched.feeds.get(feed_id)
        if feed is not None:
            await fill_feed(ctx, watched, sets, feed, history, at)
    for leaf_id, people in stand.items():
        if leaf_id in watched.leaves:
            set_leaf(sets, leaf_id, people & everybody)
    await plan.mark_ready(ctx, sorted(histories), sorted({*stand, *segment.leaf_ids}))
    await plan.set_state(ctx, segment_id, "ready")
    await plan.raise_version(ctx)
    await live.delete_left_over(ctx)
    members = changes.holds(segment.tree, everybody, sets)
    await changes.replace(ctx, await read_plan(ctx), sets, segment_id, members, kind)
    return len(members)


async def _look_again(ctx: Context, dated: BitMap) -> None:
    """Who changed since the lake was told is asked again, by what they are now; so are those whose dates will
    come, to know when."""
    keys = sorted({*await profiles.read_changed_keys(ctx), *dated})
    for start in range(0, len(keys), LOOKED_AT_ONCE):
        await ask_to_look(ctx, keys[start : start + LOOKED_AT_ONCE])


async def fill_feed(
    ctx: Context, watched: Plan, sets: Sets, feed: PlannedFeed, history: FeedHistory, at: At, *, anew: bool = False
) -> None:
    """Joins history and what came in meanwhile, judges the feed's leaves for everybody, writes the states. ``anew``
    forgets what was remembered before: the caller sees to it that history has all of it."""
    if anew:
        await live.delete_feed_states(ctx, [feed.id])
    before = unpack_states([(chunk, payload) for chunk, _, payload in await live.read_feed_states(ctx, feed.id)])
    nodes = np.union1d(before.keys, history.nodes)
    entries = join_entries(
        [
            (
                np.searchsorted(nodes, np.repeat(before.keys, before.counts)),
                before.times,
                before.idents,
                before.extras,
            ),
            (
                np.searchsorted(nodes, history.nodes)[history.entries.groups()],
                history.entries.times,
                history.entries.idents,
                history.entries.extras,
            ),
        ],
        len(nodes),
    ).prune(feed.keep, at.now_us)
    owners = await _find_owners(ctx, nodes)
    people, groups = (
        np.unique(owners, return_inverse=True) if (owners != nodes).any() else (nodes, np.arange(len(nodes)))
    )
    mine = entries.regroup(groups.astype(np.int64), len(people))
    due = np.full(len(people), FAR_US)
    for leaf in watched.leaves_of.get(feed.id, ()):
        if isinstance(leaf.node, BEHAVIOURS):
            judged = judge(leaf.node, mine, at)
            due = np.minimum(due, judged.due)
            set_leaf(sets, leaf.id, to_bitmap(people[judged.holds != leaf.default]))
    for one in watched.figures_of.get(feed.id, ()):
        due = np.minimum(due, measure(one.figure, mine, at).due)
    dues = np.zeros(len(nodes), np.int64)
    some = np.flatnonzero(np.diff(entries.starts) > 0)
    own, first = np.unique(groups[some], return_index=True)
    dues[some[first]] = np.where(due[own] >= FAR_US, 0, due[own])
    remembered = to_bitmap(nodes[np.diff(entries.starts) > 0])
    sets.change(live.NODES, 0, remembered - sets.get(live.NODES, 0), BitMap())
    states = States(nodes, np.diff(entries.starts), dues, entries.times, entries.idents, entries.extras)
    rows = [(feed.id, chunk, when, payload) for chunk, when, payload in pack_states(states) if payload]
    for start in range(0, len(rows), STATES_AT_ONCE):
        await live.write_states(ctx, rows[start : start + STATES_AT_ONCE])


async def _find_owners(ctx: Context, nodes: Ints) -> Ints:
    """The profile key of each node now."""
    joined = await profiles.read_joined(ctx)
    joined = joined[np.argsort(joined[:, 0])]
    owners = nodes.copy()
    if len(joined):
        places = np.minimum(np.searchsorted(joined[:, 0], nodes), len(joined) - 1)
        moved = joined[places, 0] == nodes
        owners[moved] = joined[places[moved], 1]
    return owners


def set_leaf(sets: Sets, leaf_id: int, people: BitMap) -> None:
    before = sets.get(live.LEAF, leaf_id)
    sets.change(live.LEAF, leaf_id, people - before, before - people)


async def _report(report: Any, done: int, total: int) -> None:
    if report is not None:
        await report(done, total)
