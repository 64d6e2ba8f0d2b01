"""A list of profiles as a file, made by a job that can stop and go on.

The file is a ZIP archive of a CSV file and a note: who made it, when and why. The note stands beside the
table and not in it, for spreadsheets and programs take the first line of a CSV file as its header.
"""

import asyncio
import csv
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from kizuna.domains.privacy import api as privacy
from kizuna.domains.profiles.queries import ListQuery, ProfileItem, Search
from kizuna.domains.profiles.rules.export_note import ExportNote, write_note
from kizuna.domains.profiles.service.outgoing import find_withheld
from kizuna.domains.profiles.service.read import count_profiles, list_profiles, search_profiles
from kizuna.domains.profiles.service.sight import read_profile_sight, restore_profile_sight
from kizuna.domains.workspace.api import FILES_KEPT, record_audit, start_job, track_job
from kizuna.domains.workspace.contracts import JobId
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.errors import Invalid

JOB_NAME = "profiles:export"
JOB_KIND = "profiles.export"
JOB_TITLE = "Export of profiles"
ROWS_PER_PAGE = 1_000
COLUMNS_MAX = 100
COLUMNS = ("id", "name", "name_kana", "email", "phone", "user_id", "first_seen", "last_seen", "identified")
TRAIT_PREFIX = "traits."

# A cell that a spreadsheet would run as a formula; numbers, also of phones, are left as they are.
_FORMULA = re.compile(r"[=@\t\r]|[+\-](?![\d\s().\-]*$)")
# Excel takes UTF-8 for something else without it.
_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """What is wanted and why. ``columns`` are of ``COLUMNS`` or ``traits.<name>``; none means all but traits."""

    search: str | None
    identified: bool | None
    columns: Sequence[str]
    reason: str
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class ExportJob:
    """What the export is called, and who may have it. ``task`` names the job whose run calls ``run_export``, with
    ``args`` of its own; ``list_name`` is what the note calls a list that was made elsewhere."""

    kind: str
    """Ends with ``.export``: so that erasure finds the file."""
    title: str
    task: str
    permission: str
    action: str
    target_kind: str
    summary: str
    target_id: object | None = None
    args: Mapping[str, Any] = field(default_factory=dict[str, Any])
    list_name: str | None = None


class Listed(Protocol):
    """A list of profile keys that another domain keeps."""

    async def count(self, ctx: Context) -> int: ...

    async def read(self, ctx: Context, above: int, limit: int) -> Sequence[int]:
        """The next keys above one, ascending; fewer than ``limit`` at the end only."""
        ...


SEARCHED = ExportJob(
    kind=JOB_KIND,
    title=JOB_TITLE,
    task=JOB_NAME,
    permission="profiles.export",
    action="profiles.exported",
    target_kind="profiles",
    summary="Exported a list of profiles",
)


@dataclass(frozen=True, slots=True)
class ExportArgs:
    """An order with who gave it, and what they could see then: the job must not show them more."""

    search: str | None
    identified: bool | None
    columns: list[str]
    reason: str
    purpose: str | None
    made_by: str
    made_at: str
    contact: bool
    sensitive: bool
    list_name: str | None = None

    def permission(self, asked: str) -> str:
        """What the download asks for: to see the file is to see what its maker saw."""
        seen = ((" contact.read", self.contact), (" sensitive.read", self.sensitive))
        return asked + "".join(name for name, held in seen if held)


async def start_export(ctx: Context, order: ExportOrder, job: ExportJob = SEARCHED) -> JobId:
    """Queues the export. Raises ``Invalid`` for columns that are none."""
    wanted = list(dict.fromkeys(order.columns)) or list(COLUMNS)
    wrong = {name: "no such column" for name in wanted if name not in COLUMNS and not name.startswith(TRAIT_PREFIX)}
    if wrong or len(wanted) > COLUMNS_MAX:
        raise Invalid(
            "columns_invalid",
            f"Columns are {', '.join(COLUMNS)} and traits.<name>, {COLUMNS_MAX} at most.",
            fields=wrong,
        )
    if order.purpose is not None:
        await privacy.check_use(ctx, order.purpose)
    sight = (await read_profile_sight(ctx)).base
    args = ExportArgs(
        search=order.search,
        identified=order.identified,
        columns=wanted,
        reason=order.reason.strip(),
        purpose=order.purpose,
        made_by=ctx.actor.name,
        made_at=ctx.clock.now().isoformat(),
        contact=sight.contact,
        sensitive=sight.sensitive,
        list_name=job.list_name,
    )
    await record_audit(
        ctx,
        job.action,
        job.target_kind,
        job.target_id,
        job.summary,
        after={"columns": wanted, "reason": args.reason, "purpose": args.purpose},
    )
    given = {**asdict(args), **job.args}
    return await start_job(ctx, job.kind, job.title, job.task, given, permission=args.permission(job.permission))


async def run_search_export(runtime: Runtime, workspace_id: int, job_id: int, **given: Any) -> None:
    await run_export(runtime, workspace_id, job_id, given)


async def run_export(
    runtime: Runtime, workspace_id: int, job_id: int, given: Mapping[str, Any], listed: Listed | None = None
) -> None:
    """Writes the table page by page in order of the profile key, going on behind the last page saved; then
    packs it. Without ``listed`` it is of the profiles that the order's search finds."""
    args = ExportArgs(**given)
    async with track_job(runtime, workspace_id, job_id) as job:
        path = runtime.settings.blobs_dir / "exports" / str(workspace_id) / f"profiles-{job_id}.csv"
        state: dict[str, Any] = job.cursor or {"key": 0, "bytes": 0, "rows": 0, "masked": [], "withheld": {}}
        _open_file(path, state["bytes"], args.columns)
        job.keep(file=path)  # so that what a stopped job leaves is removed with it
        total: int | None = None
        while not job.stop_requested:
            async with runtime.unit(workspace_id) as ctx:
                page, counted = await _read_page(ctx, args, listed, state["key"], count=total is None)
                zone = ZoneInfo(ctx.workspace.time_zone)
            total = total if counted is None else counted
            if page.read:
                state = {
                    "key": page.last_key,
                    "bytes": _append(path, page.rows, args.columns, zone),
                    "rows": state["rows"] + len(page.rows),
                    "masked": sorted(page.masked.intersection(args.columns).union(state["masked"])),
                    "withheld": dict(Counter(state["withheld"]) + page.withheld),
                }
                await job.save(state)
                await job.report(state["rows"] + sum(state["withheld"].values()), total)
            if page.read < ROWS_PER_PAGE:
                async with runtime.unit(workspace_id) as ctx:
                    note = _write_note(ctx, args, state)
                packed = await asyncio.to_thread(_pack, path, note, args.made_at)
                job.finish({"rows": state["rows"], "withheld": sum(state["withheld"].values())}, packed)
                return


@dataclass(frozen=True, slots=True)
class _Page:
    rows: list[ProfileItem]
    masked: set[str]
    withheld: Counter[str]
    """How many were left out, by reason."""
    read: int
    last_key: int


async def _read_page(
    ctx: Context, args: ExportArgs, listed: Listed | None, key: int, *, count: bool
) -> tuple[_Page, int | None]:
    sight = await restore_profile_sight(ctx, contact=args.contact, sensitive=args.sensitive)
    if listed is None:
        found = await search_profiles(ctx, args.search, sight)
        query = ListQuery("key", False, args.identified, found, (key, 0), ROWS_PER_PAGE)
        total = await count_profiles(ctx, query) if count else None
        rows = await list_profiles(ctx, query)
        keys: Sequence[int] = [row.key for row in rows]
    else:
        total = await listed.count(ctx) if count else None
        keys = await listed.read(ctx, key, ROWS_PER_PAGE)
        rows = await list_profiles(ctx, ListQuery("key", False, search=Search([], [], list(keys)), limit=len(keys)))
    withheld = await _find_withheld(ctx, [row.key for row in rows], args.purpose)
    shown = [sight.show_row(row) for row in rows if row.key not in withheld]
    masked = {".".join(field.split(".")[:2]) for one in shown for field in one.masked}
    last_key = keys[-1] if keys else key
    return _Page([one.row for one in shown], masked, Counter(withheld.values()), len(keys), last_key), total


async def _find_withheld(ctx: Context, profile_keys: Sequence[int], use: str | None) -> dict[int, str]:
    """Profile key → why this person is left out of a list made for ``use``; counted."""
    withheld = await find_withheld(ctx, profile_keys, use)
    await privacy.count_withheld(ctx, "activation", Counter(withheld.values()))
    return withheld


def _write_note(ctx: Context, args: ExportArgs, state: dict[str, Any]) -> str:
    zone = ZoneInfo(ctx.workspace.time_zone)
    note = ExportNote(
        workspace=ctx.workspace.name,
        made_by=args.made_by,
        made_at=datetime.fromisoformat(args.made_at).astimezone(zone),
        time_zone=ctx.workspace.time_zone,
        reason=args.reason,
        purpose=args.purpose,
        list_name=args.list_name,
        search=args.search,
        identified=args.identified,
        rows=state["rows"],
        withheld=sum(state["withheld"].values()),
        columns=args.columns,
        masked=state["masked"],
        expires_at=(ctx.clock.now() + FILES_KEPT).astimezone(zone),
    )
    return write_note(note, ctx.workspace.language)


def _pack(path: Path, note: str, made_at: str) -> Path:
    """The table and its note in one archive; the bare table goes."""
    packed = path.with_name(f"{path.stem}-{made_at[:10]}.zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _BYTE_ORDER_MARK + note)
        archive.write(path, "profiles.csv")
    path.unlink()
    return packed


def _open_file(path: Path, keep_bytes: int, columns: Sequence[str]) -> None:
    """Starts the file with its header, or cuts off what came after the last page saved."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.truncate(keep_bytes)
    if keep_bytes == 0:
        path.write_text(_BYTE_ORDER_MARK + _rows_text([[_safe(column) for column in columns]]), encoding="utf-8")


def _append(path: Path, page: Iterable[ProfileItem], columns: Sequence[str], zone: ZoneInfo) -> int:
    """Writes a page; returns the length of the file."""
    rows = [[_cell(profile, column, zone) for column in columns] for profile in page]
    with path.open("ab") as file:
        file.write(_rows_text(rows).encode("utf-8", "replace"))
        return file.tell()


def _rows_text(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _cell(profile: ProfileItem, column: str, zone: ZoneInfo) -> str:
    if column.startswith(TRAIT_PREFIX):
        return _safe(profile.traits.get(column.removeprefix(TRAIT_PREFIX)))
    if column in ("first_seen", "last_seen"):
        time = profile.first_seen if column == "first_seen" else profile.last_seen
        return time.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    return _safe(getattr(profile, "kana" if column == "name_kana" else column))


def _safe(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)
    return "'" + text if _FORMULA.match(text) else text
