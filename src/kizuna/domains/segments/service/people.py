"""How many customers there are: the whole of which segments are a part."""

from datetime import datetime, timedelta

from kizuna.domains.profiles.api import count_people
from kizuna.kernel.context import Context, Runtime

FRESH = timedelta(minutes=1)


class PeopleMemory:
    """Counting millions takes a while, and nobody sees a minute's difference."""

    def __init__(self, _runtime: Runtime) -> None:
        self.counts: dict[int, tuple[datetime, int]] = {}


async def read_people(ctx: Context) -> int:
    """How many customers the workspace has, as of the last minute."""
    memory = ctx.runtime.remembered(PeopleMemory)
    now = ctx.clock.now()
    known = memory.counts.get(ctx.workspace.id)
    if known is None or not known[0] <= now < known[0] + FRESH or not known[1]:
        known = memory.counts[ctx.workspace.id] = (now, await count_people(ctx))
    return known[1]
