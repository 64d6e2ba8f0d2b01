"""For domains that ask of everybody what may be done."""

from kizuna.domains.privacy.repository import everybody
from kizuna.kernel.context import Context


async def list_exceptions(ctx: Context, purpose: str, channel: str) -> list[int]:
    return await everybody.list_exceptions(ctx, purpose, channel)
