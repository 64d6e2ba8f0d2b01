"""Makes a backup: one moment of PostgreSQL, and the lake as it belongs to that moment.

The moment is PostgreSQL's. Its snapshot holds the inbox, so what the lake got later is left out of the lake
(``adapters.lake.history``) and loaded again from the restored inbox; what left the inbox before is in the
lake already, for a chunk goes only after its commit. So nothing is lost and nothing comes twice.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, LiteralString, cast

from kizuna import __version__
from kizuna.adapters.lake.core import TABLES
from kizuna.adapters.lake.history import PastTable, find_past
from kizuna.adapters.lake.storage import Folder, Storage
from kizuna.adapters.postgres import copying
from kizuna.adapters.postgres.copying import Connection, TableShape
from kizuna.app.backup.bars import Begin, Told
from kizuna.app.backup.ledger import keep_ledger
from kizuna.app.backup.manifest import (
    UNFINISHED,
    FileEntry,
    LakeTable,
    Manifest,
    Sequence,
    TableEntry,
    Unfinished,
    list_ids,
    manifest_path,
    read_manifest,
    read_unfinished,
    write_manifest,
    write_unfinished,
)
from kizuna.app.backup.parts import KEYS_FOLDER, PARTS_FOLDER, DataKey, present_key, write_parts
from kizuna.app.backup.store import BackupStore
from kizuna.app.modules import load_registry
from kizuna.kernel.errors import Invalid, NotFound, Unavailable
from kizuna.kernel.settings import Settings
from kizuna.kernel.vault import Vault

READ_BYTES = 1_048_576
NOTE_EVERY_S = 5.0
NOTE_EVERY_FILES = 200
BLOB_FOLDERS = ("uploads", "imports")
"""Exports are left out: they can be made anew, and are copies of people's data that expire."""

WORKSPACES = "SELECT id FROM workspace_workspaces ORDER BY id"
REVISION = "SELECT version_num FROM alembic_version"
MOMENT = "SELECT now()"


@dataclass
class Copied:
    """What a run did, for people and programs."""

    new_bytes: int = 0
    kept_bytes: int = 0
    files_new: int = 0
    files_kept: int = 0


@dataclass
class BackupRun:
    settings: Settings
    store: BackupStore
    url: str
    begin: Begin
    key: DataKey
    known: dict[str, FileEntry] = field(default_factory=dict[str, FileEntry])
    fresh: dict[str, FileEntry] = field(default_factory=dict[str, FileEntry])
    copied: Copied = field(default_factory=Copied)
    _noted_at: float = 0.0
    _noted_files: int = 0

    def run(self) -> Manifest:
        """Raises ``Unavailable`` where the same command goes on later, ``Forbidden`` where rights are missing."""
        keep_ledger(self.settings, self.store)
        storage = Storage(self.settings.lake_url)
        with copying.owner_connection(self.url, "being backed up") as db:
            # Most of the lake first, so that the moment's snapshot, which holds up vacuum, need not wait for it.
            self._copy_data(storage, _find_lake(db, storage, now=True), "lake")
            with copying.snapshot(db) as tables:
                moment: datetime = _one(db, MOMENT)
                revision: str = _one(db, REVISION)
                lake = _find_lake(db, storage, now=False)
                entries = self._copy_tables(db, tables)
                sequences = [Sequence(**one) for one in copying.read_sequences(db)]
                left_out = copying.list_unlogged(db)
        lake_tables, lake_files = self._copy_lake(storage, lake)
        blobs = self._copy_blobs()
        manifest = Manifest(
            id=f"{moment.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}-{os.urandom(2).hex()}",
            made_by=__version__,
            snapshot_at=moment.astimezone(UTC).isoformat(),
            finished_at=datetime.now(UTC).isoformat(),
            revision=revision,
            data_key=self.key.id,
            ledger_entries=keep_ledger(self.settings, self.store),
            tables=entries,
            sequences=sequences,
            lake=lake_tables,
            lake_files=lake_files,
            blobs=blobs,
            left_out=[*left_out, "blobs/exports", "vault.json", "secret.key"],
        )
        write_manifest(self.store, self.settings.vault, manifest)
        self.store.delete(UNFINISHED)
        return manifest

    def _copy_tables(self, db: Connection, tables: list[TableShape]) -> list[TableEntry]:
        told = self.begin("database", sum(table.bytes for table in tables))
        entries: list[TableEntry] = []
        for table in tables:
            rows: list[int] = []
            parts = write_parts(self.store, self.key, copying.copy_out(db, table, rows.append), told, pack=True)
            self.copied.new_bytes += sum(part.raw_bytes for part in parts)
            entries.append(TableEntry(table.name, table.columns, rows[0], parts))
        return entries

    def _copy_lake(
        self, storage: Storage, lake: dict[tuple[int, str], PastTable]
    ) -> tuple[list[LakeTable], list[FileEntry]]:
        files = self._copy_data(storage, lake, "lake, rest")
        for (workspace_id, table), past in lake.items():
            folder = storage.folder(workspace_id, table)
            # Names of commits come again after a restore, with another content: these are always copied.
            files += [self._copy(folder, f"ws={workspace_id}/{table}", path, _silent, pack=True) for path in past.log]
        tables = [LakeTable(key[0], key[1], past.version, len(past.data)) for key, past in lake.items()]
        return tables, files

    def _copy_data(self, storage: Storage, lake: dict[tuple[int, str], PastTable], stage: str) -> list[FileEntry]:
        told = self.begin(stage, sum(size for past in lake.values() for size in past.data.values()))
        files: list[FileEntry] = []
        for (workspace_id, table), past in lake.items():
            folder = storage.folder(workspace_id, table)
            root = f"ws={workspace_id}/{table}"
            files += [self._copy_once(folder, root, path, told) for path in sorted(past.data)]
        self._note(at_once=True)
        return files

    def _copy_once(self, folder: Folder, root: str, path: str, told: Told) -> FileEntry:
        name = f"{root}/{path}"
        found = self.known.get(name)
        if found is None:
            found = self.known[name] = self.fresh[name] = self._copy(folder, root, path, told, pack=False)
            self._note()
            return found
        if name not in self.fresh:
            self.fresh[name] = found
            self.copied.files_kept += 1
            self.copied.kept_bytes += found.size
        told(found.size)
        return found

    def _copy(self, folder: Folder, root: str, path: str, told: Told, *, pack: bool) -> FileEntry:
        try:
            size = folder.size(path)
            parts = write_parts(self.store, self.key, _read_file(folder, path), told, pack=pack)
        except FileNotFoundError as error:
            raise Unavailable(
                "backup_outrun",
                f"A file of the lake went while it was copied ({root}/{path}), as an erasure makes them go; "
                "run the same command again: it goes on where it stopped.",
            ) from error
        return self._copied(FileEntry(f"{root}/{path}", size, parts))

    def _copied(self, entry: FileEntry) -> FileEntry:
        self.copied.files_new += 1
        self.copied.new_bytes += entry.size
        return entry

    def _copy_blobs(self) -> list[FileEntry]:
        root = self.settings.blobs_dir
        paths = sorted(path for name in BLOB_FOLDERS for path in (root / name).rglob("*") if path.is_file())
        told = self.begin("files", None)
        entries: list[FileEntry] = []
        for path in paths:
            try:
                entries.append(self._copy_blob(root, path, told))
            except FileNotFoundError:
                continue  # cleared away meanwhile
        return entries

    def _copy_blob(self, root: Path, path: Path, told: Told) -> FileEntry:
        stat = path.stat()
        name = path.relative_to(root).as_posix()
        found = self.known.get(f"blobs/{name}")
        if found is not None and (found.size, found.stamp) == (stat.st_size, stat.st_mtime_ns):
            self.copied.files_kept += 1
            self.copied.kept_bytes += found.size
            return found
        with path.open("rb") as file:
            parts = write_parts(self.store, self.key, iter(lambda: file.read(READ_BYTES), b""), told, pack=True)
        entry = FileEntry(name, sum(part.raw_bytes for part in parts), parts, stat.st_mtime_ns)
        self.fresh[f"blobs/{name}"] = entry
        return self._copied(entry)

    def _note(self, *, at_once: bool = False) -> None:
        """Writes down what is copied, so that a killed run need not copy it again."""
        files = self.copied.files_new - self._noted_files
        if not files or not (at_once or files >= NOTE_EVERY_FILES or time.monotonic() - self._noted_at > NOTE_EVERY_S):
            return
        write_unfinished(self.store, self.settings.vault, Unfinished(self.key.id, self.fresh))
        self._noted_at, self._noted_files = time.monotonic(), self.copied.files_new


def start_run(settings: Settings, store: BackupStore, url: str, begin: Begin) -> BackupRun:
    """A run that knows what earlier ones into the same store copied under the present key."""
    key = present_key(store, settings.vault)
    known: dict[str, FileEntry] = {}
    for backup_id in reversed(list_ids(store)):
        try:
            manifest = read_manifest(store, settings.vault, backup_id)
        except (Invalid, NotFound):
            continue  # of another vault, or broken: it helps nobody
        if manifest.data_key == key.id:
            known |= {entry.path: entry for entry in manifest.lake_files if "/_delta_log/" not in entry.path}
            known |= {f"blobs/{entry.path}": entry for entry in manifest.blobs}
            break
    unfinished = read_unfinished(store, settings.vault)
    if unfinished is not None and unfinished.data_key == key.id:
        known |= unfinished.files
    # What somebody took away from the store is copied again, and not only believed to be there.
    there = {path.rsplit("/", 1)[-1] for path in store.list(PARTS_FOLDER)} if known else set[str]()
    known = {name: entry for name, entry in known.items() if all(part.name in there for part in entry.parts)}
    return BackupRun(settings, store, url, begin, key, known)


def _find_lake(db: Connection, storage: Storage, *, now: bool) -> dict[tuple[int, str], PastTable]:
    """The lake's tables, as they are or as they belong to the snapshot ``db`` is in."""
    marks = {table: mark for mark in load_registry().lake_marks for table in mark.tables}
    known: dict[str, dict[int, int]] = {}
    found: dict[tuple[int, str], PastTable] = {}
    for (workspace_id,) in db.execute(WORKSPACES).fetchall():
        for table in TABLES:
            mark = marks[table]
            if table not in known:
                known[table] = dict(db.execute(cast(LiteralString, mark.query)).fetchall())
            # Without a row nothing was ever loaded as far as the snapshot knows.
            limit = None if now else known[table].get(workspace_id, 0)
            past = find_past(storage.folder(workspace_id, table), mark.app_id, limit)
            if past is not None:
                found[workspace_id, table] = past
    return found


def _silent(_: int) -> None:
    pass


def _one(db: Connection, query: LiteralString) -> Any:
    row = db.execute(query).fetchone()
    assert row is not None
    return row[0]


def _read_file(folder: Folder, path: str) -> Iterator[bytes]:
    with folder.open_input(path) as file:
        while data := file.read(READ_BYTES):
            yield data


def drop_old(store: BackupStore, vault: Vault, keep: int | None) -> list[str]:
    """Removes all but the newest ``keep`` backups (None: none of them), and parts that none of those needs,
    such as killed runs leave. Returns the ids of the backups that went.

    Raises ``Invalid`` when one that stays cannot be read: then nothing goes, for its parts are not known.
    """
    ids = list_ids(store)
    dropped = [] if keep is None else ids[:-keep]
    kept = [read_manifest(store, vault, backup_id) for backup_id in ids if backup_id not in dropped]
    for backup_id in dropped:
        store.delete(manifest_path(backup_id))
    needed = {name for manifest in kept for name in manifest.stored_parts()}
    keys = {f"{manifest.data_key}.key" for manifest in kept}
    for folder, names in ((PARTS_FOLDER, needed), (KEYS_FOLDER, keys)):
        for path in store.list(folder):
            if path.rsplit("/", 1)[-1] not in names:
                store.delete(path)
    return dropped
