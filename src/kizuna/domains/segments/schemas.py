"""Bodies of the segments API."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from kizuna.domains.segments.contracts import Every, Kind, State

Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
Description = Annotated[str, Meta(max_length=2_000)]
_EXAMPLE = {"version": 1, "where": {"kind": "did", "event": {"name": "Order Completed"}, "value": 3}}
ConditionBody = Annotated[
    dict[str, Any],
    Meta(description="A condition; see the reference of conditions.", extra_json_schema={"example": _EXAMPLE}),
]

IDS_MAX = 50
UPLOAD_LINES_MAX = 100_000
UPLOAD_CHARS_MAX = 12_000_000
IDENTIFIER_CHARS_MAX = 255


class NewSegment(Struct, forbid_unknown_fields=True):
    """``condition`` is of live and scheduled ones, ``every`` of scheduled ones. Lists are uploaded, or made as
    a snapshot of another segment."""

    name: Name
    condition: ConditionBody
    kind: Literal["live", "scheduled"] = "live"
    description: Description = ""
    every: Every | None = None


class SegmentChange(Struct, forbid_unknown_fields=True):
    """Only what is given is changed. A new condition is built anew; until then the members are those of the
    old one."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    kind: Literal["live", "scheduled"] | UnsetType = UNSET
    condition: ConditionBody | UnsetType = UNSET
    every: Every | UnsetType = UNSET


class NamedSegment(Struct):
    id: int
    name: str


class SegmentUser(Struct):
    """What uses a segment: ``kind`` is ``segment``, or what another part of Kizuna calls its things."""

    kind: str
    id: int
    name: str


class SegmentItem(Struct, kw_only=True):
    """``people`` is how many customers there are in all. ``sentence`` says the condition in the language of who
    asks. ``used_by`` is how many segments and other things build on it."""

    id: int
    name: str
    description: str
    kind: Kind
    state: State
    error: str | None
    every: Every | None
    size: int
    people: int
    entered_24h: int
    left_24h: int
    sentence: str
    used_by: int
    job_id: int | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    ran_at: datetime | None
    archived_at: datetime | None


class SegmentDetail(SegmentItem, kw_only=True):
    """``uses`` are the segments that the condition reads, ``events`` the events; ``""`` stands for any event.
    ``condition_masked`` says that values in it are not shown, for the role does not see them: such a condition
    cannot be saved again."""

    condition: dict[str, Any] | None
    condition_masked: bool
    used_by_names: list[SegmentUser]
    uses: list[NamedSegment]
    events: list[str]


class ConditionRequest(Struct, forbid_unknown_fields=True):
    condition: ConditionBody


class DraftRequest(Struct, forbid_unknown_fields=True):
    """A condition as far as it is written: any JSON. ``segment_id`` is of the segment it is for, if there is one
    already: it may not lead back to itself."""

    condition: Any
    segment_id: int | None = None


class ConditionProblem(Struct):
    """``place`` is a path into the condition, ``$.where.of[0].event.name``; words are in the language of who asks.
    Only an ``error`` keeps a condition
    from being saved. ``suggestion`` is what may have been meant, to put in its place."""

    place: str
    code: str
    severity: Literal["error", "warning"]
    message: str
    remedy: str
    suggestion: str | None


class Sentence(Struct):
    en: str
    ja: str


class LivePossibility(Struct):
    """Whether the condition can be kept true event by event; ``reasons`` are codes of why not."""

    possible: bool
    reasons: list[str]


class CheckedCondition(Struct):
    """``sentence`` is null where the condition cannot be read."""

    problems: list[ConditionProblem]
    sentence: Sentence | None
    live: LivePossibility


class Estimate(Struct):
    """About how many people. With 95 % confidence from ``low`` to ``high``, from ``sampled`` of ``people`` that
    were looked at; exact where all were."""

    size: int
    low: int
    high: int
    sampled: int
    people: int
    exact: bool
    took_ms: int


class SegmentPerson(Struct):
    """A customer as a list shows them. ``masked`` names the fields that are not shown in full."""

    id: UUID
    name: str | None
    email: str | None
    identified: bool
    last_seen: datetime
    masked: list[str]


class PreviewPerson(SegmentPerson):
    traits: dict[str, Any]


class SharedSegment(Struct):
    """``both`` is how many are in this segment and meet the condition too."""

    id: int
    name: str
    size: int
    both: int


class ConditionPreview(Struct):
    """Who meets a condition now: how many, a few of them, and the segments that share most of them."""

    size: int
    people: int
    sample: list[PreviewPerson]
    overlap: list[SharedSegment]


class MoveItem(Struct):
    """One customer who came or went. ``cause`` says why, in the language of who asks; ``profile_id`` is null for
    who is gone since."""

    id: str
    at: datetime
    entered: bool
    profile_id: UUID | None
    name: str | None
    masked: bool
    cause: str


class SizePoint(Struct):
    at: datetime
    size: int
    entered: int
    left: int


class Sizes(Struct):
    """By hour up to 31 days, by day of ``time_zone`` beyond. Hours and days without a change are left out; the
    first point is where the time asked for begins, the last is now."""

    points: list[SizePoint]
    time_zone: str


class OverlapRequest(Struct, forbid_unknown_fields=True):
    ids: Annotated[list[int], Meta(min_length=2, max_length=IDS_MAX)]


class SizedSegment(Struct):
    id: int
    name: str
    size: int


class Overlap(Struct):
    """``both[i][j]`` is how many are in the i-th and the j-th segment."""

    segments: list[SizedSegment]
    both: list[list[int]]


class CombineRequest(Struct, forbid_unknown_fields=True):
    """``difference``: who is in the first and in none of the others."""

    op: Literal["union", "intersection", "difference"]
    ids: Annotated[list[int], Meta(min_length=1, max_length=IDS_MAX)]


class Combined(Struct):
    size: int


class SnapshotRequest(Struct, forbid_unknown_fields=True):
    name: Name
    description: Description = ""


class UploadedIdentifier(Struct, forbid_unknown_fields=True):
    """``type`` is ``user_id``, ``email``, ``phone``, another type of identifiers, or ``profile_id``."""

    type: Annotated[str, Meta(min_length=1, max_length=64)]
    value: Annotated[str, Meta(max_length=IDENTIFIER_CHARS_MAX)]


class UploadRequest(Struct, forbid_unknown_fields=True):
    """Either ``identifiers`` or ``csv``: a table whose first line names types of identifiers, or one identifier
    of ``type`` a line. A line counts as found when one of its identifiers is known."""

    name: Name
    description: Description = ""
    identifiers: Annotated[list[UploadedIdentifier], Meta(max_length=UPLOAD_LINES_MAX)] = []
    csv: Annotated[str, Meta(max_length=UPLOAD_CHARS_MAX)] = ""
    type: Annotated[str, Meta(max_length=64)] = "user_id"


class UploadedSegment(SegmentDetail, kw_only=True):
    """``matched`` people are in the list now; ``unknown`` lines named nobody, of which ``unknown_lines`` are the
    first, counted from 1."""

    matched: int
    unknown: int
    unknown_lines: list[int]


class TemplateText(Struct):
    en: str
    ja: str


class SegmentTemplate(Struct):
    """A segment that many workspaces want. ``usable`` says whether the workspace has what it ``needs``: events
    by name, and traits as ``trait:name``."""

    key: str
    name: TemplateText
    description: TemplateText
    condition: dict[str, Any]
    needs: list[str]
    missing: list[str]
    usable: bool


class KnownProperty(Struct):
    path: str
    type: str
    hidden: bool


class KnownEvent(Struct):
    name: str
    volume: int
    properties: list[KnownProperty]


class KnownTrait(Struct):
    """``hidden``: the role does not see the values, and so cannot test them, but for whether there is one."""

    name: str
    type: str
    hidden: bool


class KnownIdentifierType(Struct):
    type: str
    hidden: bool


class KnownPurpose(Struct):
    key: str
    title: TemplateText
    channels: list[str]


class KnownFact(Struct):
    name: str
    title: TemplateText
    type: str


class ConditionCatalogue(Struct):
    """What conditions can be made of here. ``truncated``: there are more events, properties or traits."""

    events: list[KnownEvent]
    traits: list[KnownTrait]
    identifier_types: list[KnownIdentifierType]
    purposes: list[KnownPurpose]
    segments: list[NamedSegment]
    facts: list[KnownFact]
    touchpoints: list[str]
    truncated: bool


class KnownValue(Struct):
    value: str | float | bool
    count: int


class KnownValues(Struct):
    """The most frequent values among ``sampled`` people or events."""

    values: list[KnownValue]
    sampled: int
    hidden: bool


class ProfileSegment(Struct):
    id: int
    name: str
    kind: Kind


class DriftItem(Struct):
    """How many were in a live segment and should not have been, and how many were missing."""

    segment_id: int
    extra: int
    missing: int


class AuditItem(Struct):
    """``at`` is null before the first comparison; without ``drifts`` all was well."""

    at: datetime | None
    segments: int
    drifts: list[DriftItem]
