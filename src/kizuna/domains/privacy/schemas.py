"""Shapes on the wire."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from kizuna.domains.privacy.contracts import Region, RequestKind, RequestState, RetentionRule, RuleKind, Via


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
