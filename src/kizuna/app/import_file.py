"""``kizuna import``: a file of this machine into the workspace of a running Kizuna.

The import is an ordinary job. This process takes it up itself, unless a worker was quicker; either way
it shows the progress, and Ctrl-C stops the job at a row.
"""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from kizuna.app.build import build_runtime
from kizuna.domains.collect.api import (
    ImportOptions,
    ImportView,
    NewImport,
    list_mappings,
    read_chunks,
    read_import,
    run_import,
    start_import,
    store_upload,
)
from kizuna.domains.workspace.api import find_workspace, resume_job, stop_job
from kizuna.kernel.context import Actor, Runtime
from kizuna.kernel.errors import Conflict, Invalid, NotFound
from kizuna.kernel.jobs import JobNotDue
from kizuna.kernel.settings import Settings

ACTOR = Actor(kind="system", id=None, name="kizuna import")
POLL_S = 0.3
ENDED = ("done", "failed", "stopped")
REFUSALS_SHOWN_MAX = 5
EXIT_STOPPED = 130

Say = Callable[[str], None]


@dataclass(frozen=True)
class ImportRequest:
    """The command's arguments."""

    file: str | None
    kind: str | None
    pairs: tuple[str, ...] = ()
    mapping_name: str | None = None
    event_name: str | None = None
    time_zone: str | None = None
    source_id: int | None = None
    dry_run: bool = False
    resume_id: int | None = None
    slug: str | None = None
    as_json: bool = False


def import_file(settings: Settings, request: ImportRequest, say: Say) -> None:
    """Raises ``Invalid`` for arguments that do not fit; exits with 1 when the import failed, and with 130,
    as shells do, when it was stopped."""
    if request.resume_id is None and (request.file is None or request.kind is None):
        raise Invalid(
            "arguments", "Say what to import and as what: kizuna import FILE --as orders (or profiles, or events)."
        )
    done = asyncio.run(_run(settings, request))
    if request.as_json:
        sys.stdout.write(msgspec.json.encode(done).decode() + "\n")
    else:
        _tell(done, say)
    if done.state == "failed":
        raise Conflict("import_failed", done.message or "The import failed.")
    if done.state == "stopped":
        sys.exit(EXIT_STOPPED)


async def _run(settings: Settings, request: ImportRequest) -> ImportView:
    runtime, database = build_runtime(settings)
    try:
        async with database.transaction("auth") as db:
            workspace_id = (await find_workspace(db, request.slug)).id
        if request.resume_id is not None:
            import_id = request.resume_id
            async with runtime.unit(workspace_id, ACTOR) as ctx:
                await read_import(ctx, import_id)
                await resume_job(ctx, import_id)
        else:
            import_id = await _start(runtime, workspace_id, request)
        return await _follow(runtime, workspace_id, import_id, quiet=request.as_json)
    finally:
        await runtime.engine.close()
        await runtime.lake.close()
        await database.close()


async def _start(runtime: Runtime, workspace_id: int, request: ImportRequest) -> int:
    assert request.file is not None
    path = Path(request.file)
    upload = await store_upload(runtime, workspace_id, ACTOR, path.name, read_chunks(path))
    kind: Any = request.kind
    async with runtime.unit(workspace_id, ACTOR) as ctx:
        mapping, options = upload.suggestions[kind], ImportOptions()
        if request.mapping_name is not None:
            saved = [one for one in await list_mappings(ctx) if (one.kind, one.name) == (kind, request.mapping_name)]
            if not saved:
                raise NotFound("mapping_not_found", f"No mapping for {kind} is saved as {request.mapping_name!r}.")
            mapping, options = saved[0].mapping, msgspec.convert(saved[0].options, ImportOptions)
        options = msgspec.structs.replace(
            options,
            event_name=request.event_name or options.event_name,
            time_zone=request.time_zone or options.time_zone,
        )
        new = NewImport(
            upload_id=upload.id,
            kind=kind,
            mapping=change_mapping(mapping, request.pairs),
            source_id=request.source_id,
            dry_run=request.dry_run,
            options=options,
        )
        return (await start_import(ctx, new)).id


def change_mapping(mapping: dict[str, str], pairs: tuple[str, ...]) -> dict[str, str]:
    """``mapping`` with ``column=field`` pairs put in; a field moves to its new column, and an empty
    field leaves the column out. Raises ``Invalid`` for a pair that is none."""
    changed = dict(mapping)
    for pair in pairs:
        column, equals, name = pair.rpartition("=")
        if not equals or not column:
            raise Invalid("map_invalid", f"--map takes COLUMN=FIELD, not {pair!r}.")
        changed = {c: f for c, f in changed.items() if c != column and f != name}
        if name:
            changed[column] = name
    return changed


async def _follow(runtime: Runtime, workspace_id: int, import_id: int, *, quiet: bool) -> ImportView:
    """Runs the job here, or watches it where it runs, until it has ended."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.set)
    work = asyncio.create_task(_take_up(runtime, workspace_id, import_id))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as bars:
        bar = bars.add_task("waiting", total=None)
        while True:
            async with runtime.unit(workspace_id, ACTOR) as ctx:
                view = await read_import(ctx, import_id)
            bars.update(bar, completed=view.done, total=view.total, description=view.message or view.state)
            if view.state in ENDED:
                break
            if stop.is_set():
                await _ask_to_stop(runtime, workspace_id, import_id)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), POLL_S) if not stop.is_set() else await asyncio.sleep(POLL_S)
    await work
    async with runtime.unit(workspace_id, ACTOR) as ctx:
        return await read_import(ctx, import_id)


async def _take_up(runtime: Runtime, workspace_id: int, import_id: int) -> None:
    with contextlib.suppress(JobNotDue):
        await run_import(runtime, workspace_id, import_id)


async def _ask_to_stop(runtime: Runtime, workspace_id: int, import_id: int) -> None:
    with contextlib.suppress(Conflict):  # it ended meanwhile
        async with runtime.unit(workspace_id, ACTOR) as ctx:
            await stop_job(ctx, import_id)


def _tell(done: ImportView, say: Say) -> None:
    if done.state == "stopped":
        say(f"stopped after {done.rows_read:,} rows; go on with: kizuna import --resume {done.id}")
        return
    verb = "would become" if done.dry_run else "became"
    say(f"{done.rows_read:,} rows read: {done.rows_accepted:,} accepted, {done.rows_refused:,} refused")
    say(f"they {verb} {done.events_sent:,} new events; {done.events_known:,} were known already")
    for refusal in done.refusals[:REFUSALS_SHOWN_MAX]:
        say(f"  row {refusal['row']}: {refusal['reason']}")
    if done.refused_file:
        say(f"all refused rows with their reasons: /api/collect/imports/{done.id}/refused, or Imports in the app")
