"""Sends what changed: one lane for each destination, in the order of the moves, at least once.

Who is told of whom is worked out when it is sent, from the people of the move as they are then: who may not be
told of is withheld and counted. A destination remembers whom it may have told of *before* it sends, and forgets
them after a leave was taken; so whatever breaks in between, a leave follows every enter that may have arrived,
and nobody is told that somebody left of whom they never heard.

Exactly once is impossible over HTTP: a worker that dies between an answer and its note sends again, with the
same id, by which the receiver knows it.
"""

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pyroaring import BitMap

from kizuna.domains.privacy import api as privacy
from kizuna.domains.segments.destinations.base import Secrets, SendingKind
from kizuna.domains.segments.repository import deliveries
from kizuna.domains.segments.repository import destinations as repository
from kizuna.domains.segments.repository.deliveries import DeliveryRow
from kizuna.domains.segments.repository.destinations import DestinationRow
from kizuna.domains.segments.rules.delivery import PAUSE_AFTER, Outcome, next_wait
from kizuna.domains.segments.service.deliver_people import Prepared, prepare_entered, prepare_left
from kizuna.domains.segments.service.deliver_request import Batch, Sent, send_groups
from kizuna.domains.segments.service.destinations import (
    find_kind,
    find_sending_kind,
    load_destination,
    name_segment,
    open_secrets,
    read_settings,
)
from kizuna.domains.workspace.api import list_workspace_ids, record_audit
from kizuna.kernel.context import Actor, Context, Runtime
from kizuna.kernel.ids import new_id
from kizuna.kernel.jobs import defer

SEND_TASK = "segments:send"
LEASE = timedelta(minutes=5)
"""A worker that is gone blocks its lane no longer than this."""
RUN_S_MAX = 30.0
"""Then the lane goes back into the queue, so that one slow receiver does not hold a worker's place."""
KEPT = timedelta(days=30)
"""Of the log."""


@dataclass(frozen=True, slots=True)
class Lane:
    """The right to send by one destination, for the time of a lease."""

    runtime: Runtime
    workspace_id: int
    row: DestinationRow
    kind: SendingKind
    settings: Any
    secrets: Secrets
    segment: str
    lease_id: UUID
    ends_at: float = field(default_factory=lambda: time.monotonic() + RUN_S_MAX)

    @property
    def over(self) -> bool:
        return time.monotonic() >= self.ends_at

    async def renew(self) -> bool:
        """False when the destination was switched off, or another worker took over."""
        async with self.runtime.unit(self.workspace_id) as ctx:
            return await renew_lease(ctx, self) is not None


async def renew_lease(ctx: Context, lane: Lane) -> DestinationRow | None:
    return await repository.claim(ctx, lane.row.id, lane.lease_id, ctx.clock.now() + LEASE)


async def open_lane(runtime: Runtime, workspace_id: int, destination_id: int) -> Lane | None:
    """None when the destination is off, or another worker sends by it."""
    lease_id = new_id()
    async with runtime.unit(workspace_id) as ctx:
        row = await repository.claim(ctx, destination_id, lease_id, ctx.clock.now() + LEASE)
        kind = None if row is None else find_kind(row.kind)
        if row is None or not isinstance(kind, SendingKind):
            return None
        segment = await name_segment(ctx, row.segment_id)
        settings = read_settings(kind, row)
        return Lane(runtime, workspace_id, row, kind, settings, open_secrets(ctx, row), segment, lease_id)


async def close_lane(lane: Lane) -> None:
    """Gives the lease back; what came meanwhile, and found the lane taken, is queued again."""
    async with lane.runtime.unit(lane.workspace_id) as ctx:
        await repository.release(ctx, lane.row.id, lane.lease_id)
        if await deliveries.find_due(ctx, lane.row.id):
            await queue_lane(ctx, lane.row.id)


async def queue_lane(ctx: Context, destination_id: int) -> None:
    lock = f"segments-send:{ctx.workspace.id}:{destination_id}"
    await defer(ctx, SEND_TASK, {"destination_id": destination_id}, queueing_lock=lock)


async def run_lane(runtime: Runtime, workspace_id: int, destination_id: int) -> None:
    """Sends what is due, until nothing is or the time is over."""
    lane = await open_lane(runtime, workspace_id, destination_id)
    if lane is None:
        return
    try:
        while not lane.over and await _send_next(lane):
            pass
    finally:
        await close_lane(lane)


async def send_due(runtime: Runtime) -> None:
    """Queues the lanes that something waits for: what is to be tried again, and what a worker left that is gone."""
    for workspace_id in await list_workspace_ids(runtime):
        async with runtime.unit(workspace_id) as ctx:
            for destination_id in await deliveries.find_due(ctx):
                await queue_lane(ctx, destination_id)


async def remove_old_deliveries(runtime: Runtime) -> None:
    for workspace_id in await list_workspace_ids(runtime):
        async with runtime.unit(workspace_id) as ctx:
            await deliveries.delete_old(ctx, ctx.clock.now() - KEPT)


async def _send_next(lane: Lane) -> bool:
    """Sends the first of the lane, if its time has come; whether to go on."""
    async with lane.runtime.unit(lane.workspace_id) as ctx:
        if await renew_lease(ctx, lane) is None:
            return False
        delivery = await deliveries.read_next(ctx, lane.row.id)
        if delivery is None or (delivery.next_at is not None and delivery.next_at > ctx.clock.now()):
            return False
        read = None if delivery.move_id is None else await deliveries.read_keys(ctx, delivery.move_id)
        if read is None:
            await _give_up(ctx, lane, delivery, Outcome(False, reason="gone", permanent=True))
            return True
        keys, at = read
        prepared = await prepare(ctx, lane, delivery.change, keys[delivery.done :], delivery.done)
    batch = Batch(delivery.public_id, "entered" if delivery.change == "entered" else "left", at)
    sent = await send_groups(lane, batch, prepared.groups)
    async with lane.runtime.unit(lane.workspace_id) as ctx:
        return await _record(ctx, lane, delivery, len(keys), sent)


async def prepare(ctx: Context, lane: Lane, change: str, keys: list[int], start: int) -> Prepared:
    """The people to tell of; those who are new to the destination are noted before anything is sent."""
    size = lane.kind.people_per_request(lane.settings)
    chosen = (lane.kind.identifiers(lane.settings), lane.kind.traits(lane.settings))
    if change == "left":
        prepared = await prepare_left(ctx, lane.row, chosen[0], keys, start, size)
    else:
        prepared = await prepare_entered(ctx, lane.row, chosen, keys, start, size)
    await repository.change_told(ctx, lane.row.id, prepared.told, prepared.gone)
    return prepared


async def _record(ctx: Context, lane: Lane, delivery: DeliveryRow, keys: int, sent: Sent) -> bool:
    await note_sent(ctx, lane, delivery.change, sent)
    done = keys if sent.complete else sent.next_start
    counts = {"done": done, "sent": sent.people, "withheld": sum(sent.withheld.values()), "bytes": sent.bytes}
    outcome = sent.outcome
    if outcome is None or outcome.taken:
        if sent.complete:
            ended = {"state": "sent", "status": sent.status, "ended_at": ctx.clock.now()}
            await deliveries.record(ctx, delivery.id, counts | ended)
        else:  # the time of the run was over
            waiting = {"state": delivery.state, "status": sent.status, "next_at": ctx.clock.now(), "tried": 0}
            await deliveries.record(ctx, delivery.id, counts | waiting)
        return sent.complete
    if outcome.permanent:
        await _give_up(ctx, lane, delivery, outcome, counts)
        return True
    wait = next_wait(delivery.tries + 1, outcome.retry_after, random.random())  # only spreads
    failed = {"state": "failed", "status": outcome.status, "reason": outcome.reason, "next_at": ctx.clock.now() + wait}
    await deliveries.record(ctx, delivery.id, counts | failed)
    await note_failure(ctx, lane.row, missed=False)
    return False


async def _give_up(
    ctx: Context, lane: Lane, delivery: DeliveryRow, outcome: Outcome, counts: Mapping[str, int] | None = None
) -> None:
    ended = {"state": "given_up", "status": outcome.status, "reason": outcome.reason, "ended_at": ctx.clock.now()}
    await deliveries.record(ctx, delivery.id, {"done": delivery.done, **(counts or {}), **ended})
    await note_failure(ctx, lane.row, missed=True)


async def note_sent(ctx: Context, lane: Lane, change: str, sent: Sent) -> None:
    """What follows from what was taken, in the transaction that notes it."""
    if sent.withheld:
        await privacy.count_withheld(ctx, "activation", sent.withheld)
    if sent.requests:
        await repository.note_success(ctx, lane.row.id)
    if not sent.keys:
        return
    if change == "left":
        await repository.change_told(ctx, lane.row.id, BitMap(), BitMap(sent.keys))
        return
    await note_disclosure(ctx, lane.row, items_of(lane.kind, lane.settings), sent.keys, lane.segment)


def items_of(kind: Any, settings: Any) -> list[str]:
    """What data a destination gets, for the record of disclosures."""
    items = ["profile_id", *kind.identifiers(settings), *(f"traits.{name}" for name in kind.traits(settings))]
    return items[:100]


async def note_disclosure(ctx: Context, row: DestinationRow, items: list[str], keys: set[int], segment: str) -> None:
    """APPI article 29: who got what about whom. The destination's maker stands in the audit log."""
    await privacy.note_disclosure(
        ctx,
        recipient=row.recipient,
        recipient_address=row.recipient_address,
        items=items,
        basis=row.basis,
        purpose=row.purpose,
        reason=f"Destination “{row.name}” of the segment “{segment}”",
        keys=keys,
    )


async def note_failure(ctx: Context, row: DestinationRow, *, missed: bool) -> bool:
    """Notes that something was not taken. A destination that has taken nothing for a day is paused; whether it
    was."""
    since: datetime = await repository.note_failure(ctx, row.id, missed=missed)
    if ctx.clock.now() - since < PAUSE_AFTER:
        return False
    await repository.pause(ctx, row.id)
    summary = f"Paused the destination “{row.name}”: it took nothing for a day"
    await record_audit(ctx, "destination.paused", "destination", row.id, summary)
    return True


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a test message."""

    outcome: Outcome
    took_ms: int


async def try_destination(runtime: Runtime, workspace_id: int, destination_id: int, actor: Actor) -> Tried:
    """Sends a message about nobody, now; it stands in the log. Raises ``NotFound``, or ``Conflict`` for files."""
    async with runtime.unit(workspace_id, actor) as ctx:
        row = await load_destination(ctx, destination_id)
        kind = find_sending_kind(row.kind)
        segment = await name_segment(ctx, row.segment_id)
        lane = Lane(
            runtime, workspace_id, row, kind, read_settings(kind, row), open_secrets(ctx, row), segment, new_id()
        )
        now = ctx.clock.now()
    began = time.perf_counter()
    message_id = new_id()
    sent = await send_groups(lane, Batch(message_id, "test", now), [], empty=True)
    took_ms = round((time.perf_counter() - began) * 1_000)
    outcome = sent.outcome or Outcome(True, sent.status)
    async with runtime.unit(workspace_id, actor) as ctx:
        values = {
            "destination_id": destination_id,
            "public_id": message_id,
            "change": "test",
            "state": "sent" if outcome.taken else "given_up",
            "status": outcome.status,
            "reason": outcome.reason,
            "bytes": sent.bytes,
            "ended_at": ctx.clock.now(),
        }
        await deliveries.insert(ctx, values)
        await record_audit(
            ctx, "destination.tried", "destination", destination_id, f"Sent a test to the destination “{row.name}”"
        )
    return Tried(outcome, took_ms)
