"""When the first and the last thing happened, remembered for as long as the lake is the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kizuna.kernel.context import Runtime
from kizuna.kernel.engine import Statement

# What was told of people, as an import of customers does, is nothing that they did. Only a whole number is put in.
_BOUNDS = """
    SELECT
        min(time_us) AS first_us,
        max(CASE WHEN type IN ('track', 'page', 'screen') THEN time_us END) AS last_us
    FROM happenings
    WHERE time_us <= {now_us:d}
"""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Microseconds since 1970; None where nothing happened yet."""

    first_us: int | None
    last_us: int | None


@dataclass
class BoundsMemory:
    """Of each workspace, with the versions of the lake's tables that they were read from."""

    runtime: Runtime
    _known: dict[int, tuple[Sequence[int], Bounds]] = field(default_factory=dict[int, tuple[Sequence[int], Bounds]])

    async def read(self, workspace_id: int, now_us: int) -> Bounds:
        engine = self.runtime.engine
        versions = list(await engine.version(workspace_id))
        known = self._known.get(workspace_id)
        if known is None or known[0] != versions:
            found = await engine.select(workspace_id, Statement(_BOUNDS.format(now_us=now_us)))
            [row] = found.to_pylist()
            known = self._known[workspace_id] = (versions, Bounds(row["first_us"], row["last_us"]))
        return known[1]
