"""Work on many people, shared by the processors there are."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

SHARED_ROWS = 500_000
"""With fewer rows one processor is done before a second has begun."""
THREADS_MAX = 8


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
