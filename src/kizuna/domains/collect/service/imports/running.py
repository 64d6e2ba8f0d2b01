"""What a running import knows, and how it sends a piece: events, counts and checkpoint in one transaction.

A crash between two pieces loses nothing and doubles nothing, because a piece is in the inbox exactly
when its checkpoint is written.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
import pyarrow as pa

from kizuna.domains.collect.repository import imports as repository
from kizuna.domains.collect.repository.imports import ImportRow
from kizuna.domains.collect.rules.events import ACTIVE, NO_TIME, Events, Named, hash_messages, list_pairs
from kizuna.domains.collect.rules.imports.files import FileShape
from kizuna.domains.collect.rules.imports.plans import EventColumns, Plan
from kizuna.domains.collect.rules.imports.reasons import RefusedRow, describe_refusal
from kizuna.domains.collect.service.identities import IdentityMemory
from kizuna.domains.collect.service.imports.refused import RefusedFile
from kizuna.domains.collect.service.known_messages import ask_for_all
from kizuna.domains.collect.service.recognise import Recognised
from kizuna.domains.collect.service.store import Group, store_group
from kizuna.domains.profiles.contracts import Trust
from kizuna.domains.workspace.api import JobProgress
from kizuna.kernel.context import Actor, Context, Runtime, Workspace

EVENTS_PER_PIECE_MAX = 5_000
INBOX_EVENTS_MAX = 100_000
WAIT_S = 0.25
REFUSALS_SHOWN_MAX = 50
SAMPLES_MAX = 5
MONTHS_ASKED_MAX = 24

ACTOR = Actor(kind="system", id=None, name="Import")

T = TypeVar("T")


class Checkpoint(msgspec.Struct):
    """How far an import has come. ``row`` is the last row of the file that is settled; ``lines`` are
    the sorted order lines that are sent, once ``sorted``."""

    row: int = 0
    lines: int = 0
    sorted: bool = False
    refused_bytes: int = 0
    rows_read: int = 0
    rows_accepted: int = 0
    rows_refused: int = 0
    events_sent: int = 0
    events_known: int = 0
    refusals: list[dict[str, Any]] = msgspec.field(default_factory=list)
    samples: list[dict[str, Any]] = msgspec.field(default_factory=list)


@dataclass
class Piece:
    """What one transaction settles."""

    taken: Recognised = field(default_factory=Recognised)
    known: int = 0
    """Events that the lake holds already."""
    accepted: int = 0
    refused: list[tuple[RefusedRow, bytes]] = field(default_factory=list[tuple[RefusedRow, bytes]])
    row: int = 0
    lines: int = 0
    rows_read: int = 0


@dataclass
class Running:
    runtime: Runtime
    workspace: Workspace
    job: JobProgress
    row: ImportRow
    plan: Plan
    shape: FileShape
    path: Path
    folder: Path
    memory: IdentityMemory
    refused: RefusedFile
    at: Checkpoint
    history: bool
    """Whether earlier events of the source, or of this import, may be in the lake."""

    @property
    def stop_requested(self) -> bool:
        return self.job.stop_requested

    async def settle(self, piece: Piece) -> None:
        """Sends the events of a piece and writes its checkpoint."""
        await self._wait_for_room()
        at = msgspec.structs.replace(self.at, refusals=list(self.at.refusals), samples=list(self.at.samples))
        if piece.refused:
            at.refused_bytes = await asyncio.to_thread(self.refused.append, [line for _, line in piece.refused])
        self._count(at, piece)
        async with self.runtime.unit(self.workspace.id, ACTOR) as ctx:
            stored = None
            if not self.row.dry_run and (len(piece.taken) or piece.refused):
                stored = await store_group(
                    ctx,
                    Group(piece.taken, refused=self._refused_counts(piece)),
                    ask_for_all(piece.taken.events.digests),
                )
                at.events_sent += stored.accepted
                at.events_known += stored.duplicates
            elif self.row.dry_run:
                at.events_sent += len(piece.taken)
            await self.save(ctx, at)
        if stored is not None:
            stored.learn()
        self.at = at

    async def note(self, piece: Piece) -> None:
        """Counts a piece without events, in memory and in the file of refused rows only."""
        if piece.refused:
            self.at.refused_bytes = await asyncio.to_thread(self.refused.append, [line for _, line in piece.refused])
        self._count(self.at, piece)

    def _refused_counts(self, piece: Piece) -> dict[int, int]:
        return {self.plan.source_id: len(piece.refused)} if piece.refused else {}

    def _count(self, at: Checkpoint, piece: Piece) -> None:
        at.row = max(at.row, piece.row)
        at.lines = max(at.lines, piece.lines)
        at.rows_read += piece.rows_read
        at.rows_accepted += piece.accepted
        at.rows_refused += len(piece.refused)
        at.events_known += piece.known
        language = self.workspace.language
        for refused, _ in piece.refused[: REFUSALS_SHOWN_MAX - len(at.refusals)]:
            at.refusals.append(
                {"row": refused.row, "code": refused.code, "reason": describe_refusal(refused, language)}
            )
        for place in range(min(len(piece.taken), SAMPLES_MAX - len(at.samples))):
            at.samples.append(_show_event(piece.taken.events, place))

    async def save(self, ctx: Context, at: Checkpoint) -> None:
        await repository.count(
            ctx.db,
            {
                "workspace_id": self.workspace.id,
                "id": self.row.id,
                "rows_read": at.rows_read,
                "rows_accepted": at.rows_accepted,
                "rows_refused": at.rows_refused,
                "events_sent": at.events_sent,
                "events_known": at.events_known,
                "refusals": at.refusals,
                "samples": at.samples,
            },
        )
        await self.job.save(msgspec.to_builtins(at), ctx)

    async def _wait_for_room(self) -> None:
        """The inbox is bounded: a file can be read faster than the drain carries events away."""
        if self.row.dry_run:
            return
        while not self.stop_requested:
            async with self.runtime.unit(self.workspace.id, ACTOR) as ctx:
                waiting = await repository.inbox_events(ctx.db)
            if waiting < INBOX_EVENTS_MAX:
                return
            await self.job.report(self.job.done, message="Waiting for the lake to catch up")
            await asyncio.sleep(WAIT_S)

    async def find_known(self, events: Sequence[EventColumns]) -> frozenset[str]:
        """Message ids of these events that the lake holds already."""
        ids = [message_id for columns in events for message_id in columns.message_ids]
        if not self.history or not ids:
            return frozenset()
        months = sorted({month for columns in events for month in _months(columns)})
        known = await self.runtime.lake.known_message_ids(
            self.workspace.id,
            self.plan.source_id,
            pa.array(ids, pa.string()),
            months=months if len(months) <= MONTHS_ASKED_MAX else (),
        )
        return frozenset(known.to_pylist())

    def recognise(self, columns: EventColumns, places: Sequence[int]) -> Recognised:
        """The events at some places. Each names somebody: the plan lets no identifier through that
        profiles would refuse."""
        events = _make_events(self, columns, places)
        identities, _ = self.memory.find_all(events.named)
        return Recognised(events, [identity for identity in identities if identity is not None])


def _make_events(running: Running, columns: EventColumns, places: Sequence[int]) -> Events:
    count, source_id = len(places), running.plan.source_id
    sessions = columns.session_ids
    message_ids = [columns.message_ids[place] for place in places]
    return Events(
        indexes=list(places),
        sources=[source_id] * count,
        message_ids=message_ids,
        digests=hash_messages(source_id, message_ids),
        types=[columns.type] * count,
        names=[columns.names[place] for place in places],
        times=columns.times_us[places].tolist(),
        received=[round(running.runtime.clock.now().timestamp() * 1_000_000)] * count,
        originals=[NO_TIME] * count,
        sessions=[None] * count if sessions is None else [sessions[place] for place in places],
        named=_name(columns, places),
        properties=[columns.properties[place].encode() for place in places],
        contexts=[b'{"import_id":%d,"library":{"name":"kizuna-import"}}' % running.row.id] * count,
        flags=[Trust.SERVER if columns.type == "identify" else Trust.SERVER | ACTIVE] * count,
        brings=[0] * count,
        set_aside=[None] * count,
    )


def _name(columns: EventColumns, places: Sequence[int]) -> list[Named]:
    nobody: list[str | None] = [None] * len(columns)
    ids = dict(columns.identifiers)
    users, anonymous = ids.pop("user_id", nobody), ids.pop("anonymous_id", nobody)
    named: list[Named] = [(users[place], anonymous[place]) for place in places]
    for type_, values in ids.items():
        others = [values[place] for place in places]
        named = [one if other is None else (*one, (type_, other)) for one, other in zip(named, others, strict=True)]
    return named


def _months(columns: EventColumns) -> list[str]:
    months: list[str] = (
        np.unique(columns.times_us.astype("datetime64[us]").astype("datetime64[M]")).astype(str).tolist()
    )
    return months


def _show_event(events: Events, place: int) -> dict[str, Any]:
    return {
        "name": events.names[place],
        "type": events.types[place],
        "message_id": events.message_ids[place],
        "time_us": events.times[place],
        "identifiers": dict(list_pairs(events.named[place])),
        "properties": msgspec.json.decode(events.properties[place]),
    }


async def work_ahead(iterator: Iterator[T]) -> AsyncIterator[T]:
    """The items of a blocking iterator, each made in a thread while the one before is being used."""
    end = object()
    following = asyncio.ensure_future(asyncio.to_thread(next, iterator, end))
    try:
        while (item := await following) is not end:
            following = asyncio.ensure_future(asyncio.to_thread(next, iterator, end))
            yield item  # type: ignore[misc]  # the sentinel is gone here
    finally:
        # A thread cannot be stopped; what it works on must outlive it.
        await asyncio.gather(following, return_exceptions=True)
