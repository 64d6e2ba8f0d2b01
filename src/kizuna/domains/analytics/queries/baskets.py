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
    """Pairs of a basket's number and the number of one of its ``names``, each once; names ascend."""

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
    named = "coalesce(basket_label, message_id)" if basket is not None else "message_id"
    found = await ask.select(
        f"SELECT profile_key, {named} AS named, item FROM told WHERE meant AND item IS NOT NULL LIMIT {PAIRS_MAX + 1}",
        {"told": rows.write()},
    )
    if found.num_rows > PAIRS_MAX:
        raise Invalid(
            "too_many_items",
            f"More than {PAIRS_MAX:,} items would have to be looked at; ask for a shorter range, or a share of people.",
            fields={"range": "Choose a shorter range."},
        )
    return _number(found)


def _number(found: Any) -> Baskets:
    import numpy as np

    people, who = np.unique(found.column("profile_key").to_numpy(), return_inverse=True)
    labels = found.column("named").combine_chunks().dictionary_encode()
    # Of one person: an order number that two shops use is two baskets.
    pairs = labels.indices.to_numpy().astype(np.int64) * max(len(people), 1) + who
    numbers, baskets = np.unique(pairs, return_inverse=True)
    coded = found.column("item").combine_chunks().dictionary_encode()
    names: list[str] = coded.dictionary.to_pylist()
    order = sorted(range(len(names)), key=names.__getitem__)
    ranks = np.empty(len(names), np.int64)
    ranks[order] = np.arange(len(names))
    width = max(len(names), 1)
    once = np.sort(baskets * width + ranks[coded.indices.to_numpy()])
    once = once[np.concatenate(([True], once[1:] != once[:-1]))] if len(once) else once
    return Baskets(once // width, once % width, [names[at] for at in order], len(numbers), len(people))
