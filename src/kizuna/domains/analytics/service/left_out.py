"""Who is not counted: programs that visit pages, and people marked as a test.

Found by looking through the whole lake once in a while, and remembered: see ``FRESH_S``.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kizuna.domains.analytics.contracts import LeaveOut
from kizuna.kernel.context import Runtime
from kizuna.kernel.engine import Statement

if TYPE_CHECKING:
    from kizuna.kernel.lake import ArrowTable

FRESH_S = 3_600.0

# As programs name themselves in their user agent; those that hide are not found by it.
_PROGRAMS = r"[Bb]ot\b|[Bb]ot/|[Cc]rawl|[Ss]pider|[Ss]lurp|Headless|Lighthouse|facebookexternalhit|Pingdom"
BOT_AGENTS = rf'"userAgent":\s*"[^"]*({_PROGRAMS})'

# JSON stands there as it was sent, and traits as PostgreSQL writes them: with a space, or without.
# Only constants of this module are in these texts.
_BOTS = f"SELECT DISTINCT profile_key FROM happenings WHERE regexp_matches(context, '{BOT_AGENTS}')"  # noqa: S608
_TESTS = r"""SELECT profile_key FROM people WHERE regexp_matches(traits, '"is_test":\s*true')"""


@dataclass
class _Known:
    at: float
    tables: dict[str, ArrowTable]


@dataclass
class LeftOut:
    """Of each workspace, as it was at most an hour ago."""

    runtime: Runtime
    _known: dict[int, _Known] = field(default_factory=dict[int, _Known])
    _locks: dict[int, asyncio.Lock] = field(default_factory=dict[int, asyncio.Lock])

    async def read(self, workspace_id: int) -> dict[str, ArrowTable]:
        """``bots`` and ``tests``: tables of profile keys."""
        async with self._locks.setdefault(workspace_id, asyncio.Lock()):
            known = self._known.get(workspace_id)
            if known is None or time.monotonic() - known.at > FRESH_S:
                engine = self.runtime.engine
                bots = await engine.select(workspace_id, Statement(_BOTS))
                tests = await engine.select(workspace_id, Statement(_TESTS))
                known = self._known[workspace_id] = _Known(time.monotonic(), {"bots": bots, "tests": tests})
            return known.tables


async def read_left_out(runtime: Runtime, workspace_id: int, asked: LeaveOut) -> ArrowTable | None:
    """A table of profile keys; None where nobody is left out."""
    import pyarrow as pa

    wanted = [name for name, is_wanted in (("bots", asked.bots), ("tests", asked.tests)) if is_wanted]
    if not wanted:
        return None
    known = await runtime.remembered(LeftOut).read(workspace_id)
    table = pa.concat_tables([known[name] for name in wanted])
    return table if table.num_rows else None
