"""What a workspace keeps that may name a customer: texts of the audit log and of jobs, and files of exports."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from typing import Any

from kizuna.domains.workspace.repository import erase as repository
from kizuna.kernel.context import Runtime
from kizuna.kernel.needles import ERASED, Needles, make_needles
from kizuna.kernel.person import Person, PersonStore

EXPORT_SUFFIX = ".export"
"""A job whose kind ends so makes a copy of many customers."""
LIVE_STATES = frozenset({"queued", "running", "stopping", "stopped"})
STOPPED = "Somebody was erased while this export was made; start it again."


async def erase_audit(runtime: Runtime, workspace_id: int, people: Sequence[Person]) -> int:
    """Who did what and when stays; texts that name somebody, and values of their profiles, go."""
    needles = make_needles(people)
    profile_ids = {str(id_) for person in people for id_ in person.profile_ids}
    changed = 0
    async with runtime.unit(workspace_id) as ctx:
        async for row in repository.walk(ctx.db, repository.AUDIT, workspace_id):
            redacted = _redact_entry(row, needles, row["target_kind"] == "profile" and row["target_id"] in profile_ids)
            if redacted != row:
                await repository.redact_audit(ctx.db, redacted)
                changed += 1
    return changed


def _redact_entry(row: dict[str, Any], needles: Needles, own: bool) -> dict[str, Any]:
    values = {name: row[name] for name in ("before", "after")}
    if own:
        values = {name: None if value is None else dict.fromkeys(value, ERASED) for name, value in values.items()}
    return row | {
        "summary": needles.redact_text(row["summary"]),
        "before": needles.redact_json(values["before"]),
        "after": needles.redact_json(values["after"]),
    }


async def erase_jobs(runtime: Runtime, workspace_id: int, people: Sequence[Person]) -> int:
    """Titles, arguments, messages and results of jobs."""
    needles = make_needles(people)
    changed = 0
    async with runtime.unit(workspace_id) as ctx:
        async for row in repository.walk(ctx.db, repository.JOBS, workspace_id):
            texts = {name: row[name] for name in ("title", "args", "message", "cursor", "result")}
            redacted = needles.redact_json(texts)
            if redacted != texts:
                await repository.redact_job(ctx.db, workspace_id, row | redacted)
                changed += 1
    return changed


async def erase_queue(runtime: Runtime, workspace_id: int, people: Sequence[Person]) -> int:
    """Arguments of queued work, also of work that failed."""
    needles = make_needles(people)
    changed = 0
    async with runtime.unit(workspace_id) as ctx:
        async for row in repository.walk(ctx.db, repository.QUEUE, workspace_id):
            redacted = needles.redact_json(row["args"])
            if redacted != row["args"]:
                await repository.redact_queue(ctx.db, row["id"], redacted)
                changed += 1
    return changed


async def erase_files(runtime: Runtime, workspace_id: int, people: Sequence[Person]) -> int:
    """All exports: copies that nobody can search reliably for one person, and that can be made again.

    One that is being made fails, for it may have read somebody who is gone by now.
    """
    if not people:
        return 0
    async with runtime.unit(workspace_id) as ctx:
        async for row in repository.walk(ctx.db, repository.JOBS, workspace_id):
            if not row["kind"].endswith(EXPORT_SUFFIX):
                continue
            if row["state"] in LIVE_STATES:
                await repository.fail_job(ctx.db, workspace_id, row["id"], STOPPED, ctx.clock.now())
            elif row["file"] is not None:
                await repository.forget_file(ctx.db, workspace_id, row["id"])
    folder = runtime.settings.blobs_dir / "exports" / str(workspace_id)
    files = sum(path.is_file() for path in folder.rglob("*")) if folder.is_dir() else 0
    if files:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    return files


async def tell_audit(runtime: Runtime, workspace_id: int, person: Person) -> AsyncIterator[dict[str, Any]]:
    """What staff did with the profile, and when."""
    profile_ids = {str(id_) for id_ in person.profile_ids}
    async with runtime.unit(workspace_id) as ctx:
        async for row in repository.walk(ctx.db, repository.AUDIT, workspace_id):
            if row["target_kind"] == "profile" and row["target_id"] in profile_ids:
                yield {name: row[name] for name in ("at", "actor_name", "action", "summary", "before", "after")}


PERSON_STORES = (
    PersonStore("workspace.audit", "Texts of the audit log", erase_audit, tell_audit),
    PersonStore("workspace.jobs", "Texts of jobs", erase_jobs),
    PersonStore("workspace.queue", "Arguments of queued work", erase_queue),
    PersonStore("workspace.files", "Files of exports", erase_files),
)
