"""Files for destinations that people carry them to, such as customer lists of ad platforms."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from kizuna.domains.privacy import api as privacy
from kizuna.domains.segments.destinations.base import FileKind
from kizuna.domains.segments.repository import destinations as repository
from kizuna.domains.segments.repository.destinations import DestinationRow
from kizuna.domains.segments.service import sets
from kizuna.domains.segments.service.deliver import items_of, note_disclosure
from kizuna.domains.segments.service.deliver_people import prepare_entered
from kizuna.domains.segments.service.destinations import find_kind, load_destination, name_segment, read_settings
from kizuna.domains.workspace.api import track_job
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.errors import Conflict

PEOPLE_PER_PAGE = 5_000


@dataclass(slots=True)
class FileState:
    """Where the job is: ``key`` is the last one looked at, ``bytes`` the length of the file then."""

    key: int = -1
    bytes: int = 0
    rows: int = 0
    withheld: int = 0
    without: int = 0
    """People by whom the platform could recognise nobody."""


@dataclass(frozen=True, slots=True)
class _Page:
    rows: list[Sequence[str]]
    keys: set[int]
    withheld: int
    read: int
    last_key: int
    total: int


async def run_file(runtime: Runtime, workspace_id: int, job_id: int, destination_id: int) -> None:
    """Writes the file page by page; what a page gives away is noted with the checkpoint."""
    async with track_job(runtime, workspace_id, job_id) as job:
        async with runtime.unit(workspace_id) as ctx:
            row = await load_destination(ctx, destination_id)
            segment = await name_segment(ctx, row.segment_id)
        kind = find_kind(row.kind)
        if not isinstance(kind, FileKind):
            raise Conflict("destination_is_no_file", "This destination is sent to; it makes no file.")
        settings = read_settings(kind, row)
        state = FileState(**(job.cursor or {}))
        path = runtime.settings.blobs_dir / "exports" / str(workspace_id) / f"{row.kind}-{job_id}.csv"
        _open_file(path, state.bytes, kind.header(settings))
        job.keep(file=path)  # so that what a stopped job leaves is removed with it
        while not job.stop_requested:
            async with runtime.unit(workspace_id) as ctx:
                page = await _read_page(ctx, row, kind, settings, state.key)
            state.bytes = _append(path, page.rows)
            state.key, state.rows = page.last_key, state.rows + len(page.rows)
            state.withheld += page.withheld
            state.without += page.read - page.withheld - len(page.rows)
            async with runtime.unit(workspace_id) as ctx:
                await job.save(asdict(state), ctx)
                if page.keys:
                    await note_disclosure(ctx, row, items_of(kind, settings), page.keys, segment)
            await job.report(state.rows + state.withheld + state.without, page.total)
            if page.read < PEOPLE_PER_PAGE:
                async with runtime.unit(workspace_id) as ctx:
                    await repository.note_success(ctx, row.id)
                result = {"rows": state.rows, "withheld": state.withheld, "without": state.without}
                job.finish(result, path)
                return


async def _read_page(ctx: Context, row: DestinationRow, kind: FileKind, settings: Any, above: int) -> _Page:
    members = await sets.read_members(ctx, row.segment_id)
    start = members.rank(above) if above >= 0 else 0
    keys = list(islice(iter(members[start : start + PEOPLE_PER_PAGE]), PEOPLE_PER_PAGE)) if start < len(members) else []
    chosen = (kind.identifiers(settings), kind.traits(settings))
    prepared = await prepare_entered(ctx, row, chosen, keys, 0, PEOPLE_PER_PAGE)
    rows: list[Sequence[str]] = []
    listed: set[int] = set()
    withheld = 0
    for group in prepared.groups:
        withheld += group.withheld.total()
        await privacy.count_withheld(ctx, "activation", group.withheld)
        for key, person in zip(group.keys, group.people, strict=True):
            line = kind.row(settings, person)
            if line is not None:
                rows.append(line)
                listed.add(key)
    return _Page(rows, listed, withheld, len(keys), keys[-1] if keys else above, len(members))


def _open_file(path: Path, keep_bytes: int, header: Sequence[str]) -> None:
    """Starts the file with its header, or cuts off what came after the last page saved."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.truncate(keep_bytes)
    if keep_bytes == 0:
        _append(path, [header])


def _append(path: Path, rows: Iterable[Sequence[str]]) -> int:
    """Writes rows; returns the length of the file. Hashes and codes only, so nothing a spreadsheet would run."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    with path.open("ab") as file:
        file.write(text.getvalue().encode())
        return file.tell()
