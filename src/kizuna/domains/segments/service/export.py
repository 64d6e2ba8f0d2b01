"""The members of a segment as a file, made by profiles' writer."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from kizuna.domains.profiles import api as profiles
from kizuna.domains.profiles.api import ExportJob, ExportOrder
from kizuna.domains.segments.service import sets
from kizuna.domains.segments.service.destinations import name_segment
from kizuna.kernel.context import Context, Runtime

EXPORT_TASK = "segments:export"
EXPORT_KIND = "segments.export"


@dataclass(frozen=True, slots=True)
class Members:
    """Implements ``profiles.api.Listed``: who is in the segment when a page is read."""

    segment_id: int

    async def count(self, ctx: Context) -> int:
        return len(await sets.read_members(ctx, self.segment_id))

    async def read(self, ctx: Context, above: int, limit: int) -> Sequence[int]:
        members = await sets.read_members(ctx, self.segment_id)
        start = members.rank(above) if above >= 0 else 0
        return list(islice(iter(members[start : start + limit]), limit)) if start < len(members) else []


async def start_export(
    ctx: Context, segment_id: int, columns: Sequence[str], reason: str, purpose: str | None
) -> tuple[int, str, str]:
    """Id, kind and title of the job. Raises ``NotFound``, or ``Invalid`` for columns or a purpose there is not."""
    segment = await name_segment(ctx, segment_id)
    title = f"Export of the segment “{segment}”"
    job = ExportJob(
        kind=EXPORT_KIND,
        title=title,
        task=EXPORT_TASK,
        permission="segments.export",
        action="segment.exported",
        target_kind="segment",
        target_id=segment_id,
        summary=f"Exported the segment “{segment}”",
        args={"segment_id": segment_id},
        list_name=segment,
    )
    order = ExportOrder(None, None, columns, reason, purpose)
    return await profiles.start_export(ctx, order, job), EXPORT_KIND, title


async def run_export(runtime: Runtime, workspace_id: int, job_id: int, segment_id: int, **given: Any) -> None:
    await profiles.run_export(runtime, workspace_id, job_id, given, Members(segment_id))
