"""Which steps of a funnel the events of one instant fill: compiled, for ``funnel_scan``.

Events of an instant have no order among themselves, and none fills two steps: who fills which is a matching between
steps and events. Events that are of the same steps are one kind, of which there are several.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit


class Kinds(NamedTuple):
    """``bits[k]`` are the steps of kind k, ``often[k]`` how many events are of it, ``used[k]`` how many of those fill a
    step; ``owner[s]`` is the kind that fills step s, or -1. The others are room to work in."""

    bits: Any
    often: Any
    used: Any
    owner: Any
    seen: Any
    queue: Any
    wants: Any


@njit(cache=True, nogil=True)
def make_kinds(steps: int) -> Any:  # pragma: no cover  # compiled
    room = 1 << steps
    return Kinds(
        np.zeros(room, np.int64),
        np.zeros(room, np.int64),
        np.zeros(room, np.int64),
        np.full(steps, -1, np.int64),
        np.zeros(room, np.bool_),
        np.zeros(steps, np.int64),
        np.zeros(steps, np.int64),
    )


@njit(cache=True, nogil=True)
def add_event(kinds: Any, size: int, bits: int) -> int:  # pragma: no cover
    """How many kinds there are with the event; there were ``size``."""
    for kind in range(size):
        if kinds.bits[kind] == bits:
            kinds.often[kind] += 1
            return size
    kinds.bits[size], kinds.often[size] = bits, 1
    return size + 1


@njit(cache=True, nogil=True)
def take_event(kinds: Any, size: int, bits: int) -> None:  # pragma: no cover
    """One event of the kind less. Kinds stay, so that there are never more than there can be."""
    for kind in range(size):
        if kinds.bits[kind] == bits:
            kinds.often[kind] -= 1
            return


@njit(cache=True, nogil=True)
def forget_matches(kinds: Any, size: int) -> None:  # pragma: no cover
    for kind in range(size):
        kinds.used[kind] = 0
    for step in range(len(kinds.owner)):
        kinds.owner[step] = -1


@njit(cache=True, nogil=True)
def fill_step(kinds: Any, size: int, step: int) -> bool:  # pragma: no cover
    """Whether an event can fill the step beside those that are filled already. They stay filled, if by others: an
    augmenting path, as H. W. Kuhn, The Hungarian method for the assignment problem (1955), has them."""
    for kind in range(size):
        kinds.seen[kind] = False
    kinds.queue[0], kinds.wants[step] = step, -1
    head, tail = 0, 1
    while head < tail:
        at = kinds.queue[head]
        head += 1
        for kind in range(size):
            if kinds.seen[kind] or not (kinds.bits[kind] >> at) & 1 or kinds.often[kind] == 0:
                continue
            kinds.seen[kind] = True
            if kinds.used[kind] < kinds.often[kind]:
                kinds.used[kind] += 1
                while True:
                    before = kinds.owner[at]
                    kinds.owner[at] = kind
                    if at == step:
                        return True
                    kind, at = before, kinds.wants[at]
            for other in range(len(kinds.owner)):
                if kinds.owner[other] == kind:
                    kinds.queue[tail], kinds.wants[other] = other, at
                    tail += 1
    return False


@njit(cache=True, nogil=True)
def count_filled(kinds: Any, size: int) -> int:  # pragma: no cover
    """How many steps the events can fill at most."""
    forget_matches(kinds, size)
    filled = 0
    for step in range(len(kinds.owner)):
        if fill_step(kinds, size, step):
            filled += 1
    return filled


@njit(cache=True, nogil=True)
def advance(kinds: Any, size: int, union: int, after: int, optional: int) -> int:  # pragma: no cover
    """The steps, as bits, that an attempt that has done ``after`` steps does at this instant: so that it comes as far
    as it can, leaving out none but ``optional`` ones, and of these as few as it can. 0 when it does not move.

    ``union`` are the steps of any of the events.
    """
    steps = len(kinds.owner)
    single = size == 1 and kinds.often[0] == 1
    for last in range(steps - 1, after - 1, -1):
        if not (union >> last) & 1:
            continue
        between = ((1 << last) - 1) >> after << after
        needed = between & ~optional
        if needed & ~union:
            continue
        if single:
            if needed:
                continue
            return 1 << last
        forget_matches(kinds, size)
        possible = fill_step(kinds, size, last)
        for step in range(after, last):
            if possible and (needed >> step) & 1:
                possible = fill_step(kinds, size, step)
        if not possible:
            continue
        done = needed | (1 << last)
        for step in range(after, last):
            if (between & optional & union) >> step & 1 and fill_step(kinds, size, step):
                done |= 1 << step
        return done
    return 0
