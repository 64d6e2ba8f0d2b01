"""How segments share people, and what they are together."""

from collections.abc import Sequence
from functools import reduce
from typing import Literal

from pyroaring import BitMap

from kizuna.domains.segments.repository import segments as repository
from kizuna.domains.segments.repository.segments import SegmentRow
from kizuna.domains.segments.service import sets
from kizuna.kernel.context import Context
from kizuna.kernel.errors import NotFound

Op = Literal["union", "intersection", "difference"]


async def measure_overlap(ctx: Context, segment_ids: Sequence[int]) -> tuple[list[SegmentRow], list[list[int]]]:
    """Segments in the order asked for, and how many people each pair of them shares. Raises ``NotFound``."""
    rows = await _load(ctx, segment_ids)
    members = await sets.read_many(ctx, [row.id for row in rows])
    found = [members.get(row.id, BitMap()) for row in rows]
    return rows, [[one.intersection_cardinality(other) for other in found] for one in found]


async def combine_segments(ctx: Context, op: Op, segment_ids: Sequence[int]) -> int:
    """How many people a combination has. Raises ``NotFound``."""
    rows = await _load(ctx, segment_ids)
    members = await sets.read_many(ctx, [row.id for row in rows])
    first, *others = [members.get(row.id, BitMap()) for row in rows]
    match op:
        case "union":
            return len(reduce(lambda one, other: one | other, others, first))
        case "intersection":
            return len(reduce(lambda one, other: one & other, others, first))
        case "difference":
            return len(reduce(lambda one, other: one - other, others, first))


async def _load(ctx: Context, segment_ids: Sequence[int]) -> list[SegmentRow]:
    wanted = list(dict.fromkeys(segment_ids))
    known = {row.id: row for row in await repository.find_many(ctx, wanted)}
    missing = [one for one in wanted if one not in known]
    if missing:
        raise NotFound("segment_not_found", f"There is no segment {missing[0]}, or it was archived.")
    return [known[one] for one in wanted]
