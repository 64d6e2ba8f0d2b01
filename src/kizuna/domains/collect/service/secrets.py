"""Signing secrets of sources: sealed in the database, plain in the server's memory."""

import logging

from kizuna.domains.collect.contracts import SEALED_FOR
from kizuna.domains.collect.repository import sources
from kizuna.domains.workspace.api import list_workspace_ids
from kizuna.kernel.context import Runtime
from kizuna.kernel.errors import Invalid
from kizuna.kernel.settings import Settings

logger = logging.getLogger(__name__)


def seal_secret(settings: Settings, secret: str) -> bytes:
    return settings.vault.seal(secret.encode(), SEALED_FOR)


def open_secret(settings: Settings, plain: str | None, sealed: bytes | None) -> str:
    """Raises ``Invalid`` when the vault cannot open it."""
    return settings.vault.unseal(sealed, SEALED_FOR).decode() if sealed is not None else plain or ""


def open_secret_if_possible(settings: Settings, plain: str | None, sealed: bytes | None) -> str:
    """Empty when the vault cannot open it: events are taken in all the same, but nobody is believed."""
    try:
        return open_secret(settings, plain, sealed)
    except Invalid as error:
        logger.error("a signing secret cannot be opened", extra={"error": error.message})
        return ""


async def seal_plain_secrets(runtime: Runtime) -> int:
    """Seals what earlier versions wrote down in plain text. Returns how many."""
    sealed = 0
    for workspace_id in await list_workspace_ids(runtime):
        async with runtime.database.transaction("app", workspace_id) as db:
            for source_id, secret in await sources.find_plain_secrets(db):
                await sources.seal_secret(db, source_id, seal_secret(runtime.settings, secret))
                sealed += 1
    return sealed
