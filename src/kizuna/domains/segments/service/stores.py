"""What segments keep of a person: told, and removed."""

from collections.abc import AsyncIterator
from typing import Any

from kizuna.domains.profiles import api as profiles
from kizuna.domains.segments import queries
from kizuna.domains.segments.repository import segments as repository
from kizuna.domains.segments.service import sets
from kizuna.domains.segments.service.erase import forget_people
from kizuna.kernel.context import Runtime
from kizuna.kernel.person import Person, PersonStore

MOVES_TOLD_MAX = 10_000


async def tell_segments(runtime: Runtime, workspace_id: int, person: Person) -> AsyncIterator[dict[str, Any]]:
    """The segments somebody is in, and when they came into which and left it."""
    async with runtime.unit(workspace_id) as ctx:
        keys = {ref.profile_key for ref in (await profiles.profile_ids(ctx, person.keys)).values()}
        found = sorted({segment_id for key in keys for segment_id in await sets.segments_of(ctx, key)})
        moves = await queries.find_moves_of(ctx, person.keys, MOVES_TOLD_MAX)
        names = await repository.read_names(ctx, sorted({*found, *(move[0] for move in moves)}))
    for segment_id in found:
        yield {"kind": "member", "segment": names.get(segment_id, str(segment_id))}
    for segment_id, at, entered in moves:
        yield {
            "kind": "entered" if entered else "left",
            "segment": names.get(segment_id, str(segment_id)),
            "at": at,
        }


PERSON_STORES = (PersonStore("segments.members", "Segments, and who came and went", forget_people, tell_segments),)
