"""Counts what a batch holds: events a minute, names, and what properties look like."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import numpy as np

from kizuna.domains.collect.contracts import EVENT_TYPES, NAMES_MAX
from kizuna.domains.collect.repository import catalogue
from kizuna.domains.collect.repository.catalogue import FlowCount
from kizuna.domains.collect.rules.shapes import Seen, add_shape, show_example
from kizuna.domains.collect.service.columns import Columns
from kizuna.domains.collect.service.stream_memory import WorkspaceMemory
from kizuna.domains.privacy import api as privacy
from kizuna.kernel.context import Context

MINUTE_US = 60_000_000
SHAPES_PER_NAME_MIN = 5
SHAPES_WRITE_S = 2.0
PATHS_PER_NAME_MAX = 500


async def count_flow(ctx: Context, events: Columns | None, chunks: Sequence[Columns]) -> None:
    """Adds a batch to the counters of its minutes, with what the intake refused meanwhile."""
    counts: dict[tuple[datetime, int], FlowCount] = {}
    if events is not None:
        places = (events.received // MINUTE_US << 32) | events.sources.astype(np.int64)
        unique, index, numbers = np.unique(places, return_inverse=True, return_counts=True)
        lasts = np.zeros(len(unique), np.int64)
        np.maximum.at(lasts, index.ravel(), events.received)
        for place, number, last in zip(unique.tolist(), numbers.tolist(), lasts.tolist(), strict=True):
            counts[_minute(place >> 32), place & 0xFFFFFFFF] = FlowCount(accepted=number, last_event_at=_moment(last))
    withheld: Counter[str] = Counter()
    for columns in chunks:
        minute = _minute(columns.chunk.counted_at_us // MINUTE_US)
        for source_id, seen in columns.chunk.counts.items():
            count = counts.setdefault((minute, source_id), FlowCount())
            count.refused += seen.refused
            count.duplicates += seen.duplicates
            count.set_aside += seen.set_aside
            withheld.update(seen.withheld)
    if counts:
        await catalogue.count_flow(ctx.db, ctx.workspace.id, counts)
    await privacy.count_withheld(ctx, "collect", withheld)


def _minute(number: int) -> datetime:
    return datetime.fromtimestamp(number * 60, UTC)


def _moment(us: int) -> datetime:
    return datetime.fromtimestamp(us / 1_000_000, UTC)


async def name_events(ctx: Context, events: Columns, memory: WorkspaceMemory) -> dict[str, int]:
    """The id of every name in a batch; new names get one. Beyond ``NAMES_MAX`` names it is 0."""
    types = {
        name: EVENT_TYPES[events.types[int(np.argmax(events.name_index == place))]]
        for place, name in enumerate(events.names)
        if name not in memory.name_ids
    }
    if not types:
        return memory.name_ids
    known = await catalogue.find_name_ids(ctx.db, ctx.workspace.id, list(types))
    new = {name: kind for name, kind in types.items() if name not in known}
    if new:
        known |= await catalogue.add_names(ctx.db, ctx.workspace.id, new, ctx.clock.now(), NAMES_MAX)
    return memory.name_ids | {name: known.get(name, 0) for name in types}


async def count_names(ctx: Context, events: Columns, name_ids: dict[str, int]) -> None:
    rows: list[tuple[int, int, datetime, datetime]] = []
    for place, name in enumerate(events.names):
        received = events.received[events.name_index == place]
        if name_ids[name] and len(received):
            rows.append((name_ids[name], len(received), _moment(int(received.min())), _moment(int(received.max()))))
    if rows:
        await catalogue.count_names(ctx.db, ctx.workspace.id, rows)


def look_at_shapes(events: Columns, name_ids: dict[str, int], at_most: int) -> dict[int, dict[str, Seen]]:
    """What the properties of a batch look like, by name id.

    Of more than about ``at_most`` events only some of each name are looked at and stand for the others;
    a rare name is always looked at.
    """
    found: dict[int, dict[str, Seen]] = {}
    for place, name in enumerate(events.names):
        id_ = name_ids[name]
        indexes = np.flatnonzero(events.name_index == place)
        if not id_ or not len(indexes):
            continue
        share = max(SHAPES_PER_NAME_MIN, at_most * len(indexes) // events.count)
        chosen = indexes[:: max(1, len(indexes) // share)].tolist()
        seen: dict[str, Seen] = {}
        for index in chosen:
            add_shape(seen, _read_object(events.properties(index)))
        merge_shapes(found.setdefault(id_, {}), seen, len(indexes) / len(chosen))
    return found


def _read_object(text: bytes) -> dict[str, object]:
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):  # a number beyond a double, say; the catalogue can do without
        return {}
    return value if isinstance(value, dict) else {}


def merge_shapes(into: dict[str, Seen], other: dict[str, Seen], weight: float = 1.0) -> None:
    for path, seen in other.items():
        known = into.get(path)
        if known is None:
            if len(into) >= PATHS_PER_NAME_MAX:
                continue
            known = into[path] = Seen({})
        for kind, number in seen.types.items():
            known.types[kind] = known.types.get(kind, 0) + round(number * weight)
        if known.example is None:
            known.example = seen.example


async def write_shapes(ctx: Context, shapes: dict[int, dict[str, Seen]]) -> None:
    rows = [
        (name_id, path, seen.types, sum(seen.types.values()), show_example(seen.example))
        for name_id, paths in shapes.items()
        for path, seen in paths.items()
        if seen.types
    ]
    if rows:
        await catalogue.count_properties(ctx.db, ctx.workspace.id, ctx.clock.now(), rows)
