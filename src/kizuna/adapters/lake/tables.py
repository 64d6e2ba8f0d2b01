"""Delta tables: opening, what is live, and commits that nothing is lost in."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake._internal import RemoveAction
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, PostCommitHookProperties

from kizuna.adapters.lake.layout import LAYOUTS, Layout, WrittenFile
from kizuna.adapters.lake.storage import Folder, Storage, storage_errors
from kizuna.kernel.errors import Conflict, Unavailable
from kizuna.kernel.lake import TableName, table_schema

CHECKPOINT_COMMITS = 20
# Removed files and orphans stay a day (longer than any query or compaction runs), the log a week.
TABLE_PROPERTIES = {
    "delta.checkpointInterval": str(CHECKPOINT_COMMITS),
    "delta.logRetentionDuration": "interval 7 days",
    "delta.deletedFileRetentionDuration": "interval 1 days",
    "delta.enableExpiredLogCleanup": "true",
}
COMMIT_TRIES_MAX = 100
# After so long a table is opened anew: what the quick look for the next version relies on may be gone.
SNAPSHOT_AGE_MAX_S = 3600.0

FileKind = Literal["fresh", "merged", "sorted"]


def generation_of(path: str) -> str:
    return path.rsplit("-", 1)[0]


@dataclass(frozen=True)
class LiveFile:
    """A file of the present version. Its name tells what was done to it:
    ``load-…`` is as it came, ``merged-…`` was joined with others, ``sorted-…`` also holds no duplicate
    of any other sorted file."""

    path: str
    month: str | None
    rows: int
    size: int

    @property
    def kind(self) -> FileKind:
        name = self.path.rsplit("/", 1)[-1]
        return "sorted" if name.startswith("sorted-") else "merged" if name.startswith("merged-") else "fresh"

    @property
    def generation(self) -> str:
        """What the files of one compaction of one month have in common."""
        return generation_of(self.path)


@dataclass(frozen=True)
class Snapshot:
    version: int
    files: tuple[LiveFile, ...]

    def months(self) -> list[str]:
        """Newest first."""
        return sorted({file.month for file in self.files if file.month}, reverse=True)


class Table:
    """One Delta table of one workspace, safe to use from many threads."""

    def __init__(self, storage: Storage, workspace_id: int, name: TableName) -> None:
        self.layout: Layout = LAYOUTS[name]
        self.folder: Folder = storage.folder(workspace_id, name)
        self._lock = threading.RLock()
        self._delta: DeltaTable | None = None
        self._opened_at = 0.0
        self._snapshot: Snapshot | None = None

    def snapshot(self) -> Snapshot | None:
        """The present version, or None when there is no table yet. Costs one look at one file when
        nothing was committed since."""
        with self._lock, storage_errors("reading the log of a table"):
            delta = self._refresh()
            if delta is None:
                return None
            version = delta.version()
            if self._snapshot is None or self._snapshot.version != version:
                self._snapshot = Snapshot(version, _live_files(delta))
            return self._snapshot

    def last_load(self, app_id: str) -> int | None:
        with self._lock, storage_errors("reading the log of a table"):
            delta = self._refresh()
            return None if delta is None else delta.transaction_version(app_id)

    def add(self, files: Sequence[WrittenFile], app_id: str, load_id: int | None) -> tuple[int, bool]:
        """Commits new files; false when the load is in the table already."""
        actions = [file.add_action(data_change=True) for file in files]

        def repeated(delta: DeltaTable) -> bool:
            last = None if load_id is None else delta.transaction_version(app_id)
            return last is not None and load_id is not None and load_id <= last

        transactions = [] if load_id is None else [Transaction(app_id, load_id)]
        return self._commit(actions, transactions, repeated, create=True)

    def replace(self, removed: Sequence[LiveFile], added: Sequence[WrittenFile], *, rows_lost: bool) -> int:
        """Puts ``added`` in the place of ``removed`` in one commit; files that others add stay.

        Raises ``Conflict`` when one of ``removed`` is no longer part of the table: then another
        compaction has its rows. delta-rs itself does not see this (its retry of an append that
        removes files does not compare them, and both would win), so it may not retry by itself.
        """
        stamp = int(time.time() * 1000)
        gone = [
            RemoveAction(f.path, rows_lost, stamp, f.size, {} if f.month is None else {"month": f.month})
            for f in removed
        ]
        actions = [*gone, *(file.add_action(data_change=rows_lost) for file in added)]
        wanted = {file.path for file in removed}

        def outrun(delta: DeltaTable) -> bool:
            return not wanted <= {file.path for file in _live_files(delta)}

        version, done = self._commit(actions, [], outrun, create=False)
        if not done and not (added and {f.path for f in added} <= self._live_paths()):
            raise Conflict("lake_compaction_outrun", "Another compaction replaced the same files first; run it again.")
        return version

    def _live_paths(self) -> set[str]:
        snapshot = self.snapshot()
        return set() if snapshot is None else {file.path for file in snapshot.files}

    def vacuum(self, retention_h: int) -> list[str]:
        """Deletes what no version younger than ``retention_h`` hours needs, orphans of crashes too."""
        with self._lock, storage_errors("deleting old files"):
            delta = self._refresh()
            if delta is None:
                return []
            gone = delta.vacuum(retention_hours=retention_h, dry_run=False, enforce_retention_duration=False, full=True)
            delta.cleanup_metadata()
            return gone

    def _commit(
        self,
        actions: Sequence[AddAction | RemoveAction],
        transactions: list[Transaction],
        superfluous: Callable[[DeltaTable], bool],
        *,
        create: bool,
    ) -> tuple[int, bool]:
        """Tries the next version until nobody else takes it, and asks before each try whether the
        commit still makes sense."""
        properties = CommitProperties(max_commit_retries=0, app_transactions=transactions or None)
        # A hook that fails after the commit would look like a commit that failed: we call them ourselves.
        hooks = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
        with self._lock, storage_errors("committing"):
            for attempt in range(COMMIT_TRIES_MAX):
                delta = self._open_or_create() if create else self._refresh()
                if delta is None or superfluous(delta):
                    return (-1 if delta is None else delta.version()), False
                self._check_files(actions)
                try:
                    delta.create_write_transaction(
                        list(actions),
                        "append",
                        table_schema(self.layout.table),
                        self.layout.partition_by,
                        commit_properties=properties,
                        post_commithook_properties=hooks,
                    )
                except CommitFailedError:
                    self._delta = None
                    # Writers that met once must not meet in step again.
                    time.sleep(random.uniform(0, min(0.2, 0.005 * (attempt + 1))))
                    continue
                version = delta.version() + 1
                self._sync_log(version)
                self._checkpoint(delta, version)
                return version, True
        raise Unavailable("lake_busy", "Too many writers commit to the lake at once; try again.", retry_after_s=1)

    def _check_files(self, actions: Sequence[AddAction | RemoveAction]) -> None:
        """An erasure deletes files outside of the table that hold rows of the erased: if one was of a load
        under way after all, the load is written again rather than a table left that cannot be read."""
        for action in actions:
            if isinstance(action, AddAction) and not self.folder.exists(action.path):
                raise Unavailable("lake_file_gone", "A file was erased before it was committed; try again.")

    def _checkpoint(self, delta: DeltaTable, version: int) -> None:
        """Keeps opening the table quick. When it fails, the next one makes up for it."""
        if version % CHECKPOINT_COMMITS == 0:
            with suppress(DeltaError, OSError):
                delta.update_incremental()
                delta.create_checkpoint()

    def _refresh(self) -> DeltaTable | None:
        delta = self._delta
        if delta is not None and time.monotonic() - self._opened_at < SNAPSHOT_AGE_MAX_S:
            if self.folder.exists(_log_path(delta.version() + 1)):
                delta.update_incremental()
            return delta
        try:
            self._delta = DeltaTable(self.folder.url, storage_options=self.folder.options or None)
        except TableNotFoundError:
            self._delta = None
        self._opened_at = time.monotonic()
        return self._delta

    def _open_or_create(self) -> DeltaTable:
        delta = self._refresh()
        for _ in range(3):
            if delta is not None:
                return delta
            try:
                DeltaTable.create(
                    self.folder.url,
                    schema=table_schema(self.layout.table),
                    partition_by=self.layout.partition_by,
                    mode="error",
                    configuration=_properties(self.layout),
                    storage_options=self.folder.options or None,
                )
                self._sync_log(0)
            except DeltaError:
                # Another process made it first, or the next opening says what is wrong.
                pass
            delta = self._refresh()
        raise Unavailable("lake_unavailable", f"The table at {self.folder.url} can be neither opened nor made.")

    def _sync_log(self, version: int) -> None:
        self.folder.sync(_log_path(version))


def _properties(layout: Layout) -> dict[str, str | None]:
    columns = ",".join(layout.stats)
    return {**TABLE_PROPERTIES, "delta.dataSkippingStatsColumns": columns}


def _log_path(version: int) -> str:
    return f"_delta_log/{version:020d}.json"


def _live_files(delta: DeltaTable) -> tuple[LiveFile, ...]:
    actions = pa.RecordBatchReader.from_stream(delta.get_add_actions(flatten=True)).read_all()
    columns = [
        name for name in ("path", "num_records", "size_bytes", "partition.month") if name in actions.column_names
    ]
    return tuple(
        LiveFile(row["path"], row.get("partition.month"), row["num_records"] or 0, row["size_bytes"])
        for row in actions.select(columns).to_pylist()
    )
