"""What other domains may ask of segments.

People are profile keys. To hear who comes and goes subscribe to ``signals.SegmentsChanged``. A domain whose things
build on segments lists ``Module.segment_users``; one that knows something of people that conditions should ask
for lists ``Module.condition_facts``.
"""

from collections.abc import Sequence
from typing import Any

from pyroaring import BitMap

from kizuna.conditions.ast import Condition
from kizuna.domains.segments.contracts import Segment
from kizuna.domains.segments.repository import segments as repository
from kizuna.domains.segments.service import check as _check
from kizuna.domains.segments.service import question as _question
from kizuna.domains.segments.service import segments as _segments
from kizuna.domains.segments.service import sets as _sets
from kizuna.domains.segments.service import static as _static
from kizuna.domains.segments.service.check import Checked, Definable
from kizuna.domains.segments.service.question import Question
from kizuna.kernel.context import Actor, Context, Runtime

__all__ = [
    "Checked",
    "Definable",
    "Question",
    "check_condition",
    "find_segment",
    "list_names",
    "make_list",
    "prepare_question",
    "read_definition",
    "read_members",
    "read_names",
    "segments_of",
    "users_of_event",
]


async def read_members(ctx: Context, segment_id: int) -> BitMap:
    """The profile keys of who is in a segment now; nobody for one there is not."""
    return await _sets.read_members(ctx, segment_id)


async def segments_of(ctx: Context, profile_key: int) -> list[int]:
    """Ids of the living segments that a customer is in now."""
    found = await _sets.segments_of(ctx, profile_key)
    return [row.id for row in await repository.find_many(ctx, found)]


async def find_segment(ctx: Context, segment_id: int) -> Segment | None:
    """A segment as it is stored, archived ones too."""
    return await _segments.find_segment(ctx, segment_id)


async def make_list(
    runtime: Runtime, workspace_id: int, actor: Actor, profile_keys: Sequence[int], name: str, description: str
) -> Segment:
    """Makes a segment that is a list of these people, in units of work of its own. Raises ``Conflict`` for a name
    in use, ``Limit`` for one segment too many."""
    segment_id = await _static.make_list(runtime, workspace_id, actor, profile_keys, name, description)
    async with runtime.unit(workspace_id, actor) as ctx:
        made = await _segments.find_segment(ctx, segment_id)
    assert made is not None
    return made


async def list_names(ctx: Context) -> list[tuple[int, str]]:
    """(id, name) of every living segment, by name: to choose from."""
    return await _segments.list_names(ctx)


async def read_names(ctx: Context, segment_ids: Sequence[int]) -> dict[int, str]:
    """Names by id, of archived ones too: to show what was chosen."""
    return await repository.read_names(ctx, segment_ids)


async def users_of_event(ctx: Context, name: str) -> list[tuple[int, str]]:
    """(id, name) of the living segments whose condition asks for an event, also by asking for any event."""
    return await repository.find_users_of_event(ctx, [name, _check.ANY_EVENT])


async def check_condition(ctx: Context, given: Any) -> Checked:
    """What is wrong with a condition, or odd: for things that keep one of their own."""
    return await _check.check_condition(ctx, given)


async def read_definition(ctx: Context, given: Any) -> Definable:
    """A condition to keep, with the segments and events it reads. Raises ``Invalid`` with what is wrong by place."""
    return await _check.read_definition(ctx, given)


async def prepare_question(runtime: Runtime, workspace_id: int, condition: Condition) -> Question:
    """A condition to be asked of the lake by whoever computes over it: ``compile`` gives the SELECT of profile keys,
    which reads ``tables`` beside the lake's relations."""
    return await _question.prepare(runtime, workspace_id, condition)
