"""Masked values of one customer, shown in full for a reason."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from kizuna.domains.privacy.api import count_reveal
from kizuna.domains.profiles.service.read import Profile, read_profile
from kizuna.domains.workspace.api import record_audit
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Invalid

COLUMNS = {"name": "name", "name_kana": "kana", "email": "email", "phone": "phone", "user_id": "user_id"}
TRAIT_PREFIX = "traits."
IDENTIFIER_PREFIX = "identifiers."


async def reveal_fields(
    ctx: Context, profile_id: UUID, fields: Sequence[str], reason: str, purpose: str | None
) -> dict[str, Any]:
    """Values by field. Raises ``NotFound``, ``Invalid`` with fields that the profile does not have, or ``Limit``.

    The audit log gets the fields and the reason, never the values.
    """
    profile = await read_profile(ctx, profile_id)
    values = _all_values(profile)
    unknown = {field: "the profile has no such field" for field in fields if field not in values}
    if unknown:
        raise Invalid("fields_unknown", "Some of these fields are not there; reload the page.", fields=unknown)
    await count_reveal(ctx, str(profile.head.id))
    asked = sorted(set(fields))
    count = "1 field" if len(asked) == 1 else f"{len(asked)} fields"
    await record_audit(
        ctx,
        "profile.revealed",
        "profile",
        profile.head.id,
        f"Revealed {count} of a profile",
        after={"fields": asked, "reason": reason.strip(), "purpose": purpose},
    )
    return {field: values[field] for field in asked}


def _all_values(profile: Profile) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(profile.head, column) for name, column in COLUMNS.items()}
    values |= {TRAIT_PREFIX + trait.name: trait.value for trait in profile.traits}
    for node in profile.nodes:
        values.setdefault(IDENTIFIER_PREFIX + node.type, []).append(node.value)
    return values
