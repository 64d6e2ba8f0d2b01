"""The frozen shapes that cross the border of the domain, and its limits."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

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


class Source(msgspec.Struct, frozen=True):
    """Where events come from, as the intake needs to know it."""

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
    digest: bytes
    """128-bit hash of (source, message id), by which duplicates are known."""
    type: str
    name: str
    time_us: int
    received_us: int
    original_us: int | None
    """The time as the sender gave it, where the clock correction changed it."""
    user_id: str | None
    anonymous_id: str | None
    session_id: str | None
    found: tuple[tuple[str, str], ...]
    """Identifiers as they came, (type, value)."""
    properties: Any
    """JSON text of an object: bytes or a view of them. Traits, for identify and group."""
    context: Any
    trust: int = 0
    """``profiles.contracts.Trust``."""
    active: bool = True
    index: int = 0
    """Its place in the batch."""
    set_aside: str | None = None
    """``late`` or ``future``: kept apart until somebody releases it."""


class Refused(msgspec.Struct, frozen=True, gc=False):
    """An item that was not accepted, and why; ``index`` is its place in the batch."""

    index: int
    code: str
    message: str
    sample: str = ""


class StreamedEvent(msgspec.Struct, frozen=True, gc=False):
    """One event as the stream shows it, after identity was decided."""

    message_id: str
    time: datetime
    received_at: datetime
    name: str
    type: str
    touchpoint: str
    source_id: int
    key: int
    keys: tuple[int, ...]
    properties: dict[str, Any]
    context: dict[str, Any]
    profile_id: UUID | None = None
