"""Long jobs as people see them: started, watched, stopped, resumed."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from kizuna.domains.workspace.contracts import JobId
from kizuna.domains.workspace.repository import jobs as repository
from kizuna.domains.workspace.repository import tenants
from kizuna.domains.workspace.repository.jobs import JobRow
from kizuna.domains.workspace.service.audit import record_audit
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.errors import Conflict, Forbidden, NotFound
from kizuna.kernel.jobs import defer

TOPIC = "jobs"
STALE = timedelta(minutes=2)
KEEP = timedelta(days=90)
FILES_KEPT = timedelta(days=7)
"""Files of jobs hold personal data, and a download is made again in a minute."""


def view_job(row: JobRow) -> dict[str, Any]:
    """The job as the API and the live topic show it."""
    return {
        "id": row.id,
        "kind": row.kind,
        "title": row.title,
        "state": row.state,
        "done": row.done,
        "total": row.total,
        "message": row.message,
        "created_at": row.created_at,
        "finished_at": row.finished_at,
        "created_by": row.created_by,
        "result": row.result,
        "file": row.file is not None and row.state == "done",
    }


async def show(ctx: Context, row: JobRow) -> None:
    """Sends the job to open pages, when the transaction commits."""
    view = view_job(row)
    for name in ("created_at", "finished_at"):
        view[name] = view[name].isoformat().replace("+00:00", "Z") if view[name] else None
    await ctx.live.publish(ctx.db, ctx.workspace.id, TOPIC, view)


async def start_job(
    ctx: Context,
    kind: str,
    title: str,
    task_name: str,
    args: dict[str, Any],
    total: int | None = None,
    permission: str | None = None,
) -> JobId:
    row = await repository.insert(
        ctx.db,
        {
            "workspace_id": ctx.workspace.id,
            "kind": kind,
            "title": title,
            "task": task_name,
            "args": args,
            "permission": permission,
            "total": total,
            "created_by_kind": ctx.actor.kind,
            "created_by_id": ctx.actor.id,
            "created_by": ctx.actor.name,
            "now": ctx.clock.now(),
        },
    )
    await enqueue(ctx, row)
    await show(ctx, row)
    return JobId(row.id)


async def enqueue(ctx: Context, row: JobRow, wait: timedelta | None = None) -> None:
    lock = f"workspace-job:{ctx.workspace.id}:{row.id}"
    at = None if wait is None else ctx.clock.now() + wait
    await defer(ctx, row.task, {**row.args, "job_id": row.id}, queueing_lock=lock, at=at)


async def load_job(ctx: Context, job_id: int, *, lock: bool = False) -> JobRow:
    row = await repository.find(ctx.db, ctx.workspace.id, job_id, lock=lock)
    if row is None:
        raise NotFound("job_not_found", "There is no such job.")
    return row


async def list_jobs(ctx: Context, limit: int, before_id: int | None = None) -> list[JobRow]:
    return await repository.list_page(ctx.db, ctx.workspace.id, before_id, limit)


async def stop_job(ctx: Context, job_id: int) -> JobRow:
    """A waiting job is stopped at once, a running one at its next checkpoint."""
    row = await load_job(ctx, job_id, lock=True)
    _check_may_use(ctx, row)
    if row.state not in ("queued", "running", "stopping"):
        raise Conflict("job_ended", f"This job has ended ({row.state}); there is nothing to stop.")
    now = ctx.clock.now()
    row = await repository.set_state(
        ctx.db, ctx.workspace.id, job_id, "stopped" if row.state == "queued" else "stopping", now
    )
    await show(ctx, row)
    return row


async def resume_job(ctx: Context, job_id: int) -> JobRow:
    """A stopped or failed job goes on from its last checkpoint."""
    row = await load_job(ctx, job_id, lock=True)
    _check_may_use(ctx, row)
    if row.state not in ("stopped", "failed"):
        raise Conflict("job_not_resumable", f"Only a stopped or failed job can be resumed; this one is {row.state}.")
    row = await repository.set_state(ctx.db, ctx.workspace.id, job_id, "queued", ctx.clock.now())
    await enqueue(ctx, row)
    await show(ctx, row)
    return row


async def open_file(ctx: Context, job_id: int) -> Path:
    """The job's file, under the blobs folder and nowhere else; the download goes into the audit log."""
    row = await load_job(ctx, job_id)
    _check_may_open(ctx, row)
    root = ctx.settings.blobs_dir.resolve()
    path = (root / row.file).resolve() if row.file and row.state == "done" else None
    if path is None or not path.is_relative_to(root) or not path.is_file():
        raise NotFound("job_file_not_found", "This job has no file, or the file was removed.")
    await record_audit(ctx, "job.file_downloaded", "job", row.id, f"Downloaded the file of “{row.title}”")
    return path


def _check_may_use(ctx: Context, row: JobRow) -> None:
    """Jobs that name a permission ask for it; others belong to who started them and to managers."""
    if ctx.actor.kind == "system" or "workspace.manage" in ctx.actor.permissions:
        return
    if row.permission is not None:
        allowed = ctx.actor.permissions.issuperset(row.permission.split())
    else:
        allowed = (ctx.actor.kind, ctx.actor.id) == (row.created_by_kind, row.created_by_id)
    if not allowed:
        raise Forbidden("not_your_job", "This job was started by someone else; they or an admin can do this.")


def _check_may_open(ctx: Context, row: JobRow) -> None:
    """What a file holds asks for its permissions of everybody: a key may manage and see no customers."""
    missing = sorted(set((row.permission or "").split()) - ctx.actor.permissions)
    if missing and ctx.actor.kind != "system":
        raise Forbidden(
            "not_your_job",
            f"The file holds what needs {', '.join(missing)}, which your role does not include. "
            "An owner or admin of the workspace can give it.",
        )
    _check_may_use(ctx, row)


async def take_up_jobs(runtime: Runtime) -> None:
    """Queues jobs again whose worker died, or whose place in the queue was lost."""
    stale = runtime.clock.now() - STALE
    async with runtime.database.transaction("worker") as db:
        forsaken = await repository.list_forsaken(db, stale)
    for workspace_id, job_id in forsaken:
        async with runtime.unit(workspace_id) as ctx:
            row = await load_job(ctx, job_id, lock=True)
            if row.state == "stopping":
                await show(ctx, await repository.set_state(ctx.db, workspace_id, job_id, "stopped", ctx.clock.now()))
            elif row.state in ("queued", "running"):
                await enqueue(ctx, row)  # its queueing lock makes a second one no second one


async def remove_old_jobs(runtime: Runtime) -> None:
    """Removes the files of jobs after ``FILES_KEPT``, and jobs that ended long ago."""
    async with runtime.database.transaction("worker") as db:
        workspace_ids = await tenants.list_ids(db)
    root = runtime.settings.blobs_dir.resolve()
    for workspace_id in workspace_ids:
        async with runtime.unit(workspace_id) as ctx:
            now = ctx.clock.now()
            files = await repository.forget_files(ctx.db, workspace_id, now - FILES_KEPT)
            files += await repository.delete_old(ctx.db, workspace_id, now - KEEP)
        for file in files:
            path = (root / file).resolve()
            if path.is_relative_to(root):
                path.unlink(missing_ok=True)
