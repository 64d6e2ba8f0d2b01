"""Who is in segments, for whoever asks; and lists that are given as a whole."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from pyroaring import BitMap

from kizuna.domains.segments.contracts import CauseKind, Change
from kizuna.domains.segments.repository import live
from kizuna.domains.segments.rules.packing import SET_BITS, is_in_set, to_bitmap, unpack_set
from kizuna.domains.segments.service import changes
from kizuna.domains.segments.service.memory import hold_sets
from kizuna.domains.segments.service.plan import read_plan
from kizuna.kernel.context import Context, Runtime


async def read_members(ctx: Context, segment_id: int) -> BitMap:
    """Profile keys of the members now."""
    return (await read_many(ctx, [segment_id]))[segment_id]


async def read_many(ctx: Context, segment_ids: Iterable[int]) -> dict[int, BitMap]:
    """Members of several segments; a set of nobody for one that there is not."""
    wanted = sorted(set(segment_ids))
    parts: dict[int, list[np.ndarray]] = {id_: [] for id_ in wanted}
    for id_, chunk, payload in await live.read_some_sets(ctx, live.SEGMENT, wanted) if wanted else ():
        parts[id_].append(unpack_set(chunk, payload))
    return {id_: to_bitmap(np.concatenate(found)) if found else BitMap() for id_, found in parts.items()}


async def segments_of(ctx: Context, profile_key: int) -> list[int]:
    """Ids of the segments a profile is in now, ascending."""
    rows = await live.read_sets_of(ctx, live.SEGMENT, profile_key >> SET_BITS)
    return sorted(id_ for id_, payload in rows if is_in_set(profile_key, payload))


async def replace_members(
    runtime: Runtime, workspace_id: int, segment_id: int, members: BitMap, kind: CauseKind
) -> Change:
    """Makes these profiles the members of a static or scheduled segment. Who came and went is written down and
    told; segments that refer to it follow. In a unit of work of its own."""
    async with hold_sets(runtime, workspace_id) as held:
        assert held is not None
        ctx, sets = held
        return await changes.replace(ctx, await read_plan(ctx), sets, segment_id, members, kind)
