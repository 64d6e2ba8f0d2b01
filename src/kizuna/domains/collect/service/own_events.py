"""Events that Kizuna itself makes: a survey was answered, a message was opened."""

from collections.abc import Sequence
from typing import Any

import msgspec

from kizuna.domains.collect.contracts import Refused
from kizuna.domains.collect.repository import sources
from kizuna.domains.collect.rules.bodies import BadItem, Body
from kizuna.domains.collect.rules.items import Arrival, check_items
from kizuna.domains.collect.service.identities import IdentityMemory
from kizuna.domains.collect.service.store import Group, Recognised, store_group
from kizuna.kernel.context import Context
from kizuna.kernel.errors import NotFound


async def record_events(ctx: Context, source_id: int, items: Sequence[dict[str, Any]]) -> list[Refused]:
    """See ``api.record_events``."""
    source = (await sources.find_all(ctx.db, ctx.workspace.id)).get(source_id)
    if source is None:
        raise NotFound("source_not_found", "There is no such source; it may have been deleted.")
    arrival = Arrival(source, round(ctx.clock.now().timestamp() * 1_000_000))
    events, bad = check_items(Body([msgspec.json.encode(item) for item in items], escapes=True), arrival)
    identities = IdentityMemory(ctx.workspace.country)
    group = Group()
    for event in events:
        identity = identities.find(event.found) or identities.meet(event.found)[0]
        if identity is None:
            bad.append((event.index, BadItem("id_blocked", "The ids are placeholders that name nobody.", "")))
        else:
            group.events.append(Recognised(event, identity))
    await store_group(ctx, group)
    return [Refused(index, item.code, item.message, item.sample) for index, item in sorted(bad, key=lambda one: one[0])]
