"""What other domains may ask of workspaces."""

from contextlib import AbstractAsyncContextManager
from typing import Any

from psycopg import AsyncConnection

from kizuna.domains.workspace.contracts import (
    Client,
    Colleague,
    CreatedWorkspace,
    JobId,
    Language,
    MemberId,
    MemberView,
    NewMember,
    NewWorkspace,
    OpenedSession,
    WorkspaceRef,
)
from kizuna.domains.workspace.service import (
    access,
    audit,
    job_runs,
    members,
    resets,
    sign_in,
    sign_in_settings,
    tenants,
    totp,
)
from kizuna.domains.workspace.service import jobs as job_service
from kizuna.domains.workspace.service.job_runs import JobProgress
from kizuna.domains.workspace.service.jobs import FILES_KEPT
from kizuna.kernel.access import Credentials, Principal
from kizuna.kernel.context import Context, Runtime, Workspace

__all__ = [
    "FILES_KEPT",
    "JobProgress",
    "add_member",
    "allow_everywhere",
    "authenticate",
    "create_workspace",
    "find_workspace",
    "list_colleagues",
    "list_members",
    "list_workspace_ids",
    "load_workspace",
    "make_reset_links",
    "open_session",
    "read_language",
    "record_audit",
    "reset_totp",
    "start_job",
    "track_job",
]


async def load_workspace(db: AsyncConnection[Any], workspace_id: int) -> Workspace:
    """The workspace of a transaction. Raises ``NotFound``."""
    return await tenants.load_workspace(db, workspace_id)


async def find_workspace(db: AsyncConnection[Any], slug: str | None) -> WorkspaceRef:
    """A workspace by its slug, or the only one; in a transaction of the role ``auth``.

    For the command line. Raises ``NotFound``, or ``Invalid`` when there are several and no slug.
    """
    return await tenants.find_workspace(db, slug)


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
    """Whom a session cookie or API key stands for; None when it is unknown, expired or withdrawn.

    Raises ``Forbidden`` when the workspace is not open to where the request comes from.
    """
    return await access.authenticate(runtime, credentials)


async def read_language(ctx: Context) -> Language:
    """The language of the member who acts; the workspace's for keys and for Kizuna itself."""
    return await members.read_language(ctx)


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


async def start_job(
    ctx: Context,
    kind: str,
    title: str,
    task_name: str,
    args: dict[str, Any],
    total: int | None = None,
    *,
    permission: str | None = None,
) -> JobId:
    """Queues a long job that people can watch, stop and resume; within the transaction.

    ``task_name`` names a ``Job(scope="long", retries=0)`` whose ``run(runtime, workspace_id, job_id, **args)``
    works inside ``track_job``. Who holds ``permission`` (several with spaces between: all of them) may stop
    it, resume it and, until ``FILES_KEPT`` after its end, download its file; without one only who started
    it, and managers.
    """
    return await job_service.start_job(ctx, kind, title, task_name, args, total, permission)


async def read_job(ctx: Context, job_id: int) -> dict[str, Any]:
    """A job as people see it: state, done, total, message, result … Raises ``NotFound``."""
    return job_service.view_job(await job_service.load_job(ctx, job_id))


async def stop_job(ctx: Context, job_id: int) -> None:
    """Asks a job to stop at its next checkpoint. Raises ``Conflict`` when it has ended."""
    await job_service.stop_job(ctx, job_id)


async def resume_job(ctx: Context, job_id: int) -> None:
    """Lets a stopped or failed job go on. Raises ``Conflict`` for any other."""
    await job_service.resume_job(ctx, job_id)


def track_job(runtime: Runtime, workspace_id: int, job_id: int) -> AbstractAsyncContextManager[JobProgress]:
    """One run of a job: ``async with track_job(runtime, workspace_id, job_id) as job:``.

    Inside, go on from ``job.cursor``; ``await job.report(done, total, message)`` and look at
    ``job.stop_requested`` after each piece; ``await job.save(cursor, ctx)`` in the transaction of the
    piece; ``job.finish(result, file)`` at the end. Leaving the block ends the job: ``done``, or
    ``stopped`` when a stop was asked and ``finish`` was not called, or ``failed`` with the error's
    sentence (the exception goes no further). A worker that stops queues the job again; one that dies
    is noticed after two minutes. Raises ``JobNotDue`` when the job runs elsewhere or has ended; the
    worker knows what that means.
    """
    return job_runs.track_job(runtime, workspace_id, job_id)


async def make_reset_links(runtime: Runtime, email: str) -> list[tuple[str, str]]:
    """(workspace name, password link) for each workspace the address is an active member of.

    Raises ``NotFound`` when there is none. Links work once, for an hour.
    """
    return await resets.make_reset_links(runtime, email)


async def list_members(runtime: Runtime) -> list[MemberView]:
    """All members of all workspaces, for whoever runs the installation."""
    return await members.list_all_members(runtime)


async def list_colleagues(ctx: Context) -> list[Colleague]:
    """The members of the workspace by name, disabled ones last."""
    rows = await members.list_members(ctx)
    return [
        Colleague(row.id, row.name, row.email, row.role, "ja" if row.language == "ja" else "en", row.disabled)
        for row in rows
    ]


async def allow_everywhere(runtime: Runtime, slug: str | None) -> tuple[str, bool]:
    """Lets a workspace be used from every network again: its name, and whether there was a list.

    For the command line. Raises ``NotFound``, or ``Invalid`` when there are several workspaces and no slug.
    """
    async with runtime.database.transaction("auth") as db:
        workspace = await tenants.find_workspace(db, slug)
    return workspace.name, await sign_in_settings.allow_everywhere(runtime, workspace.id)


async def reset_totp(runtime: Runtime, email: str) -> list[str]:
    """Takes a member's authenticator app away, in the workspaces named in the answer; for the command line.

    Raises ``NotFound`` when the address uses none.
    """
    return await totp.reset_totp_everywhere(runtime, email)
