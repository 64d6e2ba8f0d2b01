"""Forgets people: what feeds remember of them, every set, the history."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pyroaring import BitMap

from kizuna.domains.segments.repository import live
from kizuna.domains.segments.rules.packing import CHUNK_BITS, States, pack_states, unpack_states
from kizuna.domains.segments.service.memory import hold_sets
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.person import Person

NOBODY = BitMap()


async def forget_people(runtime: Runtime, workspace_id: int, people: Sequence[Person]) -> int:
    """Returns how many rows were changed or went. Queued entries of erased nodes are nobody's, and are dropped."""
    keys = sorted({key for person in people for key in person.keys})
    if not keys:
        return 0
    async with hold_sets(runtime, workspace_id) as held:
        assert held is not None
        ctx, sets = held
        gone, removed = BitMap(keys), 0
        for kind in (live.LEAF, live.SEGMENT, live.NODES):
            for id_ in sets.ids(kind):
                leaving = sets.get(kind, id_) & gone
                if leaving:
                    sets.change(kind, id_, NOBODY, leaving)
                    removed += len(leaving)
        rows = [(id_, len(sets.get(live.SEGMENT, id_)), 0, 0) for id_ in sets.ids(live.SEGMENT)]
        await live.set_sizes(ctx, ctx.clock.now().replace(minute=0, second=0, microsecond=0), rows)
        return removed + await _forget_states(ctx, keys) + await live.erase_moves(ctx, keys)


async def _forget_states(ctx: Context, keys: Sequence[int]) -> int:
    chunks = sorted({key >> CHUNK_BITS for key in keys})
    found: dict[int, list[tuple[int, bytes]]] = {}
    for feed_id, chunk, _, payload in await live.read_chunks(ctx, chunks):
        found.setdefault(feed_id, []).append((chunk, payload))
    changed = 0
    for feed_id, rows in found.items():
        rows.sort()
        states = unpack_states(rows)
        gone = np.isin(states.keys, keys)
        changed += int(gone.sum())
        if gone.any():
            await _write_without(ctx, feed_id, states, gone)
    return changed


async def _write_without(ctx: Context, feed_id: int, states: States, gone: np.ndarray) -> None:
    kept = np.repeat(~gone, states.counts)
    left = States(
        states.keys,
        np.where(gone, 0, states.counts),
        np.where(gone, 0, states.dues),
        states.times[kept],
        states.idents[kept],
        states.extras[kept],
    )
    rows = [(feed_id, chunk, due, payload) for chunk, due, payload in pack_states(left)]
    await live.write_states(ctx, [row for row in rows if row[3]])
    await live.delete_states(ctx, [(feed_id, chunk) for _, chunk, _, payload in rows if not payload])
