"""What profiles tell other domains. Batches: a load of events may join many people at once."""

from typing import ClassVar

import msgspec

from kizuna.kernel.signals import Signal


class Merge(msgspec.Struct, frozen=True):
    """Everything that was of profile ``source`` is of profile ``into`` now."""

    into: int
    source: int


class Unmerge(msgspec.Struct, frozen=True):
    """The nodes ``keys`` left profile ``source`` and are profile ``profile_key`` again."""

    source: int
    profile_key: int
    keys: tuple[int, ...]


class ProfilesMerged(Signal, frozen=True):
    name: ClassVar[str] = "profiles_merged"
    merges: tuple[Merge, ...]


class ProfilesUnmerged(Signal, frozen=True):
    name: ClassVar[str] = "profiles_unmerged"
    unmerges: tuple[Unmerge, ...]
