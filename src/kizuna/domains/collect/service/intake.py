"""Group commit: requests that arrive together share one transaction.

While one transaction is on its way, the next group gathers; so the load makes the groups larger, not
the queue longer. A request whose client went away commits with its group all the same.
"""

import asyncio
import logging
import time
from collections import deque
from dataclasses import dataclass, field

import psycopg
from prometheus_client import Counter

from kizuna.domains.collect.contracts import Refused
from kizuna.domains.collect.rules.batches import check_items
from kizuna.domains.collect.rules.bodies import BadItem, Body
from kizuna.domains.collect.rules.items import Arrival
from kizuna.domains.collect.service.identities import IdentityMemory
from kizuna.domains.collect.service.known_messages import KnownMessages
from kizuna.domains.collect.service.known_sources import KnownSource, SourceMemory
from kizuna.domains.collect.service.recognise import recognise
from kizuna.domains.collect.service.store import Group, Stored, count_refused, store_group, store_whole, usual_keys
from kizuna.domains.collect.service.turns import Turns
from kizuna.domains.privacy.api import TermsMemory
from kizuna.kernel.context import Actor, Context, Runtime, Workspace
from kizuna.kernel.errors import Limit, Unavailable

logger = logging.getLogger(__name__)

EVENTS_PER_COMMIT_MAX = 5_000
COMMITS_AT_ONCE = 1
"""Per workspace: two at once made smaller groups, and more work for the same events."""
GATHER_S = 0.003
"""So long a small commit waits for company when the one before had some: fewer commits cost less, and
so the answers of many single events come sooner."""
GATHER_REQUESTS = 4
GATHER_EVENTS = 500
WAITING_EVENTS_MAX = 200_000
RETRY_AFTER_S = 2
NOTES_PER_MINUTE_MAX = 200
EVENT_OVERHEAD_BYTES = 700
"""What an event weighs in memory besides its text."""

EVENTS = Counter("kizuna_intake_events", "Events taken in, by what became of them", ["outcome"])
_ACCEPTED, _DUPLICATES, _REFUSED = map(EVENTS.labels, ("accepted", "duplicate", "refused"))
_SET_ASIDE, _WITHHELD = map(EVENTS.labels, ("set_aside", "withheld"))


@dataclass(slots=True, eq=False)
class _Waiting:
    """One request's events, waiting for their commit."""

    group: Group
    size: int
    done: asyncio.Future[None]


@dataclass
class _Lane:
    """The queue of one workspace."""

    workspace: Workspace
    identities: IdentityMemory
    waiting: deque[_Waiting] = field(default_factory=deque[_Waiting])
    suppressions: int = 0
    renewing: asyncio.Task[None] | None = None
    commits: int = 0
    notes_minute: int = 0
    notes_made: int = 0


class Intake:
    """One for each server."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.sources = SourceMemory(runtime)
        self.messages = KnownMessages(runtime)
        self.turns = Turns()
        self._lanes: dict[int, _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._room_bytes = runtime.settings.intake_queue_mb * 1_048_576
        self._room_events = WAITING_EVENTS_MAX

    def check_room(self, size: int) -> None:
        """Raises ``Unavailable`` when ``size`` more bytes would not fit into the queue."""
        if size > self._room_bytes or self._room_events <= 0:
            raise Unavailable(
                "intake_full",
                "More events wait for the database than fit into memory; send them again in a moment.",
                retry_after_s=RETRY_AFTER_S,
            )

    async def take(self, known: KnownSource, body: Body, arrival: Arrival, call: str | None = None) -> list[Refused]:
        """Checks the items of a body and returns once the good ones are durable.

        Returns the items that were refused. Raises ``Unavailable``; then none counts, and all should be sent again.
        """
        lane = self._lane(known.workspace)
        await self._heed_erasures(lane)
        events, bad = check_items(body, arrival, call)
        group = Group()
        group.taken, notes = recognise(events, lane.identities, bad)
        if bad or notes:
            self._note(lane, group, known.source.id, bad, notes)
        if len(group.taken) or group.refused:
            await self._commit(lane, group)
        bad.sort(key=_index)
        return [Refused(index, item.code, item.message, item.sample) for index, item in bad]

    async def refuse(self, known: KnownSource, item: BadItem) -> None:
        """Notes a request of which nothing could be read."""
        lane = self._lane(known.workspace)
        group = Group()
        self._note(lane, group, known.source.id, [(0, item)], [])
        await self._commit(lane, group)

    def _lane(self, workspace: Workspace) -> _Lane:
        lane = self._lanes.get(workspace.id)
        if lane is None or lane.workspace.country != workspace.country:
            lane = self._lanes[workspace.id] = _Lane(workspace, IdentityMemory(workspace.country))
        return lane

    async def _heed_erasures(self, lane: _Lane) -> None:
        """Keys of people who were erased name nobody any more. What is remembered of the workspace's terms is
        renewed here, too, by one of all that wait."""
        memory = self.runtime.remembered(TermsMemory)
        terms = memory.peek(lane.workspace.id)
        if terms is None:
            if lane.renewing is None or lane.renewing.done():
                lane.renewing = asyncio.create_task(self._renew_terms(lane.workspace))
            await asyncio.shield(lane.renewing)
            terms = memory.peek(lane.workspace.id)
        if terms is not None and terms.suppressions != lane.suppressions:
            lane.identities = IdentityMemory(lane.workspace.country)
            lane.suppressions = terms.suppressions

    async def _renew_terms(self, workspace: Workspace) -> None:
        async with self.runtime.database.transaction("app", workspace.id) as db:
            ctx = Context(workspace=workspace, actor=_INTAKE, db=db, runtime=self.runtime)
            await self.runtime.remembered(TermsMemory).read(ctx)

    def _note(
        self, lane: _Lane, group: Group, source_id: int, bad: list[tuple[int, BadItem]], notes: list[BadItem]
    ) -> None:
        """A broken integration may send millions of bad items; a sample of each minute tells as much."""
        if bad:
            _REFUSED.inc(len(bad))
            group.refused[source_id] = len(bad)
        minute = int(time.monotonic() // 60)
        if lane.notes_minute != minute:
            lane.notes_minute, lane.notes_made = minute, 0
        room = max(0, NOTES_PER_MINUTE_MAX - lane.notes_made)
        group.notes = [(source_id, item) for item in [*(item for _, item in bad), *notes][:room]]
        lane.notes_made += len(group.notes)

    async def _commit(self, lane: _Lane, group: Group) -> None:
        size = group.taken.events.weigh() + EVENT_OVERHEAD_BYTES * len(group.taken)
        self.check_room(size)
        waiting = _Waiting(group, size, asyncio.get_running_loop().create_future())
        self._room_bytes -= size
        self._room_events -= len(group.taken)
        lane.waiting.append(waiting)
        if lane.commits < COMMITS_AT_ONCE:
            lane.commits += 1
            task = asyncio.create_task(self._commit_groups(lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        await waiting.done

    async def _commit_groups(self, lane: _Lane) -> None:
        together: list[_Waiting] = []
        try:
            while lane.waiting:
                if (
                    len(together) >= GATHER_REQUESTS
                    and sum(len(one.group.taken) for one in lane.waiting) < GATHER_EVENTS
                ):
                    await asyncio.sleep(GATHER_S)
                together = _take_group(lane.waiting)
                await self._commit_next(lane, together)
        finally:
            lane.commits -= 1

    async def _commit_next(self, lane: _Lane, together: list[_Waiting]) -> None:
        try:
            await self._store(lane, [one.group for one in together])
            error: Exception | None = None
        except Exception as failure:
            error = failure
        if error is not None and len(together) > 1 and not isinstance(error, Unavailable):
            # One request may hold what PostgreSQL refuses; it must not take its neighbours along.
            for one in together:
                await self._commit_next(lane, [one])
            return
        for one in together:
            self._room_bytes += one.size
            self._room_events += len(one.group.taken)
            if one.done.done():
                continue
            if error is None:
                one.done.set_result(None)
            else:
                one.done.set_exception(_explain(error))

    async def _store(self, lane: _Lane, groups: list[Group]) -> None:
        group = groups[0] if len(groups) == 1 else _join(groups)
        stored = await store_and_learn(self.runtime, lane.workspace, group, self.messages)
        _ACCEPTED.inc(stored.accepted)
        if stored.duplicates:
            _DUPLICATES.inc(stored.duplicates)
        if stored.set_aside:
            _SET_ASIDE.inc(stored.set_aside)
        if stored.withheld:
            _WITHHELD.inc(stored.withheld)


def _join(groups: list[Group]) -> Group:
    joined = Group()
    for group in groups:
        joined.taken.extend(group.taken)
        joined.notes += group.notes
        for source_id, number in group.refused.items():
            joined.refused[source_id] = joined.refused.get(source_id, 0) + number
    return joined


async def store_and_learn(runtime: Runtime, workspace: Workspace, group: Group, messages: KnownMessages) -> Stored:
    """Stores a group, by a transaction where one statement does not do."""
    question = messages.ask(group.taken.events.digests)
    keys = usual_keys(group, runtime.remembered(TermsMemory).peek(workspace.id))
    stored = None
    if keys is not None:
        now = runtime.clock.now()
        async with runtime.database.connection("app") as db:
            stored = await store_whole(db, workspace.id, group.taken, count_refused(group), question, keys, now)
    if stored is None:
        async with runtime.database.transaction("app", workspace.id) as db:
            ctx = Context(workspace=workspace, actor=_INTAKE, db=db, runtime=runtime)
            stored = await store_group(ctx, group, question, whole=keys is None)
    stored.learn()
    return stored


_INTAKE = Actor(kind="source", id=None, name="Intake")


def _take_group(waiting: deque[_Waiting]) -> list[_Waiting]:
    """The requests at the head of the queue that one transaction may hold; at least one."""
    taken = [waiting.popleft()]
    events = len(taken[0].group.taken)
    while waiting and events + len(waiting[0].group.taken) <= EVENTS_PER_COMMIT_MAX:
        events += len(waiting[0].group.taken)
        taken.append(waiting.popleft())
    return taken


def _index(refused: tuple[int, BadItem]) -> int:
    return refused[0]


def _explain(error: Exception) -> Exception:
    if isinstance(error, Unavailable | Limit):
        return error
    if isinstance(error, psycopg.OperationalError):
        logger.warning("a commit of events failed", extra={"error": str(error)})
        return Unavailable(
            "database_busy",
            "The database could not take the events just now; send them again.",
            retry_after_s=RETRY_AFTER_S,
        )
    logger.error("a commit of events failed", exc_info=error)
    return error
