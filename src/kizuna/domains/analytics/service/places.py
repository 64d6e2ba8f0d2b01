"""How many questions are computed at once: each needs a processor and memory, and those who wait must not pile up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from kizuna.kernel.context import Runtime
from kizuna.kernel.errors import Limit

AT_ONCE_MAX = 4
WAITING_MAX = 60
WAIT_S_MAX = 30.0


@dataclass
class _Places:
    free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE_MAX))
    waiting: int = 0


@dataclass
class Places:
    """By workspace, in this process: one that asks much does not keep others waiting."""

    runtime: Runtime
    _places: dict[int, _Places] = field(default_factory=dict[int, _Places])

    @asynccontextmanager
    async def take(self, workspace_id: int) -> AsyncIterator[None]:
        """Waits for a place. Raises ``Limit`` where too many wait already, or it takes too long."""
        places = self._places.setdefault(workspace_id, _Places())
        if places.free.locked():
            await self._wait(places)
        else:
            await places.free.acquire()
        try:
            yield
        finally:
            places.free.release()

    async def _wait(self, places: _Places) -> None:
        if places.waiting >= WAITING_MAX:
            raise _too_many()
        places.waiting += 1
        try:
            await asyncio.wait_for(places.free.acquire(), WAIT_S_MAX)
        except TimeoutError as error:
            raise _too_many() from error
        finally:
            places.waiting -= 1


def _too_many() -> Limit:
    return Limit(
        "questions_many",
        "Many questions are being answered at this moment; ask again in a few seconds, or run this one in the "
        "background.",
        retry_after_s=5,
    )
