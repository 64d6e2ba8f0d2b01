"""What other domains may ask of workspaces."""

from typing import Any

from psycopg import AsyncConnection

from kizuna.domains.workspace.contracts import (
    Client,
    CreatedWorkspace,
    MemberId,
    NewMember,
    NewWorkspace,
    OpenedSession,
)
from kizuna.domains.workspace.service import access, audit, members, sign_in, tenants
from kizuna.kernel.access import Credentials, Principal
from kizuna.kernel.context import Context, Runtime, Workspace


async def load_workspace(db: AsyncConnection[Any], workspace_id: int) -> Workspace:
    """The workspace of a transaction. Raises ``NotFound``."""
    return await tenants.load_workspace(db, workspace_id)


async def list_workspace_ids(runtime: Runtime) -> list[int]:
    """All workspaces, for system jobs that go through them one by one."""
    return await tenants.list_workspace_ids(runtime)


async def create_workspace(runtime: Runtime, new: NewWorkspace, *, first_only: bool = False) -> CreatedWorkspace:
    """Makes a workspace with its owner, in a transaction of its own.

    Raises ``Invalid`` with the wrong fields; with ``first_only`` also ``Conflict`` when the
    installation has a workspace already.
    """
    return await tenants.create_workspace(runtime, new, first_only=first_only)


async def add_member(ctx: Context, new: NewMember) -> MemberId:
    """Adds a member without invitation. Raises ``Invalid`` or ``Conflict``."""
    return await members.add_member(ctx, new)


async def open_session(runtime: Runtime, workspace_id: int, member_id: MemberId, client: Client) -> OpenedSession:
    """Signs in a member whose identity is proved by other means."""
    return await sign_in.open_session(runtime, workspace_id, member_id, client)


async def authenticate(runtime: Runtime, credentials: Credentials) -> Principal | None:
    """Whom a session cookie or API key stands for; None when it is unknown, expired or withdrawn."""
    return await access.authenticate(runtime, credentials)


async def record_audit(
    ctx: Context,
    action: str,
    target_kind: str,
    target_id: object,
    summary: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Writes down who changed what, in the transaction of the change.

    ``action`` is ``<thing>.<past participle>`` (``source.rotated``); ``summary`` one English sentence.
    ``before`` and ``after`` hold the changed fields, never secrets.
    """
    await audit.record_audit(ctx, action, target_kind, target_id, summary, before, after)
