"""Accepted events on their way to the inbox: one list a field, so that a hundred cost little more than one."""

from collections.abc import Sequence

import msgspec
from xxhash import xxh3_128_digest

from kizuna.domains.collect.contracts import Event

Pair = tuple[str, str]
Named = tuple[str | None, str | None, *tuple[Pair, ...]]
"""Whom an event names, as it came: user id, anonymous id, and (type, value) of what else there is."""

NO_TIME = -(1 << 63)
"""Stands for a missing original time."""

ACTIVE = 0x10
STATES_CONSENT = 0x20
TRUST_MASK = 0x0F


class Events(msgspec.Struct):
    """Events of one request, or of the requests that share a commit; the same place in every list."""

    indexes: list[int] = []
    """Places in the batch they came in."""
    sources: list[int] = []
    message_ids: list[str] = []
    digests: list[bytes] = []
    types: list[str] = []
    names: list[str] = []
    times: list[int] = []
    received: list[int] = []
    originals: list[int] = []
    """The times as the senders gave them, where the clock correction changed them; else ``NO_TIME``."""
    sessions: list[str | None] = []
    named: list[Named] = []
    properties: list[bytes] = []
    contexts: list[bytes] = []
    flags: list[int] = []
    """Trust, ``ACTIVE`` for signs of life, ``STATES_CONSENT`` for those that say what the person agreed to."""
    brings: list[int] = []
    """What judges whether it may be stored: bits of ``privacy.api``."""
    set_aside: list[str | None] = []

    def __len__(self) -> int:
        return len(self.indexes)

    def add(self, event: Event) -> None:
        self.indexes.append(event.index)
        self.sources.append(event.source_id)
        self.message_ids.append(event.message_id)
        self.digests += hash_messages(event.source_id, [event.message_id])
        self.types.append(event.type)
        self.names.append(event.name)
        self.times.append(event.time_us)
        self.received.append(event.received_us)
        self.originals.append(NO_TIME if event.original_us is None else event.original_us)
        self.sessions.append(event.session_id)
        self.named.append((event.user_id, event.anonymous_id, *event.others))
        self.properties.append(event.properties)
        self.contexts.append(event.context)
        flags = event.trust | ACTIVE if event.active else event.trust
        self.flags.append(flags | STATES_CONSENT if event.states_consent else flags)
        self.brings.append(event.brings)
        self.set_aside.append(event.set_aside)

    def extend(self, other: "Events") -> None:
        for field in self.__struct_fields__:
            getattr(self, field).extend(getattr(other, field))

    def pick(self, places: Sequence[int]) -> "Events":
        return Events(*([column[place] for place in places] for column in msgspec.structs.astuple(self)))

    def weigh(self) -> int:
        """Bytes of what may be large in them."""
        return sum(map(len, self.properties)) + sum(map(len, self.contexts))


def hash_messages(source_id: int, message_ids: Sequence[str]) -> list[bytes]:
    """128 bits by which each message is known: the source, and 96 bits of the id's XXH3.

    Whoever makes two ids alike on purpose hides only events of a source that takes events from them.
    """
    source = source_id.to_bytes(4, "big")
    return [source + xxh3_128_digest(message_id.encode())[:12] for message_id in message_ids]


def list_pairs(named: Named) -> tuple[Pair, ...]:
    """(type, value) of all that an event names."""
    user_id, anonymous_id, *others = named
    found: list[Pair] = []
    if user_id is not None:
        found.append(("user_id", user_id))
    if anonymous_id is not None:
        found.append(("anonymous_id", anonymous_id))
    return (*found, *others)
