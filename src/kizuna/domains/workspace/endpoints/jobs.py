"""Long jobs: watched, stopped, resumed."""

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import File

from kizuna.domains.workspace.schemas import JobView
from kizuna.domains.workspace.service import jobs
from kizuna.web.auth import require
from kizuna.web.context import InContext
from kizuna.web.paging import PAGE_DEFAULT, Page, check_limit, decode_id_cursor, encode_cursor

TAGS = ["jobs"]
READ = require("workspace.read")


@get("/api/jobs", tags=TAGS, guards=[READ])
async def list_jobs(
    ctx: InContext, cursor: FromQuery[str | None] = None, limit: FromQuery[int] = PAGE_DEFAULT
) -> Page[JobView]:
    """Jobs, newest first. Changes come over the live topic `jobs`."""
    check_limit(limit)
    rows = await jobs.list_jobs(ctx, limit + 1, decode_id_cursor(cursor))
    items = [msgspec.convert(jobs.view_job(row), JobView) for row in rows[:limit]]
    return Page(items, encode_cursor([items[-1].id]) if len(rows) > limit else None)


@get("/api/jobs/{id:int}", tags=TAGS, guards=[READ])
async def read_job(ctx: InContext, id: FromPath[int]) -> JobView:
    """One job."""
    return msgspec.convert(jobs.view_job(await jobs.load_job(ctx, id)), JobView)


@post("/api/jobs/{id:int}/stop", tags=TAGS, guards=[READ], status_code=200, problems=[409])
async def stop_job(ctx: InContext, id: FromPath[int]) -> JobView:
    """Ask a job to stop at its next checkpoint; one that waits stops at once."""
    return msgspec.convert(jobs.view_job(await jobs.stop_job(ctx, id)), JobView)


@post("/api/jobs/{id:int}/resume", tags=TAGS, guards=[READ], status_code=200, problems=[409])
async def resume_job(ctx: InContext, id: FromPath[int]) -> JobView:
    """Let a stopped or failed job go on from its last checkpoint."""
    return msgspec.convert(jobs.view_job(await jobs.resume_job(ctx, id)), JobView)


@get("/api/jobs/{id:int}/file", tags=TAGS, guards=[READ])
async def download_file(ctx: InContext, id: FromPath[int]) -> File:
    """The file a job made, such as an export."""
    path = await jobs.open_file(ctx, id)
    headers = {"Cache-Control": "no-store"}
    return File(
        path,
        filename=path.name,
        media_type="application/octet-stream",
        content_disposition_type="attachment",
        headers=headers,
    )


JOBS = (list_jobs, read_job, stop_job, resume_job, download_file)
