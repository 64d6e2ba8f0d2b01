"""Where backups lie: a folder of this machine, or an object store that the lake's own adapter can reach."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from kizuna.adapters.lake.storage import Folder, Storage
from kizuna.kernel.errors import Conflict, KizunaError, Unavailable


@contextmanager
def store_errors(url: str) -> Iterator[None]:
    """Turns what the storage raises into ``Unavailable`` with a sentence; a missing file stays one."""
    try:
        yield
    except (KizunaError, FileNotFoundError):
        raise
    except (OSError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())[:300]
        raise Unavailable(
            "backup_store_failed",
            f"The backups at {url} cannot be read or written: {reason}. Check that they can be reached and that "
            "there is room, then run the same command again: it goes on where it stopped.",
        ) from error


class BackupStore:
    """Small files by path; each is there whole or not at all."""

    def __init__(self, url: str) -> None:
        storage = Storage(url)
        self.url = storage.url
        self._root = storage.root
        self._folder = Folder(storage, storage.url)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One backup at a time into a folder. Raises ``Conflict``. An object store has no locks: see the docs."""
        if self._root is None:
            yield
            return
        with store_errors(self.url):
            self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = open(self._root / ".lock", "a", encoding="utf-8")  # noqa: SIM115  # closed below
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise Conflict(
                    "backup_running", f"Another backup into {self.url} is under way; let it end first."
                ) from None
            yield

    def read(self, path: str) -> bytes:
        """Raises ``FileNotFoundError`` when there is no such file."""
        with store_errors(self.url), self._folder.open_input(path) as file:
            return file.read()

    def find(self, path: str) -> bytes | None:
        try:
            return self.read(path)
        except FileNotFoundError:
            return None

    def write(self, path: str, data: bytes) -> None:
        """Puts ``data`` in the place of what may be there, on disk when this returns."""
        with store_errors(self.url):
            if self._root is None:
                with self._folder.open_output(path) as file:
                    file.write(data)
                return
            _write_whole(self._root / path, data)

    def list(self, prefix: str) -> list[str]:
        with store_errors(self.url):
            return [path for path, _ in self._folder.list(prefix)]

    def delete(self, path: str) -> None:
        with store_errors(self.url):
            self._folder.delete(path)


def _write_whole(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with open(beside, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
