"""Rows counted in one pass: see ``kizuna.measures.tally``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from kizuna.domains.analytics.contracts import BREAKDOWN_VALUES_MAX
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.breakdown import Told
from kizuna.domains.analytics.queries.labels import Labels, fold_counted, fold_labels
from kizuna.domains.analytics.rules.words import OTHER_LABEL

BY_PERIOD, BY_LABEL, IN_ALL, OF_LABEL, OF_CALL = 0, 1, 2, 3, 4
"""As ``kizuna.measures.tally`` has them, which is only loaded where something is counted."""

Place = tuple[int, int, str | None, int]
"""Grain, number of the period or -1, label, number of the series."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns a series has among the rows: ``s0`` …, where not every row is of it, and a number ``v0`` …, which
    may be one of ``each`` element of a list."""

    flagged: bool
    valued: bool
    each: bool = False


@dataclass(slots=True)
class Counted:
    """``total`` is the sum of ``valued`` whole numbers."""

    events: int = 0
    people: int = 0
    valued: int = 0
    total: int = 0
    least: int | None = None
    greatest: int | None = None

    def add(self, row: Mapping[str, Any], total: int) -> None:
        self.events += row["events"]
        self.people += row["people"]
        self.valued += row["valued"]
        self.total += total
        for name, pick in (("least", min), ("greatest", max)):
            known = [one for one in (getattr(self, name), row[name]) if one is not None]
            setattr(self, name, pick(known) if known else None)


@dataclass(frozen=True, slots=True)
class Count:
    labels: Labels
    cells: Mapping[Place, Counted]


async def count_rows(ask: Ask, told: Told, series: Sequence[Columns], *, several: bool = False) -> Count:
    """Counts ``told``, which has a column ``bucket``, and ``event`` where events may have ``several`` rows; labels
    beyond the query's limit are one."""
    columns = _columns(ask, series, several)
    found = await _tally(ask, told.relations, {}, series, columns, ask.query.breakdown_limit)
    labels = Labels([None], told.relations)
    if ask.query.breakdown is not None:
        often: dict[str | None, int] = {}
        for row in found:
            if row["grain"] == OF_LABEL:
                often[row["label"]] = often.get(row["label"], 0) + row["events"]
        calls = [row["events"] for row in found if row["grain"] == OF_CALL]
        if len(calls) > 1 and (any(calls) or len(often) > ask.query.breakdown_limit + 1):
            # Each call put together what was rare among its own people: here all of them decide.
            labels = await fold_labels(ask, told, _any_of(series), several=several)
            found = await _tally(ask, labels.relations, labels.tables, series, columns, BREAKDOWN_VALUES_MAX + 2)
        else:
            labels = fold_counted(ask, told, often)
    return Count(labels, _add_up(found))


def _any_of(series: Sequence[Columns]) -> str:
    return " OR ".join(f"s{at}" for at in range(len(series)))


def _columns(ask: Ask, series: Sequence[Columns], several: bool) -> list[str]:
    """Only what is needed: of many rows, moving them is most of the work."""
    columns = ["profile_key", "CAST(bucket AS SMALLINT) AS bucket"]
    columns += ["label"] if ask.query.breakdown is not None else []
    columns += ["event"] if several else []
    columns += [f"s{at}" for at, one in enumerate(series) if one.flagged]
    columns += [f"v{at}" for at, one in enumerate(series) if one.valued]
    return columns


async def _tally(
    ask: Ask,
    relations: Mapping[str, str],
    tables: Mapping[str, Any],
    series: Sequence[Columns],
    columns: Sequence[str],
    limit: int,
) -> list[dict[str, Any]]:
    from kizuna.measures.tally import tally

    told = {"series": len(series), "buckets": len(ask.periods), "labels_max": limit, "other": OTHER_LABEL}
    kernel = partial(tally, **told, each=tuple(at for at, one in enumerate(series) if one.each))
    return (await ask.reduce(kernel, f"SELECT {', '.join(columns)} FROM told", relations, tables)).to_pylist()


def _add_up(rows: Sequence[Mapping[str, Any]]) -> dict[Place, Counted]:
    cells: dict[Place, Counted] = {}
    for place, row, total in _cells(rows):
        cells.setdefault(place, Counted()).add(row, total)
    return cells


def _cells(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Place, Mapping[str, Any], int]]:
    from kizuna.measures.tally import sum_of

    for row in rows:
        if row["grain"] in (BY_PERIOD, BY_LABEL, IN_ALL):
            label = None if row["grain"] == IN_ALL else row["label"]
            yield (row["grain"], row["bucket"], label, row["series"]), row, sum_of(row)
