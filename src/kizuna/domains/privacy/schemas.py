"""Shapes that go over the wire."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from kizuna.domains.privacy.contracts import (
    Basis,
    Default,
    Place,
    PurposeText,
    Reason,
    Region,
    RequestKind,
    RequestState,
    RetentionRule,
    RuleKind,
    Via,
)


class RequestView(msgspec.Struct, kw_only=True):
    """A request of a person. ``due_at`` is the first moment after its last day in the workspace's zone."""

    id: int
    kind: RequestKind
    state: RequestState
    law: Region
    via: Via
    note: str
    subjects: int
    """How many people or identifiers it is about."""
    received_at: datetime
    due_at: datetime
    overdue: bool
    extended_reason: str | None
    started_at: datetime | None
    finished_at: datetime | None
    job_id: int | None
    receipt: dict[str, Any] | None
    actor_name: str


class RequestDetail(RequestView, kw_only=True):
    profile_ids: list[UUID]
    """Profiles it is about that are still there."""
    archive: bool
    """Whether there is an archive to make a link to."""


class RequestSummary(msgspec.Struct):
    """``appi_days`` is the workspace's own target: the APPI says “without delay” and no number of days."""

    open: int
    overdue: int
    appi_days: int


class TargetChange(msgspec.Struct):
    appi_days: int


class IdentifierGiven(msgspec.Struct):
    type: str
    value: str


class NewRequest(msgspec.Struct, kw_only=True):
    """About a profile or about identifiers. Without ``law`` the workspace's country decides."""

    kind: RequestKind
    profile_id: UUID | None = None
    identifiers: list[IdentifierGiven] = []
    law: Region | None = None
    note: str = ""


class ReasonGiven(msgspec.Struct):
    reason: str


class NoteGiven(msgspec.Struct):
    note: str


class ArchiveLinkView(msgspec.Struct):
    url: str
    expires_at: datetime


class NewRegulation(msgspec.Struct, rename="camel"):
    """As Segment's Public API takes it. ``subjectType`` is the type of the identifiers in capitals."""

    regulation_type: str
    subject_type: str
    subject_ids: list[str]


class RegulateId(msgspec.Struct, rename="camel"):
    regulate_id: UUID


class Regulated(msgspec.Struct):
    data: RegulateId


RegulationStatus = Literal["INITIALIZED", "RUNNING", "FINISHED", "FAILED", "INVALID"]


class DestinationStatus(msgspec.Struct, rename="camel"):
    id: str
    name: str
    status: RegulationStatus
    err_string: str
    finished_at: datetime | None


class StreamStatus(msgspec.Struct, rename="camel"):
    id: str
    destination_status: list[DestinationStatus]


class Regulation(msgspec.Struct, rename="camel", kw_only=True):
    id: UUID
    workspace_id: str
    overall_status: RegulationStatus
    created_at: datetime
    finished_at: datetime | None
    stream_status: list[StreamStatus]


class RegulationData(msgspec.Struct):
    regulation: Regulation


class RegulationFound(msgspec.Struct):
    data: RegulationData


class RegulationItem(msgspec.Struct, rename="camel", kw_only=True):
    """``subjects`` is always empty: whom a regulation is about is not told again."""

    id: UUID
    subject_type: str
    subjects: list[str]
    status: RegulationStatus
    regulation_type: str
    created_at: datetime
    finished_at: datetime | None


class RegulationPagination(msgspec.Struct, omit_defaults=True):
    current: str
    next: str | None = None


class RegulationList(msgspec.Struct):
    regulations: list[RegulationItem]
    pagination: RegulationPagination


class RegulationsFound(msgspec.Struct):
    data: RegulationList


class SuppressionDay(msgspec.Struct):
    """``kind`` is ``erased`` or ``suppressed``; ``number`` counts identifiers."""

    kind: str
    day: date
    number: int
    first_at: datetime
    last_at: datetime


class Suppressions(msgspec.Struct):
    erased: int
    suppressed: int
    days: list[SuppressionDay]


class RetentionRules(msgspec.Struct):
    rules: list[RetentionRule]


class RuleGiven(msgspec.Struct):
    """``name`` is of the event or trait; left out for inactive profiles."""

    kind: RuleKind
    days: int
    name: str = ""
    enabled: bool = False


class RulesGiven(msgspec.Struct):
    rules: list[RuleGiven]


class NewDisclosure(msgspec.Struct, kw_only=True):
    """What was given, to whom, on what basis and why. ``people`` is for those who are not named."""

    recipient: str
    items: list[str]
    basis: str
    purpose: str = ""
    reason: str = ""
    recipient_address: str = ""
    profile_ids: list[UUID] = []
    people: int | None = None
    at: datetime | None = None


Text = Annotated[str, Meta(max_length=2_000)]
Email = Annotated[str, Meta(min_length=3, max_length=320)]
PageLanguage = Literal["ja", "en"]


class TermsItem(msgspec.Struct):
    """On what a purpose rests in a region (`APPI`, `GDPR`, `other`), and what holds while nobody has answered."""

    basis: Basis
    default: Default


class TextItem(msgspec.Struct):
    title: str
    body: str


class PurposeItem(msgspec.Struct):
    """What data is used for. `essential`: it rests on a contract or the law here, and nobody is asked."""

    key: str
    channels: list[str]
    terms: dict[str, TermsItem]
    texts: dict[str, TextItem]
    version: int
    archived: bool
    essential: bool


class NewPurpose(msgspec.Struct):
    """`texts` in Japanese (`ja`) and English (`en`); `terms` for each of `APPI`, `GDPR` and `other`."""

    key: str
    terms: dict[str, TermsItem]
    texts: dict[str, TextItem]
    channels: list[str] = []


class PurposeChange(msgspec.Struct):
    """Only what is given changes. New `texts` become a new version; what people agreed to stays as it was."""

    terms: dict[str, TermsItem] | msgspec.UnsetType = msgspec.UNSET
    texts: dict[str, TextItem] | msgspec.UnsetType = msgspec.UNSET
    channels: list[str] | msgspec.UnsetType = msgspec.UNSET
    archived: bool | msgspec.UnsetType = msgspec.UNSET


class TextVersion(msgspec.Struct):
    version: int
    language: str
    title: str
    body: str
    published_at: datetime
    published_by: str


class ConsentItem(msgspec.Struct):
    """What holds for one purpose and channel (empty: the purpose has none), and why."""

    purpose: str
    channel: str
    allowed: bool
    reason: Reason
    since: datetime | None
    source: str | None


class ConsentView(msgspec.Struct):
    """What may be done with a customer's data now."""

    profile_id: UUID
    region: str
    restricted: bool
    items: list[ConsentItem]


class AnswerItem(msgspec.Struct):
    """One answer in the log."""

    id: int
    purpose: str
    channel: str
    granted: bool
    knowing: bool
    at: datetime
    recorded_at: datetime
    source: str
    text_version: int | None
    language: str | None
    proof: dict[str, Any]
    recorded_by: str


class NewAnswer(msgspec.Struct):
    """An answer that a customer gave to staff, or to another system. `at` is now if left out; `note` says how
    it was given (call, form, letter) and is kept as proof."""

    purpose: str
    granted: bool
    note: str
    channel: str = ""
    at: datetime | None = None
    language: str | None = None


class NewAnswers(msgspec.Struct):
    answers: list[NewAnswer]


class WithheldItem(msgspec.Struct):
    """How much was not done within an hour: events not stored, people left out, events not shown."""

    hour: datetime
    place: Place
    reason: str
    number: int


class AnsweredItem(msgspec.Struct):
    """How many identifiers have an answer to a purpose by a channel."""

    purpose: str
    channel: str
    granted: int
    refused: int


class BrandView(Struct):
    """How hosted pages look, and what the consent banner says, by language."""

    name: str
    color: str
    radius: int
    logo_url: str | None
    privacy_url: str | None
    banner: dict[str, PurposeText]
    version: int
    """Rises with the banner's wording."""
    page_url: str
    """Where a site leads its customers to: they type their address and get their link."""
    mail_ready: bool
    """Whether mail is set up; without it no link and no confirmation leaves."""


class BrandChange(Struct, forbid_unknown_fields=True):
    """Only what is given is changed."""

    name: Text | UnsetType = UNSET
    color: Annotated[str, Meta(pattern=r"^#[0-9A-Fa-f]{6}$")] | UnsetType = UNSET
    radius: Annotated[int, Meta(ge=0, le=24)] | UnsetType = UNSET
    logo_url: Text | UnsetType | None = UNSET
    privacy_url: Text | UnsetType | None = UNSET
    banner: dict[str, PurposeText] | UnsetType = UNSET


class Preview(Struct):
    """The preference page as somebody sees it who was never asked; nothing done there is kept."""

    url: str


class PersonRef(Struct, forbid_unknown_fields=True):
    """An identifier of a customer, such as ``user_id``."""

    type: Annotated[str, Meta(min_length=1, max_length=64)]
    value: Annotated[str, Meta(min_length=1, max_length=255)]


class NewOptIn(Struct, forbid_unknown_fields=True):
    """Who agreed to what: by address, or by profile or identifier, whose address is then asked."""

    purpose: Annotated[str, Meta(min_length=1, max_length=40)]
    email: Email | None = None
    profile_id: UUID | None = None
    identifier: PersonRef | None = None
    channels: Annotated[list[Annotated[str, Meta(max_length=20)]], Meta(min_length=1, max_length=10)] | None = None
    language: PageLanguage | None = None


class AskedOptIn(Struct):
    """The address was written to; the answer counts until ``expires_at``."""

    expires_at: datetime


class WantedLinks(Struct, forbid_unknown_fields=True):
    profile_id: UUID
    language: PageLanguage | None = None


class PersonLinks(Struct):
    """Links of one customer. Whoever has them can answer in their name."""

    preferences: str
    unsubscribe: str
