"""What a drain remembers between batches. All of it may be lost at any moment."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field

from kizuna.domains.collect.contracts import Source
from kizuna.domains.collect.rules.shapes import Seen
from kizuna.domains.collect.service.pace import Bucket
from kizuna.domains.collect.service.statements import Heard
from kizuna.domains.profiles.api import StreamMemory

TAIL_EVENTS_PER_S = 20
TAIL_WRITES_PER_S = 2
SHAPES_PER_S = 1_000
SOURCES_FRESH_S = 3.0


@dataclass
class WorkspaceMemory:
    name_ids: dict[str, int] = field(default_factory=dict[str, int])
    sources: dict[int, Source] = field(default_factory=dict[int, Source])
    sources_until: float = 0.0
    shapes: dict[int, dict[str, Seen]] = field(default_factory=dict[int, dict[str, Seen]])
    """Counted and not yet written, by name id."""
    shapes_written: float = 0.0
    shapes_seen: Bucket = field(default_factory=lambda: Bucket(SHAPES_PER_S, 5 * SHAPES_PER_S))
    tail_events: Bucket = field(default_factory=lambda: Bucket(TAIL_EVENTS_PER_S, TAIL_EVENTS_PER_S))
    tail_writes: Bucket = field(default_factory=lambda: Bucket(TAIL_WRITES_PER_S, 10))
    heard: Heard = field(default_factory=OrderedDict[int, dict[str, bool]])
    """What people said to consent, by node."""
    flow_messages: Bucket = field(default_factory=lambda: Bucket(1, 1))


@dataclass
class DrainMemory:
    people: StreamMemory = field(default_factory=StreamMemory)
    watched: dict[int, frozenset[str]] = field(default_factory=dict[int, frozenset[str]])
    watched_until: float = 0.0
    _workspaces: dict[int, WorkspaceMemory] = field(default_factory=dict[int, WorkspaceMemory])

    def of(self, workspace_id: int) -> WorkspaceMemory:
        return self._workspaces.setdefault(workspace_id, WorkspaceMemory())

    def unwritten(self) -> list[int]:
        """Workspaces with shapes that were counted and not yet written."""
        return [workspace_id for workspace_id, one in self._workspaces.items() if one.shapes]


def is_stale(until: float) -> bool:
    return time.monotonic() >= until
