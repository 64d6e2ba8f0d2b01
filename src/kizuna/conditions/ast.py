"""The shapes of conditions. What each means exactly, for every evaluator:

Two values only: a leaf is true or false, never unknown. What is missing makes a leaf false, and so its
``not`` true. Times are whole microseconds since 1970, UTC; ``now`` is the moment asked about. Events
later than ``now`` have not happened yet. No unit below depends on daylight saving: a day of a
``Span`` is 24 hours; what is bound to the calendar is said by ``StartOf`` and ``OnDate``.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

VERSION = 1

LEAVES_MAX = 100
DEPTH_MAX = 12
VALUES_MAX = 1_000
FILTERS_MAX = 20
STEPS_MAX = 5
COUNT_MAX = 100
"""Of ``at least``, ``at most`` and ``exactly`` for counts and distinct values."""
NAME_CHARS_MAX = 200
TEXT_CHARS_MAX = 1_000
SPAN_DAYS_MAX = 3_660
OFFSET_MAX = 3_660

Name = Annotated[str, Meta(min_length=1, max_length=NAME_CHARS_MAX)]
Text = Annotated[str, Meta(max_length=TEXT_CHARS_MAX)]
Scalar = bool | float | Text
"""A number is compared as a double, ``true`` is not 1, and text never equals a number."""
Scalars = Annotated[list[Scalar], Meta(min_length=1, max_length=VALUES_MAX)]
Zone = Literal["workspace", "person"]
"""Whose calendar: the workspace's zone, or the one in the person's trait ``timezone`` (an IANA name;
the workspace's where there is none or nobody knows it)."""

Unit = Literal["minute", "hour", "day", "week"]
UNIT_US: dict[str, int] = {"minute": 60_000_000, "hour": 3_600_000_000, "day": 86_400_000_000, "week": 604_800_000_000}
CalendarUnit = Literal["day", "week", "month", "year"]


class Span(Struct, frozen=True, forbid_unknown_fields=True):
    """A length of time: always the same, whatever the clocks do."""

    n: Annotated[int, Meta(ge=1, le=SPAN_DAYS_MAX * 1_440)]
    unit: Unit

    @property
    def us(self) -> int:
        return self.n * UNIT_US[self.unit]


# --- moments --------------------------------------------------------------------------------------


class OnDate(Struct, frozen=True, forbid_unknown_fields=True, tag_field="at", tag="date"):
    """The first instant of a day, ``YYYY-MM-DD``, in the zone."""

    date: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class AtTime(Struct, frozen=True, forbid_unknown_fields=True, tag_field="at", tag="time"):
    """An instant, RFC 3339 with offset."""

    time: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})$")]


class Ago(Struct, frozen=True, forbid_unknown_fields=True, tag_field="at", tag="ago"):
    """``now`` less a span."""

    span: Span


class Ahead(Struct, frozen=True, forbid_unknown_fields=True, tag_field="at", tag="ahead"):
    """``now`` plus a span."""

    span: Span


class StartOf(Struct, frozen=True, forbid_unknown_fields=True, tag_field="at", tag="start_of"):
    """The first instant of the day, week, month or year of ``now``, or ``offset`` of them later, in the zone.
    Weeks begin as the workspace says."""

    unit: CalendarUnit
    offset: Annotated[int, Meta(ge=-OFFSET_MAX, le=OFFSET_MAX)] = 0


Moment = OnDate | AtTime | Ago | Ahead | StartOf


class Window(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """From ``since`` (inclusive) to ``until`` (exclusive); without one, open on that side. Of events always in
    the workspace's zone, and never beyond ``now`` (inclusive)."""

    since: Moment | None = None
    until: Moment | None = None


EVER = Window()


# --- tests of a value -------------------------------------------------------------------------------
# Text is compared folded: NFKC, then each character's lower case (its first code point, where there are
# several), final sigma as sigma. See ``fold.py``.


class Exists(Struct, frozen=True, forbid_unknown_fields=True, tag_field="op", tag="exists"):
    """There is a value, and it is not null."""


class Is(Struct, frozen=True, forbid_unknown_fields=True, tag_field="op", tag="is"):
    """Equal, and of the same type: text, number or boolean."""

    value: Scalar


class In(Struct, frozen=True, forbid_unknown_fields=True, tag_field="op", tag="in"):
    """Equal to one of them."""

    values: Scalars


class Contains(Struct, frozen=True, forbid_unknown_fields=True, tag_field="op", tag="contains"):
    value: Annotated[str, Meta(min_length=1, max_length=TEXT_CHARS_MAX)]


class StartsWith(Struct, frozen=True, forbid_unknown_fields=True, tag_field="op", tag="starts_with"):
    value: Annotated[str, Meta(min_length=1, max_length=TEXT_CHARS_MAX)]


class EndsWith(Struct, frozen=True, forbid_unknown_fields=True, tag_field="op", tag="ends_with"):
    value: Annotated[str, Meta(min_length=1, max_length=TEXT_CHARS_MAX)]


class Between(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="op", tag="between"):
    """A number from ``low`` to ``high``, both inclusive unless ``open``; without one, unbounded on that side."""

    low: float | None = None
    high: float | None = None
    open: bool = False


class Dated(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="op", tag="dated"):
    """A date or time in [since, until). Text of the forms ``YYYY-MM-DD`` (its first instant in the zone),
    ``YYYY-MM-DDTHH:MM[:SS[.ffffff]]`` with ``Z`` or an offset, or without one: then UTC. A blank may
    stand for the ``T``. Anything else is no date, and so are days that no calendar has."""

    since: Moment | None = None
    until: Moment | None = None
    zone: Zone = "workspace"


class Anniversary(
    Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="op", tag="anniversary"
):
    """The date's month and day come round on a day from today + ``first`` to today + ``last``, in the zone. A
    29 February comes round on 28 February in other years. Of a time, its day in UTC offset as written."""

    first: Annotated[int, Meta(ge=-366, le=366)] = 0
    last: Annotated[int, Meta(ge=-366, le=366)] = 0
    zone: Zone = "workspace"


class Has(Struct, frozen=True, forbid_unknown_fields=True, tag_field="op", tag="has"):
    """A list with an element equal to one of them."""

    values: Scalars


Test = Exists | Is | In | Contains | StartsWith | EndsWith | Between | Dated | Anniversary | Has


# --- events -------------------------------------------------------------------------------------------


class Filter(Struct, frozen=True, forbid_unknown_fields=True):
    """A property of the event passes a test. ``a.b`` is b within a; ``a[].b`` the b of every element of the
    list a, of which one must pass. Dates are read in the workspace's zone."""

    property: Name
    test: Test


class EventMatch(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Events of a name (None: any name), of one of the touchpoints (none: all), that pass every filter."""

    name: Name | None
    where: Annotated[list[Filter], Meta(max_length=FILTERS_MAX)] = []
    touchpoints: Annotated[list[str], Meta(max_length=20)] = []


Compare = Literal["at_least", "at_most", "exactly"]


class Measure(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is measured of the matching events.

    ``count``: how many. ``distinct``: how many different values (text, number, boolean) the property has;
    text as it is, not folded. ``sum``, ``average``, ``min``, ``max``: over the events whose property is a
    number, each taken in whole millionths (v * 1e6 + 0.5, rounded down) so that sums are exact in any
    order; beyond ±9e15 millionths a value is left out. A sum of nothing is 0; average, min and max of
    nothing make the leaf false. List elements (``a[].b``) count one by one.
    """

    of: Literal["count", "distinct", "sum", "average", "min", "max"] = "count"
    property: Name | None = None


COUNT = Measure()


# --- nodes --------------------------------------------------------------------------------------------


class All(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="all"):
    """Every one holds; of none, true."""

    of: list[Node]


class AnyOf(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="any"):
    """At least one holds; of none, false."""

    of: list[Node]


class Not(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="not"):
    of: Node


class Trait(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="trait"):
    """A trait passes a test. ``a.b`` is b within the trait a, unless there is a trait of that whole name."""

    name: Name
    test: Test


class HasIdentifier(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="identifier"):
    """One of the person's identifiers of this type (``email``, ``phone``, ``user_id`` …) passes a test, as it is
    normalised: ``exists``, ``is``, ``in``, ``contains``, ``starts_with`` or ``ends_with``."""

    type: Name
    test: Test


class Consents(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind", tag="consent"):
    """The purpose may be served now: by an answer or by what holds without one, and nothing restricts it."""

    purpose: Name
    channel: Annotated[str, Meta(max_length=NAME_CHARS_MAX)] = ""


class InSegment(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="segment"):
    """The person is in another segment now. No segment may lead back to itself."""

    id: Annotated[int, Meta(ge=1)]


class Fact(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="fact"):
    """What another part of Kizuna knows of the person (``loyalty.tier``) passes a test."""

    name: Name
    test: Test


class Did(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind", tag="did"):
    """A measure of the matching events within a window, compared. ``did not`` is ``not`` of it."""

    event: EventMatch
    measure: Measure = COUNT
    compare: Compare = "at_least"
    value: float = 1
    """A whole number up to ``COUNT_MAX`` for counts and distinct values."""
    window: Window = EVER


class Occurrence(
    Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind", tag="occurrence"
):
    """The first or last matching event of all time lies within the window and passes ``having``. Of several at
    the same instant, one that passes is enough."""

    which: Literal["first", "last"]
    event: EventMatch
    having: Annotated[list[Filter], Meta(max_length=FILTERS_MAX)] = []
    window: Window = EVER


class Sequence(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind", tag="sequence"):
    """There are events, one for each step, at times t1 ≤ t2 ≤ …, all within the window, with the last no later
    than t1 + ``within`` (inclusive). Events at the same instant count in either order. Neighbouring steps are
    different events: "A, then A" needs two."""

    steps: Annotated[list[EventMatch], Meta(min_length=2, max_length=STEPS_MAX)]
    within: Span
    window: Window = EVER


class Unfollowed(
    Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind", tag="unfollowed"
):
    """There is an event ``first`` at t within the window, and no other event ``then`` from t to t + ``within``
    (both inclusive), and that time is over: ``now`` > t + ``within``."""

    first: EventMatch
    then: EventMatch
    within: Span
    window: Window = EVER


Node = (
    All | AnyOf | Not | Trait | HasIdentifier | Consents | InSegment | Fact | Did | Occurrence | Sequence | Unfollowed
)
Leaf = Trait | HasIdentifier | Consents | InSegment | Fact | Did | Occurrence | Sequence | Unfollowed
Behaviour = Did | Occurrence | Sequence | Unfollowed
BEHAVIOURS = (Did, Occurrence, Sequence, Unfollowed)


class Condition(Struct, frozen=True, forbid_unknown_fields=True):
    """A condition as it is stored and sent. ``version`` is of the language."""

    where: Node
    version: Literal[1] = 1


def read_condition(text: bytes | str) -> Condition:
    """Raises ``msgspec.ValidationError`` (with the place, as ``$.where.of[0]…``) or ``DecodeError``."""
    return msgspec.json.decode(text, type=Condition)


def write_condition(condition: Condition) -> bytes:
    """Canonical: the same condition gives the same bytes."""
    return msgspec.json.encode(condition, order="deterministic")


def leaves(node: Node) -> list[Leaf]:
    """All leaves, in the order in which they are read."""
    if isinstance(node, All | AnyOf):
        return [leaf for one in node.of for leaf in leaves(one)]
    if isinstance(node, Not):
        return leaves(node.of)
    return [node]
