"""Which source a write key belongs to, remembered in the server.

A change reaches every server within ``FRESH_S``. While the database is away, what is known stays known:
a key that worked a moment ago is never answered as wrong.
"""

import asyncio
import time
from dataclasses import dataclass, field
from functools import partial

from kizuna.domains.collect.contracts import Source
from kizuna.domains.collect.repository import sources
from kizuna.domains.collect.service.secrets import open_secret_if_possible
from kizuna.kernel.context import Runtime, Workspace
from kizuna.kernel.errors import Unavailable

FRESH_S = 3.0
UNKNOWN_FRESH_S = 2.0
KEYS_MAX = 20_000
KEY_CHARS_MAX = 100


@dataclass(frozen=True, slots=True)
class KnownSource:
    source: Source
    workspace: Workspace


@dataclass(slots=True)
class _Entry:
    known: KnownSource | None
    until: float


@dataclass
class SourceMemory:
    """One for each server."""

    runtime: Runtime
    _entries: dict[str, _Entry] = field(default_factory=dict[str, _Entry])
    _refreshing: dict[str, asyncio.Task[KnownSource | None]] = field(
        default_factory=dict[str, "asyncio.Task[KnownSource | None]"]
    )

    def peek(self, write_key: str) -> KnownSource | None:
        """The source if it is known and fresh, without waiting."""
        entry = self._entries.get(write_key)
        return entry.known if entry is not None and entry.until > time.monotonic() else None

    async def find(self, write_key: str) -> KnownSource | None:
        """The source of a write key; None when the database says that there is none.

        Raises ``Unavailable`` when the database cannot be asked and the key was never seen.
        """
        if not 0 < len(write_key) <= KEY_CHARS_MAX or "\x00" in write_key:
            return None
        entry = self._entries.get(write_key)
        if entry is not None and entry.until > time.monotonic():
            return entry.known
        task = self._refreshing.get(write_key)
        if task is None:
            task = self._refreshing[write_key] = asyncio.create_task(self._load(write_key))
            task.add_done_callback(lambda _: self._refreshing.pop(write_key, None))
        try:
            return await asyncio.shield(task)
        except Unavailable:
            if entry is not None and entry.known is not None:
                return entry.known
            raise

    async def _load(self, write_key: str) -> KnownSource | None:
        async with self.runtime.database.transaction("auth") as db:
            open_secret = partial(open_secret_if_possible, self.runtime.settings)
            source = await sources.find_by_key(db, write_key, self.runtime.clock.now(), open_secret)
        known = None
        if source is not None:
            async with self.runtime.database.transaction("app", source.workspace_id) as db:
                known = KnownSource(source, await self.runtime.load_workspace(db, source.workspace_id))
        if len(self._entries) >= KEYS_MAX:
            self._entries.clear()
        fresh_s = UNKNOWN_FRESH_S if known is None else FRESH_S
        self._entries[write_key] = _Entry(known, time.monotonic() + fresh_s)
        return known

    def forget(self) -> None:
        self._entries.clear()
