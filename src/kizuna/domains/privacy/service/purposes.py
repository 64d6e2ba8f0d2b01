"""The workspace's purposes: standard ones until it changes them."""

from kizuna.domains.privacy.contracts import Purpose
from kizuna.domains.privacy.repository import purposes as repository
from kizuna.domains.privacy.rules.purposes import STANDARD
from kizuna.kernel.context import Context
from kizuna.kernel.errors import NotFound


async def list_purposes(ctx: Context) -> list[Purpose]:
    """In their order, archived ones too."""
    return await repository.read_purposes(ctx) or list(STANDARD)


async def find_purpose(ctx: Context, key: str) -> Purpose:
    """Raises ``NotFound``."""
    for purpose in await list_purposes(ctx):
        if purpose.key == key:
            return purpose
    raise NotFound("purpose_not_found", f"There is no purpose “{key[:40]}”; look at the list of purposes.")
