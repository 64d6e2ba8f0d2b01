"""Imports of order lines: read, sorted by order on disk, sent as whole orders.

Lines of one order may stand anywhere in the file, so nothing is sent before all is read; then the
import resumes at the order where it stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kizuna.domains.collect.repository.order_lines import OrderSorter
from kizuna.domains.collect.rules.imports.orders import (
    LINES_PER_ORDER_MAX,
    find_starts,
    group_lines,
    read_lines,
    split_orders,
)
from kizuna.domains.collect.rules.imports.plans import Block, EventColumns, Refusals
from kizuna.domains.collect.rules.imports.reasons import RefusedRow
from kizuna.domains.collect.service.imports.import_rows import join_lines
from kizuna.domains.collect.service.imports.readers import read_blocks
from kizuna.domains.collect.service.imports.running import EVENTS_PER_PIECE_MAX, Piece, Running, work_ahead

ORDERS_PER_PIECE = EVENTS_PER_PIECE_MAX // 2
"""An order gives two events at the most."""
LINES_PER_BATCH = 65_536
"""So many lines at once are asked of the lake and grouped."""
READ_SHARE = 0.4
"""Of the work, as progress shows it, what reading takes."""


async def import_orders(running: Running) -> bool:
    """False when a stop was asked before the end."""
    if not running.at.sorted and not (await _read_file(running) and await _sort(running)):
        return False
    return await _send(running)


@dataclass(frozen=True)
class _Parsed:
    lines: int
    refused: list[tuple[RefusedRow, bytes]]
    last_row: int


async def _read_file(running: Running) -> bool:
    """Reads all lines into one file. A stop here starts reading anew on resume: it takes seconds."""
    running.at.row = running.at.rows_read = running.at.rows_accepted = running.at.rows_refused = 0
    running.at.refusals, running.at.refused_bytes = [], running.refused.clear()
    async for parsed in work_ahead(_parse(running)):
        piece = Piece(accepted=parsed.lines, refused=parsed.refused, row=parsed.last_row)
        piece.rows_read = parsed.lines + len(parsed.refused)
        await running.note(piece)
        done = round((parsed.last_row - running.shape.first_row + 1) * READ_SHARE)
        await running.job.report(done, message="Reading lines")
        if running.stop_requested:
            return False
    return True


def _parse(running: Running) -> Iterator[_Parsed]:
    partial = running.folder / "lines.part"
    writer: pq.ParquetWriter | None = None
    try:
        for block in read_blocks(running.path, running.shape):
            refusals = Refusals(block.rows)
            lines = read_lines(block, running.plan, refusals) if len(block.rows) else None
            if lines is not None:
                writer = writer or pq.ParquetWriter(partial, lines.schema, compression="lz4")
                writer.write_table(lines)
            found = [*block.refused, *refusals.found]
            count = 0 if lines is None else lines.num_rows
            yield _Parsed(count, join_lines(found, block, running.workspace.language), block.last_row)
    finally:
        if writer is not None:
            writer.close()


async def _sort(running: Running) -> bool:
    """Refuses lines of orders that lack what an order needs, sorts the rest, and writes the checkpoint."""
    await running.job.report(running.job.done, message="Sorting lines by order")
    if running.at.rows_accepted:
        refused = await asyncio.to_thread(_sort_lines, running)
        for start in range(0, len(refused), 10_000):
            part = refused[start : start + 10_000]
            await running.note(Piece(accepted=-len(part), refused=part))
    running.at.sorted = True
    async with running.runtime.unit(running.workspace.id) as ctx:
        await running.save(ctx, running.at)
    return not running.stop_requested


def _sort_lines(running: Running) -> list[tuple[RefusedRow, bytes]]:
    lines = running.folder / "lines.part"
    with OrderSorter(lines, running.folder / "scratch", LINES_PER_ORDER_MAX) as sorter:
        bad = list(sorter.refused())
        sorter.sort(running.folder / "sorted.parquet")
    lines.unlink()
    pa.default_memory_pool().release_unused()
    if not bad:
        return []
    rows = np.concatenate([part for part, _ in bad])
    codes = [code for _, part in bad for code in part]
    return list(_find_cells(running, rows, codes))


def _find_cells(running: Running, rows: Any, codes: list[str]) -> Iterator[tuple[RefusedRow, bytes]]:
    """Reads the file again for the cells of lines that were refused with their order."""
    start = 0
    for block in read_blocks(running.path, running.shape):
        end = int(np.searchsorted(rows, block.last_row, side="right"))
        if end > start:
            found = [
                RefusedRow(int(row), code, value=f"{LINES_PER_ORDER_MAX:,}")
                for row, code in zip(rows[start:end], codes[start:end], strict=True)
            ]
            picked = block.keep(np.isin(block.rows, rows[start:end]))
            yield from join_lines(found, Block(picked.rows, picked.columns), running.workspace.language)
        start = end


@dataclass(frozen=True)
class _Grouped:
    """Events of some orders, and the place in the sorted lines after them."""

    events: list[EventColumns]
    lines: int


async def _send(running: Running) -> bool:
    path = running.folder / "sorted.parquet"
    if not path.exists():
        return True  # no line was accepted
    total = max(1, running.at.rows_accepted)
    rows = running.at.rows_read
    async for batch in work_ahead(_group(running)):
        known = await running.find_known([events for part in batch for events in part.events])
        for part in batch:
            if running.stop_requested:
                return False
            piece = await asyncio.to_thread(_recognise, running, part, known)
            await running.settle(piece)
            done = round(rows * (READ_SHARE + (1 - READ_SHARE) * part.lines / total))
            await running.job.report(done, rows, "Sending orders")
    return True


def _recognise(running: Running, part: _Grouped, known: frozenset[str]) -> Piece:
    piece = Piece(lines=part.lines)
    for columns in part.events:
        fresh = [place for place, id_ in enumerate(columns.message_ids) if id_ not in known]
        piece.known += len(columns) - len(fresh)
        piece.taken.extend(running.recognise(columns, fresh))
    return piece


def _group(running: Running) -> Iterator[list[_Grouped]]:
    """Whole orders from the sorted lines after the checkpoint, some thousand orders a part."""
    place = running.at.lines
    carried: Any = None
    for lines in _read_sorted(running):
        whole, carried = split_orders(lines, carried)
        if whole.num_rows:
            yield list(_group_parts(running, whole, place))
            place += whole.num_rows
    if carried is not None and carried.num_rows:
        yield list(_group_parts(running, carried, place))


def _group_parts(running: Running, lines: pa.Table, place: int) -> Iterator[_Grouped]:
    starts = [*find_starts(lines.column("order"))[::ORDERS_PER_PIECE].tolist(), lines.num_rows]
    for start, end in pairwise(starts):
        yield _Grouped(group_lines(lines.slice(start, end - start), running.plan), place + end)


def _read_sorted(running: Running) -> Iterator[pa.Table]:
    skip = running.at.lines
    with pq.ParquetFile(running.folder / "sorted.parquet") as file:
        for batch in file.iter_batches(batch_size=LINES_PER_BATCH):
            if batch.num_rows > skip:
                yield pa.Table.from_batches([batch.slice(skip)])
            skip = max(0, skip - batch.num_rows)
