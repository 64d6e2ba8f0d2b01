"""Who may give which role, and change whom."""

from kizuna.domains.workspace.contracts import Role
from kizuna.domains.workspace.repository import members
from kizuna.domains.workspace.rules.roles import may_govern
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Forbidden


async def check_governs(ctx: Context, role: Role) -> None:
    """Raises ``Forbidden`` unless the actor may give ``role`` or change a member who has it."""
    registry = ctx.runtime.registry
    if ctx.actor.kind == "system":
        return
    if not may_govern(await _role_of_actor(ctx), ctx.actor.permissions, role, registry.permissions_of_role(role)):
        raise Forbidden("role_too_high", f"Only someone who holds at least the rights of the role {role} can do this.")


async def _role_of_actor(ctx: Context) -> Role | None:
    if ctx.actor.kind != "member" or ctx.actor.id is None:
        return None
    member = await members.find(ctx.db, ctx.workspace.id, int(ctx.actor.id))
    return member.role if member else None
