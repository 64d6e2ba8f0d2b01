"""HTTP of files of a segment's members."""

from litestar import post
from litestar.params import FromPath, JSONBody

from kizuna.domains.segments.destination_schemas import SegmentExport, SegmentJob
from kizuna.domains.segments.service import export
from kizuna.web.auth import require
from kizuna.web.context import InContext


@post("/api/segments/{id:int}/export", tags=["segments"], guards=[require("segments.export")], status_code=202)
async def start_segment_export(ctx: InContext, id: FromPath[int], data: JSONBody[SegmentExport]) -> SegmentJob:
    """Make a CSV file of a segment's members, as a job. It comes in a ZIP archive with a note that says who made it,
    when and why; what its maker does not see is masked in it. It is removed after 7 days."""
    job_id, kind, title = await export.start_export(ctx, id, data.columns, data.reason, data.purpose)
    return SegmentJob(job_id, job_id, kind, title)


HANDLERS = (start_segment_export,)
