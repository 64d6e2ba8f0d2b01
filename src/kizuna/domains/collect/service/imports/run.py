"""The job that runs an import, from its last checkpoint to the end or to a stop."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from kizuna.domains.collect.repository import imports as repository
from kizuna.domains.collect.repository.imports import ImportRow
from kizuna.domains.collect.rules.imports.files import FileShape
from kizuna.domains.collect.rules.imports.plans import Plan
from kizuna.domains.collect.service.identities import IdentityMemory
from kizuna.domains.collect.service.imports.import_orders import import_orders
from kizuna.domains.collect.service.imports.import_rows import import_rows
from kizuna.domains.collect.service.imports.refused import RefusedFile
from kizuna.domains.collect.service.imports.requests import load_import
from kizuna.domains.collect.service.imports.running import Checkpoint, Running
from kizuna.domains.collect.service.imports.uploads import import_folder, load_upload, remove_scratch, upload_path
from kizuna.domains.collect.service.imports.views import ImportOptions
from kizuna.domains.profiles.api import accept_identifiers
from kizuna.domains.workspace.api import JobProgress, track_job
from kizuna.kernel.context import Context, Runtime, Workspace
from kizuna.kernel.errors import NotFound

MONTH_FIRST_COUNTRIES = frozenset({"US", "PH", "PR", "GU", "FM", "MH", "PW"})


async def run_import(runtime: Runtime, workspace_id: int, job_id: int) -> None:
    """Runs or resumes the import of this job. Raises ``JobNotDue`` when it runs elsewhere."""
    async with track_job(runtime, workspace_id, job_id) as job:
        async with runtime.unit(workspace_id) as ctx:
            running = await _open(ctx, job)
        try:
            complete = await (import_orders if running.plan.kind == "orders" else import_rows)(running)
        finally:
            running.refused.close()
            job.keep(_summary(running.at))
        if complete:
            _finish(running)


async def _open(ctx: Context, job: JobProgress) -> Running:
    row = await load_import(ctx, job.id)
    upload, shape = await load_upload(ctx, row.upload_id)
    path = upload_path(ctx.settings, ctx.workspace.id, upload.id)
    if not path.is_file():
        raise NotFound("upload_gone", "The uploaded file is no longer there; upload it again and start a new import.")
    folder = import_folder(ctx.settings, ctx.workspace.id, row.id)
    folder.mkdir(parents=True, exist_ok=True)
    at = Checkpoint() if job.cursor is None else msgspec.convert(job.cursor, Checkpoint)
    if at.sorted and at.rows_accepted and not (folder / "sorted.parquet").exists():
        at = Checkpoint()  # another machine sorted the lines; what it sent is known by its message ids
    history = job.cursor is not None or await repository.has_earlier(ctx.db, ctx.workspace.id, row.source_id, row.id)
    return Running(
        runtime=ctx.runtime,
        workspace=ctx.workspace,
        job=job,
        row=row,
        plan=make_plan(ctx.workspace, row, shape, round(row.created_at.timestamp() * 1_000_000)),
        shape=shape,
        path=path,
        folder=folder,
        memory=IdentityMemory(ctx.workspace.country),
        refused=RefusedFile(folder / "refused.csv", shape.names, ctx.workspace.language, at.refused_bytes),
        at=at,
        history=history,
    )


def make_plan(workspace: Workspace, row: ImportRow, shape: FileShape, now_us: int) -> Plan:
    options = msgspec.convert(row.options, ImportOptions)
    day_first = options.day_first if options.day_first is not None else shape.day_first
    if day_first is None:
        day_first = workspace.country not in MONTH_FIRST_COUNTRIES
    country = workspace.country
    return Plan(
        kind=row.kind,  # type: ignore[arg-type]  # the table checks it
        source_id=row.source_id,
        columns={field: column for column, field in row.mapping.items()},
        types=shape.types,
        zone=ZoneInfo(options.time_zone or workspace.time_zone),
        currency=options.currency or workspace.currency,
        now_us=now_us,
        day_first=day_first,
        event_name=options.event_name,
        accepts=lambda type_, value: bool(accept_identifiers([(type_, value)], country)),
    )


def _summary(at: Checkpoint) -> dict[str, Any]:
    return {
        "rows_read": at.rows_read,
        "rows_accepted": at.rows_accepted,
        "rows_refused": at.rows_refused,
        "events_sent": at.events_sent,
        "events_known": at.events_known,
        "refusals": at.refusals,
        "samples": at.samples,
    }


def _finish(running: Running) -> None:
    at = running.at
    remove_scratch(running.folder)
    refused = running.folder / "refused.csv"
    if not at.rows_refused:
        refused.unlink(missing_ok=True)
    verb = "would be" if running.row.dry_run else "were"
    message = (
        f"{at.events_sent:,} events {verb} added, {at.events_known:,} were known, {at.rows_refused:,} rows refused"
    )
    running.job.total = at.rows_read
    running.job.done = at.rows_read
    running.job.finish(_summary(at), refused if at.rows_refused else None, message)
