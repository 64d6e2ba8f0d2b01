"""The job that carries out an erasure or deletion."""

from typing import Any

from kizuna.domains.privacy.contracts import Request, Subjects
from kizuna.domains.privacy.repository import requests as repository
from kizuna.domains.privacy.service import erasure, requests
from kizuna.domains.privacy.service.subjects import unseal_subjects
from kizuna.domains.workspace.api import JobProgress, track_job
from kizuna.kernel.context import Runtime
from kizuna.kernel.errors import Unavailable
from kizuna.kernel.jobs import JobNotDue

NOTES = [
    "Uploaded files, refused rows and exports cannot be searched for one person: all that were finished are gone.",
    "Of identifiers keyed hashes are kept, of nodes their numbers; neither names anybody.",
    "Backups made before hold the person until they expire; a restore carries the erasure out again.",
]


async def run_erasure(runtime: Runtime, workspace_id: int, job_id: int, request_id: int) -> None:
    """Goes on behind the last store that was saved."""
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
        if request.state == "done":  # the crash came after the receipt
            job.finish(request.receipt)
            return
        await repository.change(ctx, request_id, state="running")
    assert request.subjects is not None
    subjects = unseal_subjects(runtime.settings, request.subjects)
    state: dict[str, Any] = job.cursor or {"marked": False, "counts": {}}
    if not state["marked"]:
        subjects = await erasure.mark_gone(runtime, workspace_id, subjects, request.kind, request_id)
        state = {"marked": True, "counts": {}}
        await job.save(state)
    subjects = await erasure.settle(runtime, workspace_id, subjects, request.kind, request_id)

    async def report(done: int, total: int, store: str) -> bool:
        await job.save(state)
        await job.report(done, total, store)
        return not job.stop_requested

    if await erasure.erase_stores(runtime, workspace_id, subjects, state["counts"], report):
        await _close(runtime, workspace_id, request, subjects, state["counts"])
        job.finish({"stores": state["counts"]}, message=f"{len(state['counts'])} stores")


async def _close(
    runtime: Runtime, workspace_id: int, request: Request, subjects: Subjects, counts: dict[str, int]
) -> None:
    async with runtime.unit(workspace_id) as ctx:
        fresh = await requests.load(ctx, request.id, lock=True)
        done = {
            "stores": counts,
            "people": request.subject_count,
            "identifiers": len(subjects.identifiers),
            "nodes": len(subjects.keys),
            "notes": NOTES,
        }
        await requests.close(ctx, fresh, done)
