"""Components of many links at once: for audits, rebuilding, and taking one profile apart."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Keys = NDArray[np.int64]


def resolve_components(a: "Keys", b: "Keys") -> "tuple[Keys, Keys]":
    """(keys, profile key of each) for the graph with edges ``a[i]``–``b[i]``; keys ascending.

    Linear in nodes and edges. Keys are dense, so where that holds they index arrays directly;
    sparse ones are numbered first.
    """
    import numpy as np
    from scipy.sparse import coo_array  # pyright: ignore[reportMissingTypeStubs]
    from scipy.sparse.csgraph import (  # pyright: ignore[reportMissingTypeStubs]
        connected_components,  # pyright: ignore[reportUnknownVariableType]
    )

    if len(a) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    low, high = int(min(a.min(), b.min())), int(max(a.max(), b.max()))
    if high - low < 8 * len(a):
        size = high - low + 1
        seen = np.zeros(size, bool)
        rows, columns = (a - low).astype(np.int32), (b - low).astype(np.int32)
        seen[rows] = True
        seen[columns] = True
        places = np.flatnonzero(seen)
        keys = places + low
    else:
        keys, numbers = np.unique(np.concatenate((a, b)), return_inverse=True)
        rows, columns = numbers[: len(a)].astype(np.int32), numbers[len(a) :].astype(np.int32)
        size, places = len(keys), slice(None)
    graph = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(size, size))
    count, all_labels = cast("tuple[int, Keys]", connected_components(graph, directed=False))
    labels = all_labels[places]
    # Keys ascend, so written in reverse the smallest key of each component is written last and stays.
    smallest = np.empty(count, np.int64)
    smallest[labels[::-1]] = keys[::-1]
    return keys, smallest[labels]


def split_component(members: Iterable[int], links: Iterable[tuple[int, int]], a: int) -> tuple[list[int], list[int]]:
    """Members on the side of ``a`` and the rest, both ascending, when only ``links`` hold."""
    neighbours: dict[int, list[int]] = {}
    for one, other in links:
        neighbours.setdefault(one, []).append(other)
        neighbours.setdefault(other, []).append(one)
    reached = {a}
    open_: list[int] = [a]
    while open_:
        for key in neighbours.get(open_.pop(), ()):
            if key not in reached:
                reached.add(key)
                open_.append(key)
    return sorted(reached), sorted(set(members) - reached)


class Forest:
    """Which of many components joined in memory a key is in now (union by smallest key)."""

    def __init__(self, keys: Sequence[int] = ()) -> None:
        self._parent: dict[int, int] = {key: key for key in keys}

    def find(self, key: int) -> int:
        parent = self._parent
        root = key
        while (up := parent.get(root, root)) != root:
            root = up
        while (up := parent.get(key, key)) != root:
            parent[key] = root
            key = up
        return root

    def join(self, one: int, other: int) -> int:
        low, high = sorted((self.find(one), self.find(other)))
        self._parent[high] = low
        return low
