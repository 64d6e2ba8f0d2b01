"""The full sync: everybody who is in the segment, and who is there no more, as a job that can stop and go on.

It holds the destination's lane: changes that come meanwhile wait and follow it. Everything it sends has an id
that a second try has too.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID, uuid5

from pyroaring import BitMap

from kizuna.domains.profiles import api as profiles
from kizuna.domains.segments.destinations.base import Change, SendingKind
from kizuna.domains.segments.repository import deliveries
from kizuna.domains.segments.repository import destinations as repository
from kizuna.domains.segments.repository.destinations import DestinationRow
from kizuna.domains.segments.rules.delivery import Outcome
from kizuna.domains.segments.service import sets
from kizuna.domains.segments.service.deliver import (
    Lane,
    close_lane,
    note_failure,
    note_sent,
    open_lane,
    prepare,
)
from kizuna.domains.segments.service.deliver_request import Batch, Sent, send_groups
from kizuna.domains.segments.service.destinations import find_kind, load_destination, name_segment
from kizuna.domains.workspace.api import JobProgress, record_audit, start_job, track_job
from kizuna.domains.workspace.contracts import JobId
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.errors import Conflict, Unavailable
from kizuna.kernel.ids import new_id

SYNC_TASK = "segments:sync_destination"
SYNC_KIND = "segments.sync"
FILE_TASK = "segments:make_destination_file"
FILE_KIND = "segments.list.export"
"""Ends as all exports do, so that erasure finds the file."""
PEOPLE_PER_PAGE = 5_000


async def start_sync(ctx: Context, destination_id: int) -> tuple[JobId, str, str]:
    """Id, kind and title of the job that tells the destination of everybody, or makes its file.

    Raises ``NotFound``, or ``Conflict`` while the destination is off.
    """
    row = await load_destination(ctx, destination_id)
    segment = await name_segment(ctx, row.segment_id)
    sends = isinstance(find_kind(row.kind), SendingKind)
    if sends and not row.enabled:
        raise Conflict("destination_off", "The destination is switched off; switch it on first.")
    kind, task = (SYNC_KIND, SYNC_TASK) if sends else (FILE_KIND, FILE_TASK)
    title = f"“{segment}” to “{row.name}”"
    await record_audit(
        ctx, "destination.synced", "destination", row.id, f"Sent the segment “{segment}” to “{row.name}”"
    )
    args = {"destination_id": destination_id}
    job_id = await start_job(ctx, kind, title, task, args, permission=permission_of(row))
    await repository.set_job(ctx, row.id, job_id)
    return job_id, kind, title


def permission_of(row: DestinationRow) -> str:
    """To have the file is to see what the destination's maker saw."""
    seen = ((" contact.read", row.contact), (" sensitive.read", row.sensitive))
    return "segments.export" + "".join(name for name, held in seen if held)


@dataclass(slots=True)
class SyncState:
    """Where the job is. Keys stand here as places to go on from, never as lists."""

    sync_id: UUID
    above: int = -1
    left_above: int = -1
    part: int = 0
    sent: int = 0
    left: int = 0
    withheld: int = 0

    def save(self) -> dict[str, Any]:
        names = ("above", "left_above", "part", "sent", "left", "withheld")
        return {"sync_id": str(self.sync_id), **{name: getattr(self, name) for name in names}}


def _restore(cursor: Any) -> SyncState:
    if not cursor:
        return SyncState(new_id())
    return SyncState(**{**cursor, "sync_id": UUID(cursor["sync_id"])})


async def run_sync(runtime: Runtime, workspace_id: int, job_id: int, destination_id: int) -> None:
    async with track_job(runtime, workspace_id, job_id) as job:
        state = _restore(job.cursor)
        await job.save(state.save())  # its id is the receiver's: it stays when the job goes on
        while not job.stop_requested:
            lane = await open_lane(runtime, workspace_id, destination_id)
            if lane is None:
                await _explain(runtime, workspace_id, destination_id)
            assert lane is not None
            try:
                done = await _sync(lane, job, state)
            finally:
                await close_lane(lane)
            if done:
                job.finish({"sent": state.sent, "left": state.left, "withheld": state.withheld})
                return


async def _explain(runtime: Runtime, workspace_id: int, destination_id: int) -> None:
    """Why the lane cannot be had: it is off, or others send and we come again."""
    async with runtime.unit(workspace_id) as ctx:
        row = await load_destination(ctx, destination_id)
    if not row.enabled:
        raise Conflict("destination_off", "The destination is switched off; switch it on, and resume.")
    raise Unavailable("lane_taken", "Changes are being sent to this destination; the sync goes on after them.")


async def _sync(lane: Lane, job: JobProgress, state: SyncState) -> bool:
    """Goes on where it stopped; True when everybody was told of. The lease is renewed page by page."""
    async with lane.runtime.unit(lane.workspace_id) as ctx:
        values = {"destination_id": lane.row.id, "public_id": state.sync_id, "change": "snapshot", "state": "queued"}
        if await deliveries.find(ctx, lane.row.id, state.sync_id) is None:
            await deliveries.insert(ctx, values)
    while not job.stop_requested:
        page = await _read_page(lane, state)
        if page is None:
            await _finish(lane, state)
            return True
        await _send_page(lane, job, state, page)
        await job.report(state.sent + state.left + state.withheld, page.total)
    return False


@dataclass(frozen=True, slots=True)
class _Page:
    """``leaving``: they are members no more, but for those who ``stay`` under another key."""

    keys: list[int]
    leaving: bool
    total: int
    stay: frozenset[int] = frozenset()


async def _read_page(lane: Lane, state: SyncState) -> _Page | None:
    """The next members; behind the last, those the destination may know of who are none."""
    async with lane.runtime.unit(lane.workspace_id) as ctx:
        members = await sets.read_members(ctx, lane.row.segment_id)
        keys = _next(members, state.above)
        if keys:
            return _Page(keys, False, len(members))
        told = await repository.read_told(ctx, lane.row.id)
        strangers = _next(told - members, state.left_above)
        if not strangers:
            return None
        # Who was joined with somebody stands in the segment under the other's key, or will in a moment.
        nodes = await profiles.member_keys(ctx, strangers)
        stay = frozenset(key for key in strangers if not members.isdisjoint(BitMap(nodes.get(key, ()))))
        return _Page(strangers, True, len(members) + state.left + len(strangers), stay)


def _next(keys: BitMap, above: int) -> list[int]:
    start = keys.rank(above) if above >= 0 else 0
    return list(islice(iter(keys[start : start + PEOPLE_PER_PAGE]), PEOPLE_PER_PAGE)) if start < len(keys) else []


async def _send_page(lane: Lane, job: JobProgress, state: SyncState, page: _Page) -> None:
    """Sends a page and notes it with the checkpoint. Raises ``Unavailable`` to be called again, or ``Conflict``."""
    leaving = [key for key in page.keys if key not in page.stay] if page.leaving else []
    if not page.leaving:
        withheld = await _send_part(lane, state, "snapshot", page.keys)
        async with lane.runtime.unit(lane.workspace_id) as ctx:
            told = await repository.read_told(ctx, lane.row.id, withheld) if withheld else BitMap()
        leaving = sorted(told & withheld)
    if leaving:
        await _send_part(lane, state, "left", leaving)
    if page.leaving:
        state.left_above = page.keys[-1]
    else:
        state.above = page.keys[-1]
    state.part += 1
    await job.save(state.save())


async def _send_part(lane: Lane, state: SyncState, change: Change, keys: list[int]) -> BitMap:
    """Tells of some people; returns who was withheld."""
    if not await lane.renew():
        raise Unavailable("lane_taken", "The destination was switched off or taken over.")
    async with lane.runtime.unit(lane.workspace_id) as ctx:
        prepared = await prepare(ctx, lane, change, keys, 0)
    part_id = uuid5(state.sync_id, f"{change}:{keys[0]}")
    sync = {"id": str(state.sync_id), "part": state.part}
    batch = Batch(part_id, change, lane.runtime.clock.now(), sync)
    sent = await send_groups(lane, batch, prepared.groups, whole=True)
    async with lane.runtime.unit(lane.workspace_id) as ctx:
        await note_sent(ctx, lane, change, sent)
        await _note_progress(ctx, lane, state, change, sent)
    if not sent.complete:
        raise _stopped(sent.outcome)
    return prepared.withheld_keys


async def _note_progress(ctx: Context, lane: Lane, state: SyncState, change: str, sent: Sent) -> None:
    counts = Counter(sent.withheld)
    if sent.complete:
        state.withheld += counts.total()
        if change == "left":
            state.left += sent.people
        else:
            state.sent += sent.people
    outcome = sent.outcome
    failed = not sent.complete and outcome is not None
    row = await deliveries.find(ctx, lane.row.id, state.sync_id)
    if row is not None:
        values = {
            "state": "failed" if failed else "queued",
            "done": row.done + (sent.people if sent.complete else 0),
            "sent": sent.people,
            "withheld": counts.total() if sent.complete else 0,
            "bytes": sent.bytes,
            "tried": 1 if failed else 0,
            "status": sent.status,
            "reason": outcome.reason if failed and outcome is not None else None,
        }
        await deliveries.record(ctx, row.id, values)
    if failed:
        await note_failure(ctx, lane.row, missed=True)


def _stopped(outcome: Outcome | None) -> Unavailable | Conflict:
    if outcome is None or outcome.taken or not outcome.permanent:
        return Unavailable("destination_away", "The destination does not take anything just now.")
    said = f"It answered {outcome.status}." if outcome.status else "Its address cannot be called."
    return Conflict("destination_refused", f"The destination refused what was sent. {said} Mend it, and resume.")


async def _finish(lane: Lane, state: SyncState) -> None:
    async with lane.runtime.unit(lane.workspace_id) as ctx:
        await repository.note_complete(ctx, lane.row.id)
        row = await deliveries.find(ctx, lane.row.id, state.sync_id)
        if row is not None:
            ended = {"state": "sent", "status": row.status, "done": row.done, "tried": 0, "ended_at": ctx.clock.now()}
            await deliveries.record(ctx, row.id, ended)
