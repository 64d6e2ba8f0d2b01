"""HTTP of questions that are answered in the background."""

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody

from kizuna.domains.analytics.report_schemas import NewRun, RunItem
from kizuna.domains.analytics.service import runs
from kizuna.domains.analytics.service.runs import ShownRun
from kizuna.web.auth import require
from kizuna.web.context import InContext

READ = require("reports.read")


@post("", guards=[READ], status_code=202, problems=[429])
async def start_run(ctx: InContext, data: JSONBody[NewRun]) -> RunItem:
    """Answer a question in the background, with half an hour of time. It shows among the jobs."""
    return _item(await runs.start_run(ctx, data.query))


@get("/{id:int}", guards=[READ])
async def read_run(ctx: InContext, id: FromPath[int]) -> RunItem:
    """How far a run of one's own is, and its answer when it is done."""
    return _item(await runs.read_run(ctx, id))


@delete("/{id:int}", guards=[READ])
async def stop_run(ctx: InContext, id: FromPath[int]) -> None:
    """Stop a run of one's own, or forget one that has ended."""
    await runs.stop_run(ctx, id)


def _item(run: ShownRun) -> RunItem:
    job = run.job
    return RunItem(
        id=run.id,
        job_id=job["id"],
        state=job["state"],
        done=job["done"],
        total=job["total"],
        message=job["message"],
        created_at=run.created_at,
        answer=run.answer,
    )


router = Router("/api/analytics/runs", route_handlers=[start_run, read_run, stop_run], tags=["analytics"])
