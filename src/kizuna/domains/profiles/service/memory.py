"""What a process remembers between batches, so that most events cost no look-up and no write.

Everything here may be lost at any moment: it saves work and decides nothing.
"""

from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kizuna.domains.profiles.contracts import NO_SIGN, Observations

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.integer[Any]]

LAST_SEEN_STEP_S = 300
"""Last seen is written when it moves into another step of five minutes."""

SLOTS = 1 << 19  # 20 MB, of which the system gives out what is touched
REFUSED_MAX = 50_000
TOUCHPOINTS_MAX = 255

RefusedJoin = tuple[int, int, str]
"""The event's first node, the node that was not joined, and the reason."""


class Activities:
    """First and last sign of life by (node, touchpoint) within a batch: parallel arrays."""

    __slots__ = ("codes", "firsts", "keys", "lasts")

    def __init__(
        self,
        keys: "NDArray[np.int64]",
        codes: "NDArray[np.int64]",
        firsts: "NDArray[np.int64]",
        lasts: "NDArray[np.int64]",
    ) -> None:
        self.keys, self.codes, self.firsts, self.lasts = keys, codes, firsts, lasts


class StreamMemory:
    """For the stream: which sets of identifiers are one profile already, and what was last written.

    One for each process, shared by its batches. What a batch learns counts once it is committed:

        with memory.staged():
            async with runtime.unit(workspace_id) as ctx:
                await observe(ctx, batch, memory)
    """

    def __init__(self, slots: int = SLOTS) -> None:
        import numpy as np

        self._mask = slots - 1
        self._tags = np.zeros(slots, np.int64)
        self._firsts = np.zeros(slots, np.int64)
        self._lasts = np.zeros(slots, np.int64)
        self._codes: dict[str, int] = {NO_SIGN: 0}
        self._touchpoints = [NO_SIGN]
        self._pairs = np.zeros(slots, np.int64)
        self._pair_epochs = np.zeros(slots, np.int64)
        self._refused: dict[int, set[RefusedJoin]] = {}
        self._staged: list[Callable[[], None]] | None = None

    @contextmanager
    def staged(self) -> Iterator[None]:
        """Around a transaction: what was learned inside is kept when the block ends well."""
        self._staged = staged = []
        try:
            yield
        finally:
            self._staged = None
        for learn in staged:
            learn()

    def _learn(self, learn: Callable[[], None]) -> None:
        """Outside of ``staged`` nothing is learned: nobody would say whether it was committed."""
        if self._staged is not None:
            self._staged.append(learn)

    # -- identifier sets ---------------------------------------------------------------------------

    def list_unsettled(self, workspace_id: int, splits: int, batch: Observations) -> list[int]:
        """Places of the events whose identifiers are not known to be one profile since the workspace's
        last split."""
        import numpy as np

        starts = batch.starts()
        owners = np.repeat(np.arange(len(batch)), batch.ends - starts)
        others = np.ones(len(batch.keys), np.bool_)
        others[starts] = False
        owners = owners[others]
        firsts = batch.keys[starts][owners]
        slots, pairs = self._pair_places(firsts, batch.keys[others])
        known = (self._pairs[slots] == pairs) & (self._pair_epochs[slots] == _epoch(workspace_id, splits))
        return np.unique(owners[~known]).tolist()

    def learn_settled(self, workspace_id: int, splits: int, sets: Sequence[tuple[int, ...]]) -> None:
        """Remembers sets of keys that are one profile each."""
        import numpy as np

        pairs = [(keys[0], other) for keys in sets for other in keys[1:]]
        if not pairs:
            return
        firsts, others = np.array(pairs, np.int64).T

        def learn() -> None:
            slots, settled = self._pair_places(firsts, others)
            self._pairs[slots] = settled
            self._pair_epochs[slots] = _epoch(workspace_id, splits)

        self._learn(learn)

    def _pair_places(self, firsts: "Ints", others: "Ints") -> "tuple[Ints, Ints]":
        # Keys of one person are near each other: spread by both.
        return (firsts * 0x9E3779B1 + others * 0x85EBCA6B >> 7) & self._mask, firsts << 32 | others

    # -- refused joins -----------------------------------------------------------------------------

    def refused(self, workspace_id: int) -> Set[RefusedJoin]:
        """Refused joins that are in the log, by first node, other node and reason.

        They end with nothing: an entry of the log stays. Whether to join is decided anew each time.
        """
        return self._refused.get(workspace_id, frozenset())

    def learn_refused(self, workspace_id: int, joins: Sequence[RefusedJoin]) -> None:
        def learn() -> None:
            known = self._refused.get(workspace_id)
            if known is None or len(known) + len(joins) > REFUSED_MAX:
                self._refused[workspace_id] = known = set()
            known.update(joins)

        self._learn(learn)

    # -- activity ----------------------------------------------------------------------------------

    def touchpoint(self, code: int) -> str:
        return self._touchpoints[code]

    def _code(self, touchpoint: str) -> int:
        code = self._codes.get(touchpoint)
        if code is None:
            if len(self._touchpoints) > TOUCHPOINTS_MAX:
                return 0
            code = self._codes[touchpoint] = len(self._touchpoints)
            self._touchpoints.append(touchpoint)
        return code

    def gather(self, batch: Observations) -> Activities:
        """First and last time of each (node, touchpoint) of a batch."""
        import numpy as np

        keys = batch.first_keys()
        times = batch.times_s.astype(np.int64)
        codes = np.array([self._code(touchpoint) for touchpoint in batch.touchpoints], np.int64)
        numbers = np.where(batch.active, codes[batch.touchpoint_index], 0)
        places = numbers << 32 | keys
        order = np.argsort(places, kind="stable")
        places, times = places[order], times[order]
        starts = np.flatnonzero(np.concatenate(([True], places[1:] != places[:-1])))
        unique = places[starts]
        return Activities(
            keys=unique & 0xFFFFFFFF,
            codes=unique >> 32,
            firsts=np.minimum.reduceat(times, starts),
            lasts=np.maximum.reduceat(times, starts),
        )

    def select_unwritten(self, workspace_id: int, seen: Activities) -> Activities:
        """Those that move first seen, or last seen into another step. Learns them as written."""
        slots, tags = self._places(workspace_id, seen)
        known = self._tags[slots] == tags
        # Each node's steps begin at a moment of its own, or all would be written at once.
        step, shift = LAST_SEEN_STEP_S, seen.keys * 97 % LAST_SEEN_STEP_S
        moved = (seen.firsts < self._firsts[slots]) | (
            (seen.lasts + shift) // step > (self._lasts[slots] + shift) // step
        )
        # An event that is no sign of life counts once; it must not move a last seen.
        chosen = ~known | (moved & ((seen.codes != 0) | (seen.firsts < self._firsts[slots])))
        picked = Activities(seen.keys[chosen], seen.codes[chosen], seen.firsts[chosen], seen.lasts[chosen])
        self._learn(lambda: self._write(workspace_id, picked))
        return picked

    def _places(self, workspace_id: int, seen: Activities) -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
        # Keys are dense: neighbours take neighbouring slots and displace each other late.
        slots = (seen.keys + seen.codes * 0x3779B + workspace_id * 0x1F35D) & self._mask
        return slots, (workspace_id << 40) | (seen.codes << 32) | seen.keys

    def _write(self, workspace_id: int, seen: Activities) -> None:
        import numpy as np

        slots, tags = self._places(workspace_id, seen)
        known = self._tags[slots] == tags
        firsts = np.where(known, np.minimum(self._firsts[slots], seen.firsts), seen.firsts)
        lasts = np.where(known, np.maximum(self._lasts[slots], seen.lasts), seen.lasts)
        self._tags[slots], self._firsts[slots], self._lasts[slots] = tags, firsts, lasts


def _epoch(workspace_id: int, splits: int) -> int:
    """A workspace between two splits; what was settled in another one counts no more."""
    return workspace_id << 32 | splits
