"""Frequent itemsets on Spark: only their counts travel.

MLlib's FP-growth (H. Li et al., PFP: Parallel FP-Growth for Query Recommendation, RecSys 2008) knows no limit of
length. What is longer than asked for is found, too, and thrown away: of a set of 30 things that is frequent there are
a thousand million subsets. Its tasks do not hear that they are to stop, either. So it is only asked where we know
beforehand that there cannot be many sets; pairs are counted by SQL, and for the rest the frequent things of all baskets
are brought here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from math import comb
from typing import Any

from kizuna.adapters.engines.itemsets import METHOD, PAIRS_MAX, mine, no_sets, too_many_items
from kizuna.adapters.engines.plain import plain_result
from kizuna.adapters.engines.spark_plans import (
    FP_GROWTH,
    fetch,
    fit_itemsets,
    forget_model,
    plan_itemsets,
    plan_sql,
    untagged,
)
from kizuna.adapters.engines.spark_session import SparkSession
from kizuna.kernel.engine import FrequentSets
from kizuna.measures.baskets import ITEMSETS_MAX

SETS_SAFE = 10_000_000
"""So many sets of whatever length MLlib may find."""
SQL = "SQL"


def find_sets(least: Callable[[int], int], longest: int, session: SparkSession, sql: str) -> FrequentSets:
    """See ``Engine.itemsets``."""
    with _kept(session) as keep:
        pairs = keep(f"SELECT DISTINCT profile_key, basket, item FROM ({sql}) AS rows")
        counts = _rows(session, _COUNTS.format(pairs=pairs))[0]
        enough = least(counts["baskets"])
        sets, method = no_sets(), SQL
        if enough <= counts["baskets"] and longest > 0:
            baskets = keep(_BASKETS.format(pairs=pairs, least=enough))
            sizes = {row["size"]: row["baskets"] for row in _rows(session, _SIZES.format(baskets=baskets))}
            sets, method = _find(session, baskets, sizes, enough, longest)
    if sets.num_rows > ITEMSETS_MAX:
        raise OverflowError(f"more than {ITEMSETS_MAX:,} itemsets")
    return FrequentSets(sets, **counts, method=method)


def are_few(sizes: Mapping[int, int], least: int, most: int = SETS_SAFE) -> bool:
    """Whether we know that no more than ``most`` sets are in ``least`` baskets or more. ``sizes`` are numbers of
    baskets, by how much they hold.

    A set of l things needs ``least`` baskets that hold l or more, and is counted as a part of each.
    """
    parts = length = 0
    while True:
        length += 1
        large = {size: number for size, number in sizes.items() if size >= length}
        if sum(large.values()) < least:
            return True
        parts += sum(number * comb(size, length) for size, number in large.items())
        if parts > most * least:
            return False


def support_for(least: int, baskets: int) -> float:
    """The share of baskets for which MLlib, which rounds its product with their number up, has exactly this least
    number: half a basket below it, where no rounding of a double can reach a whole number."""
    return (least - 0.5) / baskets


def _find(session: SparkSession, baskets: str, sizes: Mapping[int, int], least: int, longest: int) -> tuple[Any, str]:
    if longest <= 2 or not sizes:
        return _count_pairs(session, baskets, least, longest), SQL
    if are_few(sizes, least):
        return _grow(session, baskets, support_for(least, sum(sizes.values())), longest), FP_GROWTH
    if sum(size * number for size, number in sizes.items()) > PAIRS_MAX:
        raise too_many_items()
    return _bring(session, baskets, least, longest), METHOD


def _grow(session: SparkSession, baskets: str, support: float, longest: int) -> Any:
    model = fit_itemsets(session.spark, f"SELECT items FROM {baskets}", support)
    try:
        every = plan_itemsets(session.spark, model)
        few = every.filter(f"size(items) <= {longest}").limit(ITEMSETS_MAX + 1)
        return plain_result(fetch(few)).rename_columns(["items", "count"])
    finally:
        with suppress(Exception), untagged(session.spark):
            forget_model(session.spark, model)


def _count_pairs(session: SparkSession, baskets: str, least: int, longest: int) -> Any:
    text = _EACH.format(baskets=baskets)
    if longest == 2:
        text += f" UNION ALL {_PAIRS.format(baskets=baskets, least=least)}"
    return plain_result(fetch(plan_sql(session.spark, f"SELECT * FROM ({text}) AS sets LIMIT {ITEMSETS_MAX + 1}")))


def _bring(session: SparkSession, baskets: str, least: int, longest: int) -> Any:
    import numpy as np

    lists = plain_result(fetch(plan_sql(session.spark, f"SELECT items FROM {baskets}"))).column(0).combine_chunks()
    numbers = np.repeat(np.arange(len(lists)), lists.value_lengths().to_numpy())
    coded = lists.flatten().dictionary_encode()
    return mine(numbers, coded.indices.to_numpy(), coded.dictionary, least, longest)


@contextmanager
def _kept(session: SparkSession) -> Iterator[Callable[[str], str]]:
    """Gives a function that names the rows of a SELECT. They are computed once, and kept on the workers until the end;
    a view that goes takes them along."""
    made: list[str] = []

    def keep(sql: str) -> str:
        made.append(f"kizuna_{session.next_number()}_kept")
        session.spark.sql(f"CACHE LAZY TABLE {made[-1]} AS {sql}")
        return made[-1]

    try:
        yield keep
    finally:
        with suppress(Exception), untagged(session.spark):
            for name in reversed(made):
                session.spark.catalog.dropTempView(name)


def _rows(session: SparkSession, sql: str) -> list[dict[str, Any]]:
    return plain_result(fetch(plan_sql(session.spark, sql))).to_pylist()


# Not by several count(DISTINCT …) over all pairs, for which Spark would write each pair once more for each.
_COUNTS = """
    SELECT count(*) AS baskets, count(DISTINCT profile_key) AS people, coalesce(sum(size), 0) AS pairs,
        (SELECT count(*) FROM (SELECT item FROM {pairs} GROUP BY item)) AS items
    FROM (SELECT profile_key, count(*) AS size FROM {pairs} GROUP BY profile_key, basket)
"""
# Of the things that are frequent by themselves; baskets without any are left out.
_BASKETS = """
    SELECT collect_list(item) AS items
    FROM {pairs} LEFT SEMI JOIN (SELECT item AS often FROM {pairs} GROUP BY item HAVING count(*) >= {least})
        ON often = item
    GROUP BY profile_key, basket
"""
_SIZES = "SELECT size(items) AS size, count(*) AS baskets FROM {baskets} GROUP BY size(items)"
_EACH = (
    "SELECT array(item) AS items, count(*) AS count FROM {baskets} LATERAL VIEW explode(items) AS item GROUP BY item"
)
_PAIRS = """
    SELECT array(item, other) AS items, count(*) AS count
    FROM {baskets} LATERAL VIEW explode(items) AS item LATERAL VIEW explode(items) AS other
    WHERE item < other GROUP BY item, other HAVING count(*) >= {least}
"""
