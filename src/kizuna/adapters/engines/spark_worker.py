"""What runs on Spark's workers. It is sent there with ``plain``, ``kizuna.measures`` and the folding of text, and
finds nothing else of Kizuna."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow as pa

from kizuna.adapters.engines.plain import plain_input
from kizuna.conditions.fold import fold


def run_kernel(kernel: Callable[[Any], Any], schema: Any, batches: Iterable[Any]) -> Iterator[Any]:
    """Gives a kernel all rows of a partition at once, and what it gives in the types of ``schema``.

    It is not called where there are no rows: most partitions of few people are empty.
    """
    given = [batch for batch in batches if batch.num_rows]
    if given:
        result = kernel(plain_input(pa.Table.from_batches(given)))
        yield from result.cast(schema).to_batches()


def fold_one(text: str | None) -> str | None:
    return None if text is None else fold(text)


def fold_all(texts: list[str | None] | None) -> list[str | None] | None:
    return None if texts is None else [fold_one(text) for text in texts]
