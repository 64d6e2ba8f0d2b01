"""Cohorts: what the customers who first bought in a period have spent since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.breakdown import Told
from kizuna.domains.analytics.queries.history import LONG_AGO_US, add_period
from kizuna.domains.analytics.queries.labels import Labels, fold_labels
from kizuna.domains.analytics.queries.purchases import (
    MILLION,
    PurchaseParams,
    check_purchases,
    note_amounts,
    purchase_rows,
)
from kizuna.domains.analytics.rules.words import LABEL, text
from kizuna.kernel.errors import Invalid

CELLS_MAX = 60_000

Cells = Mapping[tuple[str | None, int, int], Mapping[str, Any]]
"""By label, cohort and period."""


class CohortParams(PurchaseParams, frozen=True, forbid_unknown_fields=True):
    """``per``: what the revenue so far is divided by, the cohort's customers or their orders so far."""

    per: Literal["customer", "order"] = "customer"


# Everybody's cohort: of the first order of all, wherever it lies. What came before the range has the number -1.
_FIRST = "SELECT profile_key AS owner, label, min(bucket) AS cohort FROM told WHERE bought GROUP BY profile_key, label"

# Where orders of one customer have several labels that of the first counts, of those at one instant the least.
_FIRST_LABELLED = """
    SELECT profile_key AS owner, label, bucket AS cohort FROM (
        SELECT *, row_number() OVER (PARTITION BY profile_key ORDER BY time_us, label IS NULL, label) AS place
        FROM told WHERE bought
    ) AS ranked WHERE place = 1
"""

_JOINED = """
    SELECT f.label, f.cohort, o.* FROM orders_told AS o JOIN ({first}) AS f ON f.owner = o.profile_key
    WHERE f.cohort >= 0 AND o.bucket >= f.cohort AND (o.bought OR o.refunded)
"""

# First by customer and period, so that who bought again is known: whose orders pass the first one in it.
_CELLS = """
    SELECT label, cohort, bucket, CAST(coalesce(sum(amount), 0) AS BIGINT) AS revenue,
        CAST(sum(orders) AS BIGINT) AS orders, count(*) FILTER (WHERE orders > 0) AS buyers,
        count(*) FILTER (WHERE so_far > 1 AND so_far - orders <= 1) AS repeated, CAST(sum(free) AS BIGINT) AS free,
        CAST(sum(negative) AS BIGINT) AS negative, min(currency) AS currency, max(other) AS other
    FROM (
        SELECT *, sum(orders) OVER (PARTITION BY profile_key, label ORDER BY bucket) AS so_far FROM (
            SELECT label, cohort, bucket, profile_key, count(*) FILTER (WHERE bought) AS orders,
                sum(CASE WHEN bought THEN amount ELSE -abs(amount) END) AS amount,
                count(*) FILTER (WHERE bought AND amount IS NULL) AS free,
                count(*) FILTER (WHERE bought AND amount < 0) AS negative,
                min(currency) AS currency, max(currency) AS other
            FROM ({joined}) AS j GROUP BY label, cohort, bucket, profile_key
        ) AS by_period
    ) AS followed
    GROUP BY label, cohort, bucket
"""


async def _prepare(ask: Ask, params: CohortParams) -> tuple[Labels, str]:
    """The labels, whose relations hold ``orders_told`` as well; and orders and refunds with their customer's cohort."""
    bounds = ask.periods.bounds_us
    told = _tell(ask, params)
    labels = await fold_labels(ask, told, "bought AND bucket >= 0")
    n = len(ask.periods)
    if len(labels.values) * n * (n + 1) // 2 > CELLS_MAX:
        raise Invalid(
            "too_many_cells",
            f"That would be more than {CELLS_MAX:,} cells; ask for a shorter range, longer periods or no breakdown.",
            fields={"interval": "Choose a longer interval."},
        )
    orders = purchase_rows(ask, params, LONG_AGO_US, bounds[-1])
    add_period(orders, bounds)
    relations = {**labels.relations, "orders_told": orders.write()}
    first = _FIRST if told.of_people else _FIRST_LABELLED
    return Labels(labels.values, relations, labels.tables), _JOINED.format(first=first)


def _tell(ask: Ask, params: CohortParams) -> Told:
    """Orders, with the label of each."""
    rows = ask.rows([params.event], LONG_AGO_US, ask.periods.bounds_us[-1])
    add_period(rows, ask.periods.bounds_us)
    rows.add(rows.flag(0), "bought")
    return ask.tell(rows)


async def compute(ask: Ask, params: CohortParams) -> Found:
    labels, joined = await _prepare(ask, params)
    found = await ask.select(_CELLS.format(joined=joined), labels.relations, labels.tables)
    cells: Cells = {(row["label"], row["cohort"], row["bucket"]): row for row in found.to_pylist()}
    rows = [
        row
        for label in labels.values
        for cohort, start in enumerate(ask.periods.starts)
        for row in _cohort(ask, params, label, cohort, start, cells)
    ]
    note_amounts(ask, params, _oddities(cells))
    _note(ask, rows)
    return Found(_columns(params), rows, _figures(rows))


def _cohort(
    ask: Ask, params: CohortParams, label: str | None, cohort: int, start: str, cells: Cells
) -> Iterator[list[Any]]:
    """A row for each period from the cohort's own on."""
    size = cells.get((label, cohort, cohort), _NOTHING)["buyers"]
    revenue, orders, repeated = 0, 0, 0
    for period in range(cohort, len(ask.periods)):
        cell = cells.get((label, cohort, period), _NOTHING)
        revenue += cell["revenue"]
        orders += cell["orders"]
        repeated += cell["repeated"]
        parts = size if params.per == "customer" else orders
        yield [
            start,
            label,
            size,
            period - cohort,
            cell["revenue"] / MILLION,
            revenue / MILLION / parts if parts else None,
            cell["orders"],
            cell["buyers"],
            cell["buyers"] / size if size else None,
            repeated / size if size else None,
            ask.periods.bounds_us[period + 1] <= ask.at.now_us + 1,
        ]


_NOTHING: Mapping[str, Any] = {"revenue": 0, "orders": 0, "buyers": 0, "repeated": 0}


def _oddities(cells: Cells) -> dict[str, Any]:
    rows = list(cells.values())
    sums = {name: sum(row[name] for row in rows) for name in ("orders", "free", "negative")}
    return {
        **sums,
        "currency": min((row["currency"] for row in rows if row["currency"] is not None), default=None),
        "other": max((row["other"] for row in rows if row["other"] is not None), default=None),
    }


def _note(ask: Ask, rows: Sequence[Sequence[Any]]) -> None:
    if not any(row[2] for row in rows):
        ask.note(
            "nobody_bought",
            "Nobody bought for the first time in the range.",
            "期間中に初めて購入した人はいません。",
            warning=True,
        )
    if any(row[4] < 0 for row in rows):
        ask.note(
            "negative_revenue",
            "In some periods more was given back than was bought.",
            "返金が売上を上回る期間があります。",
            warning=True,
        )
    if any(not row[10] for row in rows):
        ask.note("incomplete", "The last period is not over yet.", "最後の期間はまだ終わっていません。")


def _figures(rows: Sequence[Sequence[Any]]) -> list[Figure]:
    customers = sum(row[2] for row in rows if row[3] == 0)
    revenue = sum(row[4] for row in rows)
    so_far = revenue / customers if customers else None
    return [
        Figure("customers", "people", text("New customers", "新規顧客"), customers),
        Figure("revenue", "money", text("Revenue from them", "新規顧客の売上"), revenue),
        Figure("per_customer", "money", text("A customer so far", "1人あたりの累計"), so_far, n=customers),
    ]


async def people(ask: Ask, params: CohortParams, cell: Cell) -> Sequence[int]:
    """Who of a cohort bought in a period; with the column ``size``, who is in it."""
    starts, number = ask.periods.starts, 0 if cell.get("column") == "size" else cell.get("number")
    if cell.get("cohort") not in starts or not isinstance(number, int | float):
        return []
    cohort = starts.index(cell["cohort"])
    labels, joined = await _prepare(ask, params)
    tables = dict(labels.tables)
    wanted = f"cohort = {cohort} AND bucket = {cohort + int(number)} AND bought"
    if ask.query.breakdown is not None:
        import pyarrow as pa

        label = cell.get("label")
        wanted += " AND label IS NULL" if label is None else " AND label IN (SELECT chosen FROM chosen_label)"
        tables["chosen_label"] = pa.table({"chosen": pa.array([label], pa.string())})
    found = await ask.select(
        f"SELECT DISTINCT profile_key FROM ({joined}) AS j WHERE {wanted} ORDER BY profile_key",
        labels.relations,
        tables,
    )
    return found.column("profile_key").to_pylist()


def _columns(params: CohortParams) -> list[Column]:
    if params.per == "customer":
        so_far = Column("so_far", "money", text("A customer so far", "1人あたりの累計"), of="size")
    else:
        so_far = Column("so_far", "money", text("An order so far", "注文1件あたり（累計）"))
    again = text("Of the cohort, whoever has bought at least twice by then", "その時点までに2回以上購入した顧客の割合")
    return [
        Column("cohort", "time", text("First bought in", "初回購入の期間")),
        LABEL,
        Column("size", "people", text("Customers", "顧客数"), opens=True),
        Column("number", "number", text("Periods later", "何期後")),
        Column("revenue", "money", text("Revenue", "売上"), text("Less what was given back", "返金を差し引いた額")),
        so_far,
        Column("orders", "count", text("Orders", "注文")),
        Column("people", "people", text("Buyers", "購入者"), opens=True),
        Column(
            "share", "share", text("Bought", "購入率"), text("Of the cohort", "コホートの顧客数に対する割合"), of="size"
        ),
        Column("repeated", "share", text("Bought again", "リピート率"), again, of="size"),
        Column("complete", "label", text("Over", "終了済み"), hidden=True),
    ]


PLUGIN = Metric(
    key="cohorts",
    group="customers",
    shape="matrix",
    title=text("Customer cohorts", "顧客コホート"),
    definition=text(
        "Customers by the period of their first purchase of all, and what each cohort bought in the periods after it. "
        "What was given back is taken off. In a breakdown everybody is in the group of their first purchase.",
        "初めて購入した期間ごとに顧客をまとめ、その後の各期間の購入を集計します。返金は差し引きます。内訳では、初回購入の値で分けます。",
    ),
    params=CohortParams,
    compute=compute,
    check=check_purchases,
    people=people,
    events=lambda params: [params.event],
    whole_periods=True,
    compares=False,
)
