"""Searches in lists."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Search:
    """Rows with a part of a text, below an id."""

    text: str | None = None
    before: int | None = None
    limit: int = 50

    def values(self, workspace_id: int) -> dict[str, Any]:
        pattern = None
        if self.text:
            escaped = self.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("\0", "")
            pattern = f"%{escaped}%"
        return {"workspace_id": workspace_id, "search": pattern, "before": self.before, "limit": self.limit}
