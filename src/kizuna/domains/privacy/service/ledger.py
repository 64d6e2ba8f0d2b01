"""The ledger of erasures: a file beside the database, which a restore of an older backup is played again from.

A line is on disk before anything is removed: after a crash the file says rather too much than too little.
"""

import asyncio
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from kizuna.domains.privacy.contracts import ErasureEntry
from kizuna.kernel.settings import Settings

FILE_NAME = "erasures.jsonl"


def ledger_path(settings: Settings) -> Path:
    return settings.data_dir / FILE_NAME


async def append_entries(settings: Settings, entries: Iterable[ErasureEntry]) -> None:
    text = b"".join(msgspec.json.encode(one) + b"\n" for one in entries)
    await asyncio.to_thread(_append, ledger_path(settings), text)


def _append(path: Path, text: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # A line that a crash cut off must not swallow the next.
    torn = path.exists() and path.stat().st_size > 0 and not path.read_bytes().endswith(b"\n")
    with open(os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600), "ab") as file:
        file.write(b"\n" + text if torn else text)
        file.flush()
        os.fsync(file.fileno())


def read_entries(path: Path) -> Iterator[ErasureEntry]:
    """All entries that are whole; none when there is no file."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        for line in file:
            try:
                yield msgspec.json.decode(line, type=ErasureEntry)
            except msgspec.DecodeError:
                continue  # cut off by a crash before anything was removed
