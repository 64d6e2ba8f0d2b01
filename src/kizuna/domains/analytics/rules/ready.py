"""Dashboards that every workspace has: data that name metrics and questions.

They speak of what shops send by the names of the Segment specification; a tile whose metric or events a workspace does
not have is replaced by a sentence. All of them look back from the last event that there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kizuna.domains.analytics.contracts import Interval, Range, Text, UntilLast
from kizuna.domains.analytics.rules.words import text

BOUGHT = "Order Completed"


@dataclass(frozen=True, slots=True)
class ReadyTile:
    """``query`` is a question without range and interval. ``events`` must have been sent for it to make sense."""

    title: Text
    query: Mapping[str, Any]
    events: Sequence[str] = ()
    width: int = 6
    height: int = 4
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    chart: str | None = None


YEAR_UNTIL_LAST = UntilLast(12, "month")


@dataclass(frozen=True, slots=True)
class ReadyDashboard:
    key: str
    title: Text
    description: Text
    tiles: Sequence[ReadyTile]
    range: Range = YEAR_UNTIL_LAST
    interval: Interval = "month"


def _trend(*series: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    params: dict[str, Any] = {"series": list(series)}
    if "formulas" in more:
        params["formulas"] = more.pop("formulas")
    return {"metric": "trend", "params": params, **more}


def _of(event: str | None, measure: str = "events", **more: Any) -> dict[str, Any]:
    return {"event": {"name": event}, "measure": measure, **more}


COMMERCE = ReadyDashboard(
    "commerce",
    text("Commerce", "売上"),
    text("What is sold, to how many, and for how much.", "何が、何人に、いくら売れたかを示します。"),
    [
        ReadyTile(
            text("Revenue", "売上高"),
            _trend(_of(BOUGHT, "sum", property="total", money=True), compare="previous_period"),
            [BOUGHT],
            width=12,
        ),
        ReadyTile(
            text("Buyers and orders", "購入者数と注文数"),
            _trend(_of(BOUGHT, "people"), _of(BOUGHT)),
            [BOUGHT],
        ),
        ReadyTile(
            text("Average order value", "平均注文額"),
            _trend(_of(BOUGHT, "average", property="total", money=True)),
            [BOUGHT],
        ),
    ],
)

READY: Mapping[str, ReadyDashboard] = {one.key: one for one in (COMMERCE,)}
"""By key, in the order they are listed."""
