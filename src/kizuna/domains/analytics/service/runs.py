"""Heavy questions, answered in the background by a worker: with progress, and until somebody stops them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from kizuna.domains.analytics.contracts import Answer, Query, QueryBody
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.repository import results as repository
from kizuna.domains.analytics.repository.results import RunRow
from kizuna.domains.analytics.service import answers
from kizuna.domains.analytics.service.cache import pack, unpack
from kizuna.domains.analytics.service.metrics import find_metric
from kizuna.domains.analytics.service.named import name_labels
from kizuna.domains.workspace.api import JobProgress, read_job, start_job, stop_job, track_job
from kizuna.kernel.context import Actor, Context, Runtime
from kizuna.kernel.errors import Conflict, NotFound

RUN_KIND, RUN_TASK = "analytics.run", "analytics:run"
KEPT = timedelta(days=1)
LOOK_S = 0.5
RUN_TIMEOUT_S = 1_800.0


@dataclass(frozen=True, slots=True)
class ShownRun:
    id: int
    job: dict[str, Any]
    created_at: datetime
    answer: Answer | None


async def start_run(ctx: Context, query: QueryBody) -> ShownRun:
    """Queues a question. Raises ``Invalid`` for what is none."""
    asked = await answers.check_question(ctx, msgspec.to_builtins(query))
    run_id = await repository.insert_run(ctx, msgspec.to_builtins(query))
    title = find_metric(asked.metric.key).title["en"]
    job_id = await start_job(ctx, RUN_KIND, f"Question: {title}", RUN_TASK, {"run_id": run_id})
    await repository.set_run_job(ctx, run_id, job_id)
    return await read_run(ctx, run_id)


async def read_run(ctx: Context, run_id: int) -> ShownRun:
    """A run of the one who acts. Raises ``NotFound`` for any other, too: its answer is what somebody else may see."""
    row = await _load(ctx, run_id)
    assert row.job_id is not None
    job = await read_job(ctx, row.job_id)
    done = row.body is not None and job["state"] == "done"
    answer = None
    if done and row.body is not None:
        by = msgspec.convert(row.query, Query).breakdown
        answer = await name_labels(ctx.runtime, ctx.workspace.id, ctx.actor, by, unpack(row.body))
    return ShownRun(row.id, job, row.created_at, answer)


async def stop_run(ctx: Context, run_id: int) -> None:
    """Stops a run, or forgets one that has ended. Raises ``NotFound``."""
    row = await _load(ctx, run_id)
    assert row.job_id is not None
    try:
        await stop_job(ctx, row.job_id)
    except Conflict:  # it has ended
        await repository.delete_run(ctx, run_id)


async def run_question(runtime: Runtime, workspace_id: int, job_id: int, run_id: int) -> None:
    """The job."""
    async with track_job(runtime, workspace_id, job_id) as job:
        async with runtime.unit(workspace_id) as ctx:
            row = await repository.find_run(ctx, run_id)
        if row is None:
            job.finish(message="It was removed.")
            return
        actor = Actor(row.actor_kind, row.actor_id, "", frozenset(row.permissions))
        answer = await _answer_unless_stopped(runtime, workspace_id, actor, row, job)
        if answer is None:
            return
        async with runtime.unit(workspace_id) as ctx:
            await repository.keep_run(ctx, run_id, pack(answer))
        job.finish({"run_id": run_id, "rows": len(answer.rows)})


async def _answer_unless_stopped(
    runtime: Runtime, workspace_id: int, actor: Actor, row: RunRow, job: JobProgress
) -> Answer | None:
    """None where a stop was asked meanwhile; the query is stopped then."""
    asks: list[Ask] = []
    work = asyncio.create_task(
        answers.answer(runtime, workspace_id, actor, row.query, timeout_s=RUN_TIMEOUT_S, watch=asks.append)
    )
    try:
        while not work.done():
            await asyncio.wait({work}, timeout=LOOK_S)
            await job.report(sum(len(ask.statements) for ask in asks))
            if job.stop_requested:
                return None
        return work.result()
    finally:
        if not work.done():
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)


async def _load(ctx: Context, run_id: int) -> RunRow:
    row = await repository.find_run(ctx, run_id)
    if row is None or (row.actor_kind, row.actor_id) != (ctx.actor.kind, ctx.actor.id):
        raise NotFound("run_not_found", "There is no such run, or it was too long ago.")
    return row
