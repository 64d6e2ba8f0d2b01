"""Restores a backup into an empty installation: step by step, each of which is done once.

Whoever was erased after the backup is erased again before anything may open. Until then a table in the
database and a note in the data folder keep ``up``, ``serve``, ``work`` and everything else out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
from psycopg import sql

from kizuna.adapters.lake.storage import Folder, Storage, storage_errors
from kizuna.adapters.postgres import copying
from kizuna.adapters.postgres.copying import Connection
from kizuna.adapters.postgres.migrate import RESTORING, migrate, revisions
from kizuna.app.backup.bars import Begin, Told
from kizuna.app.backup.manifest import FileEntry, Manifest, Part
from kizuna.app.backup.marker import MARKER, read_marker
from kizuna.app.backup.parts import DataKey, check_part, read_parts
from kizuna.app.backup.store import BackupStore
from kizuna.kernel.errors import Conflict, Invalid
from kizuna.kernel.settings import Settings

OWN_FILES = {"vault.json", "secret.key", "kizuna.lock", "erasures.jsonl", MARKER}
"""What an empty data folder may hold."""

MAKE_STEPS = sql.SQL(
    "CREATE TABLE IF NOT EXISTS {} (step text PRIMARY KEY, backup text NOT NULL, at timestamptz DEFAULT now())"
).format(sql.Identifier(RESTORING))
FIND_STEPS = sql.SQL("SELECT step, backup FROM {}").format(sql.Identifier(RESTORING))
NOTE_STEP = sql.SQL("INSERT INTO {} (step, backup) VALUES (%s, %s)").format(sql.Identifier(RESTORING))
DROP_STEPS = sql.SQL("DROP TABLE {}").format(sql.Identifier(RESTORING))
HOLDS_ANYTHING = """
    SELECT c.relname FROM pg_class AS c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') LIMIT 1
"""
BEGAN = "began"


@dataclass
class RestoreRun:
    settings: Settings
    store: BackupStore
    manifest: Manifest
    key: DataKey
    begin: Begin
    rows: int = 0

    def check(self) -> None:
        """Everything that can be known before the first byte is written: the schema's version and every hash."""
        if self.manifest.revision not in revisions():
            raise Conflict(
                "backup_newer",
                f"The backup was made by a newer Kizuna ({self.manifest.made_by}, schema {self.manifest.revision}); "
                "restore it with that version or a later one.",
            )
        parts = self.manifest.stored_parts()
        told = self.begin("checking", sum(part.raw_bytes for part in parts.values()))
        for part in parts.values():
            check_part(self.store, part)
            told(part.raw_bytes)

    def write(self, url: str) -> None:
        """Fills database, lake and files, and brings the schema up to date; each step once."""
        with copying.owner_connection(url, "being restored") as db:
            steps = self._open_steps(db)
            if "schema" not in steps:
                migrate(url, target=self.manifest.revision, restoring=True)
                with db.transaction():
                    copying.empty_tables(db, [table.name for table in self.manifest.tables])
                    self._note(db, "schema")
            self._fill_tables(db, steps)
            self._once(db, steps, "sequences", lambda: self._set_sequences(db))
            self._once(db, steps, "lake", self._fill_lake)
            self._once(db, steps, "files", self._fill_blobs)
        migrate(url, restoring=True)

    def finish(self, url: str) -> None:
        """Opens the installation."""
        with copying.owner_connection(url, "being restored") as db:
            db.execute(DROP_STEPS)

    def _open_steps(self, db: Connection) -> set[str]:
        found = db.execute("SELECT to_regclass(%s) IS NOT NULL", (f"public.{RESTORING}",)).fetchone()
        if not (found and found[0]):
            self._refuse_filled(db)
            with db.transaction():
                db.execute(MAKE_STEPS)
                self._note(db, BEGAN)
        rows = db.execute(FIND_STEPS).fetchall()
        others = {backup for _, backup in rows} - {self.manifest.id}
        if others:
            raise Conflict(
                "restore_of_another",
                f"The database holds an unfinished restore of the backup {others.pop()}; go on with that one "
                "(`--at`), or begin with an empty database.",
            )
        return {step for step, _ in rows}

    def _refuse_filled(self, db: Connection) -> None:
        row = db.execute(HOLDS_ANYTHING).fetchone()
        if row:
            raise Conflict(
                "restore_not_empty",
                f"The database is not empty (it has the table {row[0]}); a restore needs an empty one. "
                "Make one and name it by KIZUNA_DATABASE_URL.",
            )

    def _note(self, db: Connection, step: str) -> None:
        db.execute(NOTE_STEP, (step, self.manifest.id))

    def _once(self, db: Connection, steps: set[str], step: str, work: Callable[[], None]) -> None:
        if step not in steps:
            work()
            self._note(db, step)

    def _fill_tables(self, db: Connection, steps: set[str]) -> None:
        tables = {table.name: table for table in self.manifest.tables}
        told = self.begin("database", _raw_bytes(part for table in tables.values() for part in table.parts))
        for name in copying.order_for_filling(db, tables):
            table = tables[name]
            if f"table {name}" in steps:
                told(_raw_bytes(table.parts))
                continue
            with db.transaction():
                chunks = read_parts(self.store, self.key, table.parts, told)
                rows = copying.copy_in(db, name, table.columns, chunks)
                if rows != table.rows:
                    raise Invalid("backup_broken", f"The table {name} has {rows} rows in the backup, not {table.rows}.")
                self._note(db, f"table {name}")
            self.rows += rows

    def _set_sequences(self, db: Connection) -> None:
        with db.transaction():
            for one in self.manifest.sequences:
                copying.set_sequence(db, msgspec.to_builtins(one))

    def _fill_lake(self) -> None:
        storage = Storage(self.settings.lake_url)
        folder = Folder(storage, storage.url)
        told = self.begin("lake", sum(entry.size for entry in self.manifest.lake_files))
        # The log last: without it the files are no table to anybody.
        for entry in sorted(self.manifest.lake_files, key=lambda one: "/_delta_log/" in one.path):
            with storage_errors("being restored"):
                self._write_file(folder, entry, told)

    def _fill_blobs(self) -> None:
        told = self.begin("files", sum(entry.size for entry in self.manifest.blobs))
        folder = Folder(Storage(str(self.settings.blobs_dir)), str(self.settings.blobs_dir))
        for entry in self.manifest.blobs:
            self._write_file(folder, entry, told)

    def _write_file(self, folder: Folder, entry: FileEntry, told: Told) -> None:
        if folder.exists(entry.path):
            if folder.size(entry.path) == entry.size:
                told(entry.size)
                return
            folder.delete(entry.path)  # cut off when an earlier run was killed
        with folder.open_output(entry.path) as file:
            for data in read_parts(self.store, self.key, entry.parts, told):
                file.write(data)


def _raw_bytes(parts: Iterable[Part]) -> int:
    return sum(part.raw_bytes for part in parts)


def refuse_filled_folders(settings: Settings, backup_id: str) -> None:
    """Raises ``Conflict`` unless data folder and lake are empty, or hold what an earlier run of the same
    restore wrote."""
    marker = read_marker(settings)
    if marker is not None and marker.get("backup") == backup_id:
        return
    if marker is not None:
        raise Conflict(
            "restore_of_another",
            f"{settings.data_dir} holds an unfinished restore of the backup {marker.get('backup', '(unknown)')}; "
            "go on with that one (`--at`), or empty the folder.",
        )
    others = sorted({path.name for path in _entries(settings.data_dir)} - OWN_FILES)
    if others:
        raise Conflict(
            "restore_not_empty",
            f"The data folder {settings.data_dir} is not empty (it has {others[0]}); a restore needs an empty one. "
            "Choose another with KIZUNA_DATA_DIR.",
        )
    storage = Storage(settings.lake_url)
    with storage_errors("being looked at"):
        files = Folder(storage, storage.url).list("")
    if files:
        raise Conflict(
            "restore_not_empty",
            f"The lake {settings.lake_url} is not empty (it has {files[0][0]}); a restore needs an empty one. "
            "Choose another with KIZUNA_LAKE_URL.",
        )


def _entries(folder: Path) -> list[Path]:
    with suppress(FileNotFoundError):
        return [path for path in folder.iterdir() if not path.name.startswith(".")]
    return []
