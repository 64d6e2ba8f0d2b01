"""One run of a long job: claimed, beating, fenced, and ended in a state that people see."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from kizuna.domains.workspace.contracts import JobId, JobState
from kizuna.domains.workspace.repository import jobs as repository
from kizuna.domains.workspace.repository.jobs import JobRow
from kizuna.domains.workspace.service.jobs import STALE, enqueue, show
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.errors import KizunaError, Unavailable
from kizuna.kernel.ids import new_id
from kizuna.kernel.jobs import JobNotDue

logger = logging.getLogger(__name__)

BEAT_S = 10.0
REPORT_S = 0.5
RETRY = timedelta(seconds=30)
TAKEUPS_MAX = 5
MESSAGE_CHARS_MAX = 1000


class JobProgress:
    """What a running job says and asks. Made by ``track_job``.

    ``cursor`` is the checkpoint of the earlier run, or None at the first start.
    """

    def __init__(self, runtime: Runtime, workspace_id: int, row: JobRow, run_id: UUID) -> None:
        self.id = JobId(row.id)
        self.cursor: Any = row.cursor
        self.done = row.done
        self.total = row.total
        self.message = row.message
        self.stop_requested = False
        self._runtime = runtime
        self._workspace_id = workspace_id
        self._run_id = run_id
        self._reported_at = 0.0
        self._finished = False
        self._result = row.result
        self._file = row.file

    async def report(self, done: int, total: int | None = None, message: str | None = None) -> None:
        """Shows progress, twice a second at most; also learns whether a stop was asked.

        Not inside a unit of work that has saved the cursor: pages would see what may be rolled back.
        Raises ``JobNotDue`` when another worker has taken the job over.
        """
        self.done = done
        self.total = self.total if total is None else total
        self.message = self.message if message is None else message[:MESSAGE_CHARS_MAX]
        if time.monotonic() - self._reported_at >= REPORT_S:
            await self.beat()

    async def save(self, cursor: object, ctx: Context | None = None) -> None:
        """Writes the checkpoint: JSON from which a resumed run goes on.

        With ``ctx`` it is written in that transaction, so that work and checkpoint are one.
        Raises ``JobNotDue`` when another worker has taken the job over.
        """
        if ctx is None:
            async with self._runtime.unit(self._workspace_id) as own:
                await self.save(cursor, own)
            return
        if not await repository.save_cursor(ctx.db, self._workspace_id, self.id, self._run_id, cursor):
            raise JobNotDue(f"job {self.id} was taken over")
        self.cursor = cursor

    def finish(
        self, result: dict[str, Any] | None = None, file: Path | None = None, message: str | None = None
    ) -> None:
        """Says that the work is complete, with what it made; ``file`` must lie under the blobs folder."""
        self._finished = True
        self.keep(result, file)
        self.message = message if message is None else message[:MESSAGE_CHARS_MAX]

    def keep(self, result: dict[str, Any] | None = None, file: Path | None = None) -> None:
        """Notes what was made so far; it shows also when the job stops or fails."""
        self._result = self._result if result is None else result
        if file is not None:
            root = self._runtime.settings.blobs_dir.resolve()
            self._file = str(file.resolve().relative_to(root))

    async def beat(self) -> None:
        """Shows the present numbers now. Raises ``JobNotDue`` when the run is no longer ours."""
        self._reported_at = time.monotonic()
        async with self._runtime.unit(self._workspace_id) as ctx:
            state = await repository.beat(ctx.db, self._values())
            if state is None:
                raise JobNotDue(f"job {self.id} was taken over")
            self.stop_requested = state == "stopping"
            row = await repository.find(ctx.db, self._workspace_id, self.id)
            if row is not None:
                await show(ctx, row)

    async def end(self, state: JobState, message: str | None = None, wait: timedelta | None = None) -> None:
        """The run's last word; without effect when the run is no longer ours."""
        values = self._values() | {
            "state": state,
            "message": message or self.message,
            "result": self._result,
            "file": self._file,
        }
        async with self._runtime.unit(self._workspace_id) as ctx:
            row = await repository.end(ctx.db, values)
            if row is not None:
                if row.state == "queued":
                    await enqueue(ctx, row, wait)
                await show(ctx, row)

    @property
    def end_state(self) -> JobState:
        return "stopped" if self.stop_requested and not self._finished else "done"

    def _values(self) -> dict[str, Any]:
        return {
            "workspace_id": self._workspace_id,
            "id": self.id,
            "run_id": self._run_id,
            "now": self._runtime.clock.now(),
            "done": self.done,
            "total": self.total,
            "message": self.message,
        }


@asynccontextmanager
async def track_job(runtime: Runtime, workspace_id: int, job_id: int) -> AsyncIterator[JobProgress]:
    job = await claim_run(runtime, workspace_id, job_id)
    heart = asyncio.create_task(_keep_beating(job))
    try:
        yield job
    except JobNotDue:
        raise
    except Unavailable:
        # The database or the lake was away: the job waits in the queue and goes on by itself.
        await _try_to_end(job, "queued", "Waiting for a service that is away.", RETRY)
    except KizunaError as error:
        await _try_to_end(job, "failed", error.message)
    except asyncio.CancelledError:
        await asyncio.shield(_try_to_end(job, "queued", None))  # the worker stops; another goes on
        raise
    except Exception:
        logger.exception("job failed", extra={"workspace_id": workspace_id, "job_id": job_id})
        await _try_to_end(job, "failed", "Something broke on our side; resume the job to try again.")
    else:
        await job.end(job.end_state)
    finally:
        heart.cancel()
        await asyncio.gather(heart, return_exceptions=True)


async def claim_run(runtime: Runtime, workspace_id: int, job_id: int) -> JobProgress:
    """Makes the job ours. Raises ``JobNotDue`` when it runs elsewhere or has ended."""
    run_id, now = new_id(), runtime.clock.now()
    async with runtime.unit(workspace_id) as ctx:
        row = await repository.claim(ctx.db, workspace_id, job_id, run_id, now, now - STALE)
        if row is None:
            raise JobNotDue(f"job {job_id} is not due")
        await show(ctx, row)
    job = JobProgress(runtime, workspace_id, row, run_id)
    if row.takeups > TAKEUPS_MAX:
        await job.end("failed", f"The worker ended {row.takeups} times without a word while it ran this job.")
        raise JobNotDue(f"job {job_id} ends its workers")
    return job


async def _try_to_end(job: JobProgress, state: JobState, message: str | None, wait: timedelta | None = None) -> None:
    """When even this cannot be written, the stale heartbeat lets another worker go on."""
    with contextlib.suppress(Exception):
        await job.end(state, message, wait)


async def _keep_beating(job: JobProgress) -> None:
    while True:
        await asyncio.sleep(BEAT_S)
        with contextlib.suppress(Exception):
            await job.beat()
