"""What of somebody's behaviour counts towards engagement, and how much: where to begin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from kizuna.conditions.ast import EventMatch

POINTS_MAX = 1_000
DAILY_MAX = 1_000


class Behaviour(Struct, frozen=True, forbid_unknown_fields=True):
    """Each event gives ``points`` (to the hundredth; negative ones take away), but no more than ``daily_max`` a day
    of the zone's calendar do."""

    event: EventMatch
    points: Annotated[float, Meta(ge=-POINTS_MAX, le=POINTS_MAX)]
    daily_max: Annotated[int, Meta(ge=1, le=DAILY_MAX)] = DAILY_MAX


def _of(name: str, points: float, daily_max: int) -> Behaviour:
    return Behaviour(EventMatch(name), points, daily_max)


DEFAULT_BEHAVIOURS: Sequence[Behaviour] = (
    _of("Order Completed", 20, 3),
    _of("Product Reviewed", 15, 3),
    _of("Survey Answered", 10, 2),
    _of("Product Shared", 8, 3),
    _of("Product Added", 5, 5),
    _of("Email Link Clicked", 5, 3),
    _of("Products Searched", 2, 5),
    _of("Product Viewed", 2, 10),
    _of("Signed In", 2, 1),
    _of("App Opened", 2, 3),
    _of("Page Viewed", 1, 10),
    _of("Email Opened", 1, 3),
    _of("Order Refunded", -10, 3),
)
"""The rarer and the more deliberate, the more points; what comes in floods has a limit a day. None of it is measured:
the backtest says how well it foretells, so that it can be changed until it does."""


def hundredths(points: float) -> int:
    """Points as a whole number, so that sums are exact in any order."""
    return round(points * 100)
