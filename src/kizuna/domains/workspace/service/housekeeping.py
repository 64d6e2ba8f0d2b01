"""Removes what has had its day."""

from kizuna.domains.workspace.repository import sessions, tenants
from kizuna.domains.workspace.rules.sign_in import FORGET_FAILURES
from kizuna.domains.workspace.service.jobs import remove_old_jobs
from kizuna.kernel.context import Runtime


async def clean_up(runtime: Runtime) -> None:
    """Expired sessions and links, forgotten failures, old jobs with their files."""
    now = runtime.clock.now()
    async with runtime.database.transaction("auth") as db:
        await sessions.delete_old_attempts(db, now - FORGET_FAILURES)
    async with runtime.database.transaction("worker") as db:
        workspace_ids = await tenants.list_ids(db)
    for workspace_id in workspace_ids:
        async with runtime.database.transaction("app", workspace_id) as db:
            await sessions.delete_expired(db, workspace_id, now)
    await remove_old_jobs(runtime)
