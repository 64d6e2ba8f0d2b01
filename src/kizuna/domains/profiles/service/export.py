"""A list of profiles as a CSV file, made by a job that can stop and go on."""

import csv
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kizuna.domains.profiles.queries import ListQuery, ProfileItem
from kizuna.domains.profiles.service.read import count_profiles, list_profiles, search_profiles
from kizuna.domains.workspace.api import record_audit, start_job, track_job
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


async def start_export(ctx: Context, search: str | None, identified: bool | None, columns: Sequence[str]) -> JobId:
    """Queues the export. ``columns`` are of ``COLUMNS`` or ``traits.<name>``; none means all but traits.

    Raises ``Invalid`` for other columns.
    """
    wanted = list(dict.fromkeys(columns)) or list(COLUMNS)
    wrong = {name: "no such column" for name in wanted if name not in COLUMNS and not name.startswith(TRAIT_PREFIX)}
    if wrong or len(wanted) > COLUMNS_MAX:
        raise Invalid(
            "columns_invalid",
            f"Columns are {', '.join(COLUMNS)} and traits.<name>, {COLUMNS_MAX} at most.",
            fields=wrong,
        )
    await record_audit(
        ctx, "profiles.exported", "profiles", None, "Exported a list of profiles", after={"columns": wanted}
    )
    return await start_job(
        ctx,
        JOB_KIND,
        JOB_TITLE,
        JOB_NAME,
        {"search": search, "identified": identified, "columns": wanted},
        permission="profiles.export",
    )


async def run_export(
    runtime: Runtime,
    workspace_id: int,
    job_id: int,
    search: str | None,
    identified: bool | None,
    columns: list[str],
) -> None:
    """Writes the file page by page in order of the profile key; goes on behind the last page saved."""
    async with track_job(runtime, workspace_id, job_id) as job:
        path = runtime.settings.blobs_dir / "exports" / str(workspace_id) / f"profiles-{job_id}.csv"
        state: dict[str, int] = job.cursor or {"key": 0, "bytes": 0, "rows": 0}
        _open_file(path, state["bytes"], columns)
        total: int | None = None
        while not job.stop_requested:
            async with runtime.unit(workspace_id) as ctx:
                found = await search_profiles(ctx, search)
                query = ListQuery("key", False, identified, found, (state["key"], 0), ROWS_PER_PAGE)
                if total is None:
                    total = await count_profiles(ctx, query)
                page = await list_profiles(ctx, query)
                zone = ZoneInfo(ctx.workspace.time_zone)
            if page:
                state = {
                    "key": page[-1].key,
                    "bytes": _append(path, page, columns, zone),
                    "rows": state["rows"] + len(page),
                }
                await job.save(state)
                await job.report(state["rows"], total)
            if len(page) < ROWS_PER_PAGE:
                job.finish({"rows": state["rows"]}, path)
                return


def _open_file(path: Path, keep_bytes: int, columns: Sequence[str]) -> None:
    """Starts the file with its header, or cuts off what came after the last page saved."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.truncate(keep_bytes)
    if keep_bytes == 0:
        path.write_text(_BYTE_ORDER_MARK + _rows_text([[_safe(column) for column in columns]]), encoding="utf-8")


def _append(path: Path, page: Sequence[ProfileItem], columns: Sequence[str], zone: ZoneInfo) -> int:
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
