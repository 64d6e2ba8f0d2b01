"""What each customer bought last, and most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from kizuna.conditions.ast import EventMatch, Name
from kizuna.domains.analytics.queries.ask import Ask

if TYPE_CHECKING:
    from kizuna.kernel.lake import ArrowTable

CHARS_MAX = 200


class LastPurchaseParams(Struct, frozen=True, forbid_unknown_fields=True):
    """What a purchase is."""

    event: EventMatch = EventMatch("Order Completed")


class FavouriteParams(Struct, frozen=True, forbid_unknown_fields=True):
    """What a purchase is, and by what its things are told apart. A thing counts each time it stands in an order."""

    event: EventMatch = EventMatch("Order Completed")
    item_property: Name = "products[].category"


async def read_last_purchases(ask: Ask, params: LastPurchaseParams) -> ArrowTable:
    """``profile_key`` ascending, and ``last_us``."""
    rows = ask.rows([params.event])
    rows.add(rows.flag(0), "bought")
    return await ask.select(
        "SELECT profile_key, max(time_us) AS last_us FROM told WHERE bought GROUP BY profile_key ORDER BY profile_key",
        {"told": rows.write()},
    )


# Of those that were bought as often the one that was bought last, then the first in the order of texts.
_FAVOURITE = f"""
    SELECT profile_key, item
    FROM (
        SELECT profile_key, item,
            row_number() OVER (PARTITION BY profile_key ORDER BY n DESC, last_us DESC, item) AS place
        FROM (
            SELECT profile_key, item, count(*) AS n, max(time_us) AS last_us FROM told
            WHERE bought AND length(item) BETWEEN 1 AND {CHARS_MAX} GROUP BY profile_key, item
        ) AS counted
    ) AS placed
    WHERE place = 1
    ORDER BY profile_key
"""


async def read_favourites(ask: Ask, params: FavouriteParams) -> ArrowTable:
    """``profile_key`` ascending, and ``item``; who has none is left out."""
    rows = ask.rows([params.event])
    rows.label(params.item_property, "item")
    rows.add(rows.flag(0), "bought")
    return await ask.select(_FAVOURITE, {"told": rows.write()})
