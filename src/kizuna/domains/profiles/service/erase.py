"""Everything that profiles keep of a person: told, and removed."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from kizuna.domains.profiles import queries
from kizuna.domains.profiles.repository import erase as repository
from kizuna.domains.profiles.repository import identity, profiles
from kizuna.domains.profiles.service.derive import derive_profiles
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.person import Person, PersonStore

KEYS_PER_TRANSACTION = 2_000
LOG_TOLD_MAX = 10_000


async def erase_profiles(runtime: Runtime, workspace_id: int, people: Sequence[Person]) -> int:
    """Nodes, log, traits, activity, lists and search."""
    removed = 0
    keys = [key for person in people for key in person.keys]
    for some in _chunks(keys, KEYS_PER_TRANSACTION):
        async with runtime.unit(workspace_id) as ctx:
            await identity.lock_identity(ctx)
            removed += await repository.erase_nodes(ctx, some)
    return removed


async def erase_lake_profiles(runtime: Runtime, workspace_id: int, people: Sequence[Person]) -> int:
    """The copies that queries join, whatever version; no change is on its way there meanwhile."""
    keys = sorted({key for person in people for key in person.keys})
    if not keys:
        return 0
    async with runtime.unit(workspace_id) as ctx:
        await repository.lock_sync(ctx)
        done = await runtime.lake.erase(workspace_id, keys)
    return done.profiles + done.aliases


async def tell_profiles(runtime: Runtime, workspace_id: int, person: Person) -> AsyncIterator[dict[str, Any]]:
    """Identifiers, traits with their sources, where and when they were seen, and how they came together."""
    async with runtime.unit(workspace_id) as ctx:
        for profile_key in sorted({row[2] for row in await identity.read_nodes(ctx, person.keys)}):
            for node in await queries.read_nodes(ctx, profile_key):
                yield {
                    "kind": "identifier",
                    "type": node.type,
                    "value": node.value,
                    "first_seen": node.first_seen,
                    "source_id": node.source_id,
                }
        for row in await profiles.read_traits(ctx, person.keys):
            yield {
                "kind": "trait",
                "name": row.name,
                "value": msgspec.json.decode(row.value),
                "at": row.at,
                "source_id": row.source_id,
                "member": row.member,
            }
        for _, touchpoint, first, last in await profiles.read_activity(ctx, person.keys):
            yield {"kind": "activity", "touchpoint": touchpoint, "first_seen": first, "last_seen": last}
        for entry in await queries.read_log(ctx, list(person.keys), LOG_TOLD_MAX):
            yield {"kind": entry.kind, "at": entry.at, "reason": entry.reason, "by": entry.actor_name}


async def find_inactive(ctx: Context, before: datetime, limit: int) -> list[UUID]:
    return await repository.find_inactive(ctx, before, limit)


async def count_inactive(ctx: Context, before: datetime) -> tuple[int, datetime | None]:
    return await repository.count_inactive(ctx, before)


async def count_trait(ctx: Context, name: str, before: datetime) -> tuple[int, datetime | None]:
    return await repository.count_trait(ctx, name, before)


async def forget_trait(ctx: Context, name: str, before: datetime, limit: int) -> int:
    """Removes old observations of a trait, and works out anew the profiles that had them."""
    head = await identity.lock_identity(ctx)
    keys = await repository.forget_trait(ctx, name, before, limit)
    if keys:
        profile_keys = {profile_key for _, _, profile_key in await identity.read_nodes(ctx, keys)}
        await derive_profiles(ctx, head.version, profile_keys)
    return len(keys)


def _chunks(keys: Sequence[int], length: int) -> list[Sequence[int]]:
    return [keys[start : start + length] for start in range(0, len(keys), length)]


PERSON_STORES = (
    PersonStore("profiles.profiles", "Profiles: identifiers, traits, identity, search", erase_profiles, tell_profiles),
    PersonStore("profiles.lake", "Profiles in the lake", erase_lake_profiles),
)
