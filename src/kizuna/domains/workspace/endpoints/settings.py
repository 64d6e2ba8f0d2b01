"""Settings: the workspace, members, invitations, roles, keys, the audit log."""

from typing import Any

import msgspec
from litestar import delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from kizuna.domains.workspace.rules.roles import ROLES
from kizuna.domains.workspace.schemas import (
    ApiKey,
    AuditActor,
    AuditEntry,
    EndedSessions,
    Invitation,
    InvitationRequest,
    KeyRequest,
    Link,
    Member,
    MemberChange,
    RolePermissions,
    WorkspaceChange,
    WorkspaceView,
)
from kizuna.domains.workspace.service import (
    audit,
    invitations,
    keys,
    members,
    oidc,
    own_sessions,
    resets,
    tenants,
    totp,
)
from kizuna.web.auth import require
from kizuna.web.context import InContext
from kizuna.web.paging import PAGE_DEFAULT, Page, check_limit, decode_id_cursor, encode_cursor

TAGS = ["workspace"]


@get("/api/workspace", tags=TAGS, guards=[require("workspace.read")])
async def read_workspace(ctx: InContext) -> WorkspaceView:
    """The workspace's settings."""
    return msgspec.convert(ctx.workspace, WorkspaceView, from_attributes=True)


@patch("/api/workspace", tags=TAGS, guards=[require("workspace.manage")])
async def change_workspace(ctx: InContext, data: JSONBody[WorkspaceChange]) -> WorkspaceView:
    """Change the workspace's settings. The currency of past orders stays what it was."""
    changes: dict[str, str] = msgspec.to_builtins(data)
    return msgspec.convert(await tenants.change_workspace(ctx, changes), WorkspaceView, from_attributes=True)


@get("/api/workspace/members", tags=TAGS, guards=[require("workspace.read")])
async def list_members(ctx: InContext) -> Page[Member]:
    """All members, active ones first."""
    items = [msgspec.convert(row, Member, from_attributes=True) for row in await members.list_members(ctx)]
    if "members.manage" not in ctx.actor.permissions:
        for item in items:
            # Whose account is easier to break into, and who just now waits for a link.
            item.totp = item.linked = item.reset_requested_at = None
    return Page(items, total=len(items))


@patch("/api/workspace/members/{id:int}", tags=TAGS, guards=[require("members.manage")], problems=[409])
async def change_member(ctx: InContext, id: FromPath[int], data: JSONBody[MemberChange]) -> Member:
    """Change a member's role, or disable the member, which signs them out at once."""
    row = await members.change_member(ctx, id, data.role, data.disabled)
    return msgspec.convert(row, Member, from_attributes=True)


@post("/api/workspace/members/{id:int}/reset-link", tags=TAGS, guards=[require("members.manage")], problems=[409])
async def make_reset_link(ctx: InContext, id: FromPath[int]) -> Link:
    """Make a link with which the member chooses a new password: one hour, one use. Where mail is set up, they
    get it by mail, too."""
    return Link(*await resets.hand_over_link(ctx, id))


@delete("/api/workspace/members/{id:int}/sessions", tags=TAGS, guards=[require("members.manage")], status_code=200)
async def end_sessions(ctx: InContext, id: FromPath[int]) -> EndedSessions:
    """Sign a member out everywhere."""
    return EndedSessions(await own_sessions.end_sessions_of(ctx, id))


@delete("/api/workspace/members/{id:int}/totp", tags=TAGS, guards=[require("members.manage")], problems=[409])
async def reset_totp(ctx: InContext, id: FromPath[int]) -> None:
    """Take away the authenticator app of a member who lost phone and recovery codes. Signs them out everywhere."""
    await totp.reset_totp(ctx, id)


@delete("/api/workspace/members/{id:int}/provider-link", tags=TAGS, guards=[require("members.manage")], problems=[409])
async def release_provider_link(ctx: InContext, id: FromPath[int]) -> None:
    """Release a member from their account at the provider: the next sign-in with the same address links anew.
    Signs them out everywhere."""
    await oidc.release_link(ctx, id)


@get("/api/workspace/invitations", tags=TAGS, guards=[require("members.manage")])
async def list_invitations(ctx: InContext) -> Page[Invitation]:
    """Open invitations, expired ones too."""
    rows = await invitations.list_invitations(ctx)
    return Page([msgspec.convert(row, Invitation, from_attributes=True) for row in rows], total=len(rows))


@post("/api/workspace/invitations", tags=TAGS, guards=[require("members.manage")], problems=[409])
async def invite_member(ctx: InContext, data: JSONBody[InvitationRequest]) -> Invitation:
    """Invite somebody. The link is shown this once, and mailed where mail is set up; inviting again makes a new
    one."""
    row, url, mailed = await invitations.invite(ctx, data.email, data.role)
    invitation = msgspec.convert(row, Invitation, from_attributes=True)
    invitation.url, invitation.mailed = url, mailed
    return invitation


@delete("/api/workspace/invitations/{id:int}", tags=TAGS, guards=[require("members.manage")])
async def withdraw_invitation(ctx: InContext, id: FromPath[int]) -> None:
    """Withdraw an open invitation; its link stops working."""
    await invitations.withdraw_invitation(ctx, id)


@get("/api/workspace/roles", tags=TAGS, guards=[require("workspace.read")])
async def list_roles(ctx: InContext) -> list[RolePermissions]:
    """What each role may do."""
    registry = ctx.runtime.registry
    return [RolePermissions(role, sorted(registry.permissions_of_role(role))) for role in ROLES]


@get("/api/workspace/keys", tags=TAGS, guards=[require("keys.manage")])
async def list_keys(ctx: InContext) -> Page[ApiKey]:
    """API keys that work."""
    rows = await keys.list_keys(ctx)
    return Page([msgspec.convert(row, ApiKey, from_attributes=True) for row in rows], total=len(rows))


@post("/api/workspace/keys", tags=TAGS, guards=[require("keys.manage")])
async def make_key(ctx: InContext, data: JSONBody[KeyRequest]) -> ApiKey:
    """Make an API key with some of one's own permissions. The secret is shown this once."""
    row, secret = await keys.make_key(ctx, data.name, data.scopes)
    key = msgspec.convert(row, ApiKey, from_attributes=True)
    key.secret = secret
    return key


@delete("/api/workspace/keys/{id:int}", tags=TAGS, guards=[require("keys.manage")])
async def withdraw_key(ctx: InContext, id: FromPath[int]) -> None:
    """Withdraw an API key; it stops working at once."""
    await keys.withdraw_key(ctx, id)


@get("/api/workspace/audit", tags=TAGS, guards=[require("audit.read")])
async def list_audit(
    ctx: InContext,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = PAGE_DEFAULT,
    actor: FromQuery[str | None] = None,
    action: FromQuery[str | None] = None,
    target: FromQuery[str | None] = None,
) -> Page[AuditEntry]:
    """Who changed what, newest first. `actor` is an id or part of a name, `action` a beginning
    (`member.`), `target` a kind (`member`) or a kind and id (`member:12`)."""
    check_limit(limit)
    rows = await audit.list_audit(ctx, limit + 1, decode_id_cursor(cursor), actor, action, target)
    items = [_audit_entry(row) for row in rows[:limit]]
    return Page(items, encode_cursor([items[-1].id]) if len(rows) > limit else None)


def _audit_entry(row: Any) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=row.at,
        actor=AuditActor(row.actor_kind, row.actor_id, row.actor_name),
        action=row.action,
        target_kind=row.target_kind,
        target_id=row.target_id,
        summary=row.summary,
        before=row.before,
        after=row.after,
    )


SETTINGS = (
    read_workspace,
    change_workspace,
    list_members,
    change_member,
    make_reset_link,
    end_sessions,
    reset_totp,
    release_provider_link,
    list_invitations,
    invite_member,
    withdraw_invitation,
    list_roles,
    list_keys,
    make_key,
    withdraw_key,
    list_audit,
)
