"""The commands themselves: what is opened and closed around a backup and a restore."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kizuna.adapters.postgres.embedded import EmbeddedPostgres, database_url
from kizuna.app.backup.bars import show_stages
from kizuna.app.backup.last import note_last_backup
from kizuna.app.backup.ledger import LEDGER, join_lines, ledger_path, parse_ledger, split_lines, write_ledger
from kizuna.app.backup.make import drop_old, start_run
from kizuna.app.backup.manifest import UNFINISHED, Manifest, list_ids, read_manifest
from kizuna.app.backup.marker import read_marker, refuse_unrestored, remove_marker, write_marker
from kizuna.app.backup.parts import find_key
from kizuna.app.backup.restore import RestoreRun, refuse_filled_folders
from kizuna.app.backup.store import BackupStore
from kizuna.app.build import build_runtime
from kizuna.app.supervisor import lock_folder
from kizuna.kernel.context import Runtime
from kizuna.kernel.errors import Conflict, Invalid, KizunaError, NotFound
from kizuna.kernel.settings import Settings

Entries = Sequence[dict[str, Any]]
Replay = Callable[[Runtime, Entries], Awaitable[int]]
"""Erases again whom the entries of the ledger name; returns how many. May be called again."""


def make_backup(settings: Settings, destination: str, *, keep: int | None, quiet: bool) -> dict[str, Any]:
    """One more backup at ``destination``; says what it is. Raises errors whose sentences say what to do."""
    if keep is not None and keep < 1:
        raise Invalid("keep_invalid", "--keep takes a whole number from 1.")
    refuse_unrestored(settings)
    store = BackupStore(destination)
    with store.lock(), _database(settings), show_stages(quiet=quiet) as begin:
        killed = store.find(UNFINISHED) is not None
        run = start_run(settings, store, database_url(settings), begin)
        manifest = run.run()
        dropped = drop_old(store, settings.vault, keep) if keep or killed else []
    done = _describe(manifest) | asdict(run.copied) | {"destination": store.url, "dropped": dropped}
    note_last_backup(settings, manifest.snapshot_at, store.url)
    return done


def list_backups(settings: Settings, source: str) -> list[dict[str, Any]]:
    """All backups at ``source``, oldest first; broken ones with the reason."""
    store = BackupStore(source)
    found: list[dict[str, Any]] = []
    for backup_id in list_ids(store):
        try:
            found.append(_describe(read_manifest(store, settings.vault, backup_id)))
        except KizunaError as error:
            found.append({"id": backup_id, "broken": error.message})
    return found


def restore_backup(
    settings: Settings,
    source: str,
    *,
    at: str | None = None,
    ledger: str | None = None,
    no_ledger: bool = False,
    quiet: bool = False,
    replay: Replay | None = None,
) -> dict[str, Any]:
    """Fills an empty installation from a backup, and opens it when the erased are erased again."""
    store = BackupStore(source)
    manifest = read_manifest(store, settings.vault, at or _begun(settings))
    key = find_key(store, settings.vault, manifest.data_key)
    data = _read_ledger(settings, store, manifest, ledger, no_ledger=no_ledger)
    entries = parse_ledger(data, ledger or f"{store.url}/{LEDGER}")
    with lock_folder(settings), show_stages(quiet=quiet) as begin:
        refuse_filled_folders(settings, manifest.id)
        run = RestoreRun(settings, store, manifest, key, begin)
        run.check()
        write_marker(settings, {"backup": manifest.id, "source": store.url})
        with _own_database(settings):
            url = database_url(settings)
            run.write(url)
            write_ledger(settings, data)
            erased = asyncio.run(_replay(settings, entries, replay or load_replay())) if entries else 0
            run.finish(url)
        remove_marker(settings)
    return _describe(manifest) | {"ledger_entries": len(entries), "erased_again": erased}


def load_replay() -> Replay:
    """Of the domain that owns erasure. Looked up late: a backup without erasures needs none of it."""
    return importlib.import_module("kizuna.domains.privacy.api").replay_erasures


async def _replay(settings: Settings, entries: Entries, replay: Replay) -> int:
    runtime, database = build_runtime(settings)
    try:
        return await replay(runtime, entries)
    finally:
        await runtime.engine.close()
        await runtime.lake.close()
        await database.close()


def _begun(settings: Settings) -> str | None:
    """The backup that an earlier run began to restore: newer ones may have come since."""
    return (read_marker(settings) or {}).get("backup")


def _read_ledger(
    settings: Settings, store: BackupStore, manifest: Manifest, given: str | None, *, no_ledger: bool
) -> bytes:
    """The ledger given or beside the backups, and what the data folder itself still has of one."""
    live = ledger_path(settings)
    lines = split_lines(live.read_bytes()) if live.exists() else []
    if no_ledger:
        return b"".join(line + b"\n" for line in lines)
    try:
        data = Path(given).read_bytes() if given else store.read(LEDGER)
    except OSError as error:
        raise NotFound(
            "ledger_missing",
            f"The ledger of erasures {given or f'{store.url}/{LEDGER}'} cannot be read. Without it, people who asked "
            "to be forgotten would be back. Name a copy with --ledger; if there is none, --no-ledger restores "
            "without, and you must erase them again yourself.",
        ) from error
    lines = join_lines(lines, split_lines(data))
    if len(lines) < manifest.ledger_entries:
        raise Conflict(
            "ledger_older",
            f"The ledger of erasures has {len(lines)} entries and had {manifest.ledger_entries} when the backup was "
            "made; name the newest copy with --ledger.",
        )
    return b"".join(line + b"\n" for line in lines)


def _describe(manifest: Manifest) -> dict[str, Any]:
    return {
        "id": manifest.id,
        "snapshot_at": manifest.snapshot_at,
        "made_by": manifest.made_by,
        "revision": manifest.revision,
        "tables": len(manifest.tables),
        "rows": sum(table.rows for table in manifest.tables),
        "lake_tables": len(manifest.lake),
        "lake_files": sum(table.files for table in manifest.lake),
        "files": len(manifest.blobs),
        "bytes": manifest.raw_bytes(),
        "left_out": manifest.left_out,
    }


@contextmanager
def _database(settings: Settings) -> Generator[None]:
    """The database as it is: a backup before an upgrade must not be of the upgraded one."""
    if settings.embedded:
        try:
            lock = lock_folder(settings)
        except Conflict:
            pass  # `kizuna up` runs it
        else:
            with lock, _own_database(settings):
                yield
            return
    yield


@contextmanager
def _own_database(settings: Settings) -> Generator[None]:
    """An embedded database runs for as long as the block takes."""
    if not settings.embedded:
        yield
        return
    postgres = EmbeddedPostgres(settings.data_dir)
    postgres.start()
    try:
        yield
    finally:
        postgres.stop()
