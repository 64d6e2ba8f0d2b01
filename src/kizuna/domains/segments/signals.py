"""What segments tell other domains. Batches: a minute may see a million people leave."""

from typing import ClassVar

from kizuna.kernel.signals import Signal

KEYS_PER_SIGNAL_MAX = 5_000


class SegmentChanged(Signal, frozen=True):
    """The profiles ``keys`` entered or left a segment. ``move_id`` is of the row that tells why; a delivery that
    comes twice has the same one."""

    name: ClassVar[str] = "segment_changed"
    segment_id: int
    move_id: int
    entered: bool
    keys: tuple[int, ...]
