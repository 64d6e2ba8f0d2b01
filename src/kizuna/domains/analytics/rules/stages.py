"""The stages of a customer's journey as they are meant where nobody says otherwise, by names of the Segment
specification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from kizuna.conditions.ast import Ago, All, AnyOf, Did, EventMatch, Node, Span, Window
from kizuna.domains.analytics.contracts import Text
from kizuna.domains.analytics.rules.words import text

Preset = Literal["browsing", "regulars"]


class Stage(Struct, frozen=True, forbid_unknown_fields=True):
    """Whoever the condition holds for is in the stage, unless that of a later one holds as well."""

    name: Annotated[str, Meta(min_length=1, max_length=60)]
    condition: Node


STAGE_WORDS: Mapping[str, Text] = {
    "awareness": text("Awareness", "認知"),
    "consideration": text("Consideration", "検討"),
    "purchase": text("Purchase", "購入"),
    "use": text("Use", "利用"),
    "loyalty": text("Loyalty", "ロイヤル"),
}

BOUGHT = "Order Completed"
LOOKED = (
    "Product Viewed",
    "Products Searched",
    "Product Added",
    "Product Added to Wishlist",
    "Cart Viewed",
    "Checkout Started",
)
"""What people do who think of buying."""


def _did(name: str | None, days: int, times: int = 1) -> Did:
    return Did(EventMatch(name), value=times, window=Window(since=Ago(Span(days, "day"))))


BROWSING: Sequence[Stage] = (
    Stage("awareness", _did(None, 365)),
    Stage("consideration", AnyOf([_did(name, 60) for name in LOOKED])),
    Stage("purchase", _did(BOUGHT, 180)),
    Stage("use", All([_did(BOUGHT, 365, 2), _did(BOUGHT, 180)])),
    Stage("loyalty", All([_did(BOUGHT, 365, 4), _did(BOUGHT, 90)])),
)
"""Where visits are seen: who came; who looks at products; who bought in half a year; who bought again; who keeps
buying."""

REGULARS: Sequence[Stage] = (
    Stage("awareness", _did(None, 365)),
    Stage("consideration", AnyOf([_did("Campaign Received", 60), _did("Coupon Redeemed", 60)])),
    Stage("purchase", _did(BOUGHT, 60)),
    Stage("use", _did(BOUGHT, 60, 4)),
    Stage("loyalty", _did(BOUGHT, 60, 12)),
)
"""Where only orders, campaigns and coupons are, and people buy often, as at a grocer's: who was there within a year;
whom a campaign reached; who bought in two months; who comes every two weeks; who comes every week."""

PRESETS: Mapping[Preset, Sequence[Stage]] = {"browsing": BROWSING, "regulars": REGULARS}
