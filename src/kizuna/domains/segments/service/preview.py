"""Who meets a condition, before anybody saves it."""

from dataclasses import dataclass
from typing import Any

from pyroaring import BitMap

from kizuna.domains.profiles import api as profiles
from kizuna.domains.profiles.contracts import ShownProfile
from kizuna.domains.segments.contracts import SEGMENTS_MAX
from kizuna.domains.segments.repository import segments as repository
from kizuna.domains.segments.repository.segments import SegmentRow
from kizuna.domains.segments.service import sets
from kizuna.domains.segments.service.check import read_definition
from kizuna.domains.segments.service.people import read_people
from kizuna.domains.segments.service.question import ask
from kizuna.kernel.context import Actor, Context, Runtime

SAMPLE_MAX = 10
OVERLAP_MAX = 10
COMPARED_MAX = 200
"""Segments that are compared with, the largest first: they share most."""


@dataclass(frozen=True, slots=True)
class Shared:
    row: SegmentRow
    both: int


@dataclass(frozen=True, slots=True)
class Previewed:
    size: int
    people: int
    sample: list[ShownProfile]
    overlap: list[Shared]


async def preview_condition(runtime: Runtime, workspace_id: int, actor: Actor, given: Any) -> Previewed:
    """Raises ``Invalid`` with what is wrong by place, and ``Limit`` when it takes too long."""
    async with runtime.unit(workspace_id, actor) as ctx:
        condition = (await read_definition(ctx, given)).condition
    # The lake may be far away: no transaction is held while it answers.
    found = await ask(runtime, workspace_id, condition)
    async with runtime.unit(workspace_id, actor) as ctx:
        people = await read_people(ctx)
        sample = await _show_some(ctx, found)
        return Previewed(len(found), max(people, len(found)), sample, await _compare(ctx, found))


async def _show_some(ctx: Context, found: BitMap) -> list[ShownProfile]:
    """A few, spread over everybody from the oldest to the newest; none for who may not see customers."""
    if "profiles.read" not in ctx.actor.permissions:
        return []
    step = max(1, len(found) // SAMPLE_MAX)
    keys = [found[place] for place in range(0, len(found), step)][:SAMPLE_MAX]
    shown = await profiles.describe_profiles(ctx, keys)
    return [shown[key] for key in keys if key in shown]


async def _compare(ctx: Context, found: BitMap) -> list[Shared]:
    """The segments that share most people with what was found."""
    ids = [segment_id for segment_id, _ in await repository.list_names(ctx, SEGMENTS_MAX)]
    rows = sorted(await repository.find_many(ctx, ids), key=lambda row: -row.size)[:COMPARED_MAX]
    members = await sets.read_many(ctx, [row.id for row in rows])
    shared = [Shared(row, members[row.id].intersection_cardinality(found)) for row in rows if row.id in members]
    return sorted((one for one in shared if one.both), key=lambda one: -one.both)[:OVERLAP_MAX]
