"""What a use case is given: who asks, for which workspace, in which transaction.

``Runtime`` lives as long as the process; ``Context`` as long as one request, job or delivery.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from kizuna.kernel.clock import Clock
    from kizuna.kernel.engine import Engine
    from kizuna.kernel.lake import Lake
    from kizuna.kernel.mail import Mailer
    from kizuna.kernel.module import Registry
    from kizuna.kernel.outbound import Outbound
    from kizuna.kernel.settings import Settings

T = TypeVar("T")

Role = Literal["app", "auth", "drain", "worker"]
"""Database roles, least rights first come: see ``migrations/versions/0001_kernel.py``."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A tenant: one brand with its own data, members and keys."""

    id: int
    slug: str
    name: str
    time_zone: str
    currency: str
    week_start: Literal["monday", "sunday", "saturday"]
    language: str
    country: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a member of staff, an API key, a tracking source, or Kizuna itself."""

    kind: Literal["member", "key", "source", "system"]
    id: str | None
    name: str
    permissions: frozenset[str] = field(default_factory=frozenset[str])


SYSTEM = Actor(kind="system", id=None, name="Kizuna")


class Database(Protocol):
    def transaction(
        self, role: Role = "app", workspace_id: int | None = None
    ) -> AbstractAsyncContextManager[AsyncConnection[Any]]:
        """A connection with an open transaction: committed on leaving, rolled back on an exception.

        Under ``app`` only rows of ``workspace_id`` exist; without one, none do.
        Raises ``Unavailable`` when PostgreSQL cannot be reached.
        """
        ...

    def connection(self, role: Role = "app") -> AbstractAsyncContextManager[AsyncConnection[Any]]:
        """A connection on which each statement is a transaction of its own, without a workspace.

        Raises ``Unavailable`` when PostgreSQL cannot be reached.
        """
        ...

    def listen(self, channel: str, role: Role = "app") -> AsyncIterator[str]:
        """Payloads of notifications on ``channel``, on a connection of its own, until the database goes away.

        Raises ``Unavailable`` then; what was sent meanwhile is lost, so poll as well.
        """
        ...


WATCHED_FRESH_S = 0.25


class Live(Protocol):
    """Messages to open browser pages, delivered when the transaction commits."""

    async def publish(self, db: AsyncConnection[Any], workspace_id: int, topic: str, data: object) -> None:
        """Sends ``data`` (JSON) to all who watch ``topic``; above 7 kB they get ``null`` and must fetch."""
        ...

    async def watched(self, db: AsyncConnection[Any]) -> dict[int, frozenset[str]]:
        """Topics that somebody watches now, by workspace; nothing else need be published.

        The answer may be remembered for ``WATCHED_FRESH_S``.
        """
        ...


@dataclass(frozen=True, slots=True)
class Runtime:
    """The process's own things, made once in ``app.build``."""

    settings: Settings
    clock: Clock
    database: Database
    lake: Lake
    engine: Engine
    live: Live
    mailer: Mailer
    outbound: Outbound
    registry: Registry
    load_workspace: Callable[[AsyncConnection[Any], int], Awaitable[Workspace]]
    _remembered: dict[Any, Any] = field(default_factory=dict[Any, Any], repr=False)

    def remembered(self, kind: Callable[[Runtime], T]) -> T:
        """The process's one ``kind``, made when first asked for: what a domain remembers, all of which may
        be lost at any moment."""
        found = self._remembered.get(kind)
        if found is None:
            found = self._remembered[kind] = kind(self)
        return found

    def unit(
        self, workspace_id: int, actor: Actor = SYSTEM, *, request_id: str = "-"
    ) -> AbstractAsyncContextManager[Context]:
        """One unit of work: a transaction of the workspace, committed when the block ends well."""
        from kizuna.kernel.unit import open_unit

        return open_unit(self, workspace_id, actor, request_id)


@dataclass(frozen=True, slots=True)
class Context:
    """One unit of work. ``db`` has an open transaction; nothing inside commits it."""

    workspace: Workspace
    actor: Actor
    db: AsyncConnection[Any]
    runtime: Runtime
    request_id: str = "-"

    @property
    def clock(self) -> Clock:
        return self.runtime.clock

    @property
    def lake(self) -> Lake:
        return self.runtime.lake

    @property
    def settings(self) -> Settings:
        return self.runtime.settings

    @property
    def live(self) -> Live:
        return self.runtime.live
