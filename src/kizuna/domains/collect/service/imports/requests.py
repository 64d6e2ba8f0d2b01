"""Imports as people ask for them: started, looked at, their mappings saved."""

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from kizuna.domains.collect.repository import imports as repository
from kizuna.domains.collect.repository.imports import ImportRow
from kizuna.domains.collect.rules.imports.fields import ImportKind, check_mapping
from kizuna.domains.collect.service import sources
from kizuna.domains.collect.service.imports.uploads import import_folder, load_upload
from kizuna.domains.collect.service.imports.views import (
    ImportOptions,
    ImportView,
    MappingView,
    NewImport,
    NewMapping,
)
from kizuna.domains.workspace.api import read_job, record_audit, start_job
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Invalid, NotFound

TASK = "collect:run_import"
PERMISSION = "imports.run"
FILE_PERMISSION = "imports.run contact.read"
"""The file of refused rows holds them as they came."""
MAPPINGS_MAX = 500

_DEFAULT_TOUCHPOINTS: dict[ImportKind, str] = {"orders": "store", "profiles": "store", "events": "web"}


async def start_import(ctx: Context, new: NewImport) -> ImportView:
    """Queues an import. Raises ``Invalid`` with the fields that are wrong, ``NotFound`` for file or source."""
    upload, shape = await load_upload(ctx, new.upload_id)
    check_options(new.options)
    check_mapping(new.kind, new.mapping, shape.names, has_event_name=bool(new.options.event_name))
    source_id = await _choose_source(ctx, new)
    kind, verb = ("import.check", "Check") if new.dry_run else ("import", "Import")
    title = f"{verb} “{upload.filename}”"
    job_id = await start_job(ctx, kind, title, TASK, {}, shape.rows_estimate, permission=FILE_PERMISSION)
    await repository.add_import(
        ctx.db,
        {
            "workspace_id": ctx.workspace.id,
            "id": job_id,
            "upload_id": upload.id,
            "filename": upload.filename,
            "kind": new.kind,
            "mapping": new.mapping,
            "options": msgspec.to_builtins(new.options),
            "source_id": source_id,
            "dry_run": new.dry_run,
            "created_by": ctx.actor.name,
            "now": ctx.clock.now(),
        },
    )
    if not new.dry_run:
        await record_audit(
            ctx, "import.started", "import", job_id, f"Started the import of “{upload.filename}” as {new.kind}"
        )
    return await read_import(ctx, job_id)


def check_options(options: ImportOptions) -> None:
    if options.time_zone is not None:
        try:
            ZoneInfo(options.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise Invalid(
                "time_zone_unknown",
                f"{options.time_zone!r} is no time zone; use a name such as Asia/Tokyo.",
                fields={"options.time_zone": "unknown"},
            ) from error


async def _choose_source(ctx: Context, new: NewImport) -> int:
    """The named source, or the one that all imports of this kind share: only so is a second import of
    the same file known to be one."""
    if new.source_id is not None:
        source = await sources.read_source(ctx, new.source_id)
        if source.kind != "import":
            raise Invalid(
                "source_not_for_imports",
                f"The source “{source.name}” is not for imports; choose one of the kind import, or none.",
                fields={"source_id": "not a source of the kind import"},
            )
        return source.id
    touchpoint = new.options.touchpoint or _DEFAULT_TOUCHPOINTS[new.kind]
    found = await repository.find_default_source(ctx.db, ctx.workspace.id, new.kind, touchpoint)
    if found is not None:
        return found
    name = f"Imported {new.kind}" if new.options.touchpoint is None else f"Imported {new.kind} ({touchpoint})"
    return (await sources.add_source(ctx, name, "import", touchpoint, {"default_for": new.kind})).id


async def read_import(ctx: Context, import_id: int) -> ImportView:
    """Raises ``NotFound``."""
    return await _view(ctx, await load_import(ctx, import_id))


async def load_import(ctx: Context, import_id: int) -> ImportRow:
    row = await repository.find_import(ctx.db, ctx.workspace.id, import_id) if 0 < import_id < 1 << 31 else None
    if row is None:
        raise NotFound("import_not_found", "There is no such import.")
    return row


async def list_imports(ctx: Context, limit: int, before_id: int | None) -> list[ImportView]:
    rows = await repository.list_imports(ctx.db, ctx.workspace.id, limit, before_id)
    return [await _view(ctx, row) for row in rows]


async def _view(ctx: Context, row: ImportRow) -> ImportView:
    job = await _read_job(ctx, row.id)
    values = msgspec.structs.asdict(row) | job
    values["refused_file"] = refused_path(ctx, row.id).is_file() and row.rows_refused > 0
    return ImportView(**values)


async def _read_job(ctx: Context, job_id: int) -> dict[str, Any]:
    """Jobs are forgotten after 90 days, imports are not."""
    try:
        job = await read_job(ctx, job_id)
    except NotFound:
        return {"state": "done", "done": 0, "total": None, "message": None, "finished_at": None}
    return {name: job[name] for name in ("state", "done", "total", "message", "finished_at")}


def refused_path(ctx: Context, import_id: int) -> Any:
    return import_folder(ctx.settings, ctx.workspace.id, import_id) / "refused.csv"


async def open_refused(ctx: Context, import_id: int) -> tuple[Any, str]:
    """The file of refused rows and a name for it. Raises ``NotFound`` when no row was refused."""
    row = await load_import(ctx, import_id)
    path = refused_path(ctx, import_id)
    if not row.rows_refused or not path.is_file():
        raise NotFound("no_refused_rows", "This import has no file of refused rows.")
    await record_audit(
        ctx, "import.refused_downloaded", "import", row.id, f"Downloaded refused rows of “{row.filename}”"
    )
    stem = row.filename.rsplit(".", 1)[0]
    return path, f"{stem}-refused.csv"


async def list_mappings(ctx: Context) -> list[MappingView]:
    rows = await repository.list_mappings(ctx.db, ctx.workspace.id)
    return [msgspec.convert(row, MappingView, from_attributes=True) for row in rows]


async def save_mapping(ctx: Context, new: NewMapping) -> MappingView:
    """Saves a mapping under a name; one of that name and kind is replaced."""
    check_options(new.options)
    known = await list_mappings(ctx)
    if len(known) >= MAPPINGS_MAX and (new.kind, new.name) not in {(one.kind, one.name) for one in known}:
        raise Invalid("too_many_mappings", f"A workspace keeps at most {MAPPINGS_MAX} mappings; delete some.")
    row = await repository.save_mapping(
        ctx.db,
        {
            "workspace_id": ctx.workspace.id,
            "name": new.name.strip(),
            "kind": new.kind,
            "mapping": new.mapping,
            "options": msgspec.to_builtins(new.options),
            "created_by": ctx.actor.name,
            "now": ctx.clock.now(),
        },
    )
    return msgspec.convert(row, MappingView, from_attributes=True)


async def delete_mapping(ctx: Context, mapping_id: int) -> None:
    """Raises ``NotFound``."""
    if not 0 < mapping_id < 1 << 31 or not await repository.delete_mapping(ctx.db, ctx.workspace.id, mapping_id):
        raise NotFound("mapping_not_found", "There is no such mapping; it may have been deleted.")
