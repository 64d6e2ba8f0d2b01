"""Long jobs: progress, stop, resume, and workers that die."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.cast import Person

from kizuna.app.worker import run_jobs_once
from kizuna.domains.workspace import api
from kizuna.domains.workspace.jobs import CLEAN_UP, TAKE_UP_JOBS
from kizuna.domains.workspace.module import MODULE
from kizuna.domains.workspace.service.job_runs import JobProgress, claim_run
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime
from kizuna.kernel.errors import Conflict, Unavailable
from kizuna.kernel.jobs import Job, JobNotDue
from kizuna.kernel.module import Module, Registry

counted: list[int] = []
"""What the counting job did, over all its runs."""


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    counted.clear()


async def count(runtime: Runtime, workspace_id: int, job_id: int, to: int, stop_at: int = 0, fail_at: int = 0) -> None:
    """Counts up to ``to``; asks to be stopped, or fails, once, at the given number."""
    async with api.track_job(runtime, workspace_id, job_id) as job:
        start = (job.cursor or {"next": 0})["next"]
        for number in range(start, to):
            if job.stop_requested:
                return
            async with runtime.unit(workspace_id) as ctx:
                await job.save({"next": number + 1}, ctx)
                counted.append(number)
            if number == stop_at - 1:
                await ask_to_stop(runtime, workspace_id, job_id)
            if number == fail_at - 1:
                raise Conflict("no_luck", "Number unlucky; try again.")
            await job.report(number + 1, to, f"at {number}")
            await job.beat()
        path = runtime.settings.blobs_dir / "counted.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("number\n")
        job.finish({"counted": to}, path)


async def ask_to_stop(runtime: Runtime, workspace_id: int, job_id: int) -> None:
    from kizuna.domains.workspace.service.jobs import stop_job

    async with runtime.unit(workspace_id) as ctx:
        await stop_job(ctx, job_id)


@pytest.fixture
def counting(runtime: Runtime) -> Runtime:
    """The runtime with one more job, ``tests:count``."""
    module = Module(name="tests", jobs=(Job("tests:count", count, scope="long", retries=0),))
    return replace(runtime, registry=Registry((MODULE, module)))


async def start(person: Person, **args: Any) -> int:
    async with person.unit() as ctx:
        return await api.start_job(ctx, "count", "Count", "tests:count", args, total=args["to"])


async def read(person: Person, job_id: int) -> dict[str, Any]:
    answer = await person.get(f"/api/jobs/{job_id}")
    assert answer.status_code == 200
    return answer.json()


async def test_a_job_runs_and_leaves_a_file(counting: Runtime, database_url: str, ada: Person) -> None:
    job_id = await start(ada, to=3)
    assert (await read(ada, job_id))["state"] == "queued"
    await run_jobs_once(counting, database_url)
    job = await read(ada, job_id)
    assert (job["state"], job["done"], job["total"], job["result"]) == ("done", 3, 3, {"counted": 3})
    assert job["created_by"] == "Ada"
    assert job["finished_at"] == "2026-04-01T09:00:00Z"
    file = await ada.get(f"/api/jobs/{job_id}/file")
    assert file.text == "number\n"
    assert file.headers["content-disposition"].startswith("attachment")
    assert "counted.csv" in file.headers["content-disposition"]
    listed = (await ada.get("/api/jobs")).json()["items"]
    assert [item["id"] for item in listed] == [job_id]


async def test_a_stopped_job_goes_on_where_it_was(counting: Runtime, database_url: str, ada: Person) -> None:
    job_id = await start(ada, to=6, stop_at=3)
    await run_jobs_once(counting, database_url)
    job = await read(ada, job_id)
    assert (job["state"], job["done"]) == ("stopped", 3)
    assert (await ada.post(f"/api/jobs/{job_id}/resume")).json()["state"] == "queued"
    await run_jobs_once(counting, database_url)
    assert (await read(ada, job_id))["state"] == "done"
    assert counted == [0, 1, 2, 3, 4, 5]


async def test_a_failed_job_says_why_and_can_be_resumed(counting: Runtime, database_url: str, ada: Person) -> None:
    job_id = await start(ada, to=4, fail_at=2)
    await run_jobs_once(counting, database_url)
    job = await read(ada, job_id)
    assert (job["state"], job["message"]) == ("failed", "Number unlucky; try again.")
    assert (await ada.post(f"/api/jobs/{job_id}/stop")).status_code == 409
    await ada.post(f"/api/jobs/{job_id}/resume")
    await run_jobs_once(counting, database_url)
    assert (await read(ada, job_id))["state"] == "done"
    assert counted == [0, 1, 2, 3]


async def test_a_waiting_job_stops_at_once(counting: Runtime, database_url: str, ada: Person) -> None:
    job_id = await start(ada, to=3)
    assert (await ada.post(f"/api/jobs/{job_id}/stop")).json()["state"] == "stopped"
    await run_jobs_once(counting, database_url)
    assert counted == []


async def test_a_job_whose_worker_died_is_taken_up(
    counting: Runtime, database_url: str, ada: Person, clock: ManualClock
) -> None:
    job_id = await start(ada, to=4)
    await die_in_the_middle(counting, ada.workspace_id, job_id)
    await TAKE_UP_JOBS.run(counting)  # a worker may still be alive: nothing happens
    await run_jobs_once(counting, database_url)
    assert counted == [0, 1]
    clock.advance(timedelta(minutes=3))
    await TAKE_UP_JOBS.run(counting)
    await run_jobs_once(counting, database_url)
    assert (await read(ada, job_id))["state"] == "done"
    assert counted == [0, 1, 2, 3]


async def die_in_the_middle(runtime: Runtime, workspace_id: int, job_id: int) -> JobProgress:
    """What is left of a run whose process was killed after two pieces: a claim without a heart."""
    job = await claim_run(runtime, workspace_id, job_id)
    for number in range(2):
        async with runtime.unit(workspace_id) as ctx:
            await job.save({"next": number + 1}, ctx)
            counted.append(number)
    return job


async def test_a_run_that_was_taken_over_cannot_write(
    counting: Runtime, database_url: str, ada: Person, clock: ManualClock
) -> None:
    job_id = await start(ada, to=4)
    ghost = await die_in_the_middle(counting, ada.workspace_id, job_id)
    clock.advance(timedelta(minutes=3))
    await TAKE_UP_JOBS.run(counting)
    await run_jobs_once(counting, database_url)
    with pytest.raises(JobNotDue):
        await ghost.save({"next": 99})
    with pytest.raises(JobNotDue):
        await ghost.beat()
    await ghost.end("failed", "from the grave")
    assert (await read(ada, job_id))["state"] == "done"


async def test_a_stop_whose_worker_died_still_stops(
    counting: Runtime, database_url: str, ada: Person, clock: ManualClock
) -> None:
    job_id = await start(ada, to=4)
    ghost = await die_in_the_middle(counting, ada.workspace_id, job_id)
    assert (await ada.post(f"/api/jobs/{job_id}/stop")).json()["state"] == "stopping"
    clock.advance(timedelta(minutes=3))
    await TAKE_UP_JOBS.run(counting)
    assert (await read(ada, job_id))["state"] == "stopped"
    await ada.post(f"/api/jobs/{job_id}/resume")
    await ghost.end("failed", "from the grave")
    await run_jobs_once(counting, database_url)
    assert (await read(ada, job_id))["state"] == "done"
    assert counted == [0, 1, 2, 3]


async def test_a_second_delivery_of_a_running_job_does_nothing(counting: Runtime, ada: Person) -> None:
    job_id = await start(ada, to=4)
    async with api.track_job(counting, ada.workspace_id, job_id) as job:
        with pytest.raises(JobNotDue):
            async with api.track_job(counting, ada.workspace_id, job_id):
                pass
        job.finish()
    with pytest.raises(JobNotDue):
        async with api.track_job(counting, ada.workspace_id, job_id):
            pass


async def test_the_heart_beats_while_the_jobs_own_transaction_holds_the_row(counting: Runtime, ada: Person) -> None:
    job_id = await start(ada, to=4)
    async with api.track_job(counting, ada.workspace_id, job_id) as job:
        async with counting.unit(ada.workspace_id) as ctx:
            await job.save({"next": 1}, ctx)
            async with asyncio.timeout(5):
                await job.beat()
        job.finish()
    assert (await read(ada, job_id))["state"] == "done"


async def test_a_job_waits_while_a_service_is_away(counting: Runtime, database_url: str, ada: Person) -> None:
    job_id = await start(ada, to=2)
    async with api.track_job(counting, ada.workspace_id, job_id):
        raise Unavailable("lake_unavailable", "The lake cannot be reached.")
    assert (await read(ada, job_id))["state"] == "queued"


async def test_a_worker_that_stops_hands_the_job_on(counting: Runtime, database_url: str, ada: Person) -> None:
    job_id = await start(ada, to=2)

    running = asyncio.Event()

    async def be_interrupted() -> None:
        async with api.track_job(counting, ada.workspace_id, job_id):
            running.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(be_interrupted())
    await running.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await read(ada, job_id))["state"] == "queued"
    await run_jobs_once(counting, database_url)
    assert (await read(ada, job_id))["state"] == "done"


async def test_a_job_that_kills_its_workers_ends(counting: Runtime, ada: Person, clock: ManualClock) -> None:
    job_id = await start(ada, to=2)
    for _ in range(6):
        await claim_run(counting, ada.workspace_id, job_id)
        clock.advance(timedelta(minutes=3))
    with pytest.raises(JobNotDue):
        async with api.track_job(counting, ada.workspace_id, job_id):
            pass
    assert (await read(ada, job_id))["state"] == "failed"


async def test_jobs_belong_to_who_started_them(
    counting: Runtime, database_url: str, ada: Person, ben: Person, cleo: Person, dan: Person
) -> None:
    job_id = await start(ben, to=1)
    await run_jobs_once(counting, database_url)
    assert (await cleo.get(f"/api/jobs/{job_id}")).status_code == 200
    assert (await cleo.get(f"/api/jobs/{job_id}/file")).status_code == 403
    assert (await ben.get(f"/api/jobs/{job_id}/file")).status_code == 200
    assert (await ada.get(f"/api/jobs/{job_id}/file")).status_code == 200
    for path in ("", "/file"):
        assert (await dan.get(f"/api/jobs/{job_id}{path}")).status_code == 404
    assert (await dan.get("/api/jobs")).json()["items"] == []


async def test_a_job_can_ask_for_a_permission(counting: Runtime, ada: Person, ben: Person, cleo: Person) -> None:
    async with ada.unit() as ctx:
        job_id = await api.start_job(ctx, "count", "Count", "tests:count", {"to": 1}, permission="profiles.export")
    granted = ben.actor.permissions >= {"profiles.export"}
    assert (await ben.post(f"/api/jobs/{job_id}/stop")).status_code == (200 if granted else 403)
    assert (await cleo.post(f"/api/jobs/{job_id}/resume")).status_code == 403


async def test_files_outside_the_blobs_folder_are_not_given(
    counting: Runtime, ada: Person, owner_db: Any, tmp_path: Path
) -> None:
    job_id = await start(ada, to=1)
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    for path in (str(secret), "../secret.key", "../../secret.txt"):
        owner_db.execute("UPDATE workspace_jobs SET file = %s WHERE id = %s", (path, job_id))
        assert (await ada.get(f"/api/jobs/{job_id}/file")).status_code == 404
    async with api.track_job(counting, ada.workspace_id, job_id) as job:
        with pytest.raises(ValueError, match="secret"):
            job.finish(file=secret)
        job.finish()


async def test_old_jobs_go_with_their_files(
    counting: Runtime, database_url: str, ada: Person, clock: ManualClock
) -> None:
    job_id = await start(ada, to=1)
    await run_jobs_once(counting, database_url)
    path = counting.settings.blobs_dir / "counted.csv"
    assert path.exists()
    clock.advance(timedelta(days=6))
    await CLEAN_UP.run(counting)
    assert path.exists()
    clock.advance(timedelta(days=2))
    await CLEAN_UP.run(counting)
    assert not path.exists(), "a copy of customers' data is kept for a week"
    assert (await ada.get(f"/api/jobs/{job_id}")).json()["file"] is False
    clock.advance(timedelta(days=83))
    await CLEAN_UP.run(counting)
    async with ada.unit() as ctx:
        row = await (await ctx.db.execute("SELECT count(*) FROM workspace_jobs WHERE id = %s", (job_id,))).fetchone()
        assert row == (0,)
