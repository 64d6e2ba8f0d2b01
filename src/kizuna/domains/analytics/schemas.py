"""Bodies of questions and answers."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct, field

from kizuna.domains.analytics.contracts import QueryBody, Shape, Text
from kizuna.domains.analytics.metrics.base import Group

AGE_MAX_S = 7 * 86_400
CELL_FIELDS_MAX = 20
PEOPLE_PAGE_MAX = 200


class MetricItem(Struct):
    """``params`` is the JSON schema of ``params`` in a query; a form is drawn from it. ``by_period`` metrics give a
    row for each period; ``opens_people`` says that who is behind a cell can be listed."""

    key: str
    group: Group
    shape: Shape
    title: Text
    definition: Text
    params: dict[str, Any]
    by_period: bool
    breaks_down: bool
    compares: bool
    opens_people: bool
    engines: list[str]


class Question(Struct, forbid_unknown_fields=True):
    """``max_age_s`` accepts an answer that was computed so many seconds ago although events came since; 0 wants one
    of everything that the lake holds now."""

    query: QueryBody
    max_age_s: Annotated[int, Meta(ge=0, le=AGE_MAX_S)] = 0


CellBody = Annotated[
    dict[str, Any],
    Meta(
        max_length=CELL_FIELDS_MAX,
        description="A row of the answer by its columns' keys, and `column`: the key of the one that was chosen. "
        "An empty cell means everybody who is in the answer.",
    ),
]


class PeopleRequest(Struct, forbid_unknown_fields=True):
    query: QueryBody
    cell: CellBody = field(default_factory=dict[str, Any])
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=PEOPLE_PAGE_MAX)] = 50


class AnsweredPerson(Struct):
    """A customer as a list shows them. ``masked`` names the fields that are not shown in full."""

    id: UUID
    name: str | None
    email: str | None
    identified: bool
    last_seen: datetime
    masked: list[str]


class PeopleSegment(Struct, forbid_unknown_fields=True):
    query: QueryBody
    name: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
    cell: CellBody = field(default_factory=dict[str, Any])
    description: Annotated[str, Meta(max_length=2_000)] = ""


class MadeSegment(Struct):
    """The segment that was made: a list, which stays as it is."""

    id: int
    name: str
    size: int
