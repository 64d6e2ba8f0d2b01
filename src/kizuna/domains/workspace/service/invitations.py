"""Invitations: a link that makes its holder a member."""

from kizuna.domains.workspace.contracts import Client, NewMember, OpenedSession, Role
from kizuna.domains.workspace.repository import members, tokens
from kizuna.domains.workspace.repository.tokens import InvitationRow, OpenInvitation
from kizuna.domains.workspace.rules import inputs
from kizuna.domains.workspace.rules.sign_in import INVITATION_LIFE
from kizuna.domains.workspace.service.audit import record_audit
from kizuna.domains.workspace.service.governing import check_governs
from kizuna.domains.workspace.service.inputs import check_fields
from kizuna.domains.workspace.service.letters import mail_link, make_url
from kizuna.domains.workspace.service.members import add_member
from kizuna.domains.workspace.service.passwords import hash_token
from kizuna.domains.workspace.service.sign_in import open_session
from kizuna.kernel.context import Actor, Context, Runtime
from kizuna.kernel.errors import Conflict, NotFound
from kizuna.kernel.ids import new_token


async def invite(ctx: Context, email: str, role: Role) -> tuple[InvitationRow, str, bool]:
    """The invitation, its URL, which is shown once, and whether it goes by mail, too; a second one for the
    address replaces the first."""
    email = check_fields({"email": lambda: inputs.check_email(email)})["email"]
    await check_governs(ctx, role)
    if await members.find_by_email(ctx.db, ctx.workspace.id, email):
        raise Conflict("member_exists", f"{email} is a member of this workspace already.")
    token, now = new_token("kzi"), ctx.clock.now()
    row = await tokens.insert_invitation(
        ctx.db,
        {
            "workspace_id": ctx.workspace.id,
            "email": email,
            "role": role,
            "token_hash": hash_token(token),
            "invited_by": ctx.actor.name,
            "now": now,
            "expires_at": now + INVITATION_LIFE,
        },
    )
    after = {"email": email, "role": role}
    await record_audit(ctx, "invitation.made", "invitation", row.id, f"Invited “{email}” as {role}", after=after)
    return row, make_url(ctx, "invitation", token), await mail_link(ctx, "invitation", token)


async def list_invitations(ctx: Context) -> list[InvitationRow]:
    return await tokens.list_invitations(ctx.db, ctx.workspace.id)


async def withdraw_invitation(ctx: Context, invitation_id: int) -> None:
    row = await tokens.delete_invitation(ctx.db, ctx.workspace.id, invitation_id)
    if row is None:
        raise NotFound("invitation_not_found", "There is no such open invitation.")
    await check_governs(ctx, row.role)
    await record_audit(
        ctx, "invitation.withdrawn", "invitation", row.id, f"Withdrew the invitation of “{row.email}” as {row.role}"
    )


async def find_invitation(runtime: Runtime, token: str) -> OpenInvitation:
    async with runtime.database.transaction("auth") as db:
        found = await tokens.find_invitation(db, hash_token(token), runtime.clock.now())
    if found is None:
        raise NotFound("invitation_not_found", "This invitation was used or has expired; ask for a new one.")
    return found


async def accept_invitation(runtime: Runtime, token: str, name: str, password: str, client: Client) -> OpenedSession:
    """Makes the member and signs them in."""
    found = await find_invitation(runtime, token)
    invited = Actor("member", None, " ".join(name.split())[: inputs.NAME_CHARS_MAX] or found.email)
    async with runtime.unit(found.workspace_id, invited) as ctx:
        if not await tokens.accept_invitation(ctx.db, found.workspace_id, found.id, ctx.clock.now()):
            raise NotFound("invitation_not_found", "This invitation was used already; sign in instead.")
        language = "ja" if ctx.workspace.language == "ja" else "en"
        member_id = await add_member(ctx, NewMember(name, found.email, password, found.role, language))
    return await open_session(runtime, found.workspace_id, member_id, client)
