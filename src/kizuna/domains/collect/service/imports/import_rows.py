"""Imports of profiles and events: a row is an event, sent in the order of the file."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from kizuna.domains.collect.rules.imports.plans import Block, EventColumns, Refusals
from kizuna.domains.collect.rules.imports.reasons import RefusedRow
from kizuna.domains.collect.rules.imports.rows import read_events, read_profiles
from kizuna.domains.collect.service.imports.readers import read_blocks
from kizuna.domains.collect.service.imports.refused import write_refusals
from kizuna.domains.collect.service.imports.running import EVENTS_PER_PIECE_MAX, Piece, Running, work_ahead


@dataclass(frozen=True)
class _Parsed:
    events: EventColumns
    refused: list[tuple[RefusedRow, bytes]]
    last_row: int


async def import_rows(running: Running) -> bool:
    """False when a stop was asked before the end."""
    async for parsed in work_ahead(_parse(running)):
        known = await running.find_known([parsed.events])
        for piece in await asyncio.to_thread(lambda p=parsed, k=known: list(_cut(running, p, k))):
            if running.stop_requested:
                return False
            await running.settle(piece)
            await running.job.report(piece.row - running.shape.first_row + 1, message="Sending rows")
    return True


def _parse(running: Running) -> Iterator[_Parsed]:
    read = read_profiles if running.plan.kind == "profiles" else read_events
    for block in read_blocks(running.path, running.shape, after_row=running.at.row):
        refusals = Refusals(block.rows)
        events = read(block, running.plan, refusals) if len(block.rows) else None
        found = [*block.refused, *refusals.found]
        yield _Parsed(
            events if events is not None else _no_events(block),
            join_lines(found, block, running.workspace.language),
            block.last_row,
        )


def join_lines(found: list[RefusedRow], block: Block, language: str) -> list[tuple[RefusedRow, bytes]]:
    """Refusals with their lines of CSV, by row."""
    ordered = sorted(found, key=lambda refused: refused.row)
    return [(one, line) for one, (_, line) in zip(ordered, write_refusals(ordered, block, language), strict=True)]


def _no_events(block: Block) -> EventColumns:
    return EventColumns(block.rows, "track", [], [], block.rows, {}, [])


def _cut(running: Running, parsed: _Parsed, known: frozenset[str]) -> Iterator[Piece]:
    """Pieces in the order of rows, each with the refusals up to its last row."""
    refused = deque(parsed.refused)
    columns = parsed.events
    fresh = [place for place, id_ in enumerate(columns.message_ids) if id_ not in known]
    begin = 0
    for start in range(0, max(1, len(fresh)), EVENTS_PER_PIECE_MAX):
        places = fresh[start : start + EVENTS_PER_PIECE_MAX]
        last = start + EVENTS_PER_PIECE_MAX >= len(fresh)
        end = len(columns) if last else places[-1] + 1
        taken = running.recognise(columns, places)
        piece = Piece(taken, known=end - begin - len(places), accepted=end - begin)
        yield _close(piece, parsed.last_row if last else int(columns.rows[end - 1]), refused)
        begin = end


def _close(piece: Piece, row: int, refused: deque[tuple[RefusedRow, bytes]]) -> Piece:
    while refused and refused[0][0].row <= row:
        piece.refused.append(refused.popleft())
    piece.row = row
    piece.rows_read = piece.accepted + len(piece.refused)
    return piece
