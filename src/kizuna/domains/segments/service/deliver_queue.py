"""What a change of a segment sets going: deliveries for its destinations."""

from kizuna.domains.segments.destinations.base import SendingKind
from kizuna.domains.segments.repository import deliveries
from kizuna.domains.segments.repository import destinations as repository
from kizuna.domains.segments.service.deliver import queue_lane
from kizuna.domains.segments.service.destinations import list_kinds
from kizuna.domains.segments.signals import SegmentMove, SegmentsChanged
from kizuna.kernel.context import Context


async def queue_deliveries(ctx: Context, signal: SegmentsChanged) -> None:
    """Queues the moves of segments that have destinations."""
    sent = await repository.find_sent(ctx, {one.segment_id for one in signal.moves})
    for move in signal.moves:
        if move.segment_id in sent:
            await _queue_move(ctx, move)


async def _queue_move(ctx: Context, signal: SegmentMove) -> None:
    """With those before it whose signal has not come yet: each destination gets them in order."""
    missed: list[int] = []
    for row in await repository.lock_all(ctx, signal.segment_id):
        if not isinstance(list_kinds().get(row.kind), SendingKind):
            continue
        if not row.enabled:
            missed.append(row.id)
            continue
        queued = await deliveries.queue(ctx, row.id, signal.segment_id, row.last_move_id, signal.move_id)
        await repository.note_move(ctx, row.id, signal.move_id)
        if queued:
            await queue_lane(ctx, row.id)
    if missed:
        await repository.note_missed(ctx, missed)
