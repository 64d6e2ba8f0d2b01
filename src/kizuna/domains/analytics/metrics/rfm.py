"""RFM: customers by how lately, how often and how much they buy."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from kizuna.conditions.moments import At, local_date
from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.purchases import (
    MILLION,
    Customers,
    PurchaseParams,
    check_purchases,
    days_before,
    end_of,
    read_customers,
)
from kizuna.domains.analytics.rules.rfm_groups import CELLS, GROUPS
from kizuna.domains.analytics.rules.words import text

if TYPE_CHECKING:
    from numpy.typing import NDArray

PEOPLE_LEAST = 10

Value = Literal["both", "frequency", "monetary"]

_NAMES = list(GROUPS)
_PLACES = list(CELLS)


class RfmParams(PurchaseParams, frozen=True, forbid_unknown_fields=True):
    """``value`` says what stands beside recency in the map: half of the scores of frequency and amount together,
    rounded down, or one of them alone."""

    value: Value = "both"


@dataclass(frozen=True, slots=True)
class Scored:
    """Customers with the place of their cell in ``CELLS``. ``days`` are since their last purchase."""

    customers: Customers
    days: NDArray[Any]
    cells: NDArray[Any]

    def groups(self) -> NDArray[Any]:
        """The place of everybody's group in ``GROUPS``."""
        import numpy as np

        return np.array([_NAMES.index(CELLS[place]) for place in _PLACES], np.int64)[self.cells]


def score(customers: Customers, at: At, value: Value) -> Scored:
    """Scores each customer among these, as of a moment."""
    import numpy as np

    from kizuna.measures.rfm import combine, score_fifths

    days = days_before(at, customers.last_us)
    recency, second = score_fifths(-days), np.ones(len(customers), np.int8)
    if value != "monetary":
        second = score_fifths(customers.orders)
    if value != "frequency":
        monetary = score_fifths(customers.amounts)
        second = combine(second, monetary) if value == "both" else monetary
    # ``CELLS`` begins with the best recency and the least value.
    return Scored(customers, days, (5 - recency.astype(np.int64)) * 5 + second - 1)


async def score_people(ask: Ask, params: RfmParams, *, noted: bool = False) -> Scored:
    """Everybody who bought in the range, as of its end."""
    customers = await read_customers(ask, params, noted=noted)
    ask.kernels.append("kizuna.measures.rfm.score_fifths")
    return await asyncio.to_thread(score, customers, end_of(ask), params.value)


async def compute(ask: Ask, params: RfmParams) -> Found:
    scored = await score_people(ask, params, noted=True)
    people = len(scored.customers)
    figures = [
        Figure("people", "people", text("Customers", "顧客"), people),
        Figure("revenue", "money", text("Revenue", "売上"), _total(scored)),
    ]
    note_as_of(ask)
    if people < PEOPLE_LEAST:
        note_few(ask, people)
        return Found(COLUMNS, [], figures)
    return Found(COLUMNS, await asyncio.to_thread(_rows, scored), figures)


def _rows(scored: Scored) -> list[list[Any]]:
    groups = _sum_up(scored, scored.groups(), len(_NAMES))
    cells = _sum_up(scored, scored.cells, len(_PLACES))
    rows = [[name, None, None, *values] for name, values in zip(_NAMES, groups, strict=True)]
    return rows + [[CELLS[place], *place, *values] for place, values in zip(_PLACES, cells, strict=True)]


def note_few(ask: Ask, people: int) -> None:
    ask.note(
        "not_enough_data",
        f"{people} customers bought in the range; fifths of fewer than {PEOPLE_LEAST} say nothing.",
        f"期間中に購入した顧客は{people}人です。{PEOPLE_LEAST}人未満では5段階に分けられません。",
        warning=True,
    )


def note_as_of(ask: Ask) -> None:
    day = local_date(end_of(ask)).isoformat()
    ask.note("as_of", f"As of {day}.", f"{day}時点の値です。")


def _total(scored: Scored) -> float:
    from kizuna.measures.exact import sum_all

    return sum_all(scored.customers.amounts) / MILLION


def _sum_up(scored: Scored, codes: NDArray[Any], size: int) -> list[list[Any]]:
    """For each code what stands in the columns from ``people`` on."""
    import numpy as np

    from kizuna.measures.exact import sum_by

    customers = scored.customers
    people = np.bincount(codes, minlength=size).tolist()
    days, orders, amounts = (sum_by(codes, one, size) for one in (scored.days, customers.orders, customers.amounts))
    total = sum(amounts)
    found: list[list[Any]] = []
    for count, day, order, amount in zip(people, days, orders, amounts, strict=True):
        means = [day / count, order / count, amount / count / MILLION] if count else [None, None, None]
        share = amount / total if total > 0 else None
        found.append([count, count / len(customers), amount / MILLION, share, *means])
    return found


async def people(ask: Ask, params: RfmParams, cell: Cell) -> Sequence[int]:
    """Who is in the group, or in the one cell of the map."""
    import numpy as np

    scored = await score_people(ask, params)
    keys = scored.customers.keys
    if len(keys) < PEOPLE_LEAST:
        return []
    chosen = np.ones(len(keys), np.bool_)
    if "group" in cell:
        chosen &= scored.groups() == (_NAMES.index(cell["group"]) if cell["group"] in GROUPS else -1)
    place: tuple[Any, Any] = (cell.get("recency"), cell.get("value"))
    if place != (None, None):
        chosen &= scored.cells == (_PLACES.index(place) if place in CELLS else -1)
    return keys[chosen].tolist()


COLUMNS = [
    Column(
        "group",
        "label",
        text("Group", "グループ"),
        text(
            "First each group as a whole, then each cell of the map with the group it belongs to",
            "先に各グループの合計、続いてマップの各マスとその属するグループを示します。",
        ),
        words=GROUPS,
    ),
    Column(
        "recency",
        "count",
        text("Recency (R)", "最新購入（R）"),
        text("5: bought lately. Nothing where the whole group is meant", "5が最近の購入。空欄はグループ全体です。"),
    ),
    Column(
        "value",
        "count",
        text("Frequency and amount (F, M)", "頻度と金額（F・M）"),
        text(
            "5: often and much. Half of both scores, rounded down, unless one of them was chosen",
            "5が高頻度・高額。片方を選んだ場合を除き、2つのスコアの平均（端数切り捨て）です。",
        ),
    ),
    Column("people", "people", text("Customers", "顧客"), opens=True),
    Column("people_share", "share", text("Share of customers", "顧客の割合")),
    Column("revenue", "money", text("Revenue", "売上")),
    Column("revenue_share", "share", text("Share of revenue", "売上の割合")),
    Column(
        "days",
        "number",
        text("Days since last purchase", "最終購入からの日数"),
        text("Mean", "平均"),
        of="people",
    ),
    Column("orders", "number", text("Orders each", "1人あたり注文数"), text("Mean", "平均"), of="people"),
    Column("amount", "money", text("Revenue each", "1人あたり売上"), text("Mean", "平均"), of="people"),
]

PLUGIN = Metric(
    key="rfm",
    group="customers",
    shape="rfm",
    title=text("RFM groups", "RFM分析"),
    definition=text(
        "Everybody who bought in the range gets scores from 1 to 5 for recency (days of the calendar since the last "
        "purchase, at the end of the range), frequency (orders) and amount (less refunds). Score s means that at "
        "least (s − 1) × 20 % of these customers stand strictly below; so equal values always have equal scores. The "
        "group follows from recency and the half of the other two, rounded down.",
        "期間中に購入した人を、最新購入日（期間末までの日数）、頻度（注文数）、金額（返金を除く）の3つで1〜5点に採点します。"
        "s点は、自分より明らかに低い顧客が少なくとも(s − 1) × 20%いることを意味し、同じ値なら必ず同じ点数です。"
        "グループは、最新購入日の点数と、残り2つの平均（端数切り捨て）で決まります。",
    ),
    params=RfmParams,
    compute=compute,
    check=check_purchases,
    people=people,
    events=lambda params: [params.event],
    breaks_down=False,
)
