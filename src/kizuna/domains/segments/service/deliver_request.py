"""Requests of a delivery, one after the other, at the pace its receiver takes. No transaction is open here."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from kizuna.domains.segments.destinations.base import Change, Message, Person
from kizuna.domains.segments.rules.delivery import Outcome, judge_status, read_retry_after
from kizuna.kernel.outbound import OutboundError, OutboundRequest

if TYPE_CHECKING:
    from kizuna.domains.segments.service.deliver import Lane
    from kizuna.domains.segments.service.deliver_people import Group

RENEW_S = 60.0
ANSWER_BYTES_MAX = 1_000
"""The status is all that counts; what a receiver says may hold what it was sent, and is kept nowhere."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What the requests are of: ``id`` names the whole, and the first of them."""

    id: UUID
    change: Change
    at: datetime
    sync: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Sent:
    """How far it came. ``keys`` are profile keys of those who were told of; ``next_start`` is the place to go on
    from when it is not ``complete``."""

    complete: bool = False
    next_start: int = 0
    requests: int = 0
    people: int = 0
    bytes: int = 0
    status: int | None = None
    outcome: Outcome | None = None
    keys: set[int] = field(default_factory=set[int])
    withheld: Counter[str] = field(default_factory=Counter[str])


async def send_groups(
    lane: Lane, batch: Batch, groups: Sequence[Group], *, empty: bool = False, whole: bool = False
) -> Sent:
    """Sends group by group until one is not taken, the lease is lost or, but for ``whole``, the time of the run is
    over. Groups of nobody are passed over, unless ``empty``: then one message of nobody is sent."""
    sent = Sent()
    if empty:
        await _send(lane, batch, 0, [], sent)
        return sent
    pace = _Pace(lane.kind.rate_per_s(lane.settings))
    renewed = time.monotonic()
    for group in groups:
        sent.next_start = group.start
        if group.people:
            if sent.requests and lane.over and not whole:
                return sent
            if time.monotonic() - renewed > RENEW_S:
                if not await lane.renew():
                    return sent
                renewed = time.monotonic()
            await pace.wait()
            if not await _send(lane, batch, group.start, group.people, sent):
                return sent
            sent.people += len(group.people)
            sent.keys.update(group.keys, group.old_keys)
        sent.withheld.update(group.withheld)
    sent.complete = True
    return sent


async def _send(lane: Lane, batch: Batch, start: int, people: list[Person], sent: Sent) -> bool:
    message = Message(
        id=batch.id if start == 0 else uuid5(batch.id, str(start)),
        segment_id=lane.row.segment_id,
        segment_name=lane.segment,
        change=batch.change,
        at=batch.at,
        people=people,
        sync=batch.sync,
    )
    request = lane.kind.make_request(lane.settings, lane.secrets, message, lane.runtime.clock.now())
    sent.outcome = await _ask(lane, request)
    sent.status = sent.outcome.status
    if sent.outcome.taken:
        sent.requests += 1
        sent.bytes += len(request.body)
    return sent.outcome.taken


async def _ask(lane: Lane, request: OutboundRequest) -> Outcome:
    try:
        answer = await lane.runtime.outbound.send(request, answer_bytes_max=ANSWER_BYTES_MAX)
    except OutboundError as error:
        return Outcome(False, reason=error.problem, permanent=error.permanent)
    retry_after = read_retry_after(answer.headers.get("retry-after"), lane.runtime.clock.now())
    taken = lane.kind.accepts(lane.settings, answer.status)
    return judge_status(answer.status, taken=taken, retry_after=retry_after)


class _Pace:
    """So many requests in a second, evenly."""

    def __init__(self, rate_per_s: float | None) -> None:
        self._gap_s = 1 / rate_per_s if rate_per_s else 0.0
        self._next_at = 0.0

    async def wait(self) -> None:
        now = time.monotonic()
        if self._next_at > now:
            await asyncio.sleep(self._next_at - now)
        self._next_at = max(self._next_at, now) + self._gap_s
