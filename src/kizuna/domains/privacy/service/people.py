"""Who is meant: asked of the domain that owns identity."""

from uuid import UUID

from kizuna.kernel.context import Context
from kizuna.kernel.errors import NotFound
from kizuna.kernel.person import Person


async def find_person(ctx: Context, profile_id: UUID) -> Person:
    """Raises ``NotFound``."""
    (found,) = await ctx.runtime.registry.person_finder.by_profiles(ctx, [profile_id])
    if found is None:
        raise NotFound("profile_not_found", "There is no such profile.")
    return found
