"""What events state about consent, written down where it is new."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from kizuna.domains.privacy.contracts import Answer
from kizuna.domains.privacy.rules.categories import match_answers
from kizuna.domains.privacy.rules.regions import region_of
from kizuna.domains.privacy.service.consent import record_answers
from kizuna.domains.privacy.service.purposes import list_purposes
from kizuna.kernel.context import Context

CONTACT_CHANNELS = frozenset({"email", "sms", "line", "phone", "post"})


class Statement(msgspec.Struct, frozen=True):
    """What one event said. ``answered`` is true when the person has just answered, and was not merely
    repeated; ``trusted`` when the sender is more than a key that everybody can read."""

    key: int
    preferences: Mapping[str, bool]
    at: datetime
    answered: bool
    trusted: bool
    identified: bool
    proof: Mapping[str, Any]
    text_version: int | None = None
    language: str | None = None
    banner: bool = False


async def record_stated(ctx: Context, statements: Sequence[Statement], people: Sequence[Sequence[int]]) -> int:
    """Adds answers for what the statements say; returns how many were new.

    Anybody can send events under a site's public key. So a yes to being written to is taken from trusted
    senders only, and what is said in the name of a known customer does not overrule what another of their
    devices said.
    """
    purposes = await list_purposes(ctx)
    region, now = region_of(ctx.workspace.country), ctx.clock.now()
    essential = {purpose.key for purpose in purposes if purpose.essential(region)}
    answers = [
        Answer(
            key=one.key,
            purpose=purpose,
            channel=channel,
            granted=granted,
            knowing=one.answered and (one.trusted or not one.identified),
            at=min(one.at, now),
            source="banner" if one.banner else "event",
            text_version=one.text_version,
            language=one.language,
            proof=one.proof,
        )
        for one in statements
        for purpose, channel, granted in match_answers(one.preferences, purposes)
        if purpose not in essential and not (granted and channel in CONTACT_CHANNELS and not one.trusted)
    ]
    return await record_answers(ctx, answers, people)
