"""Folders for what does not fit into memory: gone when the work ends, and when its process was killed.

They hold customers' rows. Each has a lock file that its process holds; what nobody holds is removed by
the next process that begins such work on this machine.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIXES = ("kizuna-work-", "kizuna-merge-", "kizuna-sql-")
_LOCK = ".lock"
# Between the making of a folder and of its lock a moment passes; nothing is in it then.
_UNLOCKED_S = 86_400.0


@contextmanager
def open_scratch(prefix: str, parent: str | None = None) -> Iterator[str]:
    """A folder of this process. ``prefix`` is one of ``PREFIXES``."""
    assert prefix in PREFIXES
    with tempfile.TemporaryDirectory(prefix=prefix, dir=parent) as folder, open(f"{folder}/{_LOCK}", "xb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def sweep_scratch(parent: str | None = None) -> int:
    """Removes folders of this user that killed processes left; returns how many."""
    with os.scandir(parent or tempfile.gettempdir()) as entries:
        left = [entry.path for entry in entries if entry.name.startswith(PREFIXES) and _is_left(Path(entry.path))]
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    return len(left)


def _is_left(folder: Path) -> bool:
    try:
        state = folder.lstat()
        if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid():
            return False
        if not (folder / _LOCK).exists():
            return time.time() - state.st_mtime > _UNLOCKED_S
        with open(folder / _LOCK, "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # held, or gone meanwhile
        return False
    return True
