"""Sessions as their member sees them, and how they are ended."""

from uuid import UUID

from kizuna.domains.workspace.repository import sessions
from kizuna.domains.workspace.repository.sessions import OwnSession
from kizuna.domains.workspace.rules.devices import name_device
from kizuna.domains.workspace.service.audit import record_audit
from kizuna.domains.workspace.service.governing import check_governs
from kizuna.domains.workspace.service.members import load_acting_member, load_member
from kizuna.kernel.context import Context
from kizuna.kernel.errors import NotFound

SESSIONS_SHOWN_MAX = 100


async def list_my_sessions(ctx: Context) -> list[OwnSession]:
    """Most recently used first."""
    member = await load_acting_member(ctx)
    return await sessions.list_sessions(ctx.db, ctx.workspace.id, member.id, ctx.clock.now(), SESSIONS_SHOWN_MAX)


async def end_my_session(ctx: Context, session_id: UUID) -> None:
    member = await load_acting_member(ctx)
    ended = await sessions.delete_session_of(ctx.db, ctx.workspace.id, member.id, session_id)
    if ended is None:
        raise NotFound("session_not_found", "This session has ended already.")
    summary = f"“{member.name}” ended a session on {name_device(ended.user_agent) or 'an unknown device'}"
    await record_audit(ctx, "member.session_ended", "member", member.id, summary)


async def end_my_other_sessions(ctx: Context, session_id: str | None) -> int:
    """How many were ended."""
    member = await load_acting_member(ctx)
    ended = await sessions.delete_sessions_of(ctx.db, ctx.workspace.id, member.id, session_id)
    if ended:
        summary = f"“{member.name}” ended {ended} other sessions"
        await record_audit(ctx, "member.sessions_ended", "member", member.id, summary)
    return ended


async def end_sessions_of(ctx: Context, member_id: int) -> int:
    """Signs a member out everywhere; how many sessions were ended."""
    member = await load_member(ctx, member_id)
    await check_governs(ctx, member.role)
    ended = await sessions.delete_sessions_of(ctx.db, ctx.workspace.id, member_id)
    if ended:
        summary = f"Ended all sessions of “{member.name}”"
        await record_audit(ctx, "member.sessions_ended", "member", member_id, summary, after={"ended": ended})
    return ended
