"""Bodies of the API of destinations and exports."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

DestinationName = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
Recipient = Annotated[str, Meta(max_length=500)]
Use = Annotated[str, Meta(min_length=1, max_length=80)]
Reason = Annotated[str, Meta(min_length=3, max_length=500, pattern=r"\S")]


class SegmentExport(Struct, forbid_unknown_fields=True):
    """``columns``: fields of the list of profiles, and ``traits.<name>``; none means all fields. ``reason`` goes into
    the file and into the audit log. ``purpose`` is what the list is for, with its channel where it has any: who has
    not agreed is left out, and counted."""

    reason: Reason
    purpose: Use | None = None
    columns: Annotated[list[Annotated[str, Meta(max_length=220)]], Meta(max_length=100)] = []


class SegmentJob(Struct):
    """Follow it at ``/api/jobs/{id}``; ``job_id`` and ``id`` are the same."""

    job_id: int
    id: int
    kind: str
    title: str
    state: Literal["queued"] = "queued"


class DestinationKindItem(Struct):
    """``sends`` is false for kinds that make a file. ``schema`` describes the settings; those with ``writeOnly`` are
    never shown again. ``for_ads``: the purpose must be ``third_party``, or have the channel ``ads``."""

    key: str
    title: str
    description: str
    sends: bool
    signed: bool
    for_ads: bool
    schema: dict[str, Any]


class NewDestination(Struct, forbid_unknown_fields=True):
    """``purpose`` is what the data is used for there, with its channel where it has any (``marketing.ads``): who has
    not agreed is withheld. ``recipient`` and ``recipient_address`` say who gets the data, and ``basis`` on what that
    rests, for the record of disclosures."""

    kind: Annotated[str, Meta(max_length=40)]
    name: DestinationName
    purpose: Use
    settings: dict[str, Any] = {}
    recipient: Recipient = ""
    recipient_address: Recipient = ""
    basis: Annotated[str, Meta(max_length=40)] = "consent"
    enabled: bool = True


class DestinationChange(Struct, forbid_unknown_fields=True):
    """Only what is given is changed. ``settings`` are given as a whole; secrets that are left out stay. Switching on
    a destination that missed changes starts a full sync."""

    name: DestinationName | UnsetType = UNSET
    purpose: Use | UnsetType = UNSET
    settings: dict[str, Any] | UnsetType = UNSET
    recipient: Recipient | UnsetType = UNSET
    recipient_address: Recipient | UnsetType = UNSET
    basis: Annotated[str, Meta(max_length=40)] | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class DestinationItem(Struct, kw_only=True):
    """``state``: ``ready``, ``failing`` since ``failing_since``, ``paused`` because nothing was taken for a day, or
    ``off``. ``missed_at`` is since when changes did not arrive: a full sync ends it. ``waiting`` counts deliveries.
    ``secrets`` are the names of settings that are kept and not shown."""

    id: int
    segment_id: int
    kind: str
    name: str
    purpose: str
    settings: dict[str, Any]
    secrets: list[str]
    recipient: str
    recipient_address: str
    basis: str
    enabled: bool
    state: Literal["ready", "failing", "paused", "off"]
    failing_since: datetime | None
    paused_at: datetime | None
    missed_at: datetime | None
    last_sent_at: datetime | None
    waiting: int
    job_id: int | None
    created_by: str
    created_at: datetime
    updated_at: datetime


class MadeDestination(DestinationItem, kw_only=True):
    """``secret`` signs what is sent; it is shown this once. Null for kinds that are not signed."""

    secret: str | None


class DestinationSecret(Struct):
    """Shown this once. The secret before it signs, too, until a day has passed."""

    secret: str


class DestinationTest(Struct):
    """``reason`` says why it was not taken: ``answered`` with this ``status``, ``redirect``, ``address`` that may not
    be called, ``unreachable``, ``timeout``, or ``answer`` that is no HTTP."""

    ok: bool
    status: int | None
    reason: str | None
    took_ms: int


DeliveryState = Literal["queued", "failed", "sent", "given_up"]


class DeliveryItem(Struct, kw_only=True):
    """``delivery_id`` stands in the header ``Kizuna-Delivery`` of its first request. ``people`` moved; ``sent`` were
    told of, ``withheld`` may not be told of. ``failed`` is tried again at ``next_at``; ``given_up`` is not."""

    id: int
    delivery_id: UUID
    change: Literal["entered", "left", "snapshot", "test"]
    state: DeliveryState
    people: int
    sent: int
    withheld: int
    tries: int
    status: int | None
    reason: str | None
    bytes: int
    next_at: datetime | None
    created_at: datetime
    ended_at: datetime | None
