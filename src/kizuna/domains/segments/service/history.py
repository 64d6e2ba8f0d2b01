"""What the lake says of a feed: the entries of everybody, to begin with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from kizuna.conditions.compile_sql.feeds import feed_count_sql, feed_events_sql, feed_sql, is_plain
from kizuna.conditions.live.entries import Entries
from kizuna.conditions.live.idents import idents_of_arrow
from kizuna.conditions.live.match import split_idents
from kizuna.conditions.moments import At
from kizuna.domains.segments.service.plan import PlannedFeed
from kizuna.kernel.context import Runtime

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

EVENTS_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True)
class FeedHistory:
    """Entries by node: group g is of ``nodes[g]``, ascending."""

    nodes: Ints
    entries: Entries


async def read_history(runtime: Runtime, workspace_id: int, feed: PlannedFeed, at: At) -> FeedHistory:
    """Everything the feed must keep, from the events in the lake. Reads many events in several parts."""
    parts = await _count_parts(runtime, workspace_id, feed, at)
    found: list[FeedHistory] = []
    for number in range(parts):
        read = _read_plain if is_plain(feed.feed) else _read_events
        keys, times, idents, extras = await read(runtime, workspace_id, feed, at, (number, parts))
        fresh = np.ones(len(keys), np.bool_)  # keys ascend
        fresh[1:] = np.diff(keys) != 0
        nodes, groups = keys[fresh], np.cumsum(fresh) - 1
        entries = Entries.make(groups, times, idents, extras, len(nodes))
        found.append(FeedHistory(nodes, entries.prune(feed.keep, at.now_us)))
    return _join(found) if len(found) > 1 else found[0]


async def _count_parts(runtime: Runtime, workspace_id: int, feed: PlannedFeed, at: At) -> int:
    state = await runtime.lake.table_state(workspace_id, "events")
    if state is None or state.rows <= EVENTS_AT_ONCE:
        return 1
    counted = await runtime.lake.select(workspace_id, feed_count_sql(feed.feed, feed.keep, at))
    return 1 + int(counted.column("n")[0].as_py()) // EVENTS_AT_ONCE


async def _read_plain(
    runtime: Runtime, workspace_id: int, feed: PlannedFeed, at: At, part: tuple[int, int]
) -> tuple[Ints, Ints, Ints, Ints]:
    table = await runtime.lake.select(workspace_id, feed_sql(feed.feed, feed.keep, at, part))
    idents = idents_of_arrow(table.column("message_id"))
    return _ints(table, "key"), _ints(table, "time_us"), idents, _ints(table, "extra")


async def _read_events(
    runtime: Runtime, workspace_id: int, feed: PlannedFeed, at: At, part: tuple[int, int]
) -> tuple[Ints, Ints, Ints, Ints]:
    """What SQL does not say as the stream does is matched as in the stream."""
    table = await runtime.lake.select(workspace_id, feed_events_sql(feed.feed, feed.keep, at, part))
    rows: list[tuple[int, int, int, int]] = []
    for batch in table.to_batches(max_chunksize=20_000):
        idents = idents_of_arrow(batch.column("message_id")).tolist()
        columns = [batch.column(name).to_pylist() for name in ("key", "time_us", "name", "touchpoint", "properties")]
        for ident, key, time_us, name, touchpoint, text in zip(idents, *columns, strict=True):
            extras = feed.matcher(name, touchpoint, _properties(text), time_us)
            rows += [(key, time_us, own, extra) for own, extra in split_idents(ident, extras)] if extras else []
    found = np.array(rows, np.int64).reshape(-1, 4).T
    return found[0], found[1], found[2], found[3]


def _properties(text: str | None) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text or "{}")
    except msgspec.DecodeError:
        return {}


def _ints(table: Any, name: str) -> Ints:
    return table.column(name).combine_chunks().to_numpy(zero_copy_only=False).astype(np.int64)


def _join(parts: list[FeedHistory]) -> FeedHistory:
    """Parts have different nodes."""
    nodes = np.concatenate([part.nodes for part in parts])
    order = np.argsort(nodes)
    places = np.empty(len(nodes), np.int64)
    places[order] = np.arange(len(nodes))
    shift = np.concatenate(([0], np.cumsum([len(part.nodes) for part in parts])))
    groups = np.concatenate(
        [places[part.entries.groups() + start] for part, start in zip(parts, shift[:-1], strict=True)]
    )
    entries = Entries.make(
        groups,
        np.concatenate([part.entries.times for part in parts]),
        np.concatenate([part.entries.idents for part in parts]),
        np.concatenate([part.entries.extras for part in parts]),
        len(nodes),
    )
    return FeedHistory(nodes[order], entries)
