"""A table of the lake as it was after a given load, as the files that make it so: for backups."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from kizuna.adapters.lake.storage import Folder, storage_errors
from kizuna.adapters.lake.timeline_index import INDEX_FOLDER, indexed_generation

LOG = "_delta_log"
_COMMIT = re.compile(r"^(\d{20})\.json$")
_CHECKPOINT = re.compile(r"^(\d{20})\.checkpoint\..*parquet$")


@dataclass(frozen=True)
class PastTable:
    """``data`` (path: bytes) never change once written; ``log`` is what leads to ``version``: a checkpoint and
    the commits since."""

    version: int
    data: dict[str, int]
    log: list[str]


def find_past(folder: Folder, app_id: str, mark: int | None) -> PastTable | None:
    """The last version without a load of ``app_id`` above ``mark`` (None: the present one); None where there
    is no table yet, or was none then.

    Loads of one app id rise, so this version has all loads up to ``mark`` that were committed so far.
    Compactions since then are part of it: they lose no row.
    """
    with storage_errors("reading the log of a table"):
        try:
            delta = DeltaTable(folder.url, storage_options=folder.options or None)
        except TableNotFoundError:
            return None
        last = delta.transaction_version(app_id)
        if mark is not None and last is not None and last > mark:
            version = _version_before(folder, delta.version(), app_id, mark)
            if version < 0:
                return None
            delta = DeltaTable(folder.url, version=version, storage_options=folder.options or None)
        return PastTable(delta.version(), _data_files(folder, delta), _log_files(folder, delta.version()))


def _version_before(folder: Folder, version: int, app_id: str, mark: int) -> int:
    """Walks the log back from ``version``: what a backup must leave out is minutes old, so the walk is short."""
    found = version
    while version >= 0:
        path = f"{LOG}/{version:020d}.json"
        if not folder.exists(path):
            break
        load = _load_of(folder, path, app_id)
        if load is not None and load <= mark:
            break
        version -= 1
        if load is not None:
            found = version
    return found


def _load_of(folder: Folder, path: str, app_id: str) -> int | None:
    with folder.open_input(path) as file:
        for line in file.read().splitlines():
            txn = json.loads(line).get("txn") if line.strip() else None
            if txn and txn["appId"] == app_id:
                return int(txn["version"])
    return None


def _data_files(folder: Folder, delta: DeltaTable) -> dict[str, int]:
    actions = pa.RecordBatchReader.from_stream(delta.get_add_actions(flatten=True)).read_all()
    found = dict(zip(actions.column("path").to_pylist(), actions.column("size_bytes").to_pylist(), strict=True))
    generations = {path.rsplit("-", 1)[0] for path in found}
    beside = [path for path, _ in folder.list(INDEX_FOLDER) if indexed_generation(path) in generations]
    return found | {path: folder.size(path) for path in sorted(beside)}


def _log_files(folder: Folder, version: int) -> list[str]:
    names = [path.rsplit("/", 1)[-1] for path, _ in folder.list(LOG)]
    checkpoint = max((one for one in _versions(_CHECKPOINT, names) if one <= version), default=0)
    wanted = [
        name
        for pattern in (_CHECKPOINT, _COMMIT)
        for name in names
        if (found := pattern.match(name)) and _needed(pattern, int(found[1]), checkpoint, version)
    ]
    return [f"{LOG}/{name}" for name in sorted(wanted)]


def _needed(pattern: re.Pattern[str], one: int, checkpoint: int, version: int) -> bool:
    return one == checkpoint if pattern is _CHECKPOINT else checkpoint <= one <= version


def _versions(pattern: re.Pattern[str], names: Iterable[str]) -> list[int]:
    return [int(found[1]) for name in names if (found := pattern.match(name))]
