"""Jobs: work that runs later, in the worker, queued in the transaction that asked for it.

A short job is ``async def run(ctx, **args)``: one transaction of one workspace.
A long job is ``async def run(runtime, workspace_id, **args)`` and opens units of work itself, so
that progress shows and a crash resumes. A periodic system job is ``async def run(runtime)``.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from kizuna.kernel.context import Context

JobScope = Literal["workspace", "long", "system"]

DEFER_JOB = """
    SELECT kizuna_defer_job(
        %(queue)s, %(task)s, %(args)s::jsonb, %(lock)s, %(queueing_lock)s, %(at)s)
"""


class JobNotDue(Exception):
    """The job runs elsewhere or has ended; the worker drops this delivery without a word."""


@dataclass(frozen=True, slots=True)
class Job:
    """``cron`` (five fields, UTC) makes a system job periodic; ``retries`` counts tries after the first."""

    name: str
    run: Callable[..., Awaitable[None]]
    scope: JobScope = "workspace"
    queue: str = "default"
    retries: int = 5
    cron: str | None = None


async def defer(
    ctx: Context,
    job_name: str,
    args: dict[str, Any],
    *,
    queue: str = "default",
    lock: str | None = None,
    queueing_lock: str | None = None,
    at: datetime | None = None,
) -> None:
    """Queues a job for the context's workspace, within its transaction.

    Jobs with the same ``lock`` never run at once; a second job with the same ``queueing_lock``
    waiting in the queue is not queued again.
    """
    text = json.dumps({"workspace_id": ctx.workspace.id, "args": args}, ensure_ascii=False)
    await ctx.db.execute(
        DEFER_JOB,
        {
            "queue": queue,
            "task": job_name,
            "args": text,
            "lock": lock,
            "queueing_lock": queueing_lock,
            "at": at,
        },
    )
