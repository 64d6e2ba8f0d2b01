"""Some of a table's files written anew without rows and identifiers that are to go; ``erase`` commits them."""

from __future__ import annotations

import uuid
from concurrent.futures import Executor
from dataclasses import dataclass, field

from kizuna.adapters.lake.index_splice import write_index_without
from kizuna.adapters.lake.layout import WrittenFile
from kizuna.adapters.lake.named import Named
from kizuna.adapters.lake.splice import Cut, write_without
from kizuna.adapters.lake.storage import Folder, storage_errors
from kizuna.adapters.lake.tables import LiveFile, Table
from kizuna.adapters.lake.timeline_index import delete_index
from kizuna.adapters.lake.wanted import Hits, Wanted, find_hits
from kizuna.kernel.lake import Progress, StopFlag


@dataclass(frozen=True)
class Erasing:
    """What is to go from a table, and who listens."""

    wanted: Wanted
    named: Named | None = None
    """What is to go from rows that stay."""
    progress: Progress | None = None
    stop: StopFlag | None = None

    def check(self) -> None:
        if self.stop is not None and self.stop():
            raise Stopped


class Stopped(Exception):
    """Raised between two row groups; what was not committed is deleted."""


@dataclass(frozen=True)
class Unit:
    """Files that are replaced in one commit: a sorted generation with its index, or some single files."""

    files: list[LiveFile]
    generation: str | None = None

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)


@dataclass
class Written:
    """What is to take the place of some files; not committed."""

    removed: list[LiveFile] = field(default_factory=list)
    added: list[WrittenFile] = field(default_factory=list)
    old_generation: str | None = None
    new_generation: str | None = None
    rows: int = 0
    """How many rows are lost."""


def write_unit(table: Table, unit: Unit, erasing: Erasing, encoders: Executor) -> Written | None:
    """Writes a unit without what is to go. Nothing is written when it holds none of it; None when its files went
    meanwhile."""
    with storage_errors("erasing"):
        try:
            hits: dict[str, Hits] = {}
            for file in unit.files:
                erasing.check()
                hits[file.path] = find_hits(table.folder, file.path, erasing.wanted, erasing.named)
            return _write(table, unit, hits, erasing, encoders)
        except FileNotFoundError:
            return None


def _write(table: Table, unit: Unit, hits: dict[str, Hits], erasing: Erasing, encoders: Executor) -> Written:
    touched = [file for file in unit.files if hits[file.path]]
    if not touched:
        return Written()
    # A generation shares an index, and a log without duplicates is one generation: all of it moves.
    made = Written(unit.files if unit.generation else touched, old_generation=unit.generation)
    made.rows = sum(len(rows) for found in hits.values() for rows in found.values())
    name = uuid.uuid4().hex
    if unit.generation:
        made.new_generation = f"{_folder_of(unit.files[0])}sorted-{name}"
    try:
        for number, file in enumerate(made.removed):
            new = WrittenFile(f"{_folder_of(file)}{_KINDS[file.kind]}-{name}-{number}.parquet", file.month)
            made.added.append(new)
            cut = Cut(hits[file.path], erasing.named)
            if not write_without(table.folder, table.layout, file.path, cut, new, encoders, erasing.check):
                made.added.pop()
        if unit.generation and made.new_generation and made.added and table.layout.table == "events":
            write_index_without(table.folder, unit.generation, made.new_generation, erasing.wanted, encoders)
    except BaseException:
        discard(table.folder, made)
        raise
    return made


_KINDS = {"fresh": "load-x", "merged": "merged", "sorted": "sorted"}


def _folder_of(file: LiveFile) -> str:
    return f"month={file.month}/" if file.month else ""


def discard(folder: Folder, written: Written) -> None:
    """Deletes what was written and will not be committed."""
    for file in written.added:
        folder.delete(file.path)
    if written.new_generation is not None:
        delete_index(folder, written.new_generation)
