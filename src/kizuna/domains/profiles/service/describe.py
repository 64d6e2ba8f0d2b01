"""Profiles as lists of other domains show them, and what there is to choose customers by."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from kizuna.domains.profiles import queries
from kizuna.domains.profiles.contracts import KnownTrait, ShownProfile
from kizuna.domains.profiles.queries import ListQuery, Search
from kizuna.domains.profiles.repository import profiles
from kizuna.domains.profiles.rules.traits import type_trait
from kizuna.domains.profiles.service.fields import LOOKED_AT, list_identifier_types
from kizuna.domains.profiles.service.sight import read_profile_sight
from kizuna.kernel.context import Context

__all__ = ["count_people", "describe_profiles", "find_profile_keys", "list_identifier_types", "list_traits"]


async def describe_profiles(ctx: Context, keys: Iterable[int]) -> dict[int, ShownProfile]:
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    query = ListQuery("key", False, search=Search([], [], wanted), limit=len(wanted))
    sight = await read_profile_sight(ctx)
    shown = [sight.show_row(row) for row in await queries.list_profiles(ctx, query)]
    return {
        one.row.key: ShownProfile(
            key=one.row.key,
            id=one.row.id,
            name=one.row.name,
            email=one.row.email,
            identified=one.row.identified,
            last_seen=one.row.last_seen,
            traits=one.row.traits,
            masked=one.masked,
        )
        for one in shown
    }


async def find_profile_keys(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, int]:
    return await profiles.find_by_ids(ctx, ids) if ids else {}


async def count_people(ctx: Context) -> int:
    return await queries.count_people(ctx)


async def list_traits(ctx: Context, limit: int) -> list[KnownTrait]:
    found = await queries.find_traits(ctx, LOOKED_AT, limit)
    return [KnownTrait(name, type_trait(example), number) for name, example, number in found]
