"""What segments tell other domains. Batches: a minute may see a million people leave."""

from typing import ClassVar

import msgspec

from kizuna.kernel.signals import Signal

KEYS_PER_SIGNAL_MAX = 5_000


class SegmentMove(msgspec.Struct, frozen=True):
    """The profiles ``keys`` entered or left a segment. ``move_id`` is of the row that tells why; a delivery that
    comes twice has the same one."""

    segment_id: int
    move_id: int
    entered: bool
    keys: tuple[int, ...]


class SegmentsChanged(Signal, frozen=True):
    """Who came and went at once, in several segments; of many people several signals."""

    name: ClassVar[str] = "segments_changed"
    moves: tuple[SegmentMove, ...]
