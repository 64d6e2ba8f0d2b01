"""The frozen shapes that cross the border of the domain, and its limits."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from kizuna.domains.profiles.contracts import Observed

if TYPE_CHECKING:
    from kizuna.domains.profiles.contracts import Ints

SourceKind = Literal["browser", "server", "webhook", "import", "cloud"]
Touchpoint = Literal["web", "app", "store", "call_center", "email", "line", "sns", "community", "live"]

EVENT_TYPES = ("track", "identify", "page", "screen", "group", "alias")
"""Kinds of calls. The position is the code under which the inbox keeps them: add at the end only."""

CALL_NAMES = {
    "identify": "User Identified",
    "page": "Page Viewed",
    "screen": "Screen Viewed",
    "group": "Group Joined",
    "alias": "Alias Created",
}
"""Names of events that come from calls without a name of their own."""

BODY_BYTES_MAX = 600_000
"""After gunzip. The Python client flushes at 475,000 bytes plus one item; browsers near 450 KB."""
ITEM_BYTES_MAX = 36_864
"""Clients keep 32 KB by measures that differ a little (escapes, white space), so there is some room."""
ITEMS_PER_BODY_MAX = 2_500
MESSAGE_ID_CHARS_MAX = 100
ID_CHARS_MAX = 512
NAME_CHARS_MAX = 200
DEPTH_MAX = 32
"""Levels of properties within properties; what reads them later recurses."""

FUTURE_S_MAX = 86_400
OLDEST_TIME_S = 631_152_000.0
"""1990-01-01: nothing that a customer did is older; a clock that was never set says 1970."""

NAMES_MAX = 10_000
"""Event names of a workspace in the catalogue; an integration that writes ids into names stops here."""


SEALED_FOR = "collect source"
"""What signing secrets are sealed for."""


class Source(msgspec.Struct, frozen=True):
    """Where events come from, as the intake needs to know it. ``signing_secret`` is empty where it is not known;
    nothing verifies then."""

    id: int
    workspace_id: int
    kind: SourceKind
    touchpoint: Touchpoint
    enabled: bool
    signing_secret: str

    @property
    def client_side(self) -> bool:
        """The write key lies open on customers' devices."""
        return self.kind == "browser"


class Event(msgspec.Struct, gc=False):
    """One accepted event on its way to the inbox. Times are microseconds since 1970, UTC."""

    source_id: int
    message_id: str
    type: str
    name: str
    time_us: int
    received_us: int
    original_us: int | None
    """The time as the sender gave it, where the clock correction changed it."""
    user_id: str | None
    anonymous_id: str | None
    session_id: str | None
    others: tuple[tuple[str, str], ...]
    """Identifiers besides the user and the anonymous id, as they came: (type, value)."""
    properties: bytes
    """JSON text of an object. Traits, for identify and group."""
    context: bytes
    trust: int = 0
    """``profiles.contracts.Trust``."""
    active: bool = True
    index: int = 0
    """Its place in the batch."""
    states_consent: bool = False
    """Its context says what the person agreed to."""
    brings: int = 0
    """Bits of ``privacy.api``: whether it falls under analytics, and what it says to that."""
    set_aside: str | None = None
    """``late`` or ``future``: kept apart until somebody releases it."""


class Refused(msgspec.Struct, frozen=True, gc=False):
    """An item that was not accepted, and why; ``index`` is its place in the batch."""

    index: int
    code: str
    message: str
    sample: str = ""


class StreamedEvent(msgspec.Struct, frozen=True, gc=False):
    """One event as a stream tap sees it, after identity was decided. Times are seconds since 1970, UTC."""

    name: str
    type: str
    key: int
    time_s: float
    received_s: float
    touchpoint: str
    source_id: int
    message_id: str
    properties: bytes
    """JSON text of an object."""
    context: bytes


class StreamBatch:
    """Committed events of one workspace, for stream taps: ``async def tap(ctx, batch)``.

    A tap runs in the transaction that streams the events, once for each: what it writes commits with
    it, and what it raises stops the batch. Ask for the names you need: events are made when asked for. Who
    looks at many events and little of each reads columns: ``places`` of a name, then keys, times and the like.
    """

    def __init__(self, columns: Any, touchpoints: dict[int, str], observed: Observed) -> None:
        self._columns = columns
        self._touchpoints = touchpoints
        self.observed = observed

    def __len__(self) -> int:
        return int(self._columns.count)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._columns.names)

    def places(self, name: str) -> "Ints":
        """Where in the batch the events of a name stand; see ``keys`` and those below."""
        import numpy as np

        columns = self._columns
        return np.flatnonzero(columns.name_index == columns.names.index(name))

    @property
    def keys(self) -> "Ints":
        """Of every event the node key."""
        return self._columns.first_keys()

    @property
    def times_us(self) -> "Ints":
        return self._columns.times

    def message_id(self, place: int) -> str:
        return self._columns.chunk.message_ids[place]

    def touchpoint(self, place: int) -> str:
        return self._touchpoints.get(int(self._columns.sources[place]), "web")

    def properties(self, place: int) -> bytes:
        """JSON text of an object."""
        return self._columns.properties(place)

    def events(self, names: Collection[str] | None = None) -> Iterator[StreamedEvent]:
        """The events in the order they came; of some names only, if given."""
        columns = self._columns
        wanted: list[bool] = [names is None or name in names for name in columns.names]
        if not any(wanted):
            return
        keys = columns.first_keys()
        places: list[int] = columns.name_index.tolist()
        for index, place in enumerate(places):
            if wanted[place]:
                yield self._make(index, int(keys[index]))

    def _make(self, index: int, key: int) -> StreamedEvent:
        columns = self._columns
        source_id = int(columns.sources[index])
        name: str = columns.names[columns.name_index[index]]
        return StreamedEvent(
            name=name,
            type=EVENT_TYPES[int(columns.types[index])],
            key=key,
            time_s=int(columns.times[index]) / 1_000_000,
            received_s=int(columns.received[index]) / 1_000_000,
            touchpoint=self._touchpoints.get(source_id, "web"),
            source_id=source_id,
            message_id=columns.chunk.message_ids[index],
            properties=columns.properties(index),
            context=columns.context(index),
        )


class SourceItem(msgspec.Struct, frozen=True):
    """A source as members see it. ``write_key`` is public; ``previous_key`` works until
    ``previous_key_until``."""

    id: int
    name: str
    kind: str
    touchpoint: str
    write_key: str
    previous_key: str | None
    previous_key_until: datetime | None
    enabled: bool
    settings: dict[str, Any]
    created_at: datetime
    last_event_at: datetime | None
    events_24h: int


class FlowMinute(msgspec.Struct, frozen=True):
    """What came in within one minute."""

    at: datetime
    accepted: int
    refused: int
    duplicates: int
    set_aside: int
    by_source: dict[str, int]
    by_touchpoint: dict[str, int]


class RefusalItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An item that was refused, or a note about one that was taken in part. ``masked`` holds the paths in
    the sample that are not shown in full."""

    id: int
    at: datetime
    source_id: int
    reason_code: str
    reason: str
    sample: str
    masked: list[str] = []


class SetAsideItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Events that wait for somebody to release or delete them."""

    id: int
    at: datetime
    kind: str
    reason: str
    events: int
    sample: dict[str, Any]
    masked: list[str] = []


class FlowTotals(msgspec.Struct, frozen=True):
    accepted: int
    refused: int
    duplicates: int
    set_aside: int


class Flow(msgspec.Struct, frozen=True):
    """The last minutes; ``per_minute_now`` are the events of the last sixty seconds."""

    minutes: list[FlowMinute]
    per_minute_now: int
    totals: FlowTotals


class CatalogueItem(msgspec.Struct, frozen=True, kw_only=True):
    """An event name. ``flagged`` is how many of its properties came with unexpected types."""

    name: str
    type: str
    volume: int
    first_seen: datetime
    last_seen: datetime
    description: str
    owner: str
    flagged: int
    properties_count: int


class CatalogueProperty(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A property of an event; ``a[].b`` is b in the items of the list a. Under load volumes are
    counted on a sample. Examples that may name a person are masked."""

    path: str
    type: str
    types: dict[str, int]
    volume: int
    first_seen: datetime
    last_seen: datetime
    example: str
    description: str
    flagged: bool
    unexpected: list[str]
    masked: bool = False


class CatalogueName(CatalogueItem, frozen=True, kw_only=True):
    properties: list[CatalogueProperty]


class KnownEvent(msgspec.Struct, frozen=True):
    """An event name with (path, usual type) of its properties. ``type`` is of the call: what an ``identify``
    carries are traits."""

    name: str
    type: str
    volume: int
    properties: tuple[tuple[str, str], ...]


class WebhookRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """A request that a webhook source got, and what it became. ``masked`` holds the paths in body and events
    that are not shown in full."""

    id: int
    at: datetime
    status: int
    body: str
    events: list[dict[str, Any]]
    errors: list[str]
    masked: list[str] = []


class MappingResult(msgspec.Struct, frozen=True):
    """What a mapping makes of a body."""

    events: list[dict[str, Any]]
    errors: list[str]
