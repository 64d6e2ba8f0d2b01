"""Who came into a segment and who left it, when and why."""

from dataclasses import dataclass
from datetime import datetime

from kizuna.domains.profiles import api as profiles
from kizuna.domains.profiles.contracts import ShownProfile
from kizuna.domains.segments import queries
from kizuna.domains.segments.queries import MoveRow
from kizuna.domains.segments.service.causes import say_causes
from kizuna.domains.segments.service.segments import load_segment
from kizuna.kernel.context import Context

NEWEST = 2**62
MOVES_READ = 20
"""A page is made of so many moves at the most at a time; each brings up to thousands of people."""


@dataclass(frozen=True, slots=True)
class Move:
    move_id: int
    place: int
    at: datetime
    entered: bool
    profile: ShownProfile | None
    cause: str


async def list_moves(
    ctx: Context, segment_id: int, entered: bool | None, after: tuple[int, int] | None, limit: int
) -> tuple[list[Move], tuple[int, int] | None]:
    """One page, newest first, and where the next one begins. Raises ``NotFound``."""
    await load_segment(ctx, segment_id, archived=True)
    found = await _find(ctx, segment_id, entered, after, limit + 1)
    page = found[:limit]
    shown = await profiles.describe_profiles(ctx, [row.keys[place] for row, place in page])
    causes = await say_causes(ctx, [(row.cause, place) for row, place in page])
    moves = [
        Move(row.id, place, row.at, row.entered, shown.get(row.keys[place]), cause)
        for (row, place), cause in zip(page, causes, strict=True)
    ]
    more = (page[-1][0].id, page[-1][1]) if len(found) > limit else None
    return moves, more


async def _find(
    ctx: Context, segment_id: int, entered: bool | None, after: tuple[int, int] | None, wanted: int
) -> list[tuple[MoveRow, int]]:
    """(move, place of a person in it), one for each person."""
    found: list[tuple[MoveRow, int]] = []
    up_to, skipped = (NEWEST, -1) if after is None else after
    while len(found) < wanted:
        rows = await queries.read_moves(ctx, segment_id, up_to=up_to, entered=entered, limit=MOVES_READ)
        for row in rows:
            first = skipped + 1 if after is not None and row.id == after[0] else 0
            found += [(row, place) for place in range(first, min(len(row.keys), first + wanted - len(found)))]
        if len(rows) < MOVES_READ:
            break
        up_to = rows[-1].id - 1
    return found[:wanted]
