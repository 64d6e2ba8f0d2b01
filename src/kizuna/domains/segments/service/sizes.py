"""How large a segment was, over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from kizuna.domains.segments import queries
from kizuna.domains.segments.queries import SizeRow
from kizuna.domains.segments.service.segments import load_segment
from kizuna.kernel.context import Context

HOURLY_DAYS_MAX = 31


@dataclass(frozen=True, slots=True)
class Point:
    at: datetime
    size: int
    entered: int
    left: int


async def read_sizes(ctx: Context, segment_id: int, days: int) -> list[Point]:
    """Points in the order of time: where the time asked for begins, hours or days with a change, and now.

    Raises ``NotFound``.
    """
    row = await load_segment(ctx, segment_id, archived=True)
    now = ctx.clock.now()
    since = max(now - timedelta(days=days), row.created_at).replace(minute=0, second=0, microsecond=0)
    rows = await queries.read_sizes(ctx, segment_id, since)
    points = [Point(since, await queries.read_size_before(ctx, segment_id, since), 0, 0)]
    if days <= HOURLY_DAYS_MAX:
        points += [Point(one.hour, one.size, one.entered, one.left) for one in rows]
    else:
        points += _sum_days(rows, ZoneInfo(ctx.workspace.time_zone))
    return [*points, Point(now, row.size, 0, 0)]


def _sum_days(rows: Sequence[SizeRow], zone: ZoneInfo) -> list[Point]:
    """One point a day: what came and went in it, and the size at its end."""
    by_day: dict[date, Point] = {}
    for row in rows:
        day = row.hour.astimezone(zone).date()
        known = by_day.get(day, Point(row.hour, 0, 0, 0))
        by_day[day] = Point(known.at, row.size, known.entered + row.entered, known.left + row.left)
    return list(by_day.values())
