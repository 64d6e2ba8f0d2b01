"""Erasure: rows go from every file that holds them, and the files that held them go at once. Of rows that stay
identifiers may go; a file that loses only those is treated alike.

What belongs together is written anew without them and committed in the place of the old; then the
old is deleted. At last every file is looked at that is no part of the table any more, or never became
one: files of older versions, of crashed writes. So a second run finishes what a killed one began.

A compaction at work on the same rows cannot bring them back: it is refused, for the files that it
replaces are gone, and what it wrote may be deleted under its hands.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import msgspec
import pyarrow as pa

from kizuna.adapters.lake.rewrite import Erasing, Unit, Written, discard, write_unit
from kizuna.adapters.lake.storage import storage_errors
from kizuna.adapters.lake.tables import LiveFile, Snapshot, Table, generation_of
from kizuna.adapters.lake.timeline_index import INDEX_FOLDER, delete_index, indexed_generation
from kizuna.adapters.lake.wanted import Wanted, find_hits, holds_any
from kizuna.kernel.errors import Conflict
from kizuna.kernel.lake import Erased

# Two units are written at a time, one computing while the other waits for the disk.
WRITERS = 2
ENCODERS = 2
# As many files as loads left are committed together.
FRESH_PER_UNIT = 64
TRIES = 3


@dataclass
class Tally:
    rows: int = 0
    files_rewritten: int = 0
    files_deleted: int = 0

    def into(self, erased: Erased, table: str) -> Erased:
        return msgspec.structs.replace(
            erased,
            **{table: self.rows},
            files_rewritten=erased.files_rewritten + self.files_rewritten,
            files_deleted=erased.files_deleted + self.files_deleted,
        )


def erase_rows(table: Table, erasing: Erasing, tally: Tally) -> None:
    """Removes rows and identifiers from one table; counts into ``tally`` as it goes. May raise ``Stopped``."""
    try:
        for attempt in range(TRIES):
            if _erase_live(table, erasing, tally):
                break
            if attempt == TRIES - 1:
                raise Conflict("lake_erasure_outrun", "Compactions replaced the same files; run the erasure again.")
        erasing.check()
        with storage_errors("deleting erased files"):
            _sweep(table, erasing, tally)
    finally:
        # Arrow's allocator would keep what the encoding took.
        pa.default_memory_pool().release_unused()


def count_rows(table: Table, wanted: Wanted) -> int:
    """How many rows of the present version would go."""
    total = 0
    with storage_errors("counting rows"):
        for file in _candidates(table.snapshot(), wanted):
            total += sum(len(rows) for rows in find_hits(table.folder, file.path, wanted).values())
    return total


def _candidates(snapshot: Snapshot | None, wanted: Wanted) -> list[LiveFile]:
    return [] if snapshot is None else [file for file in snapshot.files if wanted.wants_month(file.month)]


def plan_units(files: Sequence[LiveFile]) -> list[Unit]:
    """Generations by themselves, the largest first, so that none is left to one thread at the end."""
    generations: dict[str, list[LiveFile]] = {}
    single: list[LiveFile] = []
    for file in files:
        if file.kind == "sorted":
            generations.setdefault(file.generation, []).append(file)
        else:
            single.append(file)
    units = [Unit(sorted(members, key=_number), name) for name, members in generations.items()]
    units.sort(key=lambda unit: sum(file.size for file in unit.files), reverse=True)
    return units + [Unit(single[at : at + FRESH_PER_UNIT]) for at in range(0, len(single), FRESH_PER_UNIT)]


def _number(file: LiveFile) -> int:
    return int(file.path.rsplit("-", 1)[1].split(".")[0])


def _erase_live(table: Table, erasing: Erasing, tally: Tally) -> bool:
    """Rewrites the files of the present version; false when others replaced some of them meanwhile."""
    units = plan_units(_candidates(table.snapshot(), erasing.wanted))
    total = sum(unit.rows for unit in units)
    done, whole = 0, True
    with ThreadPoolExecutor(ENCODERS, "erase") as encoders, ThreadPoolExecutor(WRITERS, "erase-write") as writers:
        waiting = [writers.submit(write_unit, table, unit, erasing, encoders) for unit in units]
        try:
            for unit in units:
                # The writers may be done with all of it before the first commit.
                erasing.check()
                written = waiting.pop(0).result()
                whole &= written is not None and _commit(table, written, tally)
                done += unit.rows
                if erasing.progress is not None:
                    erasing.progress(done, total)
        except BaseException:
            _take_back(table, waiting)
            raise
    return whole


def _take_back(table: Table, waiting: Sequence[Future[Written | None]]) -> None:
    """Ends what is being written and deletes what nobody will commit."""
    for future in waiting:
        future.cancel()
    for future in waiting:
        if not future.cancelled() and future.exception() is None and (written := future.result()):
            discard(table.folder, written)


def _commit(table: Table, written: Written, tally: Tally) -> bool:
    """Puts the new files in the place of the old, and deletes the old; false when those are replaced already."""
    if not written.removed:
        return True
    try:
        table.replace(written.removed, written.added, rows_lost=True)
    except Conflict:
        # After any other error the commit may have been made: then its files are the table's.
        discard(table.folder, written)
        return False
    tally.rows += written.rows
    tally.files_rewritten += len(written.removed)
    tally.files_deleted += len(written.removed)
    with storage_errors("deleting erased files"):
        for file in written.removed:
            table.folder.delete(file.path)
        if written.old_generation is not None:
            delete_index(table.folder, written.old_generation)
    return True


def _sweep(table: Table, erasing: Erasing, tally: Tally) -> None:
    """Deletes files outside of the present version that hold what is to go, and indexes that lost their files."""
    listed = [path for path, _ in table.folder.list("") if not path.startswith("_delta_log/")]
    # Looked at after the listing: what was committed in between counts as present.
    snapshot = table.snapshot()
    live = {file.path for file in snapshot.files} if snapshot else set[str]()
    generations = {generation_of(path) for path in live}
    indexes = [path for path in listed if path.startswith(f"{INDEX_FOLDER}/")]
    for path in listed:
        if path.endswith(".parquet") and path not in live:
            if _is_left_with(table, path, erasing):
                table.folder.delete(path)
                tally.files_deleted += 1
            else:
                generations.add(generation_of(path))
    for path in indexes:
        # Files are written before their index, and deleted before it.
        if indexed_generation(path) not in generations:
            table.folder.delete(path)
            tally.files_deleted += 1


def _is_left_with(table: Table, path: str, erasing: Erasing) -> bool:
    """Whether a file that is no part of the table holds what is to go, or may: one that a killed process left
    half written cannot be read."""
    month = path.split("/")[0].removeprefix("month=") if path.startswith("month=") else None
    if not erasing.wanted.wants_month(month):
        return False
    try:
        return holds_any(table.folder, path, erasing.wanted, erasing.named)
    except FileNotFoundError:
        return False
    except pa.ArrowInvalid:
        return not table.folder.is_being_written(path)
