"""Bodies of the computed traits API."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from kizuna.domains.segments.contracts import Every, State
from kizuna.domains.segments.schemas import Description, SegmentUser

TraitName = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
_EXAMPLE = {"kind": "sum", "event": {"name": "Order Completed"}, "property": "total"}
FigureBody = Annotated[
    dict[str, Any],
    Meta(
        description="A figure: `kind`, `event`, `property`, `window`; see the guide to computed traits.",
        extra_json_schema={"example": _EXAMPLE},
    ),
]


class NewTrait(Struct, forbid_unknown_fields=True):
    """``every`` is of scheduled ones; without it the trait follows events live."""

    name: TraitName
    figure: FigureBody
    description: Description = ""
    every: Every | None = None


class TraitChange(Struct, forbid_unknown_fields=True):
    """Only what is given is changed. The name stays."""

    description: Description | UnsetType = UNSET
    figure: FigureBody | UnsetType = UNSET
    every: Every | UnsetType | None = UNSET


class ComputedTrait(Struct, kw_only=True):
    """``every`` is null for live ones. ``people`` is how many customers have a value, as of the last count, and
    ``everybody`` how many there are. ``sentence`` says the figure in the language of who asks; ``masked`` that
    something in it is not shown."""

    id: int
    name: str
    description: str
    figure: FigureBody
    masked: bool
    every: Every | None
    state: State
    error: str | None
    people: int
    everybody: int
    sentence: str
    used_by: list[SegmentUser]
    job_id: int | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    ran_at: datetime | None


class TraitPreviewRequest(Struct, forbid_unknown_fields=True):
    figure: FigureBody


class TraitBin(Struct):
    """From ``low`` to ``high``, both inclusive."""

    low: Any
    high: Any
    people: int


class CommonValue(Struct):
    value: Any
    people: int


class TraitPerson(Struct, kw_only=True):
    """``masked`` names what is not shown in full."""

    id: UUID
    name: str | None
    email: str | None
    value: Any
    masked: list[str]


class TraitPreview(Struct, kw_only=True):
    """``found`` of ``people`` have a value. ``bins`` are of numbers, times and days, ``common`` of other values.
    ``sample`` is empty for who may not see customers."""

    people: int
    found: int
    least: Any
    median: Any
    most: Any
    bins: list[TraitBin]
    common: list[CommonValue]
    sample: list[TraitPerson]
