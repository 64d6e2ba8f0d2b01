"""Bodies of the profiles API."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct, field

Reason = Annotated[str, Meta(min_length=5, max_length=500, pattern=r"\S.*\S.*\S.*\S.*\S")]
PurposeKey = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]


class ProfileItem(Struct):
    """A row of the list. ``masked`` names the fields that are not shown in full, such as ``email`` and
    ``traits.address``."""

    id: UUID
    name: str | None
    name_kana: str | None
    email: str | None
    phone: str | None
    user_id: str | None
    first_seen: datetime
    last_seen: datetime
    identified: bool
    traits: dict[str, Any]
    masked: list[str]


class TraitItem(Struct, omit_defaults=True):
    """``source`` is the id of the source that sent it, or the name of the member who set it."""

    name: str
    value: Any
    type: Literal["string", "number", "boolean", "date", "datetime", "list", "object"]
    at: datetime
    source: int | str | None
    masked: bool = False


class IdentifierItem(Struct, omit_defaults=True):
    type: str
    value: str
    first_seen: datetime
    source: int | None
    masked: bool = False


class TouchpointItem(Struct):
    touchpoint: str
    first_seen: datetime
    last_seen: datetime


class ProfileDetail(Struct):
    """One customer. ``merged_into`` is set when the id asked for is of a profile that became part of
    another: the answer is then about that one, and ``id`` is its id too. ``masked`` names the fields that
    are not shown in full, besides traits and identifiers that say so themselves. ``restricted``: the customer
    asked to stop the use of their data, and traits and timeline are shown to those only who manage privacy."""

    id: UUID
    key: int
    name: str | None
    name_kana: str | None
    email: str | None
    phone: str | None
    user_id: str | None
    identified: bool
    first_seen: datetime
    last_seen: datetime
    traits: list[TraitItem]
    identifiers: list[IdentifierItem]
    touchpoints: list[TouchpointItem]
    merged_into: UUID | None
    masked: list[str]
    restricted: bool


class TimelineItem(Struct, omit_defaults=True):
    """``masked`` holds the paths that are not shown in full: ``properties.email``, ``context.ip``."""

    message_id: str
    time: datetime
    received_at: datetime
    name: str
    type: str
    touchpoint: str
    source_id: int
    session_id: str | None
    properties: Any
    context: Any
    masked: list[str] = []


class NodeItem(Struct, omit_defaults=True):
    key: int
    type: str
    value: str
    first_seen: datetime
    source: int | None
    masked: bool = False


class LinkItem(Struct):
    """``cause`` is the message id of the event that brought the two together."""

    id: int
    a: int
    b: int
    at: datetime
    reason: str
    cause: str | None
    source: int | None
    actor: str


class LogItem(Struct):
    """``ref`` is the entry this one undoes or follows from. ``refuse`` tells that an event of ``a`` named
    ``b`` too, that the two were not joined, and why; each pair stands there once for each reason."""

    seq: int
    kind: Literal["link", "unlink", "block", "lift", "refuse"]
    a: int
    b: int
    at: datetime
    actor: str
    reason: str
    cause: str | None
    ref: int | None


class BlockItem(Struct):
    """These two are not joined by events again."""

    id: int
    a: int
    b: int
    at: datetime
    actor: str


class OtherNodeItem(Struct, omit_defaults=True):
    """An identifier of another profile that the log names."""

    key: int
    type: str
    value: str
    profile_id: UUID | None
    profile_name: str | None
    masked: bool = False


class IdentityGraph(Struct):
    """How a profile came together. Each link is one merge and can be undone. ``log`` is newest first, with
    up to 500 entries and the newest 100 refused joins."""

    nodes: list[NodeItem]
    links: list[LinkItem]
    log: list[LogItem]
    blocks: list[BlockItem]
    others: list[OtherNodeItem]


class MergeRequest(Struct, forbid_unknown_fields=True):
    into: UUID
    source: UUID = field(name="from")


class UnmergeRequest(Struct, forbid_unknown_fields=True):
    link_id: Annotated[int, Meta(ge=1, le=2**62)]


class UnmergeResult(Struct):
    """The two profiles, the one asked for first."""

    profiles: list[UUID]


class RevealRequest(Struct, forbid_unknown_fields=True):
    """``fields``: ``name``, ``name_kana``, ``email``, ``phone``, ``user_id``, ``traits.<name>``,
    ``identifiers.<type>``."""

    fields: Annotated[list[Annotated[str, Meta(min_length=1, max_length=220)]], Meta(min_length=1, max_length=50)]
    reason: Reason
    purpose: PurposeKey | None = None


class Revealed(Struct):
    """The values in full, by field; of identifiers all of the type. Keep them no longer than the reason lasts."""

    values: dict[str, Any]


class ExportRequest(Struct, forbid_unknown_fields=True):
    """``columns``: fields of the list, and ``traits.<name>``; none means all fields. ``reason`` goes into the
    file and into the audit log. ``purpose`` is what the list is for, with its channel where it has any
    (``marketing.email``): who has not agreed is left out, and counted."""

    reason: Reason
    purpose: PurposeKey | None = None

    search: Annotated[str, Meta(max_length=200)] | None = None
    identified: bool | None = None
    columns: Annotated[list[Annotated[str, Meta(max_length=220)]], Meta(max_length=100)] = []


class StartedJob(Struct):
    """Follow it at ``/api/jobs/{id}``."""

    id: int
    kind: str
    title: str
    state: Literal["queued"]
