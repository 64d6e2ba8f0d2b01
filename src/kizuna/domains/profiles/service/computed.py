"""Traits that Kizuna works out itself, written as ordinary ones.

A computed value stands with a profile's first node, as of the moment it was worked out, and so outranks what
events brought before. What an event brings under the same name later counts until the value is worked out again.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from kizuna.domains.profiles.contracts import TraitRow
from kizuna.domains.profiles.repository import computed, everybody, identity, profiles
from kizuna.domains.profiles.rules.identifiers import EMAIL, PHONE
from kizuna.domains.profiles.rules.names import KANA_TRAITS
from kizuna.domains.profiles.rules.traits import encode_value
from kizuna.domains.profiles.service.derive import derive_profiles
from kizuna.kernel.context import Context

OWN_TRAITS = frozenset({*KANA_TRAITS, EMAIL, PHONE, "timezone", "locale", "language"})
"""What Kizuna itself reads of a profile's traits."""

_MOMENT = timedelta(microseconds=1)

find_computed = computed.find_keys
count_computed = computed.count_people


async def may_compute(ctx: Context, name: str, module: str | None = None) -> bool:
    """Whether a computed trait may have this name: nobody else uses it."""
    if name in OWN_TRAITS or ctx.runtime.registry.trait_makers.get(name, module) != module:
        return False
    return not await computed.is_brought(ctx, name)


async def write_computed(ctx: Context, values: Mapping[int, Mapping[str, Any]]) -> int:
    """Brings computed traits of profiles up to date; returns how many profiles had others before."""
    known = await everybody.read_traits_of(ctx, values)
    wanted = {
        key: changed
        for key, own in values.items()
        if key in known and (changed := {n: v for n, v in own.items() if not _is_same(known[key].get(n), v)})
    }
    if not wanted:
        return 0
    head = await identity.lock_identity(ctx)
    # Who was erased, or went into another since they were read, is nobody to write to.
    present = await computed.find_present(ctx, sorted(wanted))
    rows = await _make_rows(ctx, {key: wanted[key] for key in present})
    if rows:
        await profiles.write_traits(ctx, rows)
        await derive_profiles(ctx, head.version, sorted({row.key for row in rows}))
    return len({row.key for row in rows})


async def clear_computed(ctx: Context, name: str, limit: int) -> int:
    """Takes a computed trait from some profiles that have it; returns from how many nodes, 0 when none is left.
    What events brought under the name with other identifiers shows again."""
    head = await identity.lock_identity(ctx)
    keys = await computed.clear(ctx, name, limit)
    if keys:
        owners = {profile_key for _, _, profile_key in await identity.read_nodes(ctx, keys)}
        await derive_profiles(ctx, head.version, owners)
    return len(keys)


def _is_same(one: Any, other: Any) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


async def _make_rows(ctx: Context, values: Mapping[int, Mapping[str, Any]]) -> list[TraitRow]:
    latest = await _read_latest(ctx, values)
    now = ctx.clock.now()
    rows: list[TraitRow] = []
    for key, own in values.items():
        for name, value in own.items():
            encoded = encode_value(value)
            # Later than everything there is, also than what a clock in the future brought.
            at = max(now, latest.get((key, name), now - _MOMENT) + _MOMENT)
            rows.append(TraitRow(key, name, "null" if encoded is None else encoded, at, None, computed.MEMBER))
    return rows


async def _read_latest(ctx: Context, profile_keys: Iterable[int]) -> dict[tuple[int, str], datetime]:
    """When the latest observation of each trait of these profiles was made."""
    members = await identity.read_members(ctx, sorted(profile_keys))
    owner = {key: profile_key for profile_key, key, _, _ in members}
    latest: dict[tuple[int, str], datetime] = {}
    for row in await profiles.read_traits(ctx, owner):
        place = (owner[row.key], row.name)
        latest[place] = max(row.at, latest.get(place, row.at))
    return latest
