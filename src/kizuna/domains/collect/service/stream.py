"""The stream step: what a batch of committed events sets in motion, in one transaction.

Identity first, for it takes the workspace's lock; then counters and catalogue, live pages, and what
other domains tapped in. What comes out are the rows for the lake.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from kizuna.domains.collect.contracts import EVENT_TYPES, Source, StreamBatch
from kizuna.domains.collect.repository import sources as source_rows
from kizuna.domains.collect.rules.events import ACTIVE, TRUST_MASK
from kizuna.domains.collect.rules.shapes import Seen
from kizuna.domains.collect.service import count
from kizuna.domains.collect.service.columns import Columns
from kizuna.domains.collect.service.show import show_events
from kizuna.domains.collect.service.statements import hear_statements, remember
from kizuna.domains.collect.service.stream_memory import SOURCES_FRESH_S, DrainMemory, WorkspaceMemory, is_stale
from kizuna.domains.collect.service.without_people import leave_out_keys
from kizuna.domains.privacy import api as privacy
from kizuna.domains.profiles import api as profiles
from kizuna.domains.profiles.contracts import Observations
from kizuna.kernel.context import Context

if TYPE_CHECKING:
    import pyarrow as pa

_IDENTIFY = EVENT_TYPES.index("identify")
_ALIAS = EVENT_TYPES.index("alias")


@dataclass(slots=True)
class Outcome:
    """What a stream step made. ``learn`` is called after the commit."""

    tables: list[pa.Table] = field(default_factory=list["pa.Table"])
    """Rows for the lake, one table a chunk."""
    erased: frozenset[int] = frozenset()
    """Nodes that the rows are without."""
    _learned: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])

    def later(self, learn: Callable[[], None]) -> None:
        self._learned.append(learn)

    def learn(self) -> None:
        for learn in self._learned:
            learn()


async def stream_batch(ctx: Context, batch: Sequence[Columns], memory: DrainMemory) -> Outcome:
    """Streams the events of some chunks of the context's workspace."""
    outcome = Outcome(erased=(await ctx.runtime.remembered(privacy.TermsMemory).read(ctx)).erased)
    full = [leave_out_keys(columns, outcome.erased) for columns in batch if columns.count]
    if not full:
        await count.count_flow(ctx, None, batch)
        return outcome
    events = Columns.join(full)
    own = memory.of(ctx.workspace.id)
    sources = await _read_sources(ctx, own, events)
    touchpoints = {source.id: source.touchpoint for source in sources.values()}
    observed = await profiles.observe(ctx, observe_columns(events, touchpoints), memory.people)
    said = await hear_statements(ctx, events, own.heard)
    outcome.later(lambda: remember(own.heard, said))
    name_ids = await count.name_events(ctx, events, own)
    outcome.later(lambda: own.name_ids.update(name_ids))
    await count.count_names(ctx, events, name_ids)
    await count.count_flow(ctx, events, batch)
    await _count_shapes(ctx, count.look_at_shapes(events, name_ids, own.shapes_seen.take(events.count)), own, outcome)
    for module in ctx.runtime.registry.modules:
        for tap in module.stream_taps:
            await tap(ctx, StreamBatch(events, touchpoints, observed))
    await show_events(ctx, events, sources, memory)
    rows, ends = events.to_arrow(name_ids, touchpoints), accumulate(columns.count for columns in full)
    outcome.tables = [rows.slice(end - one.count, one.count) for one, end in zip(full, ends, strict=True)]
    return outcome


async def _read_sources(ctx: Context, own: WorkspaceMemory, events: Columns) -> dict[int, Source]:
    # A source may be newer than what is remembered, and its touchpoint is written for ever.
    if is_stale(own.sources_until) or not set(np.unique(events.sources).tolist()) <= own.sources.keys():
        own.sources = await source_rows.find_all(ctx.db, ctx.workspace.id)
        own.sources_until = time.monotonic() + SOURCES_FRESH_S
    return own.sources


def observe_columns(events: Columns, touchpoints: dict[int, str]) -> Observations:
    """What the events say about people, in their order."""
    sources, touchpoint_index = np.unique(events.sources, return_inverse=True)
    return Observations(
        keys=events.keys,
        ends=events.key_ends,
        times_s=events.times / 1_000_000,
        touchpoints=[touchpoints.get(source_id, "web") for source_id in sources.tolist()],
        touchpoint_index=touchpoint_index.ravel(),
        sources=events.sources,
        trusts=events.flags & TRUST_MASK,
        aliases=events.types == _ALIAS,
        active=(events.flags & ACTIVE) != 0,
        message_ids=events.chunk.message_ids,
        traits={
            index: _read_traits(events.properties(index))
            for index in np.flatnonzero(events.types == _IDENTIFY).tolist()
        },
    )


def _read_traits(text: bytes) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(text) or None
    except msgspec.DecodeError:  # a number that no double holds; the event itself stays in the lake as it came
        return None


async def _count_shapes(
    ctx: Context, found: dict[int, dict[str, Seen]], own: WorkspaceMemory, outcome: Outcome
) -> None:
    """Counts what properties look like. It is written every few seconds only: a catalogue may lag."""

    def keep() -> None:
        for name_id, paths in found.items():
            count.merge_shapes(own.shapes.setdefault(name_id, {}), paths)

    if time.monotonic() - own.shapes_written < count.SHAPES_WRITE_S:
        outcome.later(keep)
        return
    keep_before = own.shapes
    together = {name_id: dict(paths) for name_id, paths in found.items()}
    for name_id, paths in keep_before.items():
        count.merge_shapes(together.setdefault(name_id, {}), paths)
    await count.write_shapes(ctx, together)

    def forget() -> None:
        own.shapes = {}
        own.shapes_written = time.monotonic()

    outcome.later(forget)


async def write_left_over_shapes(ctx: Context, memory: DrainMemory) -> Outcome:
    """Writes what was counted since the last batch, once it has become quiet."""
    outcome = Outcome()
    await _count_shapes(ctx, {}, memory.of(ctx.workspace.id), outcome)
    return outcome
