"""The drain: carries committed events out of the inbox, to the stream and to the lake.

Two loops in every worker. The first claims chunks by state and streams them; the second loads what was
streamed. Both may run in many workers at once, and be killed at any moment.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence

import msgspec
import psycopg
from prometheus_client import Counter, Gauge

from kizuna.domains.collect.repository import drain, intake
from kizuna.domains.collect.repository.drain import Claimed
from kizuna.domains.collect.service.columns import Columns
from kizuna.domains.collect.service.load import KeptRows, drain_context, load_workspace_chunks
from kizuna.domains.collect.service.set_aside import describe_columns
from kizuna.domains.collect.service.stream import Outcome, stream_batch, write_left_over_shapes
from kizuna.domains.collect.service.stream_memory import DrainMemory
from kizuna.domains.collect.service.upkeep import rotate_known_messages
from kizuna.kernel.context import Runtime
from kizuna.kernel.errors import Unavailable

logger = logging.getLogger(__name__)

EVENTS_PER_BATCH_MAX = 6_000
CHUNKS_LISTED_MAX = 500
POLL_S = 1.0
STREAM_EVERY_S = 0.2
"""A batch begins no sooner after the last one: many small batches would cost several times as much."""
BUSY_EVENTS = 200
STREAM_EVERY_BUSY_S = 0.5
"""The same after a batch of so many events: who looks on then sees a stream, not an event."""
LOAD_EVERY_S = 0.8
LOAD_EVENTS_MIN = 20_000
ROTATE_EVERY_EVENTS = 100_000
"""So often is looked whether the generation of known messages is full."""
RETRY_S = 1.0

STREAMED = Counter("kizuna_drain_streamed_events", "Events that went through the stream step")
LOADED = Counter("kizuna_drain_loaded_events", "Events that went into the lake")
POISON = Counter("kizuna_drain_poison_events", "Events set aside because they could not be streamed")
BACKLOG = Gauge("kizuna_drain_waiting_events", "Events seen waiting for the stream step")

# What another try may mend. Everything else is taken to be the fault of an event.
PASSING = (Unavailable, psycopg.OperationalError, psycopg.InterfaceError, MemoryError, ConnectionError, TimeoutError)


class _Undo(Exception):
    """Ends a trial: nothing of it may stay."""


class Drain:
    """One for each worker."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.memory = DrainMemory()
        self.kept = KeptRows()
        self._woken = asyncio.Event()
        self._streamed = asyncio.Event()
        self._enough = asyncio.Event()
        self._streamed_events = 0
        self._unrotated_events = 0
        self._pause_s = STREAM_EVERY_S
        """How long after its beginning the present batch is followed by the next."""

    async def run(self) -> None:
        """Streams and loads until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen())
            tasks.create_task(self._stream_forever())
            tasks.create_task(self._load_forever())

    async def _listen(self) -> None:
        """Is told of new chunks at once; without a connection the polls go on."""
        while True:
            with contextlib.suppress(Unavailable, psycopg.Error):
                async for _ in self.runtime.database.listen("kizuna_inbox", "drain"):
                    self._woken.set()
            await asyncio.sleep(RETRY_S)

    async def _stream_forever(self) -> None:
        while True:
            started = time.monotonic()
            try:
                if await self.stream_once():
                    await asyncio.sleep(max(0.0, started + self._pause_s - time.monotonic()))
                    continue
                await self.write_left_over()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), POLL_S)
                self._woken.clear()
            except PASSING as error:
                logger.warning("the stream waits", extra={"error": str(error)})
                await asyncio.sleep(RETRY_S)

    async def _load_forever(self) -> None:
        last = 0.0
        while True:
            # A load soon after the first event, and not more often than pays.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._streamed.wait(), POLL_S * 5)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._enough.wait(), max(0.0, last + LOAD_EVERY_S - time.monotonic()))
            self._streamed.clear()
            self._enough.clear()
            last = time.monotonic()
            self._streamed_events = 0
            try:
                while await self.load_once():
                    pass
                if self._unrotated_events >= ROTATE_EVERY_EVENTS:
                    self._unrotated_events = 0
                    await rotate_known_messages(self.runtime)
            except PASSING as error:
                logger.warning("the load waits", extra={"error": str(error)})
                await asyncio.sleep(RETRY_S)

    async def stream_once(self) -> int:
        """Streams one batch of every workspace that has any. Returns how many chunks were done."""
        async with self.runtime.database.transaction("drain") as db:
            waiting = await drain.find_waiting(db, CHUNKS_LISTED_MAX)
        events = sum(events for _, _, events in waiting)
        BACKLOG.set(events)
        batches = _batches(waiting)
        more = sum(map(len, batches.values())) < len(waiting)
        self._pause_s = 0.0 if more else STREAM_EVERY_BUSY_S if events >= BUSY_EVENTS else STREAM_EVERY_S
        done = 0
        for workspace_id, ids in batches.items():
            done += await self.stream_chunks(workspace_id, ids)
        return done

    async def load_once(self) -> int:
        """Loads once for every workspace that has streamed chunks. Returns how many events went."""
        async with self.runtime.database.transaction("drain") as db:
            streamed = await drain.find_streamed(db)
        loaded = 0
        for one in streamed:
            loaded += await load_workspace_chunks(self.runtime, one.workspace_id, self.memory, self.kept)
        LOADED.inc(loaded)
        return loaded

    async def stream_chunks(self, workspace_id: int, ids: Sequence[int]) -> int:
        """Streams chunks that nobody else holds. A chunk that fails is taken apart, by itself."""
        try:
            return await self._stream_together(workspace_id, ids)
        except PASSING:
            raise
        except Exception:
            logger.warning("a batch failed; its chunks are tried one by one", exc_info=True)
        done = 0
        for chunk_id in ids:
            try:
                done += await self._stream_together(workspace_id, [chunk_id])
            except PASSING:
                raise
            except Exception as error:
                done += await self._take_apart(workspace_id, chunk_id, error)
        return done

    async def _stream_together(self, workspace_id: int, ids: Sequence[int]) -> int:
        with self.memory.people.staged():
            async with self.runtime.database.transaction("drain", workspace_id) as db:
                claimed = await drain.claim(db, workspace_id, ids)
                if not claimed:
                    return 0
                batch = [Columns.read(chunk.payload) for chunk in claimed]
                ctx = await drain_context(self.runtime, db, workspace_id)
                outcome = await stream_batch(ctx, batch, self.memory)
                await self._settle(db, workspace_id, claimed, batch)
        self._learn(workspace_id, outcome, claimed, batch)
        return len(claimed)

    async def _settle(
        self, db: psycopg.AsyncConnection, workspace_id: int, claimed: Sequence[Claimed], batch: Sequence[Columns]
    ) -> None:
        """Chunks with events wait for the lake; those with counts only are done."""
        full = [chunk.id for chunk, columns in zip(claimed, batch, strict=True) if columns.count]
        empty = [chunk.id for chunk, columns in zip(claimed, batch, strict=True) if not columns.count]
        if full:
            await drain.mark_streamed(db, workspace_id, full)
        if empty:
            await drain.delete_chunks(db, workspace_id, empty)

    def _learn(self, workspace_id: int, outcome: Outcome, claimed: Sequence[Claimed], batch: Sequence[Columns]) -> None:
        outcome.learn()
        full = [(chunk.id, columns.weigh()) for chunk, columns in zip(claimed, batch, strict=True) if columns.count]
        for (chunk_id, size), table in zip(full, outcome.tables, strict=True):
            self.kept.put(workspace_id, chunk_id, table, size, outcome.erased)
        events = sum(chunk.events for chunk in claimed)
        STREAMED.inc(events)
        self._streamed_events += events
        self._unrotated_events += events
        self._streamed.set()
        if self._streamed_events >= LOAD_EVENTS_MIN:
            self._enough.set()

    async def _take_apart(self, workspace_id: int, chunk_id: int, error: Exception) -> int:
        """Finds the events of a chunk that cannot be streamed, sets them aside and streams the others."""
        async with self.runtime.database.transaction("drain", workspace_id) as db:
            claimed = await drain.claim(db, workspace_id, [chunk_id])
        if not claimed:
            return 0
        try:
            columns = Columns.read(claimed[0].payload)
        except (msgspec.DecodeError, ValueError):
            return await self._set_aside(workspace_id, claimed[0], None, [], error)
        bad = await self._find_bad(workspace_id, columns, list(range(columns.count)))
        if not bad or len(bad) == columns.count:
            # No single event is to blame, or all are.
            return await self._set_aside(workspace_id, claimed[0], columns, list(range(columns.count)), error)
        return await self._set_aside(workspace_id, claimed[0], columns, bad, error)

    async def _find_bad(self, workspace_id: int, columns: Columns, indexes: list[int]) -> list[int]:
        """Halves what fails until single events are left; every trial is rolled back."""
        if not await self._fails(workspace_id, columns.pick(indexes)):
            return []
        if len(indexes) == 1:
            return indexes
        middle = len(indexes) // 2
        left = await self._find_bad(workspace_id, columns, indexes[:middle])
        return left + await self._find_bad(workspace_id, columns, indexes[middle:])

    async def _fails(self, workspace_id: int, columns: Columns) -> bool:
        try:
            with self.memory.people.staged():
                async with self.runtime.database.transaction("drain", workspace_id) as db:
                    ctx = await drain_context(self.runtime, db, workspace_id)
                    await stream_batch(ctx, [columns], self.memory)
                    raise _Undo
        except _Undo:
            return False
        except PASSING:
            raise
        except Exception:
            return True

    async def _set_aside(
        self, workspace_id: int, chunk: Claimed, columns: Columns | None, bad: list[int], error: Exception
    ) -> int:
        """Moves the bad events out of a chunk; what is left stays in the inbox and is streamed next.

        Counts that the intake left with the chunk stay with it.
        """
        apart = columns.pick(bad) if columns is not None else None
        async with self.runtime.database.transaction("drain", workspace_id) as db:
            if not await drain.claim(db, workspace_id, [chunk.id]):
                return 0
            ctx = await drain_context(self.runtime, db, workspace_id)
            await intake.set_aside(
                db,
                {
                    "workspace_id": workspace_id,
                    "at": ctx.clock.now(),
                    "kind": "poison",
                    "reason": f"The stream could not take the event: {type(error).__name__}: {error}"[:500].replace(
                        "\x00", "�"
                    ),
                    "events": apart.count if apart is not None else chunk.events,
                    "sample": describe_columns(apart) if apart is not None else "{}",
                    "payload": apart.write() if apart is not None else chunk.payload,
                },
            )
            rest = _without(columns, bad) if columns is not None else None
            if rest is None:
                await drain.delete_chunks(db, workspace_id, [chunk.id])
            else:
                await drain.replace_payload(db, workspace_id, chunk.id, rest.count, rest.write())
        POISON.inc(apart.count if apart is not None else chunk.events)
        logger.error(
            "events were set aside",
            exc_info=error,
            extra={"workspace_id": workspace_id, "chunk": chunk.id, "events": len(bad) or chunk.events},
        )
        return 1

    async def write_left_over(self) -> None:
        for workspace_id in self.memory.unwritten():
            async with self.runtime.database.transaction("drain", workspace_id) as db:
                ctx = await drain_context(self.runtime, db, workspace_id)
                outcome = await write_left_over_shapes(ctx, self.memory)
            outcome.learn()


def _batches(waiting: Sequence[tuple[int, int, int]]) -> dict[int, list[int]]:
    """The oldest chunks of each workspace that make one batch."""
    chosen: dict[int, list[int]] = {}
    events_of: dict[int, int] = {}
    for workspace_id, chunk_id, events in waiting:
        total = events_of.get(workspace_id, 0)
        if total and total + events > EVENTS_PER_BATCH_MAX:
            events_of[workspace_id] = EVENTS_PER_BATCH_MAX  # later ones wait, to keep the order
            continue
        chosen.setdefault(workspace_id, []).append(chunk_id)
        events_of[workspace_id] = total + events
    return chosen


def _without(columns: Columns, bad: Sequence[int]) -> Columns | None:
    """The other events of a chunk, with the counts of the whole; None when nothing is left."""
    out = set(bad)
    rest = columns.pick([index for index in range(columns.count) if index not in out])
    rest.chunk.counts = columns.chunk.counts
    return rest if rest.count or rest.chunk.counts else None


async def run_drain(runtime: Runtime) -> None:
    await Drain(runtime).run()


async def drain_all(runtime: Runtime) -> None:
    """Streams and loads until the inbox is empty; for tests, imports and the CLI."""
    one = Drain(runtime)
    while await one.stream_once() or await one.load_once():
        pass
    await one.write_left_over()
