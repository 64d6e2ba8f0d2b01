"""Whom events name."""

from collections.abc import Sequence

import msgspec

from kizuna.domains.collect.rules.bodies import BadItem
from kizuna.domains.collect.rules.events import Events, list_pairs
from kizuna.domains.collect.service.identities import Identity, IdentityMemory


class Recognised(msgspec.Struct):
    """Accepted events, and whom each names."""

    events: Events = msgspec.field(default_factory=Events)
    identities: list[Identity] = msgspec.field(default_factory=list[Identity])

    def __len__(self) -> int:
        return len(self.identities)

    def extend(self, other: "Recognised") -> None:
        self.events.extend(other.events)
        self.identities.extend(other.identities)

    def pick(self, places: Sequence[int]) -> "Recognised":
        return Recognised(self.events.pick(places), [self.identities[place] for place in places])


def recognise(
    events: Events, memory: IdentityMemory, bad: list[tuple[int, BadItem]]
) -> tuple[Recognised, list[BadItem]]:
    """Whom the events name. Those that name nobody go to ``bad``; also returns notes on those that were
    taken without some of their identifiers."""
    found, new = memory.find_all(events.named)
    notes: list[BadItem] = []
    for place in new:
        identity, pairs = found[place], list_pairs(events.named[place])
        if identity is not None and len(identity.identifiers) == len(pairs):
            continue
        blocked = [f"{type_} {value[:40]!r}" for type_, value in pairs if memory.is_blocked(type_, value)]
        shown = ", ".join(blocked[:3])
        message_id = events.message_ids[place]
        if identity is None:
            reason = f"The ids are placeholders that name nobody: {shown}."
            bad.append((events.indexes[place], BadItem("id_blocked", reason, message_id)))
        elif blocked:
            reason = f"The event was taken without the ids that name nobody: {shown}."
            notes.append(BadItem("id_dropped", reason, message_id))
    if None in found:
        events = events.pick([place for place, identity in enumerate(found) if identity is not None])
    return Recognised(events, [identity for identity in found if identity is not None]), notes
