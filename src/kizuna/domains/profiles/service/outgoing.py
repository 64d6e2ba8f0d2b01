"""People as they leave Kizuna: to other systems, for a purpose, by somebody's sight.

What may not be seen is left out and not masked: another system would take stars for a value.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kizuna.domains.privacy import api as privacy
from kizuna.domains.profiles import queries
from kizuna.domains.profiles.queries import ListQuery, Search
from kizuna.domains.profiles.repository import identity
from kizuna.domains.profiles.rules.names import KANA_TRAITS, NAME_TRAITS, split_name
from kizuna.domains.profiles.service.refs import profile_ids
from kizuna.kernel.context import Context


@dataclass(frozen=True, slots=True)
class OutgoingPerson:
    """A customer as they may leave. ``identifiers`` are values by type, in the order of their keys."""

    profile_key: int
    profile_id: UUID
    name: str | None
    given_name: str | None
    family_name: str | None
    identifiers: Mapping[str, Sequence[str]]
    traits: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """``profiles`` tells which profile each key asked for belongs to now; of keys that are gone, none.
    ``withheld`` is profile key → why this person may not leave; they are among ``people`` all the same."""

    profiles: Mapping[int, int]
    people: Mapping[int, OutgoingPerson]
    withheld: Mapping[int, str]


async def read_outgoing(ctx: Context, keys: Iterable[int], use: str, *, contact: bool, sensitive: bool) -> Outgoing:
    refs = await profile_ids(ctx, keys)
    profile_keys = sorted({ref.profile_key for ref in refs.values()})
    sight = await privacy.restore_sight(ctx, contact=contact, sensitive=sensitive)
    nodes: dict[int, list[tuple[int, str, str]]] = {}
    for profile_key, key, type_, value in await identity.read_members(ctx, profile_keys):
        nodes.setdefault(profile_key, []).append((key, type_, value))
    query = ListQuery("key", False, search=Search([], [], profile_keys), limit=len(profile_keys))
    rows = await queries.list_profiles(ctx, query) if profile_keys else []
    named = not any(sight.hides("trait", one) for one in (*NAME_TRAITS, *KANA_TRAITS))
    people: dict[int, OutgoingPerson] = {}
    for row in rows:
        given, family = split_name(row.traits) if named else (None, None)
        people[row.key] = OutgoingPerson(
            profile_key=row.key,
            profile_id=row.id,
            name=row.name if named else None,
            given_name=given,
            family_name=family,
            identifiers=_show_identifiers(nodes.get(row.key, ()), sight),
            traits=_show_traits(row.traits, sight),
        )
    withheld = await privacy.find_withheld(ctx, {key: [one for one, _, _ in own] for key, own in nodes.items()}, use)
    return Outgoing({key: ref.profile_key for key, ref in refs.items()}, people, withheld)


async def find_withheld(ctx: Context, profile_keys: Sequence[int], use: str | None) -> dict[int, str]:
    """Profile key → why this person is left out of what is done for ``use``."""
    people: dict[int, list[int]] = {}
    for profile_key, key, _, _ in await identity.read_members(ctx, profile_keys):
        people.setdefault(profile_key, []).append(key)
    return await privacy.find_withheld(ctx, people, use)


def _show_identifiers(nodes: Iterable[tuple[int, str, str]], sight: privacy.Sight) -> dict[str, list[str]]:
    shown: dict[str, list[str]] = {}
    for _, type_, value in sorted(nodes):
        if not sight.hides("identifier", type_):
            shown.setdefault(type_, []).append(value)
    return shown


def _show_traits(traits: Mapping[str, Any], sight: privacy.Sight) -> dict[str, Any]:
    if sight.everything:
        return dict(traits)
    return {name: value for name, value in traits.items() if not sight.show("trait", name, value).masked}
