"""Compaction: many small files become few sorted ones, repetitions and erased rows go.

Each month is replaced in one commit that names the files it replaces: appends that run meanwhile
stay, and of two compactions of the same files one is refused. Until that commit readers see the old
files; after a crash the new ones are orphans that ``vacuum`` removes.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import msgspec
import pyarrow as pa

from kizuna.adapters.lake.duplicates import Drops, find_duplicates, find_keys, join_drops
from kizuna.adapters.lake.layout import FILE_ROWS, ROW_GROUP_ROWS, write_run
from kizuna.adapters.lake.merge import sort_table
from kizuna.adapters.lake.runs import OpenRun, keep_last, merge_many, read_file
from kizuna.adapters.lake.storage import is_gone, storage_errors
from kizuna.adapters.lake.tables import LiveFile, Snapshot, Table
from kizuna.adapters.lake.timeline_index import delete_index, write_index
from kizuna.adapters.lake.work import open_work
from kizuna.kernel.errors import Conflict
from kizuna.kernel.lake import Compacted, Progress, StopFlag, TableName

# Fewer small files than this are not worth a rewrite; a timeline opens them in a few milliseconds.
MERGE_FILES_MIN = 8
# So many rows are sorted at once, in about 80 MB; more are merged as streams, which takes longer.
SORT_ROWS_MAX = 40_000
LIKE_FACTOR = 4
# More sorted generations than this in a month make every read slower.
GENERATIONS_MAX = 8
TRIES = 3


@dataclass(frozen=True)
class Work:
    """What a compaction is to do, and where it may spill."""

    drop_keys: tuple[int, ...] = ()
    month: str | None = None
    progress: Progress | None = None
    stop: StopFlag | None = None
    memory_mb: int = 256
    spill_dir: str | None = None

    @property
    def stopped(self) -> bool:
        return self.stop is not None and self.stop()


class _Stopped(Exception):
    pass


def compact_tables(open_table: Callable[[TableName], Table], work: Work) -> Compacted:
    """The events, then the small logs beside them; counts are those of the events."""
    try:
        return _compact_each(open_table, work)
    finally:
        # Arrow's allocator would keep a hundred megabytes for the next compaction.
        pa.default_memory_pool().release_unused()


def _compact_each(open_table: Callable[[TableName], Table], work: Work) -> Compacted:
    done = compact_table(open_table("events"), work)
    for name in ("profiles", "aliases"):
        if not done.stopped:
            log = compact_table(open_table(name), replace(work, progress=None))
            done = msgspec.structs.replace(done, stopped=log.stopped)
    return done


def compact_table(table: Table, work: Work) -> Compacted:
    """Runs one compaction; tried again when another one was first, a few times."""
    for attempt in range(TRIES):
        try:
            return _compact_events(table, work) if table.layout.partitioned else _compact_log(table, work)
        except Conflict:
            if attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")


def merge_small(table: Table, work: Work) -> Compacted:
    """Joins files that are as loads left them, where they piled up. Nothing is dropped."""
    snapshot = table.snapshot()
    done = Compacted()
    for month in [] if snapshot is None else snapshot.months():
        for files in plan_joins(_of_month(snapshot, month)):
            try:
                done = _add(done, _rewrite(table, month, files, {}, work, kind="merged"))
            except _Stopped:
                return msgspec.structs.replace(done, stopped=True)
    return done


def plan_joins(files: Sequence[LiveFile]) -> list[list[LiveFile]]:
    """Which files of a month to join: small ones that loads left, as many at a time as fit into memory, and
    larger files of about one size, once there are many. So a row is written anew once for each power of
    ``MERGE_FILES_MIN``, not with every few rows that come.
    """
    fresh = [f for f in files if f.kind == "fresh"]
    if len(fresh) < MERGE_FILES_MIN:
        return []
    plans: list[list[LiveFile]] = [[]]
    for file in (f for f in fresh if f.rows <= SORT_ROWS_MAX // 2):
        if plans[-1] and _rows(plans[-1]) + file.rows > SORT_ROWS_MAX:
            plans.append([])
        plans[-1].append(file)
    larger = [f for f in files if f.kind == "merged" or (f.kind == "fresh" and f.rows > SORT_ROWS_MAX // 2)]
    larger = sorted((f for f in larger if f.rows < FILE_ROWS), key=lambda f: f.rows)
    while len(larger) >= MERGE_FILES_MIN:
        like = [f for f in larger if f.rows <= LIKE_FACTOR * larger[0].rows]
        if len(like) >= MERGE_FILES_MIN:
            plans.append(like)
        larger = larger[len(like) :]
    return [plan for plan in plans if plan]


def _add(one: Compacted, other: Compacted) -> Compacted:
    names = ("months", "files_before", "files_after", "rows", "duplicates_dropped", "erased")
    return Compacted(**{name: getattr(one, name) + getattr(other, name) for name in names})


def _count_erased(done: Compacted, erased: int) -> Compacted:
    """``_rewrite`` counts all rows it left out as duplicates."""
    return msgspec.structs.replace(done, erased=erased, duplicates_dropped=done.duplicates_dropped - erased)


def _of_month(snapshot: Snapshot | None, month: str | None) -> list[LiveFile]:
    return [] if snapshot is None else [file for file in snapshot.files if file.month == month]


def _compact_events(table: Table, work: Work) -> Compacted:
    snapshot = table.snapshot()
    if snapshot is None:
        return Compacted()
    chosen = [f for f in snapshot.files if f.kind != "sorted" and work.month in (None, f.month)]
    duplicates, erased = _find_drops(table, snapshot, chosen, work)
    drops = join_drops(duplicates, erased)
    touched = {f.path for f in chosen} | {
        f.path for f in snapshot.files if f.path in erased or (f.kind == "sorted" and f.path in drops)
    }
    plans = [
        (month, files) for month in snapshot.months() if (files := choose_files(_of_month(snapshot, month), touched))
    ]
    done = Compacted()
    total = sum(f.rows for _, files in plans for f in files)
    for month, files in plans:
        before = done.rows + done.duplicates_dropped + done.erased
        step = replace(work, progress=_shifted(work.progress, before, total))
        try:
            part = _rewrite(table, month, files, drops, step, kind="sorted")
        except _Stopped:
            return msgspec.structs.replace(done, stopped=True)
        done = _add(done, _count_erased(part, sum(len(erased.get(f.path, ())) for f in files)))
    return done


def _shifted(progress: Progress | None, before: int, total: int) -> Progress | None:
    if progress is None:
        return None
    return lambda done, _: progress(min(total, before + done), total)


def _find_drops(table: Table, snapshot: Snapshot, chosen: Sequence[LiveFile], work: Work) -> tuple[Drops, Drops]:
    fresh = {f.path for f in chosen}
    old = sorted((f for f in snapshot.files if f.path not in fresh), key=lambda f: (f.kind != "sorted", f.path))
    erased: Drops = {}
    with (
        outrun_when_gone(),
        storage_errors("looking for duplicates"),
        open_work(work.memory_mb, work.spill_dir) as connection,
    ):
        duplicates = find_duplicates(connection, table.folder, old, chosen)
        if work.drop_keys:
            scope = [f for f in snapshot.files if work.month in (None, f.month)]
            erased = find_keys(table.folder, scope, "key", work.drop_keys)
    movable = {f.path for f in snapshot.files if f.kind == "sorted"} | fresh | set(erased)
    return {path: rows for path, rows in duplicates.items() if path in movable}, erased


def choose_files(files: Sequence[LiveFile], touched: set[str]) -> list[LiveFile]:
    """What of a month to rewrite: all that must be, and sorted generations that are not much larger
    than that, so that a month is not written anew for every few rows that come."""
    generations: dict[str, list[LiveFile]] = {}
    chosen = [f for f in files if f.path in touched and f.kind != "sorted"]
    for file in files:
        if file.kind == "sorted":
            generations.setdefault(file.generation, []).append(file)
    waiting: list[list[LiveFile]] = []
    for members in generations.values():
        if any(f.path in touched for f in members):
            chosen += members
        else:
            waiting.append(members)
    if not chosen:
        return []
    waiting.sort(key=_rows)
    while waiting and (_rows(waiting[0]) < 2 * _rows(chosen) or len(waiting) >= GENERATIONS_MAX):
        chosen += waiting.pop(0)
    return chosen


def _rows(files: Sequence[LiveFile]) -> int:
    return sum(f.rows for f in files)


def _compact_log(table: Table, work: Work) -> Compacted:
    """``profiles`` and ``aliases``: the latest row of each key stays."""
    snapshot = table.snapshot()
    identity = table.layout.identity
    if snapshot is None or identity is None:
        return Compacted()
    with outrun_when_gone():
        drops = find_keys(table.folder, snapshot.files, identity, work.drop_keys) if work.drop_keys else {}
    if not drops and all(f.kind == "sorted" for f in snapshot.files):
        return Compacted()
    try:
        done = _rewrite(table, None, list(snapshot.files), drops, work, kind="sorted")
    except _Stopped:
        return Compacted(stopped=True)
    # Older versions of a row are no loss: only what was erased is told.
    erased = sum(len(rows) for rows in drops.values())
    return msgspec.structs.replace(done, erased=erased, duplicates_dropped=0)


def _rewrite(
    table: Table, month: str | None, files: list[LiveFile], drops: Drops, work: Work, *, kind: str
) -> Compacted:
    """Writes the files of a month anew and commits them. ``duplicates_dropped`` counts all rows lost."""
    stem = f"{kind}-{uuid.uuid4().hex}"
    generation = f"month={month}/{stem}" if month else stem
    layout = table.layout
    runs: list[OpenRun] = [_open(table, f, drops, work) for f in files]
    merged = _merge(runs, _rows(files), layout.order, work)
    if layout.identity is not None:
        merged = keep_last(merged, layout.identity)
    before = _rows(files)
    with outrun_when_gone(), storage_errors("writing sorted files"):
        written = write_run(table.folder, layout, month, stem, _watched(merged, before, work))
        if kind == "sorted" and layout.table == "events" and written:
            write_index(table.folder, generation, written, work.spill_dir)
    after = sum(f.rows for f in written)
    try:
        table.replace(files, written, rows_lost=after != before)
    except Conflict:
        # After any other error the commit may have been made: its files stay, vacuum knows.
        for file in written:
            table.folder.delete(file.path)
        delete_index(table.folder, generation)
        raise
    return Compacted(
        months=1, files_before=len(files), files_after=len(written), rows=after, duplicates_dropped=before - after
    )


@contextmanager
def outrun_when_gone() -> Iterator[None]:
    """An erasure replaced files and deleted them at once: the compaction begins anew with the new ones."""
    try:
        yield
    except Exception as error:
        if not is_gone(error):
            raise
        raise Conflict("lake_compaction_outrun", "Files were erased during the compaction; run it again.") from error


def _merge(runs: list[OpenRun], rows: int, order: Sequence[str], work: Work) -> Iterator[pa.Table]:
    if rows > SORT_ROWS_MAX:
        yield from merge_many(runs, order, work.spill_dir)
        return
    batches = [batch for run in runs for batch in run(ROW_GROUP_ROWS) if batch.num_rows]
    if batches:
        yield sort_table(pa.Table.from_batches(batches), order)


def _open(table: Table, file: LiveFile, drops: Drops, work: Work) -> OpenRun:
    def read(rows_n: int) -> Iterator[pa.RecordBatch]:
        for batch in read_file(table.folder, file.path, table.layout.schema, rows_n, drops.get(file.path)):
            if work.stopped:
                raise _Stopped
            yield batch

    return read


def _watched(tables: Iterator[pa.Table], total: int, work: Work) -> Iterator[pa.Table]:
    done = 0
    for part in tables:
        yield part
        done += part.num_rows
        if work.progress is not None:
            work.progress(done, total)
