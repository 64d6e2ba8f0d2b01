"""Bodies of what is kept of questions: reports, dashboards, annotations, links, mailings, runs."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from kizuna.domains.analytics.contracts import Answer, Interval, QueryBody, Range, Shape, Text
from kizuna.domains.analytics.rules.tiles import TileBody, ViewOptions

Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
Description = Annotated[str, Meta(max_length=2_000)]
Ref = Annotated[str, Meta(min_length=1, max_length=50, pattern=r"^[0-9a-z_]+$")]
"""A number, or the key of a ready dashboard."""

TILES_MAX = 40
RECIPIENTS_MAX = 50

Moment = Annotated[datetime, Meta(tz=True)]


# --- reports ----------------------------------------------------------------------------------------


class NewReport(Struct, forbid_unknown_fields=True):
    name: Name
    query: QueryBody
    description: Description = ""
    view: ViewOptions = field(default_factory=ViewOptions)


class ReportChange(Struct, forbid_unknown_fields=True):
    """Only what is given is changed."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    query: QueryBody | UnsetType = UNSET
    view: ViewOptions | UnsetType = UNSET


class ReportItem(Struct, kw_only=True):
    """``metric_title`` is null where the metric is not there any more. ``own`` says that the one who asks made it."""

    id: int
    name: str
    description: str
    metric: str
    metric_title: Text | None
    shape: Shape | None
    pinned: bool
    own: bool
    created_by: str
    created_at: datetime
    updated_by: str
    updated_at: datetime


class NamedDashboard(Struct):
    id: int
    name: str


class ReportDetail(ReportItem, kw_only=True):
    """``query`` is null where the role does not see what it reads; ``hidden`` says why. ``dashboards`` show it."""

    query: QueryBody | None
    hidden: str | None
    view: ViewOptions
    dashboards: list[NamedDashboard]


class DuplicateRequest(Struct, forbid_unknown_fields=True):
    """Without a name the copy gets one."""

    name: Name | None = None


# --- dashboards -------------------------------------------------------------------------------------


Tiles = Annotated[list[TileBody], Meta(max_length=TILES_MAX)]


class NewDashboard(Struct, forbid_unknown_fields=True):
    """``range`` and ``interval`` stand for those of all tiles."""

    name: Name
    description: Description = ""
    tiles: Tiles = field(default_factory=list[TileBody])
    range: Range | None = None
    interval: Interval | None = None


class DashboardChange(Struct, forbid_unknown_fields=True):
    """Only what is given is changed; null takes a range or interval for all tiles away."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    tiles: Tiles | UnsetType = UNSET
    range: Range | UnsetType | None = UNSET
    interval: Interval | UnsetType | None = UNSET


class DashboardItem(Struct, kw_only=True):
    """``ref`` is the number of one that was made, or the key of a ready one. The title of one that was made is the
    same in both languages."""

    ref: str
    ready: bool
    title: Text
    description: Text
    tiles: int
    pinned: bool
    own: bool
    created_by: str | None
    updated_by: str | None
    updated_at: datetime | None


class TileItem(Struct, kw_only=True):
    """``query`` is what is to be asked, with the dashboard's range and interval in it. Where it is null and there is no
    ``text``, ``missing`` says why nothing can be shown."""

    report_id: int | None
    report_name: str | None
    own_query: QueryBody | None
    query: QueryBody | None
    text: Text | None
    title: Text | None
    missing: Text | None
    shape: Shape | None
    width: int
    height: int
    view: ViewOptions


class DashboardDetail(Struct, kw_only=True):
    ref: str
    ready: bool
    title: Text
    description: Text
    tiles: list[TileItem]
    range: Range | None
    interval: Interval | None
    pinned: bool
    own: bool
    created_by: str | None
    updated_by: str | None
    updated_at: datetime | None


# --- annotations ------------------------------------------------------------------------------------

AnnotationKind = Literal["campaign", "outage", "release", "other"]
Link = Annotated[str, Meta(max_length=500, pattern=r"^(https?://|/)\S*$")]


class NewAnnotation(Struct, forbid_unknown_fields=True):
    """What happened, drawn on charts at its time."""

    at: Moment
    text: Annotated[str, Meta(min_length=1, max_length=300, pattern=r"\S")]
    kind: AnnotationKind = "other"
    link: Link | None = None


class AnnotationChange(Struct, forbid_unknown_fields=True):
    at: Moment | UnsetType = UNSET
    text: Annotated[str, Meta(min_length=1, max_length=300, pattern=r"\S")] | UnsetType = UNSET
    kind: AnnotationKind | UnsetType = UNSET
    link: Link | UnsetType | None = UNSET


class AnnotationItem(Struct):
    id: int
    at: datetime
    text: str
    kind: AnnotationKind
    link: str | None
    created_by: str
    created_at: datetime


# --- links ------------------------------------------------------------------------------------------

TargetKind = Literal["report", "dashboard"]
Audience = Literal["members", "anyone"]


class NewShare(Struct, forbid_unknown_fields=True):
    """``members`` must be signed in and may see reports; ``anyone`` who has the link sees figures, nobody's name, until
    ``expires_at``, which they need."""

    kind: TargetKind
    ref: Ref
    audience: Audience = "members"
    expires_at: Moment | None = None


class ShareItem(Struct):
    """``url`` opens it. ``opened`` counts how often it was."""

    id: int
    kind: TargetKind
    ref: str
    title: Text
    audience: Audience
    url: str
    expires_at: datetime | None
    created_by: str
    created_at: datetime
    opened: int
    opened_at: datetime | None


class SharedTile(Struct):
    """``number`` is asked for the answer; a text has none."""

    number: int
    title: Text | None
    text: Text | None
    missing: Text | None
    shape: Shape | None
    width: int
    height: int
    view: ViewOptions


class SharedView(Struct):
    """What a link shows: answers come tile by tile."""

    kind: TargetKind
    title: Text
    description: Text
    workspace: str
    language: str
    tiles: list[SharedTile]
    expires_at: datetime | None


# --- mailings ---------------------------------------------------------------------------------------

Every = Literal["day", "week", "month"]


class NewSchedule(Struct, forbid_unknown_fields=True):
    """Mails a report or dashboard to members at an hour of the workspace's clock: each ``day``; each ``week`` on
    ``weekday`` (0 is Monday); each ``month`` on ``monthday``, or its last day where it has fewer."""

    kind: TargetKind
    ref: Ref
    every: Every
    hour: Annotated[int, Meta(ge=0, le=23)]
    members: Annotated[list[int], Meta(min_length=1, max_length=RECIPIENTS_MAX)]
    weekday: Annotated[int, Meta(ge=0, le=6)] = 0
    monthday: Annotated[int, Meta(ge=1, le=31)] = 1
    enabled: bool = True


class ScheduleChange(Struct, forbid_unknown_fields=True):
    every: Every | UnsetType = UNSET
    hour: Annotated[int, Meta(ge=0, le=23)] | UnsetType = UNSET
    members: Annotated[list[int], Meta(min_length=1, max_length=RECIPIENTS_MAX)] | UnsetType = UNSET
    weekday: Annotated[int, Meta(ge=0, le=6)] | UnsetType = UNSET
    monthday: Annotated[int, Meta(ge=1, le=31)] | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class Recipient(Struct):
    id: int
    name: str


class ScheduleItem(Struct):
    """``error`` says why the last mailing did not go out, or not to everybody."""

    id: int
    kind: TargetKind
    ref: str
    title: Text
    every: Every
    hour: int
    weekday: int
    monthday: int
    members: list[Recipient]
    enabled: bool
    next_at: datetime | None
    sent_at: datetime | None
    error: str | None
    created_by: str
    created_at: datetime


class MailState(Struct):
    """Whether mail can leave at all."""

    ready: bool


# --- runs -------------------------------------------------------------------------------------------


class NewRun(Struct, forbid_unknown_fields=True):
    query: QueryBody


class RunItem(Struct):
    """A question that is answered in the background. ``state`` is that of the job ``job_id``, whose bar shows how far
    it is; ``answer`` is there when it is ``done``, for a day."""

    id: int
    job_id: int
    state: Literal["queued", "running", "stopping", "stopped", "done", "failed"]
    done: int
    total: int | None
    message: str | None
    created_at: datetime
    answer: Answer | None
