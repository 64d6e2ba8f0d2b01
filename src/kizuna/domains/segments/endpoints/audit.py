"""HTTP of the nightly comparison of live segments with the lake."""

from litestar import get

from kizuna.domains.segments.schemas import AuditItem, DriftItem
from kizuna.domains.segments.service import audit
from kizuna.web.auth import require
from kizuna.web.context import InContext


@get("/api/segments/audit", tags=["segments"], guards=[require("segments.read")])
async def read_audit(ctx: InContext) -> AuditItem:
    """What the latest nightly comparison of live segments with a fresh computation found, and mended."""
    found = await audit.read_audit(ctx)
    if found is None:
        return AuditItem(None, 0, [])
    return AuditItem(
        found.at, found.segments, [DriftItem(one.segment_id, one.extra, one.missing) for one in found.drifts]
    )


HANDLERS = (read_audit,)
"""Before those of segments: their paths begin alike."""
