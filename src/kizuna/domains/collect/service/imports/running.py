"""What a running import knows, and how it sends a piece: events, counts and checkpoint in one transaction.

A crash between two pieces loses nothing and doubles nothing, because a piece is in the inbox exactly
when its checkpoint is written.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
import pyarrow as pa

from kizuna.domains.collect.contracts import Event
from kizuna.domains.collect.repository import imports as repository
from kizuna.domains.collect.repository.imports import ImportRow
from kizuna.domains.collect.rules.imports.files import FileShape
from kizuna.domains.collect.rules.imports.plans import EventColumns, Plan
from kizuna.domains.collect.rules.imports.reasons import RefusedRow, describe_refusal
from kizuna.domains.collect.service.identities import Identity, IdentityMemory
from kizuna.domains.collect.service.imports.refused import RefusedFile
from kizuna.domains.collect.service.store import Group, Recognised, store_group
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

    events: list[Recognised] = field(default_factory=list[Recognised])
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
            if not self.row.dry_run and (piece.events or piece.refused):
                stored = await store_group(ctx, Group(piece.events, refused=self._refused_counts(piece)))
                at.events_sent += stored.accepted
                at.events_known += stored.duplicates
            elif self.row.dry_run:
                at.events_sent += len(piece.events)
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
        for one in piece.events[: SAMPLES_MAX - len(at.samples)]:
            at.samples.append(_show_event(one.event))

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

    def recognise(self, columns: EventColumns, known: frozenset[str]) -> Iterator[tuple[int, Recognised | None]]:
        """(row, event) of each; no event where the lake has it. Every row names somebody: the plan
        lets no identifier through that profiles would refuse."""
        make = _EventMaker(self, columns)
        for place, message_id in enumerate(columns.message_ids):
            row = int(columns.rows[place])
            yield row, None if message_id in known else make(place, message_id)


class _EventMaker:
    """Builds events from columns; what all of them share is made once."""

    def __init__(self, running: Running, columns: EventColumns) -> None:
        self._columns = columns
        self._memory = running.memory
        self._source_id = running.plan.source_id
        self._received_us = round(running.runtime.clock.now().timestamp() * 1_000_000)
        self._times: list[int] = columns.times_us.tolist()
        self._context = b'{"import_id":%d,"library":{"name":"kizuna-import"}}' % running.row.id
        self._active = columns.type != "identify"
        self._ids = list(columns.identifiers.items())
        empty: list[str | None] = [None] * len(columns)
        self._users = columns.identifiers.get("user_id", empty)
        self._anonymous = columns.identifiers.get("anonymous_id", empty)
        self._sessions = columns.session_ids or empty

    def __call__(self, place: int, message_id: str) -> Recognised:
        found = tuple([(type_, value) for type_, values in self._ids if (value := values[place]) is not None])
        columns = self._columns
        event = Event(
            source_id=self._source_id,
            message_id=message_id,
            digest=blake2b(b"%d:%b" % (self._source_id, message_id.encode()), digest_size=16).digest(),
            type=columns.type,
            name=columns.names[place],
            time_us=self._times[place],
            received_us=self._received_us,
            original_us=None,
            user_id=self._users[place],
            anonymous_id=self._anonymous[place],
            session_id=self._sessions[place],
            found=found,
            properties=columns.properties[place].encode(),
            context=self._context,
            trust=Trust.SERVER,
            active=self._active,
        )
        return Recognised(event, self._identity(found))

    def _identity(self, found: tuple[tuple[str, str], ...]) -> Identity:
        identity = self._memory.find(found)
        if identity is None:
            identity, _ = self._memory.meet(found)
        assert identity is not None
        return identity


def _months(columns: EventColumns) -> list[str]:
    months: list[str] = (
        np.unique(columns.times_us.astype("datetime64[us]").astype("datetime64[M]")).astype(str).tolist()
    )
    return months


def _show_event(event: Event) -> dict[str, Any]:
    return {
        "name": event.name,
        "type": event.type,
        "message_id": event.message_id,
        "time_us": event.time_us,
        "identifiers": dict(event.found),
        "properties": msgspec.json.decode(event.properties),
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
