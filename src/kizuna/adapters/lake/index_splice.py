"""A timeline index written anew without some of its rows: segments that lose nothing are taken over whole,
of the others the blocks that lose nothing are copied as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from itertools import groupby

import numpy as np
import pyarrow as pa

from kizuna.adapters.lake.splice import Task, run_ahead
from kizuna.adapters.lake.storage import Folder
from kizuna.adapters.lake.timeline_index import (
    Block,
    Place,
    TimelineIndex,
    encode_block,
    segment_path,
    write_places,
    write_segment,
)
from kizuna.adapters.lake.wanted import Wanted

# An index of the old form is cut into segments of so many blocks.
_SEGMENT_BLOCKS = 256
_BYTES_PER_SEGMENT = 24 * 1024 * 1024


def write_index_without(folder: Folder, old: str, new: str, wanted: Wanted, pool: Executor) -> None:
    """Writes the index of generation ``old`` as that of ``new``; a generation without one stays without."""
    try:
        index = TimelineIndex(folder, old)
    except FileNotFoundError:
        return
    touched = _touched(index, wanted)
    tasks: list[Task[list[Place]]] = []
    for number, (segment, blocks) in enumerate(_segments(index)):
        if not touched[blocks].any():
            run = _take_over(folder, index, (old, segment), (new, number), blocks)
        else:
            run = _rewrite(folder, index, (new, number), blocks, touched, wanted)
        tasks.append(Task(run, _BYTES_PER_SEGMENT))
    places = [place for part in run_ahead(pool, tasks) if isinstance(part, list) for place in part]
    write_places(folder, new, places)


def _segments(index: TimelineIndex) -> Iterator[tuple[int, list[int]]]:
    """Numbers of segments with their blocks."""
    places = index.places
    if places is None:
        yield from ((at, list(part)) for at, part in groupby(range(index.blocks_n), lambda n: n // _SEGMENT_BLOCKS))
    else:
        yield from ((segment, list(part)) for segment, part in groupby(range(len(places)), lambda n: places[n][0]))


def _touched(index: TimelineIndex, wanted: Wanted) -> np.ndarray:
    """Which blocks may hold rows that are to go."""
    if wanted.keys is None or index.places is None:
        return np.ones(index.blocks_n, dtype=bool)
    first, last = index.first[0], index.last[0]
    return np.searchsorted(wanted.keys, first, "left") < np.searchsorted(wanted.keys, last, "right")


def _take_over(
    folder: Folder, index: TimelineIndex, old: tuple[str, int], new: tuple[str, int], blocks: Sequence[int]
) -> Callable[[], list[Place]]:
    def run() -> list[Place]:
        assert index.places is not None
        folder.link(segment_path(*old), segment_path(*new))
        return [(*_bounds(index, block), new[1], *index.places[block][1:]) for block in blocks]

    return run


def _rewrite(
    folder: Folder,
    index: TimelineIndex,
    new: tuple[str, int],
    blocks: Sequence[int],
    touched: np.ndarray,
    wanted: Wanted,
) -> Callable[[], list[Place]]:
    def run() -> list[Place]:
        kept = list(_kept(index, blocks, touched, wanted))
        return write_segment(folder, *new, kept) if kept else []

    return run


def _kept(index: TimelineIndex, blocks: Sequence[int], touched: np.ndarray, wanted: Wanted) -> Iterator[Block]:
    for number in blocks:
        if not touched[number]:
            assert index.places is not None
            yield _bounds(index, number), index.read_bytes(*index.places[number])
            continue
        block = index.read_block(number)
        mask = np.ones(block.num_rows, dtype=bool)
        mask[wanted.find(block)] = False
        if mask.any():
            yield encode_block(block.filter(pa.array(mask)))


def _bounds(index: TimelineIndex, block: int) -> tuple[int, int, int, int]:
    first, last = index.first, index.last
    return int(first[0][block]), int(first[1][block]), int(last[0][block]), int(last[1][block])
