"""Who was behind a number a moment ago: whoever turns pages does not ask the lake again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kizuna.kernel.context import Runtime

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LISTS_MAX = 16
PEOPLE_MAX = 4_000_000
"""Of all lists together: 32 MB."""


@dataclass
class BehindMemory:
    """The last lists of profile keys, by the key of their question and the cell."""

    runtime: Runtime
    _lists: OrderedDict[bytes, NDArray[np.int64]] = field(default_factory=OrderedDict[bytes, "NDArray[np.int64]"])

    def find(self, key: bytes) -> NDArray[np.int64] | None:
        found = self._lists.get(key)
        if found is not None:
            self._lists.move_to_end(key)
        return found

    def keep(self, key: bytes, people: NDArray[np.int64]) -> None:
        self._lists[key] = people
        while len(self._lists) > LISTS_MAX or sum(map(len, self._lists.values())) > PEOPLE_MAX:
            self._lists.popitem(last=False)
            if not self._lists:
                return
