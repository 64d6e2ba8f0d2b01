"""Moves between RFM groups: who became better, who slips away."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

from kizuna.conditions.moments import At, day_start_us, local_date
from kizuna.domains.analytics.contracts import Column, Figure, Text
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.metrics.rfm import PEOPLE_LEAST, RfmParams, score
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.purchases import check_purchases, end_of, read_customers
from kizuna.domains.analytics.rules.periods import label_of
from kizuna.domains.analytics.rules.rfm_groups import GROUPS
from kizuna.domains.analytics.rules.words import text
from kizuna.kernel.errors import Invalid

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEPS_MAX = 24

NOBODY = "no_purchase"
WORDS: Mapping[str, Text] = {**GROUPS, NOBODY: text("No purchase", "購入なし")}
_NAMES = list(WORDS)
_NONE = _NAMES.index(NOBODY)


class RfmMigrationParams(RfmParams, frozen=True, forbid_unknown_fields=True):
    """Groups are those of who bought within ``days`` before each moment: the start and the end of the range, or the
    end of each of its periods."""

    days: Annotated[int, Meta(ge=1, le=3_660)] = 365
    moments: Literal["range", "periods"] = "range"


@dataclass(frozen=True, slots=True)
class Standing:
    """Who was a customer at a moment, by ascending key, and in which group."""

    until_us: int
    keys: NDArray[Any]
    groups: NDArray[Any]


@dataclass(frozen=True, slots=True)
class Moves:
    """Everybody who was a customer before or after, by ascending key."""

    keys: NDArray[Any]
    before: NDArray[Any]
    after: NDArray[Any]


async def compute(ask: Ask, params: RfmMigrationParams) -> Found:
    standings = [await _stand(ask, params, until_us) for until_us in _moments(ask, params)]
    rows: list[list[Any]] = []
    for before, after in pairwise(standings):
        if min(len(before.keys), len(after.keys)) < PEOPLE_LEAST:
            _note_few(ask, before, after)
        else:
            rows += _count(_move(before, after), label_of(before.until_us, ask.at.zone))
    return Found(COLUMNS, rows, _figures(standings))


def _moments(ask: Ask, params: RfmMigrationParams) -> list[int]:
    """Each is the first instant that is no longer looked at. Ascending, two at least."""
    since_us, until_us = ask.periods.since_us, end_of(ask).now_us + 1
    if params.moments == "range":
        return [since_us, max(until_us, since_us)]
    found = [since_us, *(bound for bound in ask.periods.bounds_us if since_us < bound < until_us), until_us]
    if len(found) > STEPS_MAX + 1:
        raise Invalid(
            "too_many_periods",
            f"Moves are counted over {STEPS_MAX} periods at most; ask for longer ones or a shorter range.",
            fields={"interval": "Choose a longer interval."},
        )
    return found


async def _stand(ask: Ask, params: RfmMigrationParams, until_us: int) -> Standing:
    at = At(until_us - 1, ask.at.zone, ask.at.week_start)
    since_us = day_start_us(local_date(at) - timedelta(days=params.days - 1), at.zone)
    customers = await read_customers(ask, params, since_us, until_us)
    ask.kernels.append("kizuna.measures.rfm.score_fifths")
    scored = await asyncio.to_thread(score, customers, at, params.value)
    return Standing(until_us, scored.customers.keys, scored.groups())


def _move(before: Standing, after: Standing) -> Moves:
    import numpy as np

    keys = np.union1d(before.keys, after.keys)
    found: list[NDArray[Any]] = []
    for one in (before, after):
        groups = np.full(len(keys), _NONE, np.int64)
        groups[np.searchsorted(keys, one.keys)] = one.groups
        found.append(groups)
    return Moves(keys, *found)


def _count(moves: Moves, period: str) -> list[list[Any]]:
    """Every move that somebody made, staying included, in the order of ``WORDS``."""
    import numpy as np

    size = len(_NAMES)
    counts = np.bincount(moves.before * size + moves.after, minlength=size * size).reshape(size, size)
    moved: list[list[int]] = counts.tolist()
    return [
        [period, _NAMES[before], _NAMES[after], people, people / sum(moved[before])]
        for before in range(size)
        for after in range(size)
        if (people := moved[before][after])
    ]


def _figures(standings: Sequence[Standing]) -> list[Figure]:
    """From the first moment to the last one."""
    first, last = standings[0], standings[-1]
    moves = _move(first, last)
    both = (moves.before != _NONE) & (moves.after != _NONE)
    stayed, kept = int((both & (moves.before == moves.after)).sum()), int(both.sum())
    return [
        Figure("before", "people", text("Customers at the start", "開始時の顧客"), len(first.keys)),
        Figure("after", "people", text("Customers at the end", "終了時の顧客"), len(last.keys)),
        Figure(
            "came",
            "people",
            text("Came", "新たに加わった人"),
            int((moves.before == _NONE).sum()),
            definition=text("No customer at the start, one at the end", "開始時は顧客でなく、終了時に顧客である人"),
        ),
        Figure(
            "went",
            "people",
            text("Went", "いなくなった人"),
            int((moves.after == _NONE).sum()),
            definition=text("A customer at the start, none at the end", "開始時は顧客で、終了時は顧客でない人"),
        ),
        Figure(
            "stayed",
            "share",
            text("In the same group", "同じグループの割合"),
            stayed / kept if kept else None,
            n=kept,
            definition=text("Of those who were customers at both", "開始時も終了時も顧客だった人のうち"),
        ),
    ]


def _note_few(ask: Ask, before: Standing, after: Standing) -> None:
    few = min(len(before.keys), len(after.keys))
    day = label_of((before if len(before.keys) == few else after).until_us - 1, ask.at.zone)[:10]
    ask.note(
        "not_enough_data",
        f"On {day} there were {few} customers; groups of fewer than {PEOPLE_LEAST} say nothing.",
        f"{day}時点の顧客は{few}人です。{PEOPLE_LEAST}人未満ではグループに分けられません。",
        warning=True,
    )


async def people(ask: Ask, params: RfmMigrationParams, cell: Cell) -> Sequence[int]:
    """Who made the move. Without a period, from the first moment to the last."""
    import numpy as np

    moments = _moments(ask, params)
    chosen = (moments[0], moments[-1])
    if "period" in cell:
        labels = {label_of(start, ask.at.zone): (start, end) for start, end in pairwise(moments)}
        if cell["period"] not in labels:
            return []
        chosen = labels[cell["period"]]
    before, after = [await _stand(ask, params, until_us) for until_us in chosen]
    moves = _move(before, after)
    kept = np.ones(len(moves.keys), np.bool_)
    for side, groups in (("source", moves.before), ("target", moves.after)):
        if side in cell:
            kept &= groups == (_NAMES.index(cell[side]) if cell[side] in WORDS else -1)
    return moves.keys[kept].tolist()


COLUMNS = [
    Column("period", "time", text("From", "起点")),
    Column("source", "label", text("Was", "以前のグループ"), words=WORDS),
    Column("target", "label", text("Is", "現在のグループ"), words=WORDS),
    Column("people", "people", text("Customers", "顧客"), opens=True),
    Column(
        "share",
        "share",
        text("Share", "割合"),
        text("Of those who were in the group before", "以前そのグループにいた人のうち"),
    ),
]

PLUGIN = Metric(
    key="rfm_migration",
    group="customers",
    shape="flow",
    title=text("Moves between RFM groups", "RFMグループの移動"),
    definition=text(
        "RFM groups as of the start and the end of the range, or of each of its periods, and how many moved from one "
        "to another. Each time they are those of who bought within the days before, scored among one another: somebody "
        "may move because others did. Who bought at one moment only comes from or goes to “No purchase”.",
        "期間の開始時と終了時（または各期間の区切り）でRFMグループを判定し、グループ間を移動した人数を数えます。"
        "各時点で、それまでの指定日数に購入した人の中で採点するため、他の人の変化によってグループが変わることもあります。"
        "一方の時点でしか購入がない人は「購入なし」との移動になります。",
    ),
    params=RfmMigrationParams,
    compute=compute,
    check=check_purchases,
    people=people,
    events=lambda params: [params.event],
    breaks_down=False,
    compares=False,
)
