"""Bought together: what else is in the basket of whoever buys a thing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from msgspec import Meta, Struct

from kizuna.conditions.ast import EventMatch, Name
from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.baskets import Baskets, find_baskets
from kizuna.domains.analytics.queries.items import people_with_items
from kizuna.domains.analytics.rules.words import text

PAIRS_SHOWN = 200


class TogetherParams(Struct, frozen=True, forbid_unknown_fields=True):
    """``item`` is the thing asked about; without it, the pairs that are together most often are shown. A pair needs
    ``least_baskets`` baskets to be shown."""

    event: EventMatch = EventMatch("Order Completed")
    item_property: Name = "products[].name"
    basket_property: Name | None = None
    item: Annotated[str, Meta(min_length=1, max_length=1_000)] | None = None
    least_baskets: Annotated[int, Meta(ge=2, le=1_000_000)] = 10


async def compute(ask: Ask, params: TogetherParams) -> Found:
    of = params.event, params.item_property, params.basket_property
    baskets = await find_baskets(ask, *of, lambda _: params.least_baskets, 2, "params.least_baskets")
    rows = _pairs(params, baskets)
    if params.item is not None and not await _is_known(ask, params, params.item, baskets):
        ask.note(
            "item_unknown",
            f"Nobody bought “{params.item}” in the range.",
            f"期間中に「{params.item}」を購入した人はいません。",
            warning=True,
        )
    elif not rows:
        ask.note(
            "not_enough_data",
            f"No pair stands together in {params.least_baskets} baskets or more.",
            f"{params.least_baskets}件以上のかごで一緒に買われた組み合わせはありません。",
        )
    figures = [
        Figure("baskets", "count", text("Baskets", "買い物かご"), baskets.found.baskets),
        Figure("people", "people", text("Customers", "顧客"), baskets.found.people),
    ]
    return Found(COLUMNS, rows[:PAIRS_SHOWN], figures)


async def _is_known(ask: Ask, params: TogetherParams, item: str, baskets: Baskets) -> bool:
    """Of what is seldom bought, the baskets do not tell."""
    if item in baskets.names:
        return True
    return bool(await people_with_items(ask, params.event, params.item_property, [item], [], both=False))


def _pairs(params: TogetherParams, baskets: Baskets) -> list[list[Any]]:
    counts = dict(baskets.itemsets)
    wanted = baskets.names.index(params.item) if params.item in baskets.names else None
    rows: list[list[Any]] = []
    for members, both in counts.items():
        if len(members) != 2 or (params.item is not None and wanted not in members):
            continue
        first, second = members if wanted is None or members[0] == wanted else members[::-1]
        one, other = counts[first,], counts[second,]
        lift = both * baskets.found.baskets / (one * other)
        names = baskets.names[first], baskets.names[second]
        rows.append([*names, both, both / one, lift, both / (one + other - both), one, other])
    return sorted(rows, key=lambda row: (-row[2], row[0], row[1]))


async def people(ask: Ask, params: TogetherParams, cell: Cell) -> Sequence[int]:
    """Who bought the one and never the other; with the column ``both``, who bought both, in whatever baskets."""
    return await people_with_items(
        ask,
        params.event,
        params.item_property,
        [str(cell["item"])],
        [str(cell["other"])],
        both=cell.get("column") == "both",
    )


COLUMNS = [
    Column("item", "label", text("Item", "品目")),
    Column("other", "label", text("Together with", "一緒に買われた品目")),
    Column("both", "count", text("Baskets with both", "両方が入ったかご"), opens=True),
    Column(
        "share",
        "share",
        text("Share", "割合"),
        text("Baskets with both, of those with the item", "この品目を含むかごのうち、両方を含む割合"),
        of="with_item",
        opens=True,
    ),
    Column(
        "lift",
        "number",
        text("Lift", "リフト値"),
        text("How many times as often as if they were independent", "互いに無関係だった場合と比べて何倍多いか"),
    ),
    Column(
        "jaccard",
        "share",
        text("Overlap", "重なり"),
        text("Baskets with both, of those with either (Jaccard 1901)", "どちらかを含むかごのうち、両方を含む割合"),
    ),
    Column("with_item", "count", text("Baskets with the item", "この品目を含むかご")),
    Column("with_other", "count", text("Baskets with the other", "もう一方を含むかご")),
]

PLUGIN = Metric(
    key="bought_together",
    group="products",
    shape="table",
    title=text("Bought together", "併売"),
    definition=text(
        "Pairs of items by the number of baskets that both are in, counted exactly.",
        "2つの品目が同じかごに入っていた件数を、組み合わせごとに正確に数えます。",
    ),
    params=TogetherParams,
    compute=compute,
    people=people,
    events=lambda params: [params.event],
    breaks_down=False,
    compares=False,
)
