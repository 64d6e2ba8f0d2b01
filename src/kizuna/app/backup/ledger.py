"""The ledger of erasures: who was erased, as keyed hashes, one JSON object a line, only ever added to.

It lies beside the backups and not in one of them: a backup must forget those, too, who were erased after it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from kizuna.app.backup.store import BackupStore
from kizuna.kernel.errors import Invalid
from kizuna.kernel.settings import Settings

LEDGER = "erasures.jsonl"


def ledger_path(settings: Settings) -> Path:
    return settings.data_dir / LEDGER


def split_lines(data: bytes) -> list[bytes]:
    return [line for line in data.split(b"\n") if line.strip()]


def whole_lines(data: bytes) -> list[bytes]:
    """Without a last line that is being written just now."""
    return split_lines(data.rpartition(b"\n")[0])


def join_lines(*ledgers: list[bytes]) -> list[bytes]:
    """All entries, each once, in the order of the first ledger that has it."""
    return list(dict.fromkeys(line for lines in ledgers for line in lines))


def keep_ledger(settings: Settings, store: BackupStore) -> int:
    """Brings the store's ledger up to date; entries that only it has stay. Returns how many it has."""
    path = ledger_path(settings)
    live = whole_lines(path.read_bytes()) if path.exists() else []
    stored = store.find(LEDGER)
    lines = join_lines(split_lines(stored or b""), live)
    data = b"".join(line + b"\n" for line in lines)
    if data != stored:
        store.write(LEDGER, data)
    return len(lines)


def parse_ledger(data: bytes, name: str) -> list[dict[str, Any]]:
    """Raises ``Invalid`` with the first line that is no entry."""
    entries: list[dict[str, Any]] = []
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            if not {"at", "workspace_id", "keys", "hashes", "kind"} <= set(entry):
                raise ValueError
        except (ValueError, TypeError) as error:
            raise Invalid(
                "ledger_broken",
                f"Line {number} of the ledger of erasures {name} cannot be read; take another copy of it.",
            ) from error
        entries.append(entry)
    return entries


def write_ledger(settings: Settings, data: bytes) -> None:
    """The ledger of the restored installation: what is replayed now must be again, when it is restored itself."""
    path = ledger_path(settings)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
