"""Members: who they are and what they may do."""

from kizuna.domains.workspace.contracts import MemberId, NewMember
from kizuna.domains.workspace.repository import members
from kizuna.domains.workspace.rules import inputs
from kizuna.domains.workspace.service.audit import record_audit
from kizuna.domains.workspace.service.inputs import check_fields
from kizuna.domains.workspace.service.passwords import hash_password
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Conflict


async def add_member(ctx: Context, new: NewMember) -> MemberId:
    """Raises ``Conflict`` when the e-mail address is a member's already."""
    values = check_fields(
        {
            "name": lambda: inputs.check_name(new.name),
            "email": lambda: inputs.check_email(new.email),
            "password": lambda: inputs.check_password(new.password, new.email, new.name),
            "language": lambda: inputs.check_language(new.language),
        }
    )
    member_id = await members.insert(
        ctx.db,
        {
            "workspace_id": ctx.workspace.id,
            "name": values["name"],
            "email": values["email"],
            "role": new.role,
            "language": values["language"],
            "password_hash": await hash_password(new.password),
            "now": ctx.clock.now(),
        },
    )
    if member_id is None:
        raise Conflict("member_exists", f"{values['email']} is a member of this workspace already.")
    await record_audit(
        ctx, "member.added", "member", member_id, f"{values['name']} joined as {new.role}",
        after={"name": values["name"], "email": values["email"], "role": new.role},
    )
    return MemberId(member_id)
