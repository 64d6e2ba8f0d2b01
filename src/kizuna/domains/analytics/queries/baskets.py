"""Baskets: the things that stand together in one event, or in all events of one order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kizuna.conditions.ast import EventMatch
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.kernel.errors import Invalid

if TYPE_CHECKING:
    from numpy.typing import NDArray

PAIRS_MAX = 50_000_000


@dataclass(frozen=True, slots=True)
class Baskets:
    """Pairs of a basket's number and the number of one of its ``names``, in any order; names ascend."""

    baskets: NDArray[Any]
    items: NDArray[Any]
    names: list[str]
    count: int
    people: int


async def read_baskets(ask: Ask, event: EventMatch, item: str, basket: str | None) -> Baskets:
    """Every item of every basket once. ``item`` is a property, mostly of a list (``products[].name``); ``basket`` one
    that says which events belong together; without it, each event is a basket.

    Raises ``Invalid`` where there is more than can be held.
    """
    rows = ask.rows([event])
    rows.label(item, "item")
    rows.add(rows.flag(0), "meant")
    rows.add("message_id", "message_id")
    if basket is not None:
        rows.label(basket, "basket_label")
    # Of one person: an order number that two shops use is two baskets.
    named = "coalesce(basket_label, message_id)" if basket is not None else "message_id"
    relations = {"told": rows.write()}
    number = f"dense_rank() OVER (ORDER BY profile_key, {named})"
    text = f"SELECT DISTINCT profile_key, {number} AS basket, item FROM told WHERE meant AND item IS NOT NULL"
    counted = await ask.select(
        "SELECT count(*) AS pairs, count(DISTINCT profile_key) AS people FROM told WHERE meant AND item IS NOT NULL",
        relations,
    )
    if counted.column("pairs")[0].as_py() > PAIRS_MAX:
        raise Invalid(
            "too_many_items",
            f"More than {PAIRS_MAX:,} items would have to be looked at; ask for a shorter range, or a share of people.",
            fields={"range": "Choose a shorter range."},
        )
    import numpy as np

    found = await ask.select(text, relations)
    coded = found.column("item").combine_chunks().dictionary_encode()
    names: list[str] = coded.dictionary.to_pylist()
    order = sorted(range(len(names)), key=names.__getitem__)
    ranks = np.empty(len(names), np.int64)
    ranks[order] = np.arange(len(names))
    baskets = found.column("basket").to_numpy()
    return Baskets(
        baskets,
        ranks[coded.indices.to_numpy()],
        [names[at] for at in order],
        int(baskets.max(initial=0)),
        counted.column("people")[0].as_py(),
    )
