"""Members: who they are and what they may do."""

from dataclasses import replace

from kizuna.domains.workspace.contracts import Language, MemberId, MemberView, NewMember, Role
from kizuna.domains.workspace.repository import members, sessions, tenants, tokens
from kizuna.domains.workspace.repository.members import MemberRow
from kizuna.domains.workspace.rules import inputs
from kizuna.domains.workspace.service.audit import changed, record_audit
from kizuna.domains.workspace.service.governing import check_governs
from kizuna.domains.workspace.service.inputs import check_fields
from kizuna.domains.workspace.service.passwords import hash_password, verify_password
from kizuna.domains.workspace.service.throttle import count_attempt, forgive_attempts, password_of
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.errors import Conflict, Forbidden, Invalid, NotFound


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
    after = {"name": values["name"], "email": values["email"], "role": new.role}
    summary = f"“{values['name']}” joined as {new.role}"
    await record_audit(ctx, "member.added", "member", member_id, summary, after=after)
    return MemberId(member_id)


async def load_member(ctx: Context, member_id: int, *, lock: bool = False) -> MemberRow:
    member = await members.find(ctx.db, ctx.workspace.id, member_id, lock=lock)
    if member is None:
        raise NotFound("member_not_found", "There is no such member.")
    return member


async def load_acting_member(ctx: Context) -> MemberRow:
    """The signed-in member. Raises ``Forbidden`` for API keys, which stand for nobody in person."""
    if ctx.actor.kind != "member" or ctx.actor.id is None:
        raise Forbidden("members_only", "An API key cannot do this; sign in as a member.")
    return await load_member(ctx, int(ctx.actor.id))


async def read_language(ctx: Context) -> Language:
    language = ctx.workspace.language
    if ctx.actor.kind == "member" and ctx.actor.id is not None:
        member = await members.find(ctx.db, ctx.workspace.id, int(ctx.actor.id))
        language = language if member is None else member.language
    return "ja" if language == "ja" else "en"


async def list_members(ctx: Context) -> list[MemberRow]:
    return await members.list_all(ctx.db, ctx.workspace.id)


async def change_member(ctx: Context, member_id: int, role: Role | None, disabled: bool | None) -> MemberRow:
    """Changes role or state; a disabled member is signed out everywhere at once.

    Raises ``Forbidden`` when the actor may not govern the old or the new role, ``Conflict`` when no
    active owner would remain.
    """
    owners = await members.lock_owners(ctx.db, ctx.workspace.id)
    member = await load_member(ctx, member_id, lock=True)
    new_role = member.role if role is None else role
    new_disabled = member.disabled if disabled is None else disabled
    if (new_role, new_disabled) == (member.role, member.disabled):
        return member
    await check_governs(ctx, member.role)
    await check_governs(ctx, new_role)
    if owners == [member_id] and (new_role != "owner" or new_disabled):
        raise Conflict("last_owner", "This is the only owner; make another member owner first.")
    await members.set_role_and_state(ctx.db, ctx.workspace.id, member_id, new_role, new_disabled)
    if new_disabled:
        await _shut_out(ctx, member_id)
    before, after = changed(
        {"role": member.role, "disabled": member.disabled}, {"role": new_role, "disabled": new_disabled}
    )
    await record_audit(ctx, "member.changed", "member", member_id, f"Changed “{member.name}”", before, after)
    return replace(member, role=new_role, disabled=new_disabled)


async def _shut_out(ctx: Context, member_id: int) -> None:
    await sessions.delete_sessions_of(ctx.db, ctx.workspace.id, member_id)
    await tokens.delete_resets_of(ctx.db, ctx.workspace.id, member_id)


async def change_me(ctx: Context, name: str | None, language: str | None) -> MemberRow:
    member = await load_acting_member(ctx)
    values = check_fields(
        {
            "name": lambda: inputs.check_name(member.name if name is None else name),
            "language": lambda: inputs.check_language(member.language if language is None else language),
        }
    )
    await members.set_profile(ctx.db, ctx.workspace.id, member.id, values["name"], values["language"])
    before, after = changed({"name": member.name, "language": member.language}, values)
    if after:
        await record_audit(ctx, "member.changed", "member", member.id, f"Changed “{member.name}”", before, after)
    return replace(member, name=values["name"], language=values["language"])


async def change_my_password(ctx: Context, current: str, new: str, ip: str, session_id: str | None) -> None:
    """Signs out all other sessions. Wrong tries count as failed sign-ins do."""
    member = await load_acting_member(ctx)
    throttled = password_of(member.email, ip)
    await count_attempt(ctx.runtime, throttled)
    if len(current) > inputs.PASSWORD_CHARS_MAX or not await verify_password(member.password_hash, current):
        raise Invalid(
            "password_wrong", "The present password is wrong.", fields={"current": "The present password is wrong."}
        )
    await forgive_attempts(ctx.runtime, throttled)
    check_fields({"new": lambda: inputs.check_password(new, member.email, member.name)})
    await set_password(ctx, member, new, keep_session=session_id)
    await record_audit(ctx, "member.password_changed", "member", member.id, f"“{member.name}” chose a new password")


async def set_password(ctx: Context, member: MemberRow, password: str, keep_session: str | None = None) -> None:
    """Also ends the member's sessions, except ``keep_session``, and open reset links."""
    await members.set_password(ctx.db, ctx.workspace.id, member.id, await hash_password(password))
    await sessions.delete_sessions_of(ctx.db, ctx.workspace.id, member.id, keep_session)
    await tokens.delete_resets_of(ctx.db, ctx.workspace.id, member.id)


async def list_all_members(runtime: Runtime) -> list[MemberView]:
    async with runtime.database.transaction("worker") as db:
        workspace_ids = await tenants.list_ids(db)
    found: list[MemberView] = []
    for workspace_id in workspace_ids:
        async with runtime.unit(workspace_id) as ctx:
            found += [
                MemberView(ctx.workspace.name, row.name, row.email, row.role, row.disabled)
                for row in await list_members(ctx)
            ]
    return found
