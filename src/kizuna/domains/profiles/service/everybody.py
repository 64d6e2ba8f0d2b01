"""For domains that follow everybody: who there is, what belongs together, and what profiles changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kizuna.domains.profiles.repository import everybody, identity
from kizuna.kernel.context import Context

read_universe = everybody.read_universe
read_joined = everybody.read_joined
read_changed_keys = everybody.read_changed_keys
read_groups = everybody.read_groups


@dataclass(frozen=True, slots=True)
class Described:
    """What conditions ask of a profile itself."""

    traits: dict[str, Any]
    identifiers: list[tuple[str, str]]
    keys: list[int]
    """Its nodes."""


async def read_described(ctx: Context, profile_keys: Iterable[int]) -> dict[int, Described]:
    """Living profiles among these, by their key."""
    traits = await everybody.read_traits_of(ctx, profile_keys)
    found = {key: Described(own, [], []) for key, own in traits.items()}
    for profile_key, key, type_, value in await identity.read_members(ctx, sorted(found)):
        found[profile_key].identifiers.append((type_, value))
        found[profile_key].keys.append(key)
    return found


async def tell_changed(ctx: Context, profile_keys: Iterable[int]) -> None:
    """Tells the modules that traits or identifiers of these profiles changed, or that they are new."""
    changed = sorted(profile_keys)
    for module in ctx.runtime.registry.modules:
        for hook in module.profile_hooks:
            await hook(ctx, changed)
