"""Work on many people, shared by the processors there are."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

T = TypeVar("T")

SHARED_ROWS = 500_000
"""With fewer rows one processor is done before a second has begun."""
THREADS_MAX = 8
PART_ROWS = 2_000_000
"""What a kernel that is given some people at a time is given of them: the less, the less memory it takes."""


def usable_processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_parts(people: int, rows: int, work: Callable[[int, int], T]) -> list[T]:
    """What ``work(low, high)`` gives for ranges of ``people`` that cover all of them, in order. It runs in threads
    where there are many rows, so it should let go of the interpreter: compiled functions with ``nogil`` do."""
    parts = min(usable_processors(), THREADS_MAX, max(people, 1)) if rows >= SHARED_ROWS else 1
    if parts == 1:
        return [work(0, people)]
    bounds = [people * part // parts for part in range(parts + 1)]
    with ThreadPoolExecutor(parts) as threads:
        return list(threads.map(work, bounds[:-1], bounds[1:]))


def by_people(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """The kernel, given the rows of some people at a time where there are many rows, in threads; what it gives for each
    stands one after the other."""

    @wraps(kernel)
    def split(table: Any, **told: Any) -> Any:
        parts = -(-table.num_rows // PART_ROWS)
        if parts < 2:
            return kernel(table, **told)
        part = (table.column("profile_key").to_numpy() % parts).astype(np.uint16)
        order = np.argsort(part, kind="stable")
        ends = np.concatenate(([0], np.cumsum(np.bincount(part, minlength=parts))))

        def work(number: int) -> Any:
            return kernel(table.take(pa.array(order[ends[number] : ends[number + 1]])), **told)

        with ThreadPoolExecutor(min(usable_processors(), THREADS_MAX, parts)) as threads:
            return pa.concat_tables(threads.map(work, range(parts)))

    return split
