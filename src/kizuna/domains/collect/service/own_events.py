"""Events that Kizuna itself makes: a survey was answered, a message was opened."""

from collections.abc import Sequence
from typing import Any

import msgspec

from kizuna.domains.collect.contracts import Refused
from kizuna.domains.collect.repository import sources
from kizuna.domains.collect.rules.batches import check_items
from kizuna.domains.collect.rules.bodies import Body
from kizuna.domains.collect.rules.items import Arrival
from kizuna.domains.collect.service.identities import IdentityMemory
from kizuna.domains.collect.service.known_messages import ask_for_all
from kizuna.domains.collect.service.recognise import recognise
from kizuna.domains.collect.service.store import Group, store_group
from kizuna.kernel.context import Context
from kizuna.kernel.errors import NotFound


async def record_events(ctx: Context, source_id: int, items: Sequence[dict[str, Any]]) -> list[Refused]:
    """See ``api.record_events``."""
    source = (await sources.find_all(ctx.db, ctx.workspace.id)).get(source_id)
    if source is None:
        raise NotFound("source_not_found", "There is no such source; it may have been deleted.")
    arrival = Arrival(source, round(ctx.clock.now().timestamp() * 1_000_000))
    events, bad = check_items(Body([msgspec.json.encode(item) for item in items], nul=True), arrival)
    taken, _ = recognise(events, IdentityMemory(ctx.workspace.country), bad)
    await store_group(ctx, Group(taken), ask_for_all(events.digests))
    return [Refused(index, item.code, item.message, item.sample) for index, item in sorted(bad, key=lambda one: one[0])]
