"""What ends with a report or dashboard: its links, its mailings, its pins."""

from kizuna.domains.analytics.repository import dashboards, schedules, shares
from kizuna.kernel.context import Context


async def end_all(ctx: Context, kind: str, ref: str) -> None:
    await shares.revoke_of(ctx, kind, ref)
    await schedules.delete_of(ctx, kind, ref)
    await dashboards.unpin_for_all(ctx, kind, ref)
