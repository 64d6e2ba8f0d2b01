"""Bodies of scores."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct, field

from kizuna.domains.analytics.contracts import Text
from kizuna.domains.analytics.service.scores import DAYS_MAX, ScoreKind

AsOf = Literal["now", "last_event"]
Days = Annotated[int, Meta(ge=1, le=DAYS_MAX)]


class ScoreQuestion(Struct, forbid_unknown_fields=True):
    """``params`` are the score's own, see its ``params_schema``; what is left out is what everybody begins with.
    ``days`` is how far back a score looks that takes it. ``as_of`` ``last_event`` takes the last event for now, for
    data that came to an end."""

    params: dict[str, Any] = field(default_factory=dict[str, Any])
    days: Days | None = None
    as_of: AsOf = "now"


class ScoreChange(ScoreQuestion, forbid_unknown_fields=True, kw_only=True):
    enabled: bool


class ScoreItem(Struct, kw_only=True):
    """``key`` is the name of the trait, ``words`` what its values are called where they are keys. ``params`` is null
    where the role does not see what they read; ``hidden`` says why. ``days`` is null where the score does not take any.

    ``ran_at`` is the last run that went well, ``people`` how many had a value then, and ``quality`` what it found: how
    well the score foretells, and ``caveats``. ``error`` is of a later run that went wrong.
    """

    key: str
    kind: ScoreKind
    title: Text
    description: Text
    words: dict[str, Text]
    params_schema: dict[str, Any]
    enabled: bool
    params: dict[str, Any] | None
    hidden: str | None
    days: int | None
    as_of: AsOf
    people: int
    ran_at: datetime | None
    error: str | None
    quality: dict[str, Any]
    job_id: int | None
    updated_by: str | None
    updated_at: datetime | None


class ScoreBin(Struct):
    """People from ``low`` to below ``high``; the last one with it."""

    low: Any
    high: Any
    people: int


class ScoreValue(Struct):
    value: Any
    people: int


class ScoredPerson(Struct):
    id: UUID
    name: str | None
    email: str | None
    value: Any
    masked: list[str]


class ScorePreview(Struct):
    """``found`` people would have a value. ``bins`` are of values with an order, ``common`` of the others."""

    found: int
    least: Any
    median: Any
    most: Any
    bins: list[ScoreBin]
    common: list[ScoreValue]
    quality: dict[str, Any]
    sample: list[ScoredPerson]


class RiskReason(Struct):
    """``change`` is what it adds to the log odds of leaving, compared with the average customer."""

    feature: str
    title: Text
    text: Text
    change: float


class RiskExplained(Struct):
    """``usual`` is the risk of the average customer; ``trained_at`` is when the model was trained."""

    risk: float
    usual: float
    reasons: list[RiskReason]
    trained_at: datetime
