"""The frozen shapes that cross the border of the domain."""

from datetime import datetime
from typing import Any, Literal

import msgspec

Kind = Literal["live", "scheduled", "static"]
"""``live`` follows events and time, ``scheduled`` is computed anew every hour or day, ``static`` is a list."""

State = Literal["building", "ready", "failed"]
Every = Literal["hour", "day"]

LIVE_SEGMENTS_MAX = 1_000
SEGMENTS_MAX = 5_000
TRAITS_MAX = 200
"""Computed traits of a workspace."""

CauseKind = Literal[
    "event", "expiry", "trait", "identity", "segment", "consent", "definition", "upload", "schedule", "audit"
]
"""Why somebody came or went: what they did, time that passed, a trait that changed, profiles that were joined or
taken apart, another segment, an answer, a new condition, a list, a scheduled run, or a fault that was mended."""


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """A segment as it is stored. ``condition`` is None for static ones; ``every`` is set for scheduled ones."""

    id: int
    name: str
    description: str
    kind: Kind
    condition: dict[str, Any] | None
    every: Every | None
    state: State
    error: str | None
    size: int
    version: int
    job_id: int | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    ran_at: datetime | None
    archived_at: datetime | None


class Change(msgspec.Struct, frozen=True):
    """How many came and went."""

    entered: int
    left: int


class Cause(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why the people of a move came or went: for each the kind, the leaf that turned and when what turned it
    happened, in the order of the move's keys. One entry stands for all."""

    kinds: list[CauseKind]
    leaves: list[int] = []
    """Places in ``specs``; -1 for none."""
    ats: list[int] = []
    """Microseconds since 1970; 0 for what has no time of its own."""
    specs: list[dict[str, Any]] = []
    """The leaves as they were then."""
