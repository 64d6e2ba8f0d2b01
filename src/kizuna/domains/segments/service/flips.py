"""Which leaves turned for whom in a batch, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from pyroaring import BitMap

from kizuna.domains.segments.contracts import Cause, CauseKind
from kizuna.domains.segments.rules.packing import to_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

KINDS: tuple[CauseKind, ...] = (
    *("event", "expiry", "trait", "identity", "segment", "consent", "definition", "upload", "schedule", "audit"),
)
CODES: dict[CauseKind, int] = {kind: code for code, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why people were looked at: parallel to ``keys``, which ascend."""

    keys: Ints
    codes: Ints
    """Places in ``KINDS``."""
    ats: Ints


@dataclass(slots=True)
class Flips:
    """By leaf, the people for whom it turned."""

    turned: dict[int, BitMap] = field(default_factory=dict[int, BitMap])
    _reasons: dict[int, Reason] = field(default_factory=dict[int, Reason])

    def add(self, leaf_id: int, turned: BitMap, reason: Reason) -> None:
        if turned:
            self.turned[leaf_id] = self.turned[leaf_id] | turned if leaf_id in self.turned else turned
            self._reasons[leaf_id] = reason

    def explain(
        self, keys: BitMap, leaf_ids: Sequence[int], otherwise: CauseKind, at_us: int
    ) -> list[tuple[CauseKind, int, int]]:
        """(kind, leaf id or 0, time) for each key, ascending: the first of the leaves that turned."""
        wanted = to_array(keys)
        codes = np.full(len(wanted), CODES[otherwise])
        owners, ats = np.zeros(len(wanted), np.int64), np.full(len(wanted), at_us)
        for leaf_id in leaf_ids:
            turned = self.turned.get(leaf_id)
            mine = to_array(turned & keys) if turned is not None else ()
            if not len(mine):
                continue
            reason, places = self._reasons[leaf_id], np.searchsorted(wanted, mine)
            places, mine = places[owners[places] == 0], mine[owners[places] == 0]
            found = np.searchsorted(reason.keys, mine)
            owners[places], codes[places], ats[places] = leaf_id, reason.codes[found], reason.ats[found]
        return [
            (KINDS[code], leaf_id, when)
            for code, leaf_id, when in zip(codes.tolist(), owners.tolist(), ats.tolist(), strict=True)
        ]


def write_cause(reasons: Sequence[tuple[CauseKind, int, int]], specs: dict[int, Any]) -> Cause:
    """As it is stored; one entry where all are the same."""
    if len(set(reasons)) == 1:
        reasons = reasons[:1]
    used = sorted({leaf_id for _, leaf_id, _ in reasons if leaf_id in specs})
    places = {leaf_id: place for place, leaf_id in enumerate(used)}
    return Cause(
        [kind for kind, _, _ in reasons],
        [places.get(leaf_id, -1) for _, leaf_id, _ in reasons],
        [when for _, _, when in reasons],
        [specs[leaf_id] for leaf_id in used],
    )
