"""Access: the job that makes an archive, and the link by which the person gets it."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from kizuna.domains.privacy.contracts import Request
from kizuna.domains.privacy.repository import requests as repository
from kizuna.domains.privacy.repository import suppression
from kizuna.domains.privacy.rules.archive_links import PURPOSE, ArchiveLink, read_link, sign_link
from kizuna.domains.privacy.service import requests
from kizuna.domains.privacy.service.archive import ArchiveWriter
from kizuna.domains.privacy.service.stores import archive_path
from kizuna.domains.privacy.service.subjects import find_people, unseal_subjects
from kizuna.domains.workspace.api import JobProgress, list_workspace_ids, record_audit, track_job
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.errors import Conflict, NotFound, Unavailable
from kizuna.kernel.jobs import JobNotDue
from kizuna.kernel.person import Person

LINK_DAYS = 7


async def run_access(runtime: Runtime, workspace_id: int, job_id: int, request_id: int) -> None:
    """Makes the archive anew on each run: half of one is of no use."""
    async with track_job(runtime, workspace_id, job_id) as job:
        try:
            await _run(runtime, workspace_id, request_id, job)
        except (JobNotDue, Unavailable):
            raise
        except Exception:
            async with runtime.unit(workspace_id) as ctx:
                await repository.change(ctx, request_id, state="failed")
            raise


async def _run(runtime: Runtime, workspace_id: int, request_id: int, job: JobProgress) -> None:
    async with runtime.unit(workspace_id) as ctx:
        request = await requests.load(ctx, request_id)
        if request.state == "done" or request.subjects is None:
            job.finish(request.receipt)
            return
        await repository.change(ctx, request_id, state="running")
        people = await find_people(ctx, unseal_subjects(ctx.settings, request.subjects))
        workspace, made_at = ctx.workspace, ctx.clock.now()
    path = archive_path(runtime.settings, workspace_id, request_id)
    with ArchiveWriter(path, workspace.language, workspace.time_zone, workspace.name, made_at) as archive:
        await _tell_all(runtime, workspace_id, people, archive, job)
        if job.stop_requested:
            raise Conflict("archive_stopped", "The archive was stopped; resume the job to make it.")
    await _close(runtime, workspace_id, request, people, archive.rows, path)
    job.finish({"stores": archive.rows}, path)


async def _tell_all(
    runtime: Runtime, workspace_id: int, people: list[Person], archive: ArchiveWriter, job: JobProgress
) -> None:
    telling = [store for store in runtime.registry.person_stores if store.tell is not None]
    for place, store in enumerate(telling):
        archive.begin(store.name, store.title)
        for person in people:
            assert store.tell is not None
            async for row in store.tell(runtime, workspace_id, person):
                archive.add(row)
        await job.report(place + 1, len(telling), store.title)
        if job.stop_requested:
            return


async def _close(
    runtime: Runtime, workspace_id: int, request: Request, people: list[Person], rows: dict[str, int], path: Path
) -> None:
    """An archive that was made while the person was erased is thrown away: an erasure marks before it looks
    for archives, so one of the two sees the other."""
    async with runtime.unit(workspace_id) as ctx:
        fresh = await requests.load(ctx, request.id, lock=True)
        gone = await suppression.count_erased(ctx, [key for person in people for key in person.keys])
        if not gone:
            await requests.close(ctx, fresh, {"stores": rows, "people": len(people), "bytes": path.stat().st_size})
    if gone:
        path.unlink(missing_ok=True)
        raise Conflict("archive_outrun", "The person was erased while the archive was made; there is none.")


async def make_link(ctx: Context, request_id: int) -> tuple[str, datetime]:
    """An address that opens the archive without signing in, for some days. Raises ``Conflict`` when there is none."""
    request = await requests.load(ctx, request_id)
    if request.kind != "access" or request.state != "done" or request.finished_at is None:
        raise Conflict("archive_not_made", "There is no archive yet; start the request, and wait for its job.")
    if not archive_path(ctx.settings, ctx.workspace.id, request.id).is_file():
        raise Conflict("archive_gone", "The archive was removed; make a new request.")
    expires_at = request.finished_at + timedelta(days=LINK_DAYS)
    if expires_at <= ctx.clock.now():
        raise Conflict("archive_gone", "The archive has had its days; make a new request.")
    token = sign_link(
        ArchiveLink(ctx.workspace.id, request.public_id, expires_at), ctx.settings.vault.derive_key(PURPOSE)
    )
    await record_audit(ctx, "archive.linked", "privacy_request", request.id, "Made a link to an archive")
    return f"{ctx.settings.public_url}/p/archive/{token}", expires_at


async def open_archive(runtime: Runtime, token: str) -> Path:
    """The file that a link leads to. Raises ``NotFound`` for one that is forged, expired, or has no file."""
    link = read_link(token, runtime.settings.vault.derive_key(PURPOSE))
    gone = NotFound("archive_not_found", "This link has expired or is not complete; ask for a new one.")
    if link is None or link.expires_at <= runtime.clock.now():
        raise gone
    async with runtime.unit(link.workspace_id) as ctx:
        request = await _find(ctx, link.request_id)
        if request is None:
            raise gone
        await record_audit(ctx, "archive.downloaded", "privacy_request", request.id, "An archive was downloaded")
        path = archive_path(runtime.settings, link.workspace_id, request.id)
    if not path.is_file():
        raise gone
    return path


async def _find(ctx: Context, public_id: UUID) -> Request | None:
    request = await repository.find(ctx, public_id)
    return request if request is not None and request.kind == "access" and request.state == "done" else None


async def remove_old_archives(runtime: Runtime) -> None:
    """Archives go with the last link that opens them."""
    before = (runtime.clock.now() - timedelta(days=LINK_DAYS)).timestamp()
    for workspace_id in await list_workspace_ids(runtime):
        folder = archive_path(runtime.settings, workspace_id, 0).parent
        for path in folder.glob("*") if folder.is_dir() else ():
            if path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
