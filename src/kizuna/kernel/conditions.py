"""What domains give to conditions about people, and how they say that they build on a segment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from kizuna.kernel.context import Context

FactValue = str | float | bool | None
FactType = Literal["string", "number", "boolean", "date"]


@dataclass(frozen=True, slots=True)
class ConditionFact:
    """Something a domain knows of people that conditions may test, such as ``loyalty.tier``.

    ``name`` is ``<domain>.<fact>`` and stable; ``title`` says it by language. ``read(ctx, profile_keys)`` gives
    the value of each person, by profile key, and leaves out those of whom nothing is known. It is asked in
    batches of some thousands.
    """

    name: str
    title: Mapping[str, str]
    type: FactType
    read: Callable[[Context, Sequence[int]], Awaitable[Mapping[int, FactValue]]]


@dataclass(frozen=True, slots=True)
class SegmentUse:
    """A thing that builds on a segment: ``kind`` names what it is (``journey``)."""

    kind: str
    id: int
    name: str


SegmentUsers = Callable[["Context", int], Awaitable[Sequence[SegmentUse]]]
"""(ctx, segment id) → the things of a domain that build on it."""
