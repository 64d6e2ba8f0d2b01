"""The nightly comparison: what is live against what the lake says, and the mending of what differs.

There should never be anything to mend. What can make it differ are events that retention removed, copies of
an event that came days apart, and faults of ours.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

import msgspec
from pyroaring import BitMap

from kizuna.conditions.ast import Condition
from kizuna.domains.collect import api as collect
from kizuna.domains.profiles import api as profiles
from kizuna.domains.segments.repository import audit as repository
from kizuna.domains.segments.repository import live, plan
from kizuna.domains.segments.repository import segments as segment_rows
from kizuna.domains.segments.rules.packing import to_bitmap
from kizuna.domains.segments.service import changes, sets
from kizuna.domains.segments.service.build import ask_standing, fill_feed, set_leaf
from kizuna.domains.segments.service.history import read_history
from kizuna.domains.segments.service.memory import hold_sets
from kizuna.domains.segments.service.plan import PlannedSegment, read_plan
from kizuna.domains.segments.service.question import ask
from kizuna.domains.workspace.api import list_workspace_ids
from kizuna.kernel.context import Context, Runtime

logger = logging.getLogger(__name__)

LOOKS = 3
"""What happens while a comparison runs makes it differ for a moment: only what differs each time is drift."""


class Drift(msgspec.Struct, frozen=True):
    """Who was in a live segment and should not have been, and who was missing."""

    segment_id: int
    extra: int
    missing: int


class Audit(msgspec.Struct, frozen=True):
    """What the latest comparison found and mended. ``drifts`` is empty if all is well."""

    at: datetime
    segments: int
    drifts: list[Drift]


async def audit_all(runtime: Runtime) -> None:
    """Every workspace's live segments, one after the other."""
    for workspace_id in await list_workspace_ids(runtime):
        found = await audit_workspace(runtime, workspace_id)
        for drift in found.drifts:
            logger.error("a live segment had drifted and was mended", extra=msgspec.to_builtins(drift))


async def audit_workspace(runtime: Runtime, workspace_id: int) -> Audit:
    """Compares all live segments that are ready with a fresh computation; mends and writes down what differs."""
    async with runtime.unit(workspace_id) as ctx:
        ready = [one.id for one in (await read_plan(ctx)).segments if one.ready]
        conditions = {row.id: row.condition for row in await plan.read_segments(ctx)}
    drifts: list[Drift] = []
    for segment_id in ready:
        condition = msgspec.convert(conditions.get(segment_id), Condition | None)
        if condition is None:
            continue
        extra, missing = await find_drift(runtime, workspace_id, segment_id, condition)
        if extra or missing:
            drifts.append(Drift(segment_id, len(extra), len(missing)))
            await mend_segment(runtime, workspace_id, segment_id)
    async with runtime.unit(workspace_id) as ctx:
        found = Audit(ctx.clock.now(), len(ready), drifts)
        await repository.write_audit(ctx, found.at, msgspec.to_builtins(found))
    return found


async def read_audit(ctx: Context) -> Audit | None:
    """The latest; None before the first."""
    found = await repository.read_audit(ctx)
    return None if found is None else msgspec.convert(found, Audit, strict=False)


async def find_drift(
    runtime: Runtime, workspace_id: int, segment_id: int, condition: Condition
) -> tuple[BitMap, BitMap]:
    """(who is in it and should not be, who is missing): those of whom every look says the same."""
    extra, missing = BitMap(), BitMap()
    for look in range(LOOKS):
        await collect.wait_until_loaded(runtime, workspace_id)
        async with runtime.unit(workspace_id) as ctx:
            before = await sets.read_members(ctx, segment_id)
        computed = await ask(runtime, workspace_id, condition)
        async with runtime.unit(workspace_id) as ctx:
            members = await sets.read_members(ctx, segment_id)
            told = to_bitmap(await profiles.read_universe(ctx)) - BitMap(await profiles.read_changed_keys(ctx))
        now_extra = (members & before & told) - computed
        now_missing = (computed & told) - members - before
        extra = now_extra if not look else extra & now_extra
        missing = now_missing if not look else missing & now_missing
        if not extra and not missing:
            break
    return extra, missing


async def mend_segment(runtime: Runtime, workspace_id: int, segment_id: int) -> None:
    """Fills everything the segment asks anew. The keeper waits meanwhile, so that nothing is forgotten that is not
    in the lake yet."""
    async with hold_sets(runtime, workspace_id) as held:
        assert held is not None
        ctx, kept = held
        watched = await read_plan(ctx)
        segment = next((one for one in watched.segments if one.id == segment_id), None)
        if segment is None:
            return
        await collect.wait_until_loaded(runtime, workspace_id)
        leaves = [watched.leaves[id_] for id_ in segment.leaf_ids]
        at = watched.at(ctx)
        for feed_id in sorted({leaf.feed_id for leaf in leaves if leaf.feed_id is not None}):
            feed = watched.feeds[feed_id]
            history = await read_history(runtime, workspace_id, feed, at)
            await fill_feed(ctx, watched, kept, feed, history, at, anew=True)
        for leaf_id, people in (await ask_standing(runtime, workspace_id, leaves, anew=True)).items():
            set_leaf(kept, leaf_id, people)
        await segment_rows.lock_definitions(ctx)
        await plan.mark_ready(ctx, [leaf.feed_id for leaf in leaves if leaf.feed_id], list(segment.leaf_ids))
        everybody = to_bitmap(await profiles.read_universe(ctx))
        for one in _concerned(watched.segments, segment):
            members = changes.holds(one.tree, everybody, kept)
            if members != kept.get(live.SEGMENT, one.id):
                await changes.replace(ctx, watched, kept, one.id, members, "audit")


def _concerned(segments: Sequence[PlannedSegment], mended: PlannedSegment) -> list[PlannedSegment]:
    """Those that ask a leaf that was filled anew, in their order."""
    return [one for one in segments if one.ready and not set(one.leaf_ids).isdisjoint(mended.leaf_ids)] or [mended]
