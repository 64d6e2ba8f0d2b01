"""Who buys what: how much more than others a group of customers buys of each thing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from msgspec import Meta, Struct

from kizuna.conditions.ast import EventMatch, Name
from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.breakdown import Told
from kizuna.domains.analytics.queries.labels import fold_counted, fold_labels
from kizuna.domains.analytics.rules.words import LABEL, text
from kizuna.kernel.errors import Invalid
from kizuna.measures.intervals import wilson

LEAST = 30


class BuyersParams(Struct, frozen=True, forbid_unknown_fields=True):
    """``item_property`` is what is bought (``products[].category``); the query's breakdown is by whom: age, gender,
    region, a segment. ``items`` of the things are shown, those that most people buy."""

    event: EventMatch = EventMatch("Order Completed")
    item_property: Name = "products[].category"
    items: Annotated[int, Meta(ge=1, le=100)] = 20


def check_query(ask: Ask) -> None:
    if ask.query.breakdown is None:
        raise Invalid(
            "breakdown_missing",
            "By what are customers told apart? Choose a breakdown, as age, gender or region.",
            fields={"breakdown": "Choose one."},
        )


def _rows_of(ask: Ask, params: BuyersParams) -> Told:
    check_query(ask)
    rows = ask.rows([params.event])
    rows.label(params.item_property, "item")
    rows.add(rows.flag(0), "meant")
    return ask.tell(rows)


_COUNTED = """
    SELECT label, item, grouping(item) AS is_group, count(*) AS n, count(DISTINCT profile_key) AS people
    FROM told WHERE meant AND item IS NOT NULL
    GROUP BY GROUPING SETS ((label, item), (label))
"""


async def compute(ask: Ask, params: BuyersParams) -> Found:
    told = _rows_of(ask, params)
    counted = (await ask.select(_COUNTED, told.relations)).to_pylist()
    labels = fold_counted(ask, told, {row["label"]: row["n"] for row in counted if row["is_group"]})
    if labels.tables:  # there are others
        counted = (await ask.select(_COUNTED, labels.relations, labels.tables)).to_pylist()
    cells = {(row["label"], row["item"]): row["people"] for row in counted if not row["is_group"]}
    groups = {row["label"]: row["people"] for row in counted if row["is_group"]}
    everybody = sum(groups.values())
    rows = _rows(params, labels.values, cells, groups)
    if not rows:
        ask.note("nothing_bought", "Nothing was bought in the range.", "期間中の購入はありません。", warning=True)
    if any(size < LEAST for size in groups.values()):
        ask.note(
            "small_groups",
            f"Of groups of fewer than {LEAST} customers no index is told.",
            f"{LEAST}人未満の内訳では指数を表示しません。",
        )
    return Found(COLUMNS, rows, [Figure("people", "people", text("Customers", "顧客"), everybody)])


def _rows(
    params: BuyersParams,
    labels: Sequence[str | None],
    cells: dict[tuple[str | None, str], int],
    groups: dict[str | None, int],
) -> list[list[Any]]:
    of_all: dict[str, int] = {}
    for (_, item), people_n in cells.items():
        of_all[item] = of_all.get(item, 0) + people_n
    shown = sorted(of_all, key=lambda item: (-of_all[item], item))[: params.items]
    everybody = sum(groups.values())
    rows: list[list[Any]] = []
    for item in shown:
        for label in labels:
            size = groups.get(label, 0)
            if not size:
                continue
            bought = cells.get((label, item), 0)
            low, high = wilson(bought, size)
            index = bought / size / (of_all[item] / everybody) * 100 if size >= LEAST else None
            rows.append([item, label, bought, size, bought / size, low, high, index])
    return rows


async def people(ask: Ask, params: BuyersParams, cell: Cell) -> Sequence[int]:
    """Who of the group bought the thing."""
    import pyarrow as pa

    labels = await fold_labels(ask, _rows_of(ask, params), "meant AND item IS NOT NULL")
    label = cell.get("label")
    chosen = pa.table({"chosen": pa.array([str(cell["item"])]), "who": pa.array([label], pa.string())})
    wanted = "label IS NULL" if label is None else "label = who"
    found = await ask.select(
        f"SELECT DISTINCT profile_key FROM told JOIN chosen_item ON chosen = item WHERE meant AND {wanted} "
        "ORDER BY profile_key",
        labels.relations,
        {**labels.tables, "chosen_item": chosen},
    )
    return found.column("profile_key").to_pylist()


COLUMNS = [
    Column("item", "label", text("Item", "品目")),
    LABEL,
    Column("people", "people", text("Buyers", "購入者"), opens=True),
    Column("size", "people", text("Customers of the group", "内訳の顧客数")),
    Column(
        "share",
        "share",
        text("Share who buy it", "購入率"),
        text("Of the group's customers who bought anything", "何かを購入したこの内訳の顧客のうち"),
        of="size",
        low="low",
        high="high",
    ),
    Column("low", "share", text("from", "下限"), hidden=True),
    Column("high", "share", text("to", "上限"), hidden=True),
    Column(
        "index",
        "number",
        text("Index", "指数"),
        text("The group's share over everybody's, times 100", "全体の購入率を100としたときの値"),
        of="size",
    ),
]

PLUGIN = Metric(
    key="buyers",
    group="products",
    shape="matrix",
    title=text("Who buys what", "誰が何を買うか"),
    definition=text(
        "How many customers of each group bought each item, and how that compares with everybody: an index of 100 is "
        "as many as of all customers. A person counts once for an item.",
        "内訳ごとに、各品目を購入した顧客の数と、全体と比べた購入率の指数です。100は全体と同じ割合を表します。同じ品目は1人1回と数えます。",
    ),
    params=BuyersParams,
    compute=compute,
    people=people,
    events=lambda params: [params.event],
    compares=False,
)
