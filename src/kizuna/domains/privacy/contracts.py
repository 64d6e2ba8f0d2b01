"""The frozen shapes that cross the border of the domain."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, get_args
from uuid import UUID

import msgspec

from kizuna.kernel.fields import FieldKind

Region = Literal["APPI", "GDPR", "other"]
"""Whose law holds: Japan's Act on the Protection of Personal Information, the EU's (and EEA's, and the
United Kingdom's) General Data Protection Regulation, or another."""

Basis = Literal[
    "consent", "contract", "legal_obligation", "legitimate_interest", "vital_interest", "public_task", "notice"
]
"""GDPR article 6; ``notice`` is use within a purpose that was published or notified (APPI articles 18, 21)."""

Default = Literal["granted", "refused"]
"""What holds while nobody has answered."""

Place = Literal["collect", "activation", "reading"]

AnswerSource = Literal[
    "banner", "api", "event", "preference_centre", "double_opt_in", "member", "import", "unsubscribe"
]
"""Where an answer was given."""

Reason = Literal["granted", "default", "essential", "refused", "not_asked", "restricted"]
"""Why something may or may not be done: an answer, what holds without one, or a restriction."""

CHANNELS = ("email", "sms", "line", "push", "phone", "post", "ads")
NO_CHANNEL = ""
"""The channel of purposes that have none."""

SERVICE = "service"
ANALYTICS = "analytics"
PERSONALISATION = "personalisation"
MARKETING = "marketing"
THIRD_PARTY = "third_party"

STATE_AGREED = 1
STATE_REFUSED = 2
STATE_RESTRICTED = 4
"""Bits of what holds for the storing of a node's events."""


class Terms(msgspec.Struct, frozen=True):
    """On what a purpose rests in a region, and what holds while nobody has answered."""

    basis: Basis
    default: Default


class Purpose(msgspec.Struct, frozen=True):
    """What data is used for. ``channels`` are those that are asked about one by one; none: it has no channels."""

    key: str
    channels: tuple[str, ...]
    terms: Mapping[str, Terms]
    """By region."""
    texts: Mapping[str, "PurposeText"]
    """The latest version, by language."""
    version: int = 1
    archived: bool = False

    def essential(self, region: Region) -> bool:
        """True for what is done without asking, and cannot be refused: contract and law."""
        return self.terms[region].basis in ("contract", "legal_obligation", "vital_interest", "public_task")


class PurposeText(msgspec.Struct, frozen=True):
    title: str
    body: str


class Brand(msgspec.Struct, frozen=True):
    """How hosted pages look, and what the consent banner says by language."""

    name: str
    color: str
    """``#RRGGBB``"""
    radius: int
    """Of corners, in pixels."""
    logo_url: str | None
    privacy_url: str | None
    banner: Mapping[str, PurposeText]
    version: int = 1
    """Rises with the banner's wording."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One answer that stands in the log. ``knowing`` is true when the person was asked and answered, and
    false for what was inferred, imported, or repeated by an event."""

    key: int
    purpose: str
    channel: str
    granted: bool
    knowing: bool
    at: datetime
    source: str = "api"
    text_version: int | None = None
    language: str | None = None
    proof: Mapping[str, Any] = {}


class Decision(msgspec.Struct, frozen=True):
    """Whether a purpose may be served, and why."""

    allowed: bool
    reason: Reason
    answer: Answer | None = None
    """The answer that decided."""


class Withheld(msgspec.Struct, frozen=True):
    """How much was not done, where and why, within an hour."""

    hour: datetime
    place: Place
    reason: str
    number: int


FieldClass = Literal["open", "contact", "identifier", "free_text", "sensitive"]
"""How close a field is to the person. Strictest last: of several that apply, the last counts."""

FIELD_CLASSES: tuple[FieldClass, ...] = get_args(FieldClass)


class FieldItem(msgspec.Struct, frozen=True):
    """A field of the workspace's customers. ``default`` is the class that its name gives it;
    ``changed_by`` is set where somebody decided otherwise. ``seen_in`` are events that carry it."""

    kind: FieldKind
    name: str
    field_class: FieldClass = msgspec.field(name="class")
    default: FieldClass
    seen_in: list[str]
    changed_by: str | None
    changed_at: datetime | None


class Shown(msgspec.Struct, frozen=True):
    """A value as somebody may see it, and the paths in it that are masked."""

    value: Any
    masked: list[str]


RequestKind = Literal["access", "erasure", "restriction", "release", "deletion", "correction"]
"""``erasure`` removes a person and keeps them out; ``deletion`` removes what there is, and new data may
come. ``restriction`` stops processing, ``release`` lifts it. ``correction`` is made by staff."""

RequestState = Literal["received", "running", "done", "failed", "refused"]

Via = Literal["app", "api", "preference_centre"]

SUBJECTS_MAX = 1_000
"""People of one request."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request of a person, as it stands. Whom it is about is sealed, and gone once it is done."""

    id: int
    public_id: UUID
    kind: RequestKind
    state: RequestState
    law: Region
    via: Via
    subjects: bytes | None
    keys: list[int]
    hashes: list[bytes]
    subject_type: str | None
    subject_count: int
    regulation: str | None
    note: str
    received_at: datetime
    due_at: datetime
    extended_reason: str | None
    started_at: datetime | None
    finished_at: datetime | None
    overdue_at: datetime | None
    job_id: int | None
    receipt: dict[str, Any] | None
    actor_name: str


class Subjects(msgspec.Struct):
    """Whom a request is about: sealed with it. ``words`` are added when they are searched for."""

    identifiers: list[tuple[str, str]] = []
    keys: list[int] = []
    profile_ids: list[UUID] = []
    words: list[str] = []


class ErasureEntry(msgspec.Struct, frozen=True):
    """A line of the ledger: what must be gone, also after a restore of what was saved before."""

    at: datetime
    workspace_id: int
    keys: list[int]
    hashes: list[str]
    """Hex, of identifiers; keyed by the vault."""
    kind: RequestKind


RuleKind = Literal["event", "trait", "inactive_profile"]


class RetentionRule(msgspec.Struct, frozen=True, kw_only=True):
    """What goes when it is ``days`` old. ``name`` is of the event or trait; empty for inactive profiles."""

    kind: RuleKind
    name: str = ""
    days: int
    enabled: bool = False
    changed_by: str = ""
    changed_at: datetime | None = None
    last_run_at: datetime | None = None
    last_removed: int | None = None


class WouldGo(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule would remove now. ``number`` counts events, observations of a trait, or profiles."""

    kind: RuleKind
    name: str
    days: int
    before: datetime
    number: int
    oldest: datetime | None


class Disclosure(msgspec.Struct, frozen=True, kw_only=True):
    """Personal data that went to a third party: the record that APPI article 29 asks for."""

    id: int
    at: datetime
    recipient: str
    recipient_address: str
    items: list[str]
    basis: str
    purpose: str
    reason: str
    people: int
    actor_name: str
