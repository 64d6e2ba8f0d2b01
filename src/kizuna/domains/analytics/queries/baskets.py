"""Baskets: the things that stand together in one event, or in all events of one order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kizuna.conditions.ast import EventMatch
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.kernel.engine import FrequentSets
from kizuna.kernel.errors import Invalid

if TYPE_CHECKING:
    from kizuna.measures.baskets import Itemsets


@dataclass(frozen=True, slots=True)
class Baskets:
    """What stands together. Items of ``itemsets`` are places in ``names``, which ascend: of what is frequent only."""

    itemsets: Itemsets
    names: list[str]
    found: FrequentSets


async def find_baskets(
    ask: Ask, event: EventMatch, item: str, basket: str | None, least: Callable[[int], int], longest: int, knob: str
) -> Baskets:
    """Every set of at most ``longest`` things that is in ``least(n)`` of n baskets. ``item`` is a property, mostly of a
    list (``products[].name``); ``basket`` one that says which events belong together; without it, each event is one.

    Raises ``Invalid`` where there is more than can be held; ``knob`` is the field by which less is found.
    """
    rows = ask.rows([event])
    rows.label(item, "item")
    rows.add(rows.flag(0), "meant")
    rows.add("message_id", "message_id")
    if basket is not None:
        rows.label(basket, "basket_label")
    named = "coalesce(basket_label, message_id)" if basket is not None else "message_id"
    text = f"SELECT profile_key, {named} AS basket, item FROM told WHERE meant AND item IS NOT NULL"
    try:
        return _number(await ask.itemsets(least, longest, text, {"told": rows.write()}))
    except OverflowError as error:
        raise Invalid(
            "too_many_itemsets",
            "Too many combinations are that frequent; ask for a higher support, or shorter combinations.",
            fields={knob: "Ask for more."},
        ) from error


def _number(found: FrequentSets) -> Baskets:
    import numpy as np

    from kizuna.measures.baskets import order_itemsets

    lists = found.sets.column("items").combine_chunks()
    coded = lists.flatten().dictionary_encode()
    given: list[str] = coded.dictionary.to_pylist()
    order = sorted(range(len(given)), key=given.__getitem__)
    ranks = np.empty(len(given), np.int64)
    ranks[order] = np.arange(len(given))
    offsets = np.concatenate(([0], np.cumsum(lists.value_lengths().to_numpy()))).astype(np.int64)
    counts = found.sets.column("count").to_numpy()
    itemsets = order_itemsets(ranks[coded.indices.to_numpy()], offsets, counts, found.baskets)
    return Baskets(itemsets, [given[at] for at in order], found)
