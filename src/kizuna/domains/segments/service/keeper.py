"""The keeper: brings leaves and members up to date with what happened and with the time that passed.

One at a time for each workspace. For the people touched it reads what the feeds remember of them, adds what
came in, judges the leaves, and works out anew the segments whose leaves turned. Sets of people make that
algebra; most of the cost is reading and writing the states.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from kizuna.conditions.moments import At
from kizuna.domains.profiles import api as profiles
from kizuna.domains.segments.repository import live
from kizuna.domains.segments.rules.packing import CHUNK_BITS, to_array, to_bitmap, unpack_states
from kizuna.domains.segments.service import changes, standing
from kizuna.domains.segments.service.feed_work import Crowd, FeedWork
from kizuna.domains.segments.service.figures import Figures
from kizuna.domains.segments.service.flips import Flips
from kizuna.domains.segments.service.memory import Sets
from kizuna.domains.segments.service.messages import FeedEntries, Look, Merge, read_entries
from kizuna.domains.segments.service.plan import Plan, read_plan
from kizuna.kernel.context import Context

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

ROWS_PER_BATCH_MAX = 40
BATCH_BYTES_MAX = 3 << 20
DUE_CHUNKS_MAX = 2_000
WRITTEN_SHARE = 8
"""Where figures are written a batch is so much smaller: streams wait while profiles are written anew."""

StateRows = list[tuple[int, int, int | None, bytes]]
"""(feed, chunk, due, payload); an empty payload takes the row away."""


@dataclass(slots=True)
class Touched:
    """What a batch is about. Keys are of nodes."""

    entries: dict[int, list[FeedEntries]] = field(default_factory=dict[int, list[FeedEntries]])
    due: dict[int, Ints] = field(default_factory=dict[int, "Ints"])
    """Nodes that are due, by feed."""
    look: set[int] = field(default_factory=set[int])
    whole: set[int] = field(default_factory=set[int])
    """To be looked at with all they did."""
    merges: list[Merge] = field(default_factory=list[Merge])
    everybodys_consent: bool = False

    def keys(self) -> list[int]:
        parts = [np.fromiter(self.look | self.whole, np.int64), *self.due.values()]
        parts += [one.keys for entries in self.entries.values() for one in entries]
        return np.unique(np.concatenate(parts)).tolist()

    def keys_of(self, feed_id: int) -> Ints:
        parts = [one.keys for one in self.entries.get(feed_id, ())]
        if feed_id in self.due:
            parts.append(self.due[feed_id])
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)


async def keep_up(ctx: Context, sets: Sets) -> int:
    """Does one batch of what waits and of what is due; returns how much there was, 0 for nothing."""
    plan = await read_plan(ctx)
    at = plan.at(ctx)
    touched = Touched()
    share = WRITTEN_SHARE if plan.figures_of else 1
    taken = await _take(ctx, touched, BATCH_BYTES_MAX // share)
    due = await live.find_due(ctx, at.now_us, DUE_CHUNKS_MAX // share)
    if not taken and not due:
        return 0
    await _find_due(ctx, touched, due, at)
    if touched.everybodys_consent:
        await standing.ask_for_consent(ctx, plan)
    await settle(ctx, plan, sets, touched, at)
    await live.delete_taken(ctx, taken)
    return len(taken) + len(due)


async def _take(ctx: Context, touched: Touched, bytes_max: int) -> list[int]:
    """Reads what waits, as much as one batch may hold."""
    ids: list[int] = []
    size = 0
    for id_, kind, payload in await live.take(ctx, ROWS_PER_BATCH_MAX):
        size += len(payload)
        if ids and size > bytes_max:
            break
        ids.append(id_)
        if kind == "events":
            for one in read_entries(payload):
                touched.entries.setdefault(one.feed_id, []).append(one)
        elif kind == "merge":
            merges = msgspec.msgpack.decode(payload, type=list[Merge])
            touched.merges += merges
            touched.look.update(one.into for one in merges)
        else:
            look = msgspec.msgpack.decode(payload, type=Look)
            (touched.whole if look.whole else touched.look).update(look.keys)
            touched.everybodys_consent |= look.consent and not look.keys
    return ids


async def _find_due(ctx: Context, touched: Touched, places: list[tuple[int, int]], at: At) -> None:
    """Who is due in the chunks in which somebody is."""
    rows: dict[int, list[tuple[int, bytes]]] = {}
    for feed_id, chunk, _, payload in await live.read_states(ctx, places) if places else ():
        rows.setdefault(feed_id, []).append((chunk, payload))
    for feed_id, own in rows.items():
        states = unpack_states(own)
        touched.due[feed_id] = states.keys[(states.dues > 0) & (states.dues <= at.now_us)]


async def settle(ctx: Context, plan: Plan, sets: Sets, touched: Touched, at: At) -> None:
    """Works through a batch: states, leaves, segments, history."""
    keys = touched.keys()
    crowd = Crowd.make(await profiles.read_groups(ctx, keys) if keys else [])
    carried = changes.carry_merged(sets, touched.merges)
    whole = np.union1d(crowd.of(np.fromiter(touched.whole, np.int64)), _find_blended(plan, sets, touched, crowd))
    looked = np.unique(
        np.concatenate((crowd.of(np.fromiter(touched.look, np.int64)), whole, crowd.of(touched.keys_of(live.NO_FEED))))
    )
    works = _share_out(plan, touched, crowd, whole)
    found = await _read_states(ctx, works, crowd.nodes_of(looked)[0])
    flips, figures, rows = Flips(), Figures(), StateRows()
    for work in works:
        known, new = found.get(work.feed.id, {}), touched.entries.get(work.feed.id, ())
        rows += work.settle(plan, sets, flips, figures, known, new, at)
    await figures.write(ctx)
    rows += await standing.settle(ctx, plan, sets, flips, looked, crowd, found.get(live.NO_FEED, {}), at)
    await live.write_states(ctx, [row for row in rows if row[3]])
    await live.delete_states(ctx, [(feed_id, chunk) for feed_id, chunk, _, payload in rows if not payload])
    await changes.work_out(ctx, plan, sets, flips, to_bitmap(looked), carried)


def _find_blended(plan: Plan, sets: Sets, touched: Touched, crowd: Crowd) -> Ints:
    """Merged profiles of which several nodes did something: what they did counts together now. Of others the
    leaves are those of the one node, but what another brought as a trait may stand before its figure."""
    merged = crowd.of(np.fromiter((one.into for one in touched.merges), np.int64))
    if plan.figures_of:
        return merged
    nodes, owners = crowd.nodes_of(merged)
    known = np.isin(nodes, to_array(sets.get(live.NODES, 0) & to_bitmap(nodes)))
    people, counts = np.unique(owners[known], return_counts=True)
    return people[counts > 1]


def _share_out(plan: Plan, touched: Touched, crowd: Crowd, whole: Ints) -> list[FeedWork]:
    """What is to be done for each feed: those who did something or are due, and those who are looked at whole."""
    works: list[FeedWork] = []
    for feed_id, feed in plan.feeds.items():
        if len(whole) or feed_id in touched.entries or feed_id in touched.due:
            own = np.union1d(crowd.of(touched.keys_of(feed_id)), whole)
            if len(own):
                works.append(FeedWork(feed, own, *crowd.nodes_of(own), due=touched.due.get(feed_id)))
    return works


async def _read_states(ctx: Context, works: Iterable[FeedWork], looked_nodes: Ints) -> dict[int, dict[int, bytes]]:
    """Payloads by feed and chunk of everybody concerned."""
    wanted = [(work.feed.id, chunk) for work in works for chunk in np.unique(work.nodes >> CHUNK_BITS).tolist()]
    wanted += [(live.NO_FEED, chunk) for chunk in np.unique(looked_nodes >> CHUNK_BITS).tolist()]
    found: dict[int, dict[int, bytes]] = {}
    for feed_id, chunk, _due, payload in await live.read_states(ctx, wanted) if wanted else ():
        found.setdefault(feed_id, {})[chunk] = payload
    return found
