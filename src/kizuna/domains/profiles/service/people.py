"""Who is meant, for domains below profiles: see ``kernel.person.PersonFinder``."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import msgspec

from kizuna.domains.profiles.contracts import Identifier, TraitRow
from kizuna.domains.profiles.repository import erase, identity, profiles
from kizuna.domains.profiles.rules.identifiers import accept_identifiers
from kizuna.domains.profiles.rules.traits import merge_traits
from kizuna.domains.profiles.rules.words import list_words
from kizuna.domains.profiles.service.erase import count_inactive, count_trait, find_inactive, forget_trait
from kizuna.domains.profiles.service.refs import find_keys
from kizuna.domains.profiles.service.resolve import resolve_keys
from kizuna.kernel.context import Context
from kizuna.kernel.person import Person, PersonFinder


async def find_by_profiles(ctx: Context, profile_ids: Sequence[UUID]) -> list[Person | None]:
    found = await profiles.find_by_ids(ctx, profile_ids)
    people = await _read_people(ctx, set(found.values()))
    return [people.get(found[one]) if one in found else None for one in profile_ids]


async def find_by_identifiers(ctx: Context, pairs: Sequence[tuple[str, str]]) -> list[Person | None]:
    """Also of identifiers that were taken in and belong to no profile yet."""
    wanted = [normalise(ctx, type_, value) for type_, value in pairs]
    keys = await find_keys(ctx, [Identifier(*one) for one in wanted if one is not None])
    profile_key_of = {key: profile_key for key, _, profile_key in await identity.read_nodes(ctx, list(keys.values()))}
    people = await _read_people(ctx, set(profile_key_of.values()))
    key_of = {(one.type, one.value): key for one, key in keys.items()}
    return [people.get(profile_key_of[key_of[one]]) if one in key_of else None for one in wanted]


async def find_by_keys(ctx: Context, keys: Sequence[int]) -> list[Person | None]:
    profile_key_of = {key: profile_key for key, _, profile_key in await identity.read_nodes(ctx, keys)}
    people = await _read_people(ctx, set(profile_key_of.values()))
    return [people.get(profile_key_of[key]) if key in profile_key_of else None for key in keys]


async def find_words(ctx: Context, people: Sequence[Person]) -> list[tuple[str, ...]]:
    """Of all that was ever observed, not only of what counts now."""
    owner_of = {key: place for place, person in enumerate(people) for key in person.keys}
    observed: dict[int, list[TraitRow]] = defaultdict(list)
    for row in await profiles.read_traits(ctx, owner_of):
        observed[owner_of[row.key]].append(row)
    return [_words_of(ctx, observed[place]) for place in range(len(people))]


def _words_of(ctx: Context, rows: Sequence[TraitRow]) -> tuple[str, ...]:
    now = {name: msgspec.json.decode(row.value) for name, row in merge_traits(rows).items()}
    each = [list_words({row.name: msgspec.json.decode(row.value)}, ctx.workspace.language) for row in rows]
    return tuple(dict.fromkeys([*list_words(now, ctx.workspace.language), *(word for words in each for word in words)]))


async def take_in(ctx: Context, pairs: Sequence[tuple[str, str]]) -> list[int | None]:
    wanted = [normalise(ctx, type_, value) for type_, value in pairs]
    known = sorted({one for one in wanted if one is not None})
    key_of = dict(zip(known, await resolve_keys(ctx, [Identifier(*one) for one in known]), strict=True))
    return [None if one is None else key_of[one] for one in wanted]


def normalise(ctx: Context, type_: str, value: str) -> tuple[str, str] | None:
    found = accept_identifiers([(type_, value)], ctx.workspace.country)
    return (found[0].type, found[0].value) if found else None


async def _read_people(ctx: Context, profile_keys: set[int]) -> dict[int, Person]:
    """By profile key."""
    if not profile_keys:
        return {}
    members: dict[int, list[tuple[int, str, str]]] = defaultdict(list)
    for profile_key, key, type_, value in await identity.read_members(ctx, profile_keys):
        members[profile_key].append((key, type_, value))
    profile_of = {key: profile_key for profile_key, nodes in members.items() for key, _, _ in nodes}
    ids: dict[int, list[UUID]] = defaultdict(list)
    for key, profile_id in await profiles.read_own_ids(ctx, profile_of):
        ids[profile_of[key]].append(profile_id)
    return {
        profile_key: Person(
            keys=tuple(key for key, _, _ in nodes),
            identifiers=tuple((type_, value) for _, type_, value in nodes),
            profile_ids=tuple(ids[profile_key]),
        )
        for profile_key, nodes in members.items()
    }


FINDER = PersonFinder(
    by_profiles=find_by_profiles,
    by_identifiers=find_by_identifiers,
    by_keys=find_by_keys,
    normalise=normalise,
    list_words=find_words,
    walk=erase.walk_nodes,
    find_inactive=find_inactive,
    count_inactive=count_inactive,
    forget_trait=forget_trait,
    count_trait=count_trait,
    take_in=take_in,
)
