"""Bodies of the collect API."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from kizuna.domains.collect.contracts import SourceKind, Touchpoint

Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
Note = Annotated[str, Meta(max_length=2_000)]


class NewSource(Struct, forbid_unknown_fields=True):
    name: Name
    kind: SourceKind
    touchpoint: Touchpoint
    settings: dict[str, Any] = {}


class SourceChange(Struct, forbid_unknown_fields=True):
    """Only what is given is changed."""

    name: Name | UnsetType = UNSET
    touchpoint: Touchpoint | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    settings: dict[str, Any] | UnsetType = UNSET


class Rotation(Struct, forbid_unknown_fields=True):
    """The present key keeps working for ``grace_hours``."""

    grace_hours: Annotated[int, Meta(ge=0, le=24 * 90)] = 24


class SourceSecret(Struct):
    """What signs user ids in browsers and webhook bodies. Keep it on servers."""

    signing_secret: str


class TailEvent(Struct, omit_defaults=True):
    """One event as open pages show it. Large properties and contexts are cut; ``masked`` holds the paths
    that are not shown in full."""

    message_id: str
    time: datetime
    received_at: datetime
    name: str
    type: str
    source_id: int
    touchpoint: str
    profile_id: str | None
    properties: dict[str, Any]
    context: dict[str, Any]
    masked: list[str] = []


class Released(Struct):
    """How many events went back into the inbox."""

    events: int


class NameChange(Struct, forbid_unknown_fields=True):
    """Only what is given is changed."""

    description: Note | None = None
    owner: Annotated[str, Meta(max_length=200)] | None = None


class PropertyChange(Struct, forbid_unknown_fields=True):
    description: Note


class MappingTrial(Struct, forbid_unknown_fields=True):
    """``body`` as the sender sends it: JSON, or its text. Without ``mapping`` the source's own is tried."""

    body: Any
    mapping: dict[str, Any] | None = None
