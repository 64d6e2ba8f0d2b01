"""The stream step: what a batch of committed events sets in motion, in one transaction.

Identity first, for it takes the workspace's lock; then counters and catalogue, live pages, and what
other domains tapped in. What comes out are the rows for the lake.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from kizuna.domains.collect.contracts import EVENT_TYPES, Source, StreamBatch
from kizuna.domains.collect.repository import sources as source_rows
from kizuna.domains.collect.rules.events import ACTIVE, TRUST_MASK
from kizuna.domains.collect.service import count
from kizuna.domains.collect.service.columns import Columns
from kizuna.domains.collect.service.show import show_batch
from kizuna.domains.collect.service.stream_memory import SOURCES_FRESH_S, DrainMemory, WorkspaceMemory, is_stale
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
    _learned: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])

    def later(self, learn: Callable[[], None]) -> None:
        self._learned.append(learn)

    def learn(self) -> None:
        for learn in self._learned:
            learn()


async def stream_batch(ctx: Context, batch: Sequence[Columns], memory: DrainMemory) -> Outcome:
    """Streams the events of some chunks of the context's workspace."""
    outcome = Outcome()
    own = memory.of(ctx.workspace.id)
    sources = await _read_sources(ctx, own, batch)
    touchpoints = {source.id: source.touchpoint for source in sources.values()}
    full = [columns for columns in batch if columns.count]
    observed = await profiles.observe(ctx, observe_columns(full, touchpoints), memory.people)
    name_ids = await count.name_events(ctx, full, own)
    outcome.later(lambda: own.name_ids.update(name_ids))
    await count.count_names(ctx, full, name_ids)
    await count.count_flow(ctx, batch)
    await _count_shapes(ctx, full, name_ids, own, outcome)
    if full:
        for module in ctx.runtime.registry.modules:
            for tap in module.stream_taps:
                await tap(ctx, StreamBatch(full, touchpoints, observed))
        await show_batch(ctx, full, sources, memory)
    outcome.tables = [columns.to_arrow(name_ids, touchpoints) for columns in full]
    return outcome


async def _read_sources(ctx: Context, own: WorkspaceMemory, batch: Sequence[Columns]) -> dict[int, Source]:
    named = {int(id_) for columns in batch for id_ in np.unique(columns.sources)}
    # A source may be newer than what is remembered, and its touchpoint is written for ever.
    if is_stale(own.sources_until) or not named <= own.sources.keys():
        own.sources = await source_rows.find_all(ctx.db, ctx.workspace.id)
        own.sources_until = time.monotonic() + SOURCES_FRESH_S
    return own.sources


def observe_columns(batch: Sequence[Columns], touchpoints: dict[int, str]) -> Observations:
    """What the events say about people, in their order."""
    types, flags = _join(batch, "types"), _join(batch, "flags")
    sources = _join(batch, "sources")
    named, touchpoint_index = np.unique(sources, return_inverse=True)
    return Observations(
        keys=_join(batch, "keys"),
        ends=np.cumsum(_join(batch, "key_counts"), dtype=np.int64),
        times_s=_join(batch, "times") / 1_000_000,
        touchpoints=[touchpoints.get(source_id, "web") for source_id in named.tolist()],
        touchpoint_index=touchpoint_index.ravel(),
        sources=sources,
        trusts=flags & TRUST_MASK,
        aliases=types == _ALIAS,
        active=(flags & ACTIVE) != 0,
        message_ids=[id_ for columns in batch for id_ in columns.chunk.message_ids],
        traits=dict(_read_all_traits(batch)),
    )


def _join(batch: Sequence[Columns], column: str) -> Any:
    return np.concatenate([getattr(columns, column) for columns in batch]) if batch else np.zeros(0, np.int64)


def _read_all_traits(batch: Sequence[Columns]) -> Iterator[tuple[int, dict[str, Any] | None]]:
    start = 0
    for columns in batch:
        for index in np.flatnonzero(columns.types == _IDENTIFY).tolist():
            yield start + index, _read_traits(columns.properties(index))
        start += columns.count


def _read_traits(text: bytes) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(text) or None
    except msgspec.DecodeError:  # a number that no double holds; the event itself stays in the lake as it came
        return None


async def _count_shapes(
    ctx: Context, batch: Sequence[Columns], name_ids: dict[str, int], own: WorkspaceMemory, outcome: Outcome
) -> None:
    """Counts what properties look like. It is written every few seconds only: a catalogue may lag."""
    events = sum(columns.count for columns in batch)
    found = count.look_at_shapes(batch, name_ids, own.shapes_seen.take(events))

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
    await _count_shapes(ctx, [], {}, memory.of(ctx.workspace.id), outcome)
    return outcome
