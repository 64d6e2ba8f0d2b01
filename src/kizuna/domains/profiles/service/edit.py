"""Traits edited by a member."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from kizuna.domains.privacy.api import read_least_sight, read_sight
from kizuna.domains.profiles.contracts import TraitRow
from kizuna.domains.profiles.repository import identity, profiles
from kizuna.domains.profiles.rules.identifiers import rank_type
from kizuna.domains.profiles.rules.traits import (
    NAME_CHARS_MAX,
    TRAITS_PER_EVENT_MAX,
    VALUE_BYTES_MAX,
    encode_traits,
)
from kizuna.domains.profiles.service.derive import derive_profiles
from kizuna.domains.profiles.service.read import Trait, read_head, read_profile
from kizuna.domains.workspace.api import record_audit
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Invalid


async def edit_traits(ctx: Context, profile_id: UUID, changes: Mapping[str, Any]) -> None:
    """Sets traits as of now, or removes them with None. Later events may set them again.

    Raises ``NotFound``, or ``Invalid`` with the traits that cannot be kept.
    """
    head = await identity.lock_identity(ctx)
    profile_key = (await read_head(ctx, profile_id)).key
    encoded = dict(encode_traits(changes))
    wrong = {
        name[:NAME_CHARS_MAX]: f"a trait has a printable name of 1–{NAME_CHARS_MAX} characters "
        f"and a value of at most {VALUE_BYTES_MAX} bytes"
        for name in changes
        if name not in encoded
    }
    if wrong or len(changes) > TRAITS_PER_EVENT_MAX:
        raise Invalid("traits_invalid", "These traits cannot be kept; shorten them.", fields=wrong)
    before = {trait.name: trait.value for trait in await _read_traits(ctx, profile_id)}
    await _refuse_masks(ctx, before, changes)
    members = await identity.read_members(ctx, [profile_key])
    _, key = min((rank_type(type_), key) for _, key, type_, _ in members)
    now = ctx.clock.now()
    rows = [TraitRow(key, name, value, now, None, ctx.actor.name) for name, value in encoded.items()]
    if rows:
        await profiles.write_traits(ctx, rows)
        await derive_profiles(ctx, head.version, [profile_key])
    # The log is kept for ever, and read by those who may not see customers: it says which, and as much as
    # the least role sees.
    least = await read_least_sight(ctx)
    await record_audit(
        ctx,
        "profile.edited",
        "profile",
        profile_id,
        f"Edited {len(rows)} trait{'s' if len(rows) != 1 else ''} of a profile",
        before={name: least.show("trait", name, before.get(name)).value for name in changes},
        after={name: least.show("trait", name, value).value for name, value in changes.items()},
    )


async def _read_traits(ctx: Context, profile_id: UUID) -> list[Trait]:
    return (await read_profile(ctx, profile_id)).traits


async def _refuse_masks(ctx: Context, before: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """A form that was filled with what its page shows must not overwrite what it hides."""
    sight = await read_sight(ctx)
    shown = {name: sight.show("trait", name, before[name]) for name in changes if name in before}
    sent_back = [name for name, one in shown.items() if one.masked and changes[name] == one.value]
    if sent_back:
        raise Invalid(
            "trait_masked",
            "These values are masks, not what stands behind them; write the new values in full.",
            fields=dict.fromkeys(sent_back, "this is the mask"),
        )
