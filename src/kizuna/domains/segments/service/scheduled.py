"""Segments that are worked out every hour or day, over the whole lake."""

import logging
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from kizuna.conditions.ast import Condition
from kizuna.domains.segments.contracts import Change
from kizuna.domains.segments.repository import segments as repository
from kizuna.domains.segments.repository.segments import SegmentRow
from kizuna.domains.segments.service import sets
from kizuna.domains.segments.service.question import ask
from kizuna.domains.workspace.api import list_workspace_ids, track_job
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.errors import KizunaError, Unavailable
from kizuna.kernel.jobs import defer

logger = logging.getLogger(__name__)

RUN_KIND, RUN_TASK = "segments.run", "segments:run"
DUE_TASK = "segments:run_due"
BROKEN = "Something broke on our side; build the segment again."


async def run_tracked(runtime: Runtime, workspace_id: int, job_id: int, segment_id: int) -> None:
    """A run that somebody asked for: they see it as a job."""
    async with track_job(runtime, workspace_id, job_id) as job:
        change = await run_segment(runtime, workspace_id, segment_id)
        job.finish(None if change is None else {"entered": change.entered, "left": change.left})


async def run_due(runtime: Runtime, workspace_id: int, segment_id: int) -> None:
    """A run of the schedule. What goes wrong stands at the segment; the next hour tries again."""
    try:
        await run_segment(runtime, workspace_id, segment_id)
    except KizunaError as error:
        logger.warning("segment not worked out", extra={"segment_id": segment_id, "error": error.message})


async def run_segment(runtime: Runtime, workspace_id: int, segment_id: int) -> Change | None:
    """Works out who is in a scheduled segment now; None where it is none any more.

    Who was changed meanwhile comes with the next run: a run that ends late must not undo a newer definition.
    """
    async with runtime.unit(workspace_id) as ctx:
        row = await repository.find(ctx, segment_id)
        started = ctx.clock.now()
    if row is None or row.kind != "scheduled" or row.condition is None or row.archived_at is not None:
        return None
    try:
        found = await ask(runtime, workspace_id, msgspec.convert(row.condition, Condition))
        if not await _is_present(runtime, workspace_id, row):
            return None
        change = await sets.replace_members(runtime, workspace_id, segment_id, found, "schedule")
    except Unavailable:
        raise  # it is tried again, and who is in it stays true until then
    except Exception as error:
        text = error.message if isinstance(error, KizunaError) else BROKEN
        async with runtime.unit(workspace_id) as ctx:
            await repository.end_run(ctx, segment_id, "failed", error=text, ran_at=started, version=row.version)
        raise
    async with runtime.unit(workspace_id) as ctx:
        await repository.end_run(ctx, segment_id, "ready", ran_at=started, version=row.version)
    return change


async def _is_present(runtime: Runtime, workspace_id: int, row: SegmentRow) -> bool:
    async with runtime.unit(workspace_id) as ctx:
        now = await repository.find(ctx, row.id)
    return now is not None and now.version == row.version and now.archived_at is None


async def queue_due(runtime: Runtime) -> None:
    """Queues what is due in every workspace; what waits or runs still is not queued twice."""
    for workspace_id in await list_workspace_ids(runtime):
        async with runtime.unit(workspace_id) as ctx:
            hour, day = period_starts(ctx)
            for segment_id in await repository.list_due(ctx, hour=hour, day=day):
                lock = f"segments-run:{workspace_id}:{segment_id}"
                await defer(ctx, DUE_TASK, {"segment_id": segment_id}, lock=lock, queueing_lock=lock)


def period_starts(ctx: Context) -> tuple[datetime, datetime]:
    """When the present hour, and the workspace's present day began."""
    now = ctx.clock.now()
    hour = now - timedelta(minutes=now.minute, seconds=now.second, microseconds=now.microsecond)
    local = now.astimezone(ZoneInfo(ctx.workspace.time_zone))
    # Where midnight comes twice or not at all, either of its readings does: a run may be an hour early.
    return hour, local.replace(hour=0, minute=0, second=0, microsecond=0)
