"""The note in the data folder that a restore is under way: nothing else may open it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from kizuna.adapters.postgres.migrate import UNRESTORED
from kizuna.kernel.errors import Conflict
from kizuna.kernel.settings import Settings

MARKER = "restoring.json"


def _path(settings: Settings) -> Path:
    return settings.data_dir / MARKER


def read_marker(settings: Settings) -> dict[str, Any] | None:
    try:
        return json.loads(_path(settings).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError:
        return {}  # cut off by a power failure: of no known backup


def write_marker(settings: Settings, note: dict[str, Any]) -> None:
    path = _path(settings)
    beside = path.with_name(f".{MARKER}.{os.getpid()}")
    with open(beside, "w", encoding="utf-8") as file:
        json.dump(note, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def remove_marker(settings: Settings) -> None:
    _path(settings).unlink(missing_ok=True)


def refuse_unrestored(settings: Settings) -> None:
    """Raises ``Conflict`` while a restore into this data folder has not ended."""
    if _path(settings).exists():
        raise Conflict("restore_unfinished", UNRESTORED)
