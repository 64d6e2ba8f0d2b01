"""Who came and went: segments worked out from their leaves, history, signals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from pyroaring import BitMap

from kizuna.conditions.moments import to_us
from kizuna.domains.segments.contracts import Cause, CauseKind, Change
from kizuna.domains.segments.repository import live
from kizuna.domains.segments.rules.packing import to_array
from kizuna.domains.segments.service.flips import Flips, write_cause
from kizuna.domains.segments.service.memory import Sets
from kizuna.domains.segments.service.messages import Merge
from kizuna.domains.segments.service.plan import Plan, PlannedSegment, Tree
from kizuna.domains.segments.signals import KEYS_PER_SIGNAL_MAX, SegmentMove, SegmentsChanged
from kizuna.kernel.context import Context
from kizuna.kernel.signals import publish

TOPIC = "segments"
SHOWN_MAX = 50
"""Changes of one batch that open pages are told one by one."""

NOBODY = BitMap()
Carried = dict[int, BitMap]
"""By segment: profiles that were in it as one of those they were merged of."""


def holds(tree: Tree, among: BitMap, sets: Sets) -> BitMap:
    """Those of some people for whom the condition is true."""
    match tree.kind:
        case "all":
            for one in tree.of:
                if not among:
                    break
                among = holds(one, among, sets)
            return among
        case "any":
            found = NOBODY
            for one in tree.of:
                found = found | holds(one, among - found, sets)
            return found
        case "not":
            return among - holds(tree.of[0], among, sets)
        case "leaf":
            odd = sets.get(live.LEAF, tree.id)
            return among - odd if tree.default else among & odd
        case _:
            return among & sets.get(live.SEGMENT, tree.id)


def carry_merged(sets: Sets, merges: Sequence[Merge]) -> Carried:
    """Takes profiles that went into others out of all sets. What leaves say of them holds for those they went
    into, who are looked at anew where it may not; whose place in segments passes on to whom is the answer."""
    if not merges:
        return {}
    into = {one.source: one.into for one in merges}
    gone = BitMap(into)
    carried: Carried = {}
    for kind in (live.LEAF, live.SEGMENT):
        for id_ in sets.ids(kind):
            own = sets.get(kind, id_)
            leaving = own & gone
            if leaving:
                heirs = BitMap(_follow(into, key) for key in leaving)
                sets.change(kind, id_, heirs - own if kind == live.LEAF else NOBODY, leaving)
                if kind == live.SEGMENT:
                    carried[id_] = heirs
    return carried


def _follow(into: Mapping[int, int], key: int) -> int:
    """Where a profile ended, however often it was merged; keys only ever get smaller."""
    while key in into:
        key = into[key]
    return key


class _Move(msgspec.Struct, frozen=True):
    """As it is stored."""

    segment_id: int
    entered: bool
    keys: list[int]
    cause: Cause


@dataclass(slots=True)
class _Turned:
    """What a batch changed, by segment."""

    people: dict[int, BitMap] = field(default_factory=dict[int, BitMap])
    counts: dict[int, tuple[int, int]] = field(default_factory=dict[int, tuple[int, int]])
    moves: list[_Move] = field(default_factory=list[_Move])
    sizes: set[int] = field(default_factory=set[int])
    """Whose size changed, though nobody came or went: profiles were merged."""


async def work_out(
    ctx: Context, plan: Plan, sets: Sets, flips: Flips, looked: BitMap, carried: Carried | None = None
) -> None:
    """Brings all live segments up to date for the people whose leaves turned, and for all ``looked`` at."""
    turned = _Turned()
    carried = carried or {}
    live_ids = {segment.id for segment in plan.segments}
    for id_, people in carried.items():
        turned.sizes.add(id_)
        if id_ not in live_ids:  # a list keeps whom it had
            fresh = people - sets.get(live.SEGMENT, id_)
            sets.change(live.SEGMENT, id_, fresh, NOBODY)
            turned.people[id_] = fresh
    await _work_out(ctx, plan, sets, flips, looked, carried, turned)


async def replace(ctx: Context, plan: Plan, sets: Sets, segment_id: int, members: BitMap, kind: CauseKind) -> Change:
    """Makes ``members`` the members of a segment; segments that refer to it follow."""
    turned, flips = _Turned(), Flips()
    before = sets.get(live.SEGMENT, segment_id)
    on, off = members - before, before - members
    sets.change(live.SEGMENT, segment_id, on, off)
    turned.people[segment_id] = on | off
    turned.counts[segment_id] = (len(on), len(off))
    turned.sizes.add(segment_id)
    now_us = to_us(ctx.clock.now())
    for entered, keys in ((True, on), (False, off)):
        if keys:
            turned.moves += _describe(segment_id, keys, entered, [(kind, 0, now_us)], {})
    await _work_out(ctx, plan, sets, flips, NOBODY, {}, turned)
    return Change(len(on), len(off))


async def _work_out(
    ctx: Context, plan: Plan, sets: Sets, flips: Flips, looked: BitMap, carried: Carried, turned: _Turned
) -> None:
    specs = {id_: msgspec.to_builtins(plan.leaves[id_].node) for id_ in flips.turned if id_ in plan.leaves}
    for segment in plan.segments:
        if not segment.ready:
            continue
        among = _concerned(segment, flips, looked, carried, turned)
        if among:
            _work_out_one(ctx, sets, segment, among, carried.get(segment.id, NOBODY), flips, turned, specs)
    await _record(ctx, turned.moves)
    await _write_sizes(ctx, sets, turned)


def _concerned(segment: PlannedSegment, flips: Flips, looked: BitMap, carried: Carried, turned: _Turned) -> BitMap:
    parts = [flips.turned[id_] for id_ in segment.leaf_ids if id_ in flips.turned]
    parts += [turned.people[id_] for id_ in segment.segment_ids if id_ in turned.people]
    return NOBODY.union(looked, carried.get(segment.id, NOBODY), *parts)


def _work_out_one(
    ctx: Context,
    sets: Sets,
    segment: PlannedSegment,
    among: BitMap,
    carried: BitMap,
    flips: Flips,
    turned: _Turned,
    specs: dict[int, Any],
) -> None:
    known = sets.get(live.SEGMENT, segment.id) & among
    now = holds(segment.tree, among, sets)
    sets.change(live.SEGMENT, segment.id, now - known, known - now)
    before = known | carried
    on, off = now - before, before - now
    if not on and not off:
        return
    turned.people[segment.id] = on | off
    turned.counts[segment.id] = (len(on), len(off))
    referred = NOBODY.union(*(turned.people.get(id_, NOBODY) for id_ in segment.segment_ids))
    now_us = to_us(ctx.clock.now())
    for entered, keys in ((True, on), (False, off)):
        parts: tuple[tuple[CauseKind, BitMap], ...] = (("segment", keys & referred), ("identity", keys - referred))
        for kind, some in parts:
            if some:
                reasons = flips.explain(some, segment.leaf_ids, kind, now_us)
                turned.moves += _describe(segment.id, some, entered, reasons, specs)


def _describe(
    segment_id: int,
    keys: BitMap,
    entered: bool,
    reasons: Sequence[tuple[CauseKind, int, int]],
    specs: dict[int, Any],
) -> list[_Move]:
    """Moves of some thousand people each. One reason stands for all."""
    moved = to_array(keys).tolist()
    found: list[_Move] = []
    for start in range(0, len(moved), KEYS_PER_SIGNAL_MAX):
        end = start + KEYS_PER_SIGNAL_MAX
        why = reasons if len(reasons) == 1 else reasons[start:end]
        found.append(_Move(segment_id, entered, moved[start:end], write_cause(why, specs)))
    return found


async def _record(ctx: Context, moves: Sequence[_Move]) -> None:
    """History and signals, as many moves at once as make a signal."""
    for batch in _batches(moves):
        ids = await live.insert_moves(ctx, ctx.clock.now(), [msgspec.to_builtins(move) for move in batch])
        told = (
            SegmentMove(move.segment_id, id_, move.entered, tuple(move.keys))
            for move, id_ in zip(batch, ids, strict=True)
        )
        await publish(ctx, SegmentsChanged(tuple(told)))


def _batches(moves: Sequence[_Move]) -> Iterator[list[_Move]]:
    batch: list[_Move] = []
    size = 0
    for move in moves:
        if batch and size + len(move.keys) > KEYS_PER_SIGNAL_MAX:
            yield batch
            batch, size = [], 0
        batch.append(move)
        size += len(move.keys)
    if batch:
        yield batch


async def _write_sizes(ctx: Context, sets: Sets, turned: _Turned) -> None:
    ids = sorted(turned.sizes | turned.counts.keys())
    if not ids:
        return
    rows = [(id_, len(sets.get(live.SEGMENT, id_)), *turned.counts.get(id_, (0, 0))) for id_ in ids]
    await live.set_sizes(ctx, _hour(ctx.clock.now()), rows)
    await tell_pages(ctx, rows)


async def tell_pages(ctx: Context, rows: Iterable[tuple[int, int, int, int]]) -> None:
    """Open pages show new sizes at once."""
    shown = [{"id": id_, "size": size, "entered": on, "left": off} for id_, size, on, off in rows]
    await ctx.live.publish(ctx.db, ctx.workspace.id, TOPIC, shown if len(shown) <= SHOWN_MAX else None)


def _hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)
