"""What is known of customers at a moment, for foretelling who leaves; and who did."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, field

from kizuna.conditions.ast import EventMatch, Name
from kizuna.conditions.moments import At
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.purchases import MILLION, PurchaseParams
from kizuna.domains.analytics.rules.churn_reasons import FEATURES
from kizuna.domains.analytics.rules.periods import DAY_US

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kizuna.kernel.lake import ArrowTable

_EVER_US = -(1 << 50)

# Opens are left out: programs fetch pictures, too.
CLICKS = (
    EventMatch("Email Link Clicked"),
    EventMatch("Push Notification Tapped"),
    EventMatch("LINE Message Clicked"),
)


class ChurnParams(PurchaseParams, frozen=True, forbid_unknown_fields=True):
    """A customer is who bought within ``lookback_days``; one left who does not buy again within ``horizon_days``, or
    with ``left`` ``silent`` does nothing at all in them. Days are of 24 hours."""

    horizon_days: Annotated[int, Meta(ge=7, le=365)] = 90
    lookback_days: Annotated[int, Meta(ge=30, le=1_825)] = 365
    left: Literal["no_purchase", "silent"] = "no_purchase"
    item_property: Name | None = "products[].name"
    clicks: Annotated[list[EventMatch], Meta(max_length=10)] = field(default_factory=lambda: list(CLICKS))


@dataclass(frozen=True, slots=True)
class Features:
    """A row for each customer, by ascending key; a column for each of ``FEATURES``."""

    keys: NDArray[Any]
    values: NDArray[Any]


_BOUGHT = """
    SELECT profile_key, count(*) FILTER (WHERE bought) AS ever, count(*) FILTER (WHERE bought AND near) AS orders,
        CAST(coalesce(sum(CASE WHEN NOT near THEN 0 WHEN bought THEN amount ELSE -abs(amount) END), 0) AS BIGINT)
            AS amount,
        min(time_us) FILTER (WHERE bought) AS first_us, max(time_us) FILTER (WHERE bought) AS last_us
    FROM told
    WHERE bought OR refunded
    GROUP BY profile_key
    HAVING count(*) FILTER (WHERE bought AND near) > 0
    ORDER BY profile_key
"""

_ACTIVE = """
    SELECT profile_key, count(*) FILTER (WHERE near) AS lately, count(*) FILTER (WHERE NOT near) AS before,
        count(DISTINCT touchpoint) AS touchpoints, count(*) FILTER (WHERE clicked) AS clicks
    FROM told GROUP BY profile_key ORDER BY profile_key
"""

_ITEMS = """
    SELECT profile_key, count(DISTINCT item) AS items FROM told
    WHERE bought AND item IS NOT NULL GROUP BY profile_key ORDER BY profile_key
"""


async def read_features(ask: Ask, params: ChurnParams, at: At) -> Features:
    """Of everybody who was a customer at a moment, by nothing that came after it."""
    bought = await ask.select(_BOUGHT, {"told": _bought_rows(ask, params, at)})
    active = await ask.select(_ACTIVE, {"told": _active_rows(ask, params, at)})
    counted = None
    if params.item_property is not None:
        counted = await ask.select(_ITEMS, {"told": _item_rows(ask, params, at)})
    return await asyncio.to_thread(_lay_out, at, bought, active, counted)


def _lay_out(at: At, bought: ArrowTable, active: ArrowTable, counted: ArrowTable | None) -> Features:
    import numpy as np

    keys = bought.column("profile_key").to_numpy()
    ever, orders, amount, first_us, last_us = (
        bought.column(name).to_numpy().astype(np.float64)
        for name in ("ever", "orders", "amount", "first_us", "last_us")
    )
    lately, before, touchpoints, clicks = (
        _beside(keys, active, name) for name in ("lately", "before", "touchpoints", "clicks")
    )
    items = np.zeros(len(keys)) if counted is None else _beside(keys, counted, "items")
    since_last = (at.now_us - last_us) / DAY_US
    usual = (last_us - first_us) / DAY_US / np.maximum(ever - 1, 1)
    columns = {
        "since_last": np.log1p(since_last),
        "overdue": np.where(ever > 1, np.log((since_last + 1) / (usual + 1)), 0.0),
        "orders": np.log1p(orders),
        "only_once": (ever == 1).astype(np.float64),
        "amount": np.log1p(np.maximum(amount, 0.0) / MILLION / orders),
        "tenure": np.log1p((at.now_us - first_us) / DAY_US),
        "activity": np.log1p(lately),
        "trend": np.log((lately + 1) / (before + 1)),
        "touchpoints": touchpoints,
        "variety": np.log1p(items),
        "messages": np.log1p(clicks),
    }
    return Features(keys, np.column_stack([columns[name] for name in FEATURES]).reshape(len(keys), len(FEATURES)))


def _beside(keys: NDArray[Any], table: Any, name: str) -> NDArray[Any]:
    """A column in the order of ``keys``; 0 for who has no row. Keys of both ascend."""
    import numpy as np

    found = np.zeros(len(keys))
    others = table.column("profile_key").to_numpy()
    if len(keys):
        places = np.searchsorted(keys, others)
        there = places < len(keys)
        there[there] = keys[places[there]] == others[there]
        found[places[there]] = table.column(name).to_numpy()[there]
    return found


def _bought_rows(ask: Ask, params: ChurnParams, at: At) -> str:
    matches = [params.event, *([] if params.refund is None else [params.refund])]
    rows = ask.rows(matches, _EVER_US, at.now_us + 1)
    rows.add(rows.flag(0), "bought")
    rows.add("false" if params.refund is None else f"({rows.flag(1)} AND NOT {rows.flag(0)})", "refunded")
    rows.add(f"time_us > {at.now_us - params.lookback_days * DAY_US}", "near")
    rows.millionths(params.amount_property, "amount")
    return rows.write()


def _active_rows(ask: Ask, params: ChurnParams, at: At) -> str:
    """Events of two horizons before the moment; ``near`` are those of the second one."""
    span_us = params.horizon_days * DAY_US
    rows = ask.rows([EventMatch(None), *params.clicks], at.now_us - 2 * span_us + 1, at.now_us + 1)
    rows.add(f"time_us > {at.now_us - span_us}", "near")
    rows.add("touchpoint", "touchpoint")
    rows.add(" OR ".join(rows.flag(number + 1) for number in range(len(params.clicks))) or "false", "clicked")
    return rows.write()


def _item_rows(ask: Ask, params: ChurnParams, at: At) -> str:
    rows = ask.rows([params.event], at.now_us - params.lookback_days * DAY_US + 1, at.now_us + 1)
    rows.add(rows.flag(0), "bought")
    rows.label(params.item_property or "", "item")
    return rows.write()


async def read_left(ask: Ask, params: ChurnParams, at: At, keys: NDArray[Any]) -> NDArray[Any]:
    """For each key whether the person left in the horizon after a moment."""
    import numpy as np

    match = params.event if params.left == "no_purchase" else EventMatch(None)
    rows = ask.rows([match], at.now_us + 1, at.now_us + params.horizon_days * DAY_US + 1)
    rows.add(rows.flag(0), "stayed")
    found = await ask.select(
        "SELECT DISTINCT profile_key FROM told WHERE stayed ORDER BY profile_key", {"told": rows.write()}
    )
    return ~np.isin(keys, found.column("profile_key").to_numpy())
