"""Content: what is read, how far and how long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from msgspec import Meta, Struct

from kizuna.conditions.ast import EventMatch, Name
from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.rules.words import text
from kizuna.measures.intervals import wilson

SHOWN = 200
LEAST = 5


class ContentParams(Struct, frozen=True, forbid_unknown_fields=True):
    """``depth_property`` is how far somebody read, of 1; several events of one person and one text are one reading,
    as far as the furthest and as long as all together. Who read at least ``read_depth`` of it read it."""

    event: EventMatch = EventMatch("Content Read")
    item_property: Name = "title"
    depth_property: Name = "depth"
    seconds_property: Name = "seconds"
    read_depth: Annotated[float, Meta(gt=0, le=1)] = 0.75


def _readings(ask: Ask, params: ContentParams) -> dict[str, str]:
    rows = ask.rows([params.event])
    rows.label(params.item_property, "item")
    rows.millionths(params.depth_property, "depth")
    rows.millionths(params.seconds_property, "seconds")
    rows.add(rows.flag(0), "meant")
    return {
        "told": rows.write(),
        "readings": "SELECT item, profile_key, count(*) AS views, max(depth) AS depth, sum(seconds) AS seconds "
        "FROM told WHERE meant AND item IS NOT NULL GROUP BY item, profile_key",
    }


def _taken(params: ContentParams) -> str:
    enough = round(params.read_depth * 1_000_000)
    return f"""
        CAST(sum(views) AS BIGINT) AS views, count(*) AS people, count(depth) AS measured,
        count(*) FILTER (WHERE depth >= {enough}) AS finished, count(seconds) AS timed,
        quantile_cont(CAST(depth AS DOUBLE), 0.5) / 1000000 AS depth,
        quantile_cont(CAST(seconds AS DOUBLE), 0.5) / 1000000 AS seconds
    """


async def compute(ask: Ask, params: ContentParams) -> Found:
    relations, taken = _readings(ask, params), _taken(params)
    found = await ask.select(
        f"SELECT item, {taken} FROM readings GROUP BY item ORDER BY people DESC, item LIMIT {SHOWN + 1}", relations
    )
    [whole] = (await ask.select(f"SELECT {taken} FROM readings", relations)).to_pylist()
    rows = [_row(row) for row in found.to_pylist()[:SHOWN]]
    if not rows:
        ask.note(
            "nothing_read", "Nothing was read in the range.", "期間中に読まれたコンテンツはありません。", warning=True
        )
    if found.num_rows > SHOWN:
        ask.note("rows_cut", f"The {SHOWN} most read are shown.", f"読者の多い{SHOWN}件を表示しています。")
    if whole["measured"] < whole["people"]:
        ask.note(
            "depth_unknown",
            "Of some readings it is not known how far they went; shares are of the others.",
            "どこまで読んだか分からない閲覧があります。割合は、それ以外の閲覧に対するものです。",
        )
    summary = _row({"item": "", **whole})
    figures = [
        Figure("people", "count", text("Readings", "読まれた回数（人×コンテンツ）"), whole["people"]),
        Figure("finished", "share", COLUMNS[3].title, summary[3], summary[4], summary[5], whole["measured"]),
        Figure("seconds", "seconds", COLUMNS[8].title, summary[8], n=whole["timed"]),
    ]
    return Found(COLUMNS, rows, figures)


def _row(row: dict[str, Any]) -> list[Any]:
    measured, timed = row["measured"], row["timed"]
    low, high = wilson(row["finished"], measured) if measured else (None, None)
    return [
        row["item"],
        row["people"],
        row["views"] or 0,
        row["finished"] / measured if measured else None,
        low,
        high,
        measured,
        row["depth"] if measured >= LEAST else None,
        row["seconds"] if timed >= LEAST else None,
        timed,
    ]


async def people(ask: Ask, params: ContentParams, cell: Cell) -> Sequence[int]:
    """Who read it; with the column ``finished``, who read enough of it."""
    import pyarrow as pa

    enough = round(params.read_depth * 1_000_000)
    wanted = f"depth >= {enough}" if cell.get("column") == "finished" else "true"
    found = await ask.select(
        f"SELECT profile_key FROM readings JOIN chosen_item ON chosen = item WHERE {wanted} ORDER BY profile_key",
        _readings(ask, params),
        {"chosen_item": pa.table({"chosen": pa.array([str(cell["item"])])})},
    )
    return found.column("profile_key").to_pylist()


COLUMNS = [
    Column("item", "label", text("Content", "コンテンツ")),
    Column("people", "people", text("Readers", "読者"), opens=True),
    Column("views", "count", text("Views", "閲覧")),
    Column(
        "finished",
        "share",
        text("Read enough", "読了率"),
        text("Of readers of whom it is known how far they read", "どこまで読んだかが分かる読者のうち"),
        of="measured",
        low="finished_low",
        high="finished_high",
        opens=True,
    ),
    Column("finished_low", "share", text("from", "下限"), hidden=True),
    Column("finished_high", "share", text("to", "上限"), hidden=True),
    Column("measured", "people", text("Depth known of", "到達率が分かる読者")),
    Column("depth", "share", text("Depth, median", "到達率（中央値）"), of="measured"),
    Column("seconds", "seconds", text("Time, median", "閲覧時間（中央値）"), of="timed"),
    Column("timed", "people", text("Time known of", "時間が分かる読者")),
]

PLUGIN = Metric(
    key="content",
    group="touchpoints",
    shape="table",
    title=text("Content", "コンテンツの読まれ方"),
    definition=text(
        "Readers of each text, how far they came and how long they stayed. A person reads a text once, as far as the "
        f"furthest of their visits and as long as all together. Below {LEAST} readers no median is told.",
        "コンテンツごとの読者、到達率、閲覧時間です。同じ人の閲覧は1回とし、最も進んだ位置と合計時間を使います。"
        f"{LEAST}人未満では中央値を表示しません。",
    ),
    params=ContentParams,
    compute=compute,
    people=people,
    events=lambda params: [params.event],
    breaks_down=False,
)
