"""What the stream, identity and consent hand on to the keeper of live segments, in their transactions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from kizuna.conditions.live.idents import idents_of
from kizuna.conditions.live.match import split_idents
from kizuna.domains.collect.contracts import StreamBatch
from kizuna.domains.segments.repository import live, plan
from kizuna.domains.segments.service.messages import FeedEntries, Look, Merge, ask_to_look, write_entries
from kizuna.domains.segments.service.plan import PlannedFeed, asks_consent, read_plan
from kizuna.kernel.context import Context

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

LOOKED_AT_ONCE = 5_000


async def tap_stream(ctx: Context, batch: StreamBatch) -> None:
    """Picks the events that somebody watches."""
    await plan.lock_shared(ctx)
    watched = await read_plan(ctx)
    if not watched.feeds:
        return
    found: list[FeedEntries] = []
    for name in batch.names:
        feeds = watched.watches(name)
        places = batch.places(name) if feeds else ()
        if len(places):
            found += _pick(batch, name, places, feeds)
    if found:
        await live.put(ctx, "events", write_entries(found))


def _pick(batch: StreamBatch, name: str, places: Any, feeds: Sequence[PlannedFeed]) -> list[FeedEntries]:
    """Entries of the events of one name, for every feed that may hold them."""
    keys, times = batch.keys[places].astype(np.int64), batch.times_us[places].astype(np.int64)
    idents = idents_of([batch.message_id(place) for place in places])
    found: list[FeedEntries] = []
    read: list[Any] | None = None
    for feed in feeds:
        if feed.matcher.takes_all:
            found.append(FeedEntries(feed.id, keys, times, idents, np.ones(len(keys), np.int64)))
            continue
        if read is None:
            read = [_read(batch.properties(place)) for place in places]
        rows: list[tuple[int, int, int]] = []
        for at, place in enumerate(places):
            extras = feed.matcher(name, batch.touchpoint(place), read[at], int(times[at]))
            if extras:
                rows += [(at, ident, extra) for ident, extra in split_idents(int(idents[at]), extras)]
        if rows:
            at, ident, extra = np.array(rows, np.int64).T
            found.append(FeedEntries(feed.id, keys[at], times[at], ident, extra))
    return found


def _read(text: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:  # a number that no double holds; the event itself stays in the lake as it came
        return {}


async def hear_merges(ctx: Context, merges: Sequence[tuple[int, int]]) -> None:
    """Profiles became one: (source, into)."""
    if (await read_plan(ctx)).follows_people:
        await live.put(ctx, "merge", msgspec.msgpack.encode([Merge(*pair) for pair in merges]))


async def hear_profiles(ctx: Context, profile_keys: Sequence[int]) -> None:
    """Traits or identifiers changed, or somebody is new."""
    if (await read_plan(ctx)).segments:
        for start in range(0, len(profile_keys), LOOKED_AT_ONCE):
            await ask_to_look(ctx, list(profile_keys[start : start + LOOKED_AT_ONCE]))


async def hear_consent(ctx: Context, keys: Sequence[int] | None) -> None:
    """Answers changed; None: the terms for everybody."""
    if asks_consent((await read_plan(ctx)).leaves.values()):
        look = Look([] if keys is None else list(keys), consent=True)
        await live.put(ctx, "look", msgspec.msgpack.encode(look))
