"""Replenishment: after how many days a thing is bought again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from msgspec import Meta, Struct

from kizuna.conditions.ast import EventMatch, Name
from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.rules.periods import cut
from kizuna.domains.analytics.rules.words import text

SHOWN = 100


class ReplenishmentParams(Struct, frozen=True, forbid_unknown_fields=True):
    """A thing needs ``least_intervals`` intervals to be shown."""

    event: EventMatch = EventMatch("Order Completed")
    item_property: Name = "products[].name"
    least_intervals: Annotated[int, Meta(ge=5, le=100_000)] = 30


def _relations(ask: Ask, params: ReplenishmentParams) -> dict[str, str]:
    """``told``: a person, a thing, and the number of the day, in the query's zone."""
    rows = ask.rows([params.event])
    rows.label(params.item_property, "item")
    rows.add(rows.flag(0), "meant")
    rows.bucket(cut(ask.periods.since_us, ask.periods.until_us, "day", ask.at).bounds_us, "day")
    return {"told": rows.write()}


_DAYS = "SELECT DISTINCT profile_key, item, day FROM told WHERE meant AND item IS NOT NULL"
_INTERVALS = f"""
    SELECT profile_key, item, day, day - lag(day) OVER (PARTITION BY profile_key, item ORDER BY day) AS days
    FROM ({_DAYS}) AS bought
"""
_LAST = f"SELECT profile_key, item, max(day) AS last_day FROM ({_DAYS}) AS bought GROUP BY profile_key, item"


def _typical(least: int) -> str:
    return f"""
        SELECT item, count(days) AS intervals,
            count(DISTINCT CASE WHEN days IS NOT NULL THEN profile_key END) AS people,
            quantile_cont(days, 0.25) AS low, quantile_cont(days, 0.5) AS middle, quantile_cont(days, 0.75) AS high
        FROM ({_INTERVALS}) AS gaps
        GROUP BY item
        HAVING count(days) >= {least}
    """


async def compute(ask: Ask, params: ReplenishmentParams) -> Found:
    found = await ask.select(
        f"""
        SELECT t.item, t.middle, t.low, t.high, t.intervals, t.people,
            count(*) FILTER (WHERE {_today(ask)} - l.last_day >= t.middle AND {_today(ask)} - l.last_day < 2 * t.middle)
                AS due
        FROM ({_typical(params.least_intervals)}) AS t JOIN ({_LAST}) AS l ON l.item = t.item
        GROUP BY t.item, t.middle, t.low, t.high, t.intervals, t.people
        ORDER BY t.intervals DESC, t.item
        LIMIT {SHOWN}
        """,
        _relations(ask, params),
    )
    rows: list[list[Any]] = [list(row.values()) for row in found.to_pylist()]
    if not rows:
        ask.note(
            "not_enough_data",
            f"Nothing was bought again {params.least_intervals} times or more in the range.",
            f"期間中に{params.least_intervals}回以上買い直された品目はありません。",
            warning=True,
        )
    ask.note(
        "censored",
        "Only intervals that ended in the range are in it: long ones are seen less often than they are.",
        "期間内に終わった間隔だけを数えるため、長い間隔は実際より少なく見えます。",
    )
    return Found(COLUMNS, rows, [Figure("due", "count", text("Due now", "買い時"), sum(row[6] for row in rows))])


def _today(ask: Ask) -> int:
    """The number of the last day of the range, as ``told`` counts days."""
    end = min(ask.periods.until_us - 1, ask.at.now_us)
    days = cut(ask.periods.since_us, ask.periods.until_us, "day", ask.at)
    return max(0, days.find(end))


async def people(ask: Ask, params: ReplenishmentParams, cell: Cell) -> Sequence[int]:
    """Who is due: their last purchase of the thing is one to two typical intervals ago."""
    import pyarrow as pa

    found = await ask.select(
        f"""
        SELECT l.profile_key
        FROM ({_LAST}) AS l JOIN chosen_item AS c ON c.chosen = l.item
        WHERE {_today(ask)} - l.last_day >= c.middle AND {_today(ask)} - l.last_day < 2 * c.middle
        ORDER BY l.profile_key
        """,
        _relations(ask, params),
        {
            "chosen_item": pa.table(
                {"chosen": pa.array([str(cell["item"])]), "middle": pa.array([float(cell["middle"])])}
            )
        },
    )
    return found.column("profile_key").to_pylist()


COLUMNS = [
    Column("item", "label", text("Item", "品目")),
    Column(
        "middle",
        "number",
        text("Days until bought again", "買い直すまでの日数"),
        text("Median, between days on which a person bought it", "同じ人が購入した日の間隔の中央値"),
        of="intervals",
    ),
    Column("low", "number", text("A quarter within", "25%がこの日数以内")),
    Column("high", "number", text("Three quarters within", "75%がこの日数以内")),
    Column("intervals", "count", text("Intervals", "間隔の数")),
    Column("people", "people", text("Customers", "顧客")),
    Column(
        "due",
        "people",
        text("Due", "買い時の人"),
        text(
            "Whose last purchase is one to two median intervals ago",
            "最後の購入から、中央値の1倍以上2倍未満の日数が経った人",
        ),
        opens=True,
    ),
]

PLUGIN = Metric(
    key="replenishment",
    group="products",
    shape="table",
    title=text("Replenishment", "買い替え間隔"),
    definition=text(
        "Days between purchases of the same item by the same person: several purchases on one day are one. "
        "Quartiles are linear between neighbours (Hyndman and Fan 1996, type 7).",
        "同じ人が同じ品目を購入した日の間隔です。同じ日の購入は1回と数えます。四分位数は隣り合う値の線形補間です。",
    ),
    params=ReplenishmentParams,
    compute=compute,
    people=people,
    events=lambda params: [params.event],
    breaks_down=False,
    compares=False,
)
