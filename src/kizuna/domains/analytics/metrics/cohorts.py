"""Cohorts: what the customers who first bought in a period have spent since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from kizuna.conditions.ast import EventMatch, Name
from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.history import LONG_AGO_US, add_period
from kizuna.domains.analytics.queries.labels import Labels, fold_labels
from kizuna.domains.analytics.rules.words import LABEL, text

MILLION = 1_000_000


class CohortParams(Struct, frozen=True, forbid_unknown_fields=True):
    """``amount_property`` is what an order brings, ``refund`` an event whose amount is taken off again."""

    event: EventMatch = EventMatch("Order Completed")
    amount_property: Name = "total"
    refund: EventMatch | None = EventMatch("Order Refunded")
    refund_property: Name = "total"


async def _labels(ask: Ask, params: CohortParams) -> Labels:
    matches = [params.event] if params.refund is None else [params.event, params.refund]
    rows = ask.rows(matches, LONG_AGO_US, ask.periods.bounds_us[-1])
    add_period(rows, ask.periods.bounds_us)
    rows.which("which")
    rows.millionths(params.amount_property, "amount")
    if params.refund is not None:
        rows.millionths(params.refund_property, "refunded")
    return await fold_labels(ask, ask.tell(rows), "which = 0 AND bucket >= 0")


# Who bought before the range is in no cohort: it is their first order of all that counts.
_FIRST = "SELECT profile_key AS owner, min(bucket) AS cohort FROM told WHERE which = 0 GROUP BY profile_key"


def _joined(params: CohortParams) -> str:
    value = "amount" if params.refund is None else "CASE WHEN which = 0 THEN amount ELSE -refunded END"
    return (
        f"SELECT profile_key, label, cohort, bucket, which, {value} AS value "
        f"FROM told JOIN ({_FIRST}) AS f ON owner = profile_key WHERE cohort >= 0 AND which IS NOT NULL"
    )


async def compute(ask: Ask, params: CohortParams) -> Found:
    labels = await _labels(ask, params)
    found = await ask.select(
        f"""
        SELECT label, cohort, bucket, CAST(sum(value) AS DOUBLE) / {MILLION} AS revenue,
            count(*) FILTER (WHERE which = 0) AS orders,
            count(DISTINCT CASE WHEN which = 0 THEN profile_key END) AS buyers
        FROM ({_joined(params)}) AS j WHERE bucket >= cohort GROUP BY label, cohort, bucket
        """,
        labels.relations,
        labels.tables,
    )
    cells = {(row["label"], row["cohort"], row["bucket"]): row for row in found.to_pylist()}
    rows = [
        row
        for label in labels.values
        for cohort in range(len(ask.periods))
        for row in _cohort(ask, label, cohort, cells)
    ]
    _note(ask, rows)
    return Found(COLUMNS, rows, _figures(rows))


def _cohort(
    ask: Ask, label: str | None, cohort: int, cells: Mapping[tuple[str | None, int, int], Mapping[str, Any]]
) -> list[list[Any]]:
    first = cells.get((label, cohort, cohort))
    size = first["buyers"] if first else 0
    so_far, rows = 0.0, list[list[Any]]()
    for period in range(cohort, len(ask.periods)):
        cell = cells.get((label, cohort, period))
        revenue = (cell["revenue"] or 0.0) if cell else 0.0
        so_far += revenue
        over = ask.periods.bounds_us[period + 1] <= ask.at.now_us + 1
        rows.append(
            [
                ask.periods.start(cohort),
                label,
                size,
                period - cohort,
                revenue,
                so_far / size if size else None,
                cell["orders"] if cell else 0,
                cell["buyers"] if cell else 0,
                (cell["buyers"] if cell else 0) / size if size else None,
                over,
            ]
        )
    return rows


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
    if any(not row[9] for row in rows):
        ask.note("incomplete", "The last period is not over yet.", "最後の期間はまだ終わっていません。")


def _figures(rows: Sequence[Sequence[Any]]) -> list[Figure]:
    customers = sum(row[2] for row in rows if row[3] == 0)
    revenue = sum(row[4] for row in rows)
    return [
        Figure("customers", "people", text("New customers", "新規顧客"), customers),
        Figure("revenue", "money", text("Revenue from them", "新規顧客の売上"), revenue),
        Figure(
            "per_customer",
            "money",
            text("A customer so far", "1人あたりの累計"),
            revenue / customers if customers else None,
            n=customers,
        ),
    ]


async def people(ask: Ask, params: CohortParams, cell: Cell) -> Sequence[int]:
    """Who of a cohort bought in a period; with the column ``size``, who is in it."""
    starts = ask.periods.starts
    if cell.get("cohort") not in starts:
        return []
    cohort = starts.index(cell["cohort"])
    period = cohort + (0 if cell.get("column") == "size" else int(cell.get("number", 0)))
    labels = await _labels(ask, params)
    tables = dict(labels.tables)
    wanted = f"cohort = {cohort} AND bucket = {period} AND which = 0"
    if ask.query.breakdown is not None:
        import pyarrow as pa

        label = cell.get("label")
        wanted += " AND label IS NULL" if label is None else " AND label IN (SELECT chosen FROM chosen_label)"
        tables["chosen_label"] = pa.table({"chosen": pa.array([label], pa.string())})
    found = await ask.select(
        f"SELECT DISTINCT profile_key FROM ({_joined(params)}) AS j WHERE {wanted} ORDER BY profile_key",
        labels.relations,
        tables,
    )
    return found.column("profile_key").to_pylist()


COLUMNS = [
    Column("cohort", "time", text("First bought in", "初回購入の期間")),
    LABEL,
    Column("size", "people", text("Customers", "顧客数"), opens=True),
    Column("number", "number", text("Periods later", "何期後")),
    Column("revenue", "money", text("Revenue", "売上"), text("Less what was given back", "返金を差し引いた額")),
    Column("so_far", "money", text("A customer so far", "1人あたりの累計"), of="size"),
    Column("orders", "count", text("Orders", "注文")),
    Column("people", "people", text("Buyers", "購入者"), opens=True),
    Column("share", "share", text("Bought", "購入率"), text("Of the cohort", "集団の顧客数に対する割合"), of="size"),
    Column("complete", "label", text("Over", "終了済み"), hidden=True),
]

PLUGIN = Metric(
    key="cohorts",
    group="customers",
    shape="matrix",
    title=text("Customer cohorts", "顧客コホート"),
    definition=text(
        "Customers by the period of their first purchase of all, and what each cohort bought in the periods after it. "
        "What was given back is taken off.",
        "初めて購入した期間ごとに顧客をまとめ、その後の各期間の購入を集計します。返金は差し引きます。",
    ),
    params=CohortParams,
    compute=compute,
    people=people,
    events=lambda params: [params.event],
    whole_periods=True,
    compares=False,
)
