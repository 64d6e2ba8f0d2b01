"""Requests of the person."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from kizuna.domains.privacy.repository import requests as repository
from kizuna.domains.privacy.rules.regions import region_of
from kizuna.kernel.context import Context

ANSWER_WITHIN = timedelta(days=30)
"""GDPR article 12: one month."""


async def receive(
    ctx: Context,
    *,
    kind: str,
    keys: Sequence[int],
    identifiers: Sequence[tuple[str, str]],
    via: str,
    note: str = "",
) -> int:
    """Takes in a request; returns its number."""
    subjects = ctx.settings.vault.seal(msgspec.json.encode(list(identifiers)), "privacy.request")
    law = region_of(ctx.workspace.country)
    due_at = ctx.clock.now() + ANSWER_WITHIN
    return await repository.insert_request(ctx, kind, law, via, subjects, list(keys), note, due_at)
