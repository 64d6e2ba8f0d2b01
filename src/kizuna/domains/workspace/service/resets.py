"""Password links: one hour, one use.

A member who asks is mailed one. Without a mail server nobody can be; an admin or the command line makes one
and hands it over. A member's own request shows in the member list and the audit log either way.
"""

from datetime import timedelta

from kizuna.domains.workspace.repository import members, tokens
from kizuna.domains.workspace.repository.members import MemberRow
from kizuna.domains.workspace.rules import inputs
from kizuna.domains.workspace.rules.inputs import FieldError
from kizuna.domains.workspace.rules.sign_in import RESET_LIFE
from kizuna.domains.workspace.service.audit import record_audit
from kizuna.domains.workspace.service.governing import check_governs
from kizuna.domains.workspace.service.inputs import check_fields
from kizuna.domains.workspace.service.letters import mail_link, make_url
from kizuna.domains.workspace.service.members import load_member, set_password
from kizuna.domains.workspace.service.passwords import hash_token
from kizuna.domains.workspace.service.sign_in import may_use_password
from kizuna.kernel.context import Actor, Context, Runtime
from kizuna.kernel.errors import Conflict, NotFound
from kizuna.kernel.ids import new_token

REQUEST_AGAIN = timedelta(hours=1)
"""One request an hour is written down: a stranger must not fill the audit log."""


async def request_reset(runtime: Runtime, email: str) -> None:
    """Notes the request in every workspace that knows the address, and mails a link where it can; tells the
    caller nothing."""
    try:
        email = inputs.check_email(email)
    except FieldError:
        return
    async with runtime.database.transaction("auth") as db:
        candidates = await members.list_candidates(db, email)
    for candidate in candidates:
        async with runtime.unit(candidate.workspace_id) as ctx:
            now = ctx.clock.now()
            member = await load_member(ctx, candidate.member_id)
            if await members.note_reset_request(ctx.db, ctx.workspace.id, member.id, now, now - REQUEST_AGAIN):
                await record_audit(
                    ctx, "member.reset_requested", "member", member.id, f"“{member.name}” asked for a new password"
                )
                if ctx.runtime.mailer.ready and may_use_password(candidate):
                    await mail_link(ctx, "reset", await _make_token(ctx, member))


async def hand_over_link(ctx: Context, member_id: int) -> tuple[str, bool]:
    """A URL with which the member chooses a new password, and whether it goes to them by mail, too."""
    token = await _make_token_for(ctx, member_id)
    return make_url(ctx, "reset", token), await mail_link(ctx, "reset", token)


async def _make_token_for(ctx: Context, member_id: int) -> str:
    member = await load_member(ctx, member_id)
    await check_governs(ctx, member.role)
    if member.disabled:
        raise Conflict("member_disabled", f"{member.name} is disabled; enable the member first.")
    return await _make_token(ctx, member)


async def make_reset_links(runtime: Runtime, email: str) -> list[tuple[str, str]]:
    """For the command line: (workspace name, URL) for each workspace the address is a member of."""
    email = check_fields({"email": lambda: inputs.check_email(email)})["email"]
    async with runtime.database.transaction("auth") as db:
        candidates = await members.list_candidates(db, email)
    if not candidates:
        raise NotFound("member_not_found", f"No active member has the address {email}.")
    links: list[tuple[str, str]] = []
    for candidate in candidates:
        async with runtime.unit(candidate.workspace_id, Actor("system", None, "Command line")) as ctx:
            token = await _make_token_for(ctx, candidate.member_id)
            links.append((ctx.workspace.name, make_url(ctx, "reset", token)))
    return links


async def _make_token(ctx: Context, member: MemberRow) -> str:
    token, now = new_token("kzr"), ctx.clock.now()
    await tokens.insert_reset(
        ctx.db,
        {
            "workspace_id": ctx.workspace.id,
            "member_id": member.id,
            "token_hash": hash_token(token),
            "now": now,
            "expires_at": now + RESET_LIFE,
        },
    )
    await record_audit(ctx, "member.reset_link_made", "member", member.id, f"Made a password link for “{member.name}”")
    return token


async def use_reset(runtime: Runtime, token: str, password: str) -> None:
    """Sets the password, ends all sessions of the member and all other links."""
    now = runtime.clock.now()
    async with runtime.database.transaction("auth") as db:
        found = await tokens.find_reset(db, hash_token(token), now)
    if found is None:
        raise NotFound("reset_not_found", "This link was used or has expired; ask for a new one.")
    async with runtime.unit(found.workspace_id) as ctx:
        member = await load_member(ctx, found.member_id)
        check_fields({"password": lambda: inputs.check_password(password, member.email, member.name)})
        if member.disabled or not await tokens.use_reset(ctx.db, found.workspace_id, found.id, now):
            raise NotFound("reset_not_found", "This link was used or has expired; ask for a new one.")
        await set_password(ctx, member, password)
        await record_audit(
            ctx, "member.password_changed", "member", member.id, f"“{member.name}” chose a new password by a link"
        )
