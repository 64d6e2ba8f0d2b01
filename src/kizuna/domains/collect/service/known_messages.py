"""Which messages a server need not ask the database for.

Hashes of messages stand in tables, a generation each. To look into all of them for every message would
cost more than to store it; so a server keeps a filter of the generations that have ended, and the
database looks only for the few that the filter suspects. Until the filter covers a generation, the
database looks for all messages there: what is known never depends on the filter.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import psycopg

from kizuna.domains.collect.repository import intake
from kizuna.domains.collect.repository.intake import Asked
from kizuna.domains.collect.rules.message_filter import MessageFilter
from kizuna.kernel.context import Runtime
from kizuna.kernel.errors import Unavailable

PAGES_AT_ONCE = 64
"""Some 12,000 hashes: other requests wait for no more than a few milliseconds."""
FULL = 24_000_000
"""With so many added, the filter is begun anew if half of them are forgotten by now."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a commit asks the database, and which filter was looked into, if any."""

    asked: Asked
    known: "KnownMessages | None" = None
    filter: MessageFilter | None = None


def ask_for_all(digests: Iterable[bytes]) -> Question:
    """For who has no filter."""
    hashes = sorted(set(digests))
    return Question(Asked(hashes, hashes, 0))


@dataclass(frozen=True, slots=True)
class Written:
    """Where the hashes of a question went. Call ``learn`` after the commit."""

    question: Question
    generation: int
    number: int

    def learn(self) -> None:
        if self.question.known is not None:
            self.question.known.learn(self)


class KnownMessages:
    """One for each server."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._begin()
        self._catching_up: asyncio.Task[None] | None = None

    def _begin(self) -> None:
        self._filter = MessageFilter()
        self._covered = 0
        self._own: dict[int, int] = {}
        """How many hashes of a generation came from here; they are in the filter already."""

    def ask(self, digests: Iterable[bytes]) -> Question:
        """The question for messages, which are taken for seen from now on."""
        hashes = sorted(set(digests))
        suspects = self._filter.pick_suspects(hashes)
        self._filter.add(b"".join(hashes))
        return Question(Asked(hashes, suspects, self._covered), self, self._filter)

    def learn(self, written: Written) -> None:
        if written.question.filter is self._filter:
            self._own[written.generation] = self._own.get(written.generation, 0) + written.number
        if self._covered < written.generation - 1 and (self._catching_up is None or self._catching_up.done()):
            self._catching_up = asyncio.create_task(self.catch_up())

    async def catch_up(self) -> None:
        """Lets the filter cover the generations that have ended."""
        with contextlib.suppress(Unavailable, psycopg.Error):  # the next commit tries again
            async with self._runtime.database.connection("app") as db:
                ended = await intake.list_ended_generations(db)
                if self._filter.added > max(FULL, 2 * sum(one.hashes or 0 for one in ended)):
                    self._begin()
                await self._cover(db, ended)

    async def _cover(self, db: psycopg.AsyncConnection, ended: Sequence[intake.Generation]) -> None:
        for one in ended:
            if one.generation <= self._covered:
                continue
            if one.hashes is None:
                return
            if self._own.pop(one.generation, 0) != one.hashes:
                await self._load(db, one)
            self._covered = one.generation

    async def _load(self, db: psycopg.AsyncConnection, generation: intake.Generation) -> None:
        for page in range(0, generation.pages, PAGES_AT_ONCE):
            self._filter.add(await intake.read_seen(db, generation.slot, page, PAGES_AT_ONCE))
