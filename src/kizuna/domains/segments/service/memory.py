"""The sets of a workspace in memory, as long as nobody else changed them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np
from pyroaring import BitMap

from kizuna.domains.segments.repository import live
from kizuna.domains.segments.rules.packing import chunks_of, pack_set, to_bitmap, unpack_set
from kizuna.kernel.context import Context, Runtime

Place = tuple[int, int]
"""(kind, id): kind ``live.LEAF`` or ``live.SEGMENT``."""

WORKSPACES_MAX = 50
"""Remembered at once; others are read again."""

_NOBODY = BitMap()


class Sets:
    """Sets of profile keys, and what of them changed since they were read. A set that was given out is never
    changed: what is new is a new one."""

    def __init__(self, known: dict[Place, BitMap]) -> None:
        self._known = known
        self._changed: dict[Place, BitMap] = {}

    def get(self, kind: int, id_: int) -> BitMap:
        return self._known.get((kind, id_), _NOBODY)

    def change(self, kind: int, id_: int, entered: BitMap, left: BitMap) -> None:
        place = (kind, id_)
        if not entered and not left:
            return
        self._known[place] = (self.get(kind, id_) - left) | entered
        self._changed[place] = self._changed.get(place, _NOBODY) | entered | left

    def ids(self, kind: int) -> list[int]:
        return [id_ for own, id_ in self._known if own == kind]

    @property
    def changed(self) -> bool:
        return bool(self._changed)

    async def write(self, ctx: Context) -> None:
        rows = [
            (kind, id_, chunk, pack_set(self.get(kind, id_), chunk))
            for (kind, id_), keys in self._changed.items()
            for chunk in chunks_of(keys)
        ]
        rows.sort()
        await live.write_sets(ctx, rows)

    def settled(self) -> dict[Place, BitMap]:
        return {place: keys for place, keys in self._known.items() if keys}


@dataclass
class SetsMemory:
    """The process's sets, by workspace, each with the epoch at which they were true."""

    runtime: Runtime
    _known: dict[int, tuple[int, dict[Place, BitMap]]] = field(
        default_factory=dict[int, tuple[int, dict[Place, BitMap]]]
    )

    async def read(self, ctx: Context, epoch: int) -> Sets:
        found = self._known.get(ctx.workspace.id)
        if found is None or found[0] != epoch:
            found = epoch, await _load(ctx)
            self.keep(ctx.workspace.id, *found)
        return Sets(dict(found[1]))

    def keep(self, workspace_id: int, epoch: int, known: dict[Place, BitMap]) -> None:
        self._known.pop(workspace_id, None)
        while len(self._known) >= WORKSPACES_MAX:
            del self._known[next(iter(self._known))]
        self._known[workspace_id] = epoch, known


async def _load(ctx: Context) -> dict[Place, BitMap]:
    parts: dict[Place, list[np.ndarray]] = {}
    for kind, id_, chunk, payload in await live.read_sets(ctx):
        parts.setdefault((kind, id_), []).append(unpack_set(chunk, payload))
    return {place: to_bitmap(np.concatenate(keys)) for place, keys in parts.items()}


@asynccontextmanager
async def hold_sets(
    runtime: Runtime, workspace_id: int, *, wait: bool = True
) -> AsyncGenerator[tuple[Context, Sets] | None]:
    """A unit of work in which nobody else changes sets or states of the workspace; what was changed in ``Sets``
    is written at its end. Without ``wait`` it is None when somebody else is at it."""
    async with runtime.unit(workspace_id) as ctx:
        if not await live.lock(ctx, wait=wait):
            yield None
            return
        memory = runtime.remembered(SetsMemory)
        epoch = await live.read_epoch(ctx)
        sets = await memory.read(ctx, epoch)
        yield ctx, sets
        if sets.changed:
            await sets.write(ctx)
            await live.write_epoch(ctx, epoch + 1)
            # Before the commit, and so before the lock is given back. If the commit fails the epoch in the
            # database is another, and what is remembered here is read again.
            memory.keep(workspace_id, epoch + 1, sets.settled())
