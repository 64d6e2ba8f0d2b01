"""What is asked of analytics, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from kizuna.conditions.ast import Name, Node

Text = Annotated[
    Mapping[str, str],
    Meta(
        extra_json_schema={
            "properties": {"en": {"type": "string"}, "ja": {"type": "string"}},
            "required": ["en", "ja"],
        }
    ),
]
"""A text by language: ``en`` and ``ja``."""

WRITTEN_CHARS_MAX = 200


class WrittenText(Struct, frozen=True, forbid_unknown_fields=True):
    """The same, as somebody writes it."""

    en: Annotated[str, Meta(max_length=WRITTEN_CHARS_MAX)]
    ja: Annotated[str, Meta(max_length=WRITTEN_CHARS_MAX)]


Interval = Literal["hour", "day", "week", "month", "quarter", "year"]
WeekStart = Literal["monday", "sunday", "saturday"]
Compare = Literal["previous_period", "previous_year"]
DateText = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]

BREAKDOWN_VALUES_DEFAULT, BREAKDOWN_VALUES_MAX = 10, 50
PERIODS_MAX = 1_100


# --- the question -----------------------------------------------------------------------------------


class LastRange(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="last"):
    """The last ``n`` whole units of the calendar before now; with ``current`` the one that is not over yet as well."""

    n: Annotated[int, Meta(ge=1, le=1_000)]
    unit: Interval = "day"
    current: bool = False


class DateRange(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="dates"):
    """From the first instant of a day to the last one of another, in the query's zone."""

    first: DateText
    last: DateText


class AllTime(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="all"):
    """From the first event that there is to now."""


class UntilLast(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="until_last"):
    """Up to the last thing that anybody did: the end of its day stands for now in the whole question. The last ``n``
    units of the calendar, without ``current`` whole ones only, or without ``n`` from the first event on. For data that
    came to an end."""

    n: Annotated[int, Meta(ge=1, le=1_000)] | None = None
    unit: Interval = "month"
    current: bool = True


Range = LastRange | DateRange | AllTime | UntilLast


class ByProperty(Struct, frozen=True, forbid_unknown_fields=True, tag_field="by", tag="property"):
    """By a property of the event."""

    property: Name


class ByTrait(Struct, frozen=True, forbid_unknown_fields=True, tag_field="by", tag="trait"):
    """By a trait as it is now, or as it was at the event: what the last ``identify`` before it said."""

    trait: Name
    at: Literal["now", "event"] = "now"


class BySegment(Struct, frozen=True, forbid_unknown_fields=True, tag_field="by", tag="segment"):
    """By segments as they are now. Who is in several counts in each; who is in none is left out."""

    segments: Annotated[list[int], Meta(min_length=1, max_length=20)]


class ByTouchpoint(Struct, frozen=True, forbid_unknown_fields=True, tag_field="by", tag="touchpoint"):
    """By where the event happened."""


Breakdown = ByProperty | ByTrait | BySegment | ByTouchpoint


class LeaveOut(Struct, frozen=True, forbid_unknown_fields=True):
    """What is not counted: programs that visit pages, people marked as a test (trait ``is_test``), and events that
    came later than an hour after they happened."""

    bots: bool = True
    tests: bool = True
    late: bool = False


class Query(Struct, frozen=True, forbid_unknown_fields=True):
    """One question. ``params`` are the metric's own; ``people`` a condition on who is looked at, as of now.

    ``zone`` and ``week_start`` are the workspace's where they are not given. ``sample`` looks at that share of
    people, always the same ones; counts are of them, and shares an estimate of all.
    """

    metric: Annotated[str, Meta(pattern=r"^[a-z][a-z_]{1,40}$")]
    params: dict[str, Any] = field(default_factory=dict[str, Any])
    people: Node | None = None
    breakdown: Breakdown | None = None
    breakdown_limit: Annotated[int, Meta(ge=1, le=BREAKDOWN_VALUES_MAX)] = BREAKDOWN_VALUES_DEFAULT
    range: Range = LastRange(30, "day")
    interval: Interval = "day"
    compare: Compare | None = None
    zone: str | None = None
    week_start: WeekStart | None = None
    sample: Annotated[float, Meta(gt=0, le=1)] = 1.0
    leave_out: LeaveOut = LeaveOut()


class QueryBody(Struct, forbid_unknown_fields=True):
    """A question as it is sent and kept. ``params`` are the metric's own, see its ``params`` schema; ``people`` is
    what a condition says under ``where``, of who is looked at, as of now.

    ``zone`` and ``week_start`` are the workspace's where they are not given. ``sample`` looks at that share of
    people, always the same ones; counts are of them, and shares an estimate of all.
    """

    metric: Annotated[str, Meta(min_length=1, max_length=50)]
    params: dict[str, Any] = field(default_factory=dict[str, Any])
    people: dict[str, Any] | None = None
    breakdown: Breakdown | None = None
    breakdown_limit: Annotated[int, Meta(ge=1, le=BREAKDOWN_VALUES_MAX)] = BREAKDOWN_VALUES_DEFAULT
    range: Range = LastRange(30, "day")
    interval: Interval = "day"
    compare: Compare | None = None
    zone: Annotated[str, Meta(max_length=64)] | None = None
    week_start: WeekStart | None = None
    sample: Annotated[float, Meta(gt=0, le=1)] = 1.0
    leave_out: LeaveOut = LeaveOut()


# --- the answer -------------------------------------------------------------------------------------

Kind = Literal["time", "label", "people", "count", "number", "share", "money", "seconds", "score"]
"""How a value is read: ``time`` is RFC 3339, the start of a period; ``share`` is of 1; ``money`` is in units of
the currency, not minor ones; ``people`` and ``count`` are whole numbers."""

Shape = Literal["series", "bars", "funnel", "matrix", "flow", "table", "scatter", "rfm", "map"]
"""What is drawn of an answer: the web app has one drawing for each."""


class Column(Struct, frozen=True, omit_defaults=True):
    """``of`` says which column of the row holds the number of people or events that an estimate rests on, ``low``
    and ``high`` which hold its interval (95 %). ``opens`` says that who is behind it can be listed."""

    key: str
    kind: Kind
    title: Text
    definition: Text | None = None
    of: str | None = None
    low: str | None = None
    high: str | None = None
    opens: bool = False
    hidden: bool = False
    """For drawing only; no column of the table."""
    words: Mapping[str, Text] = field(default_factory=dict[str, Text])
    """What the keys that stand in a ``label`` column are called; a value that is not among them is its own name."""


class Figure(Struct, frozen=True, omit_defaults=True):
    """One number that stands above the rest. ``value`` is null where there is not enough to say."""

    key: str
    kind: Kind
    title: Text
    value: int | float | str | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    definition: Text | None = None
    previous: int | float | str | None = None


class Caveat(Struct, frozen=True):
    """What whoever reads the answer must know, and would not see."""

    code: str
    text: Text
    weight: Literal["note", "warning"] = "note"


class Mark(Struct, frozen=True, omit_defaults=True):
    """A value that stands out: of ``row`` (its place in the rows) in ``column``. ``expected`` is what was usual there,
    ``score`` how far away it is, in robust standard deviations."""

    row: int
    column: str
    text: Text
    expected: float
    score: float
    code: str = "anomaly"


class Span(Struct, frozen=True):
    """[since, until), RFC 3339 in UTC."""

    since: str
    until: str


class Answer(Struct, frozen=True):
    """Rows of ``columns``. ``compared`` are the rows of the period that is compared with, in the same columns.

    ``incomplete_since`` is the start of the first period that was not over when it was computed. ``statements``
    and ``kernels`` say how it was computed.
    """

    metric: str
    shape: Shape
    title: Text
    definition: Text
    columns: list[Column]
    rows: list[list[Any]]
    span: Span
    zone: str
    week_start: WeekStart
    interval: Interval
    currency: str
    figures: list[Figure] = field(default_factory=list[Figure])
    caveats: list[Caveat] = field(default_factory=list[Caveat])
    marks: list[Mark] = field(default_factory=list[Mark])
    compared: list[list[Any]] | None = None
    compared_span: Span | None = None
    incomplete_since: str | None = None
    engine: str = "duckdb"
    statements: list[str] = field(default_factory=list[str])
    kernels: list[str] = field(default_factory=list[str])
    computed_at: str = ""
    elapsed_ms: int = 0
    cached: bool = False
