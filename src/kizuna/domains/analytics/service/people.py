"""From a number to who is behind it, and from there to a segment."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from kizuna.domains.analytics.metrics.base import Cell
from kizuna.domains.analytics.service import answers
from kizuna.domains.profiles import api as profiles
from kizuna.domains.profiles.contracts import ShownProfile
from kizuna.domains.segments import api as segments
from kizuna.kernel.context import Actor, Runtime
from kizuna.kernel.errors import Invalid


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """``more`` is the profile key after which the next page begins."""

    shown: list[ShownProfile]
    more: int | None
    total: int


@dataclass(frozen=True, slots=True)
class MadeList:
    id: int
    name: str
    size: int


async def list_people(
    runtime: Runtime, workspace_id: int, actor: Actor, given: object, cell: Cell, after: int | None, limit: int
) -> PeoplePage:
    """One page of who is behind a cell, in the order of profile keys. Raises ``Invalid``, ``Limit``."""
    keys = await answers.list_people(runtime, workspace_id, actor, given, cell)
    start = 0 if after is None else bisect_right(keys, after)
    chosen = keys[start : start + limit]
    async with runtime.unit(workspace_id, actor) as ctx:
        shown = await profiles.describe_profiles(ctx, chosen)
    more = chosen[-1] if start + limit < len(keys) and chosen else None
    return PeoplePage([shown[key] for key in chosen if key in shown], more, len(keys))


async def make_segment(
    runtime: Runtime, workspace_id: int, actor: Actor, given: object, cell: Cell, name: str, description: str
) -> MadeList:
    """A list of who is behind a cell now. Raises ``Invalid`` where nobody is, ``Conflict`` for a name in use."""
    keys: Sequence[int] = await answers.list_people(runtime, workspace_id, actor, given, cell)
    if not keys:
        raise Invalid("nobody_there", "Nobody is behind this figure, so there is nothing to make a segment of.")
    made = await segments.make_list(runtime, workspace_id, actor, keys, name, description)
    return MadeList(made.id, made.name, made.size)
