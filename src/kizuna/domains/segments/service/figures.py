"""Computed traits that a batch of the keeper worked out, written with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kizuna.domains.profiles import api as profiles
from kizuna.kernel.context import Context

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kizuna.conditions.live.measure import Measured

    Ints = NDArray[np.int64]


@dataclass(slots=True)
class Figures:
    """Values by profile key and name; None for none."""

    values: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])

    def add(self, name: str, people: Ints, measured: Measured) -> None:
        for key, value in zip(people.tolist(), measured.values(), strict=True):
            self.values.setdefault(key, {})[name] = value

    async def write(self, ctx: Context) -> None:
        """Writes those that differ. Call it before locking any row.

        No deadlock can come of it. The keeper holds the workspace's keeper lock, and takes the identity lock here;
        nobody takes the two the other way round, for streams, merges and edits only put into the keeper's queue.
        Streams take the identity lock and then wait for a change of the plan, which holds the plan's lock; that
        change waits for rows of segments, feeds, leaves and heads only. As long as the keeper has none of those
        when it asks for the identity lock, nobody in that row waits for it. What it has locked before is the
        queue and the states, which nobody else changes while the keeper lock is held.
        """
        if self.values:
            await profiles.write_computed(ctx, self.values)
