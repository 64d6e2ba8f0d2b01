"""The record of what went to third parties (APPI articles 29 and 30)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from kizuna.domains.privacy.contracts import SUBJECTS_MAX, Disclosure
from kizuna.domains.privacy.repository import disclosures as repository
from kizuna.domains.workspace.api import record_audit
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Invalid, NotFound

TEXT_CHARS_MAX = 500
ITEMS_MAX = 100
NOTED_MAX = 100_000
BASES = ("consent", "contract", "legal_obligation", "vital_interest", "public_task", "opt_out", "joint_use")
"""On what a disclosure may rest: consent, an exception of article 27(1), opt-out (27(2)), joint use (27(5))."""


async def record_disclosure(
    ctx: Context,
    *,
    recipient: str,
    recipient_address: str,
    items: Sequence[str],
    basis: str,
    purpose: str,
    reason: str,
    profile_ids: Sequence[UUID],
    people: int | None = None,
    at: datetime | None = None,
) -> Disclosure:
    """Writes down a disclosure of ``items`` about the profiles, or about ``people`` who are not named.

    Raises ``Invalid``, or ``NotFound`` for a profile there is not.
    """
    wrong = _check(recipient, recipient_address, items, basis, purpose, reason)
    if len(profile_ids) > SUBJECTS_MAX:
        wrong["profile_ids"] = f"{SUBJECTS_MAX:,} at most; write down several"
    if not profile_ids and not people:
        wrong["people"] = "say whom it was about, or how many they were"
    if at is not None and at > ctx.clock.now():
        wrong["at"] = "lies in the future"
    if wrong:
        raise Invalid("disclosure_invalid", "The disclosure cannot be written down so.", fields=wrong)
    found = await ctx.runtime.registry.person_finder.by_profiles(ctx, profile_ids) if profile_ids else []
    if None in found:
        raise NotFound("profile_not_found", "One of the profiles does not exist.")
    keys = sorted({key for person in found if person is not None for key in person.keys})
    values = {
        "at": at or ctx.clock.now(),
        "recipient": recipient.strip(),
        "recipient_address": recipient_address.strip(),
        "items": [item.strip() for item in items],
        "basis": basis,
        "purpose": purpose.strip(),
        "reason": reason.strip(),
        "people": people or len(profile_ids),
        "keys": keys,
    }
    made = await repository.insert(ctx, values)
    await record_audit(
        ctx, "disclosure.recorded", "disclosure", made.id, f"Wrote down a disclosure to “{made.recipient}”"
    )
    return made


async def note_disclosure(
    ctx: Context,
    *,
    recipient: str,
    recipient_address: str,
    items: Sequence[str],
    basis: str,
    purpose: str,
    reason: str,
    keys: Iterable[int],
) -> None:
    """Writes down what Kizuna itself sent about the people with these nodes, one for each of them.

    Whoever set it up stands in the audit log already. Raises ``Invalid``.
    """
    about = sorted(set(keys))
    wrong = _check(recipient, recipient_address, items, basis, purpose, reason)
    if wrong or not 0 < len(about) <= NOTED_MAX:
        raise Invalid("disclosure_invalid", "The disclosure cannot be written down so.", fields=wrong)
    values = {
        "at": ctx.clock.now(),
        "recipient": recipient.strip(),
        "recipient_address": recipient_address.strip(),
        "items": list(items),
        "basis": basis,
        "purpose": purpose,
        "reason": reason,
        "people": len(about),
        "keys": about,
    }
    await repository.insert(ctx, values)


def _check(recipient: str, address: str, items: Sequence[str], basis: str, purpose: str, reason: str) -> dict[str, str]:
    texts = {"recipient": recipient, "recipient_address": address, "purpose": purpose, "reason": reason}
    wrong = {
        name: f"{TEXT_CHARS_MAX} printable characters at most"
        for name, text in texts.items()
        if len(text) > TEXT_CHARS_MAX or "\x00" in text
    }
    if not recipient.strip():
        wrong["recipient"] = "say who got the data"
    if not 1 <= len(items) <= ITEMS_MAX or any(not one.strip() or "\x00" in one for one in items):
        wrong["items"] = "say what data it was"
    if basis not in BASES:
        wrong["basis"] = f"one of {', '.join(BASES)}"
    return wrong


async def list_disclosures(ctx: Context, before: int | None, profile_id: UUID | None, limit: int) -> list[Disclosure]:
    """Newest first, of everybody or of one profile. Raises ``NotFound``."""
    keys = None
    if profile_id is not None:
        (person,) = await ctx.runtime.registry.person_finder.by_profiles(ctx, [profile_id])
        if person is None:
            raise NotFound("profile_not_found", "There is no such profile.")
        keys = person.keys
    return await repository.list_page(ctx, before, keys, limit)
