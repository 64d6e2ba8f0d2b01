"""What destinations may know of a person: told, and forgotten on our side."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from kizuna.domains.segments.repository import destinations as repository
from kizuna.kernel.context import Runtime
from kizuna.kernel.person import Person, PersonStore


async def forget_told(runtime: Runtime, workspace_id: int, people: Sequence[Person]) -> int:
    """Receivers keep what they got; the record of disclosures says who they are."""
    async with runtime.unit(workspace_id) as ctx:
        return await repository.forget_told(ctx, [key for person in people for key in person.keys])


async def tell_told(runtime: Runtime, workspace_id: int, person: Person) -> AsyncIterator[dict[str, Any]]:
    async with runtime.unit(workspace_id) as ctx:
        rows = await repository.list_telling(ctx, person.keys)
    for row in rows:
        yield {"destination": row.name, "recipient": row.recipient, "purpose": row.purpose}


TOLD = PersonStore("segments.told", "Destinations that know of a person", forget_told, tell_told)
