"""What the kernel of funnels gives, added up; and who is behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.funnels import FunnelRows
from kizuna.domains.analytics.rules.intervals import wilson


@dataclass(slots=True)
class StepCount:
    """``from_first`` and ``from_before`` are arrays of microseconds, to be put together."""

    people: int = 0
    waiting: int = 0
    from_first: list[Any] = field(default_factory=list[Any])
    from_before: list[Any] = field(default_factory=list[Any])


Counts = Mapping[tuple[int, int, int], StepCount]
"""By period, place of the label, and step, from 0."""


async def count_funnel(ask: Ask, read: FunnelRows, **more: Any) -> Counts:
    from kizuna.measures.funnel import count_steps

    kernel = partial(count_steps, **read.followed, **more)
    found = await ask.reduce(kernel, read.text, read.relations, read.tables)
    counts: dict[tuple[int, int, int], StepCount] = {}
    keys = zip(*(found.column(name).to_pylist() for name in ("period", "label", "step")), strict=True)
    people, waiting = (found.column(name).to_pylist() for name in ("people", "open"))
    lists = {name: found.column(name).combine_chunks() for name in ("from_first", "from_before")}
    for row, key in enumerate(keys):
        one = counts.setdefault(key, StepCount())
        one.people += people[row]
        one.waiting += waiting[row]
        for name, column in lists.items():
            # As an array: as Python's numbers a million of them take a second.
            getattr(one, name).append(column[row].values.to_numpy())
    return counts


def seconds_of(parts: Sequence[Any]) -> tuple[float | None, float | None]:
    """Median and mean in seconds of microseconds: exact."""
    import numpy as np

    from kizuna.measures.exact import sum_all

    whole = np.concatenate(parts) if parts else np.empty(0, np.int64)
    if not len(whole):
        return None, None
    return float(np.median(whole)) / 1e6, sum_all(whole) / len(whole) / 1e6


def share_of(part: int, whole: int) -> tuple[float | None, float | None, float | None]:
    """A share with its interval; nothing where there is nobody."""
    return (part / whole if whole else None), *wilson(part, whole)


async def find_in_funnel(ask: Ask, read: FunnelRows, cell: Mapping[str, Any], **wanted: Any) -> Sequence[int]:
    """See ``kizuna.measures.funnel.find_people``; the label is the cell's, where it names one."""
    from kizuna.measures.funnel import find_people

    label: int | None = None
    if ask.query.breakdown is not None and "label" in cell:
        if cell["label"] not in read.labels.values:
            return []
        label = list(read.labels.values).index(cell["label"])
    kernel = partial(find_people, label=label, **wanted, **read.followed)
    found = await ask.reduce(kernel, read.text, read.relations, read.tables)
    return sorted(set(found.column("profile_key").to_pylist()))
