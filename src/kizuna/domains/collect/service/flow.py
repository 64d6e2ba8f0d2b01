"""What is coming in now: counters by minute, the last events, what was refused."""

from datetime import timedelta
from typing import Any

from kizuna.domains.collect.contracts import Flow, FlowMinute, FlowTotals, RefusalItem
from kizuna.domains.collect.repository import catalogue, flow
from kizuna.kernel.context import Context


async def read_flow(ctx: Context, minutes: int) -> Flow:
    """The last ``minutes``, every one of them, oldest first; the present one, unfinished, is the last."""
    now = ctx.clock.now()
    this = now.replace(second=0, microsecond=0)
    since = this - timedelta(minutes=minutes - 1)
    found = {minute.at: minute for minute in await flow.read_minutes(ctx.db, since)}
    every = [since + timedelta(minutes=number) for number in range(minutes)]
    series = [found.get(at) or FlowMinute(at, 0, 0, 0, 0, {}, {}) for at in every]
    return Flow(
        minutes=series,
        per_minute_now=_rate_now(series, (now - this).total_seconds()),
        totals=FlowTotals(
            accepted=sum(minute.accepted for minute in series),
            refused=sum(minute.refused for minute in series),
            duplicates=sum(minute.duplicates for minute in series),
            set_aside=sum(minute.set_aside for minute in series),
        ),
    )


def _rate_now(series: list[FlowMinute], seconds: float) -> int:
    """Events of the last sixty seconds: of the present minute, and the share of the one before."""
    before = series[-2].accepted if len(series) > 1 else 0
    return round(series[-1].accepted + before * (1 - min(seconds, 60) / 60))


async def read_tail(ctx: Context, limit: int) -> list[dict[str, Any]]:
    """The last events, newest first; under load a sample of them."""
    return (await catalogue.read_tail(ctx.db))[:limit]


async def list_refusals(ctx: Context, before: int | None, source_id: int | None, limit: int) -> list[RefusalItem]:
    return await flow.list_refusals(ctx.db, before, source_id, limit)
