"""Look-ups between identifiers, node keys and profile ids."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from kizuna.domains.profiles.contracts import Identifier, ProfileRef
from kizuna.domains.profiles.repository import identity, profiles
from kizuna.kernel.context import Context


async def find_keys(ctx: Context, identifiers: Sequence[Identifier]) -> dict[Identifier, int]:
    return await identity.find_nodes(ctx, identifiers) if identifiers else {}


async def profile_ids(ctx: Context, keys: Iterable[int]) -> dict[int, ProfileRef]:
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    return {row[0]: ProfileRef(*row) for row in await profiles.read_ids(ctx, wanted)}


async def watched_keys(ctx: Context, profile_ids: Iterable[str | UUID]) -> dict[int, UUID]:
    wanted = [found for one in profile_ids if (found := parse_id(one)) is not None]
    if not wanted:
        return {}
    found = await profiles.find_by_ids(ctx, wanted)
    id_of = {profile_key: profile_id for profile_id, profile_key in found.items()}
    members = await identity.read_members(ctx, id_of)
    return {key: id_of[profile_key] for profile_key, key, _, _ in members}


async def member_keys(ctx: Context, keys: Iterable[int]) -> dict[int, tuple[int, ...]]:
    nodes = await identity.read_nodes(ctx, sorted(set(keys)))
    members: dict[int, list[int]] = {}
    for profile_key, key, _, _ in await identity.read_members(ctx, {profile_key for _, _, profile_key in nodes}):
        members.setdefault(profile_key, []).append(key)
    return {key: tuple(sorted(members[profile_key])) for key, _, profile_key in nodes}


def parse_id(text: str | UUID) -> UUID | None:
    if isinstance(text, UUID):
        return text
    try:
        return UUID(text)
    except ValueError:
        return None
