"""Stages of a journey: who went where from one moment to the next, and how long people stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Tracks = NDArray[np.int8]
"""A row for each person, a column for each moment: the number of the stage then, or ``NOWHERE``."""

NOWHERE = -1
DAY_US = 86_400_000_000


def lay_tracks(moments: Sequence[tuple[Ints, NDArray[np.int8]]]) -> tuple[Ints, Tracks]:
    """``moments``: profile keys and the stage of each. Gives everybody who ever was in a stage, ascending, and their
    tracks."""
    keys = np.unique(np.concatenate([keys for keys, _ in moments])) if moments else np.zeros(0, np.int64)
    tracks = np.full((len(keys), len(moments)), NOWHERE, np.int8)
    for number, (some, stages) in enumerate(moments):
        tracks[np.searchsorted(keys, some), number] = stages
    return keys, tracks


def count_flow(tracks: Tracks, moment: int, stages: int) -> Ints:
    """``flow[i + 1, j + 1]``: how many were in stage i at the moment before and in j at this one; 0 is nowhere."""
    width = stages + 1
    pairs = (tracks[:, moment - 1].astype(np.int64) + 1) * width + tracks[:, moment] + 1
    return np.bincount(pairs, minlength=width * width).reshape(width, width)


@dataclass(frozen=True)
class Stays:
    """Stays in one stage whose beginning was seen: how long, and whether the end was seen, too."""

    days: NDArray[np.float64]
    ended: NDArray[np.bool_]

    def median(self) -> float | None:
        """The time after which half have left, by E. L. Kaplan and P. Meier, Nonparametric estimation from incomplete
        observations, JASA 53 (1958): those that go on still count for as long as they were seen. None where less
        than half have left by then."""
        alive = 1.0
        for length in np.unique(self.days[self.ended]):
            left = np.count_nonzero(self.ended & (self.days == length))
            alive *= 1 - left / np.count_nonzero(self.days >= length)
            if alive <= 0.5 + 1e-12:
                return float(length)
        return None


def find_stays(tracks: Tracks, moments_us: Sequence[int], stage: int) -> Stays:
    """A stay begins at the first moment in the stage and ends at the first one elsewhere. One that began at or before
    the first moment is not among them: nobody knows when."""
    inside = tracks == stage
    days: list[NDArray[np.float64]] = []
    ended: list[NDArray[np.bool_]] = []
    for number in range(1, tracks.shape[1]):
        began = inside[:, number] & ~inside[:, number - 1]
        later = ~inside[began, number:]
        left = later.any(axis=1)
        until = np.where(left, number + later.argmax(axis=1), tracks.shape[1] - 1)
        times = np.array(moments_us, np.int64)
        days.append((times[until] - times[number]) / DAY_US)
        ended.append(left)
    if not days:
        return Stays(np.zeros(0), np.zeros(0, np.bool_))
    return Stays(np.concatenate(days), np.concatenate(ended))


def days_there(tracks: Tracks, moments_us: Sequence[int]) -> NDArray[np.float64]:
    """For how many days each person has been, at the last moment, where they are, as far as was seen."""
    last = tracks[:, -1:]
    moved = tracks != last
    since = np.where(moved.any(axis=1), tracks.shape[1] - moved[:, ::-1].argmax(axis=1), 0)
    return (moments_us[-1] - np.array(moments_us, np.int64)[since]) / DAY_US
