"""Frequent itemsets in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kizuna.kernel.engine import FrequentSets
from kizuna.kernel.errors import Invalid

if TYPE_CHECKING:
    from numpy.typing import NDArray

PAIRS_MAX = 50_000_000
METHOD = "kizuna.measures.baskets.find_itemsets"


def find_sets(rows: Any, least: Callable[[int], int], longest: int) -> FrequentSets:
    """See ``Engine.itemsets``. Raises ``Invalid`` for more than ``PAIRS_MAX`` rows."""
    import numpy as np

    if rows.num_rows > PAIRS_MAX:
        raise too_many_items()
    people, who = np.unique(rows.column("profile_key").to_numpy(), return_inverse=True)
    labels = rows.column("basket").combine_chunks().dictionary_encode()
    # Of one person: an order number that two shops use is two baskets.
    labelled = labels.indices.to_numpy().astype(np.int64) * max(len(people), 1) + who
    numbers, baskets = np.unique(labelled, return_inverse=True)
    coded = rows.column("item").combine_chunks().dictionary_encode()
    width = max(len(coded.dictionary), 1)
    once = np.unique(baskets * width + coded.indices.to_numpy())
    count = len(numbers)
    enough = least(count)
    found = mine(once // width, once % width, coded.dictionary, enough, longest if enough <= count else 0)
    return FrequentSets(found, count, len(people), len(coded.dictionary), len(once), METHOD)


def mine(baskets: NDArray[Any], items: NDArray[Any], names: Any, least: int, longest: int) -> Any:
    """The table ``FrequentSets.sets`` of pairs of a basket's number and the place of a thing's name; an empty one where
    sets may not have any thing."""
    import pyarrow as pa

    from kizuna.measures.baskets import find_itemsets

    if longest < 1:
        return no_sets()
    found = find_itemsets(baskets, items, least, longest)
    members = names.cast(pa.string()).take(pa.array(found.items))
    lists = pa.ListArray.from_arrays(pa.array(found.offsets, pa.int32()), members)
    return pa.table({"items": lists, "count": pa.array(found.counts)})


def no_sets() -> Any:
    import pyarrow as pa

    return pa.table({"items": pa.array([], pa.list_(pa.string())), "count": pa.array([], pa.int64())})


def too_many_items() -> Invalid:
    return Invalid(
        "too_many_items",
        f"More than {PAIRS_MAX:,} items would have to be looked at; ask for a shorter range, or a share of people.",
        fields={"range": "Choose a shorter range."},
    )
