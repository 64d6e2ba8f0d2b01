"""When this data folder was backed up last, for the doctor."""

import json
from datetime import UTC, datetime

from kizuna.kernel.settings import Settings

LAST_BACKUP = "last-backup.json"


def note_last_backup(settings: Settings, at: str, destination: str) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    (settings.data_dir / LAST_BACKUP).write_text(json.dumps({"at": at, "destination": destination}), encoding="utf-8")


def find_last_backup(settings: Settings) -> tuple[datetime, str] | None:
    """When it was taken and where to; None when none is known."""
    try:
        note = json.loads((settings.data_dir / LAST_BACKUP).read_text(encoding="utf-8"))
        return datetime.fromisoformat(note["at"]).astimezone(UTC), str(note["destination"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
