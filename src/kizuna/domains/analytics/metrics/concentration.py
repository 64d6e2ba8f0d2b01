"""Concentration: how much of the revenue comes from how few."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.purchases import (
    MILLION,
    Customers,
    PurchaseParams,
    check_purchases,
    read_customers,
)
from kizuna.domains.analytics.rules.words import text

PEOPLE_LEAST = 10
TOPS = (1, 10, 20)


async def compute(ask: Ask, params: PurchaseParams) -> Found:
    customers = await read_customers(ask, params)
    ask.kernels.append("kizuna.measures.concentration.gini")
    figures = await asyncio.to_thread(_figures, customers)
    if len(customers) < PEOPLE_LEAST:
        ask.note(
            "not_enough_data",
            f"{len(customers)} customers bought in the range; fewer than {PEOPLE_LEAST} make no tenths.",
            f"期間中に購入した顧客は{len(customers)}人です。{PEOPLE_LEAST}人未満では10等分できません。",
            warning=True,
        )
        return Found(COLUMNS, [], figures)
    _note(ask, customers)
    return Found(COLUMNS, await asyncio.to_thread(_tenths, customers), figures)


def _tenths(customers: Customers) -> list[list[Any]]:
    import numpy as np

    from kizuna.measures.concentration import TENTHS, order_most_first, sum_tenths, tenths_of

    ordered = customers.amounts[order_most_first(customers.keys, customers.amounts)]
    people = np.bincount(tenths_of(len(ordered)), minlength=TENTHS).tolist()
    sums, rows, so_far = sum_tenths(ordered), list[list[Any]](), 0
    total = sum(sums)
    for number, (count, amount) in enumerate(zip(people, sums, strict=True), start=1):
        so_far += amount
        shares = [amount / total, so_far / total] if total > 0 else [None, None]
        rows.append([str(number), count, amount / MILLION, *shares, amount / count / MILLION])
    return rows


def _figures(customers: Customers) -> list[Figure]:
    from kizuna.measures.concentration import gini, order_most_first, top_share
    from kizuna.measures.exact import sum_all

    people = len(customers)
    ordered = customers.amounts[order_most_first(customers.keys, customers.amounts)]
    even = gini(ordered) if people >= PEOPLE_LEAST else None
    found = [
        Figure("people", "people", text("Customers", "顧客"), people),
        Figure("revenue", "money", text("Revenue", "売上"), sum_all(ordered) / MILLION),
        Figure(
            "gini",
            "number",
            text("Gini coefficient", "ジニ係数"),
            None if even is None else float(even),
            n=people,
            definition=text(
                "0 where all customers bring the same, near 1 where one brings everything",
                "全員が同額なら0、1人に集中するほど1に近づきます。",
            ),
        ),
    ]
    for percent in TOPS:
        share = top_share(ordered, percent) if people >= PEOPLE_LEAST else None
        title = text(f"Share of the top {percent} %", f"上位{percent}%の売上割合")
        definition = text("Of customers, in whole people, rounded down", "顧客数で数え、端数は切り捨てます。")
        found.append(
            Figure(
                f"top_{percent}",
                "share",
                title,
                None if share is None else float(share),
                n=people * percent // 100,
                definition=definition,
            )
        )
    return found


def _note(ask: Ask, customers: Customers) -> None:
    from kizuna.measures.exact import sum_all

    below = int((customers.amounts < 0).sum())
    if below:
        ask.note(
            "negative_customers",
            f"{below:,} customers brought less than nothing, as more was refunded than bought. They are counted as "
            "that: shares can pass 100 %, and Gini's coefficient 1.",
            f"返金が購入を上回る顧客が{below:,}人います。そのまま計算しているため、累計が100%を、ジニ係数が1を超えることがあります。",
            warning=True,
        )
    if sum_all(customers.amounts) <= 0:
        ask.note(
            "no_revenue",
            "There is no revenue to have a share of.",
            "売上がないため、割合は計算できません。",
            warning=True,
        )
    elif len(customers) * TOPS[0] < 100:
        ask.note(
            "few_at_top",
            f"{TOPS[0]} % of {len(customers)} customers is nobody.",
            f"顧客{len(customers)}人の{TOPS[0]}%は1人に満たないため、空欄にしています。",
        )


async def people(ask: Ask, params: PurchaseParams, cell: Cell) -> Sequence[int]:
    """Who is in the tenth."""
    import numpy as np

    from kizuna.measures.concentration import order_most_first, tenths_of

    customers = await read_customers(ask, params, noted=False)
    keys = customers.keys
    if "tenth" not in cell:
        return keys.tolist()
    asked = str(cell["tenth"])
    if len(keys) < PEOPLE_LEAST or not asked.isdecimal():
        return []
    ordered = keys[await asyncio.to_thread(order_most_first, keys, customers.amounts)]
    return np.sort(ordered[tenths_of(len(ordered)) == int(asked) - 1]).tolist()


COLUMNS = [
    Column(
        "tenth",
        "label",
        text("Tenth of customers", "顧客の十分位"),
        text(
            "1: those with the most revenue. Of two with the same, who came to be known first stands first",
            "1が売上の多い層です。同額の場合は先に登録された顧客を上位とします。",
        ),
    ),
    Column("people", "people", text("Customers", "顧客"), opens=True),
    Column("revenue", "money", text("Revenue", "売上")),
    Column("share", "share", text("Share of revenue", "売上の割合")),
    Column("so_far", "share", text("Share up to here", "累計の割合")),
    Column("each", "money", text("Revenue each", "1人あたり売上"), text("Mean", "平均"), of="people"),
]

PLUGIN = Metric(
    key="concentration",
    group="customers",
    shape="bars",
    title=text("Share of revenue by tenth of customers", "顧客の十分位ごとの売上割合"),
    definition=text(
        "Everybody who bought in the range, from the most revenue (less refunds) to the least, in ten groups of the "
        "same size. Gini's coefficient is Σ (2i − n − 1) xᵢ / (n Σ x) over ascending revenue, computed in whole "
        "numbers.",
        "期間中に購入した人を、売上（返金を除く）の多い順に同じ人数の10グループに分けます。"
        "ジニ係数は売上の昇順で Σ (2i − n − 1) xᵢ / (n Σ x) を整数のまま計算した値です。",
    ),
    params=PurchaseParams,
    compute=compute,
    check=check_purchases,
    people=people,
    events=lambda params: [params.event],
    breaks_down=False,
)
