"""Support: how soon people are answered, and how soon what they came with is settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta, Struct

from kizuna.conditions.ast import EventMatch, Name
from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.buckets import bucket_sql
from kizuna.domains.analytics.rules.words import LABEL, PERIOD, text
from kizuna.measures.intervals import wilson

SECOND_US = 1_000_000
LEAST = 5

STARTED, REPLIED, RESOLVED = 0, 1, 2


class SupportParams(Struct, frozen=True, forbid_unknown_fields=True):
    """Events of one conversation have the same ``conversation_property``. The first reply is the first one at or after
    the start; it is settled at the last resolution, for it may be opened again. Seconds are on the clock, nights and
    holidays in them."""

    started: EventMatch = EventMatch("Conversation Started")
    replied: EventMatch = EventMatch("Conversation Replied")
    resolved: EventMatch = EventMatch("Conversation Resolved")
    conversation_property: Name = "conversation_id"
    reply_target_s: Annotated[int, Meta(ge=1, le=31_536_000)] = 3_600


def _conversations(ask: Ask, params: SupportParams) -> tuple[dict[str, str], str]:
    """Relations, and a SELECT of a row a conversation that began in the range. What came later than the range counts
    as well: a conversation has as much time as there was until now."""
    rows = ask.rows([params.started, params.replied, params.resolved], until_us=ask.at.now_us + 1)
    rows.steps("steps")
    rows.label(params.conversation_property, "conversation")
    told = ask.tell(rows)
    bit = lambda step: f"(steps & {1 << step}) > 0"  # noqa: E731
    until = f"time_us < {ask.periods.until_us}"
    started = (
        "SELECT profile_key, conversation, label, min(time_us) AS started FROM told "
        f"WHERE {bit(STARTED)} AND {until} AND conversation IS NOT NULL GROUP BY profile_key, conversation, label"
    )
    text_ = f"""
        SELECT s.profile_key, s.label, s.started, {bucket_sql(ask.periods.bounds_us, "s.started", "duckdb")} AS bucket,
            min(CASE WHEN {bit(REPLIED)} AND t.time_us >= s.started THEN t.time_us END) - s.started AS reply,
            max(CASE WHEN {bit(RESOLVED)} AND t.time_us >= s.started THEN t.time_us END) - s.started AS settled
        FROM ({started}) AS s JOIN told AS t ON t.profile_key = s.profile_key AND t.conversation = s.conversation
        GROUP BY s.profile_key, s.conversation, s.label, s.started
    """
    return dict(told.relations), text_


def _taken(params: SupportParams, ask: Ask) -> str:
    target = params.reply_target_s * SECOND_US
    over = f"(reply <= {target} OR {ask.at.now_us} - started > {target})"
    return f"""
        count(*) AS n, count(reply) AS replied, count(settled) AS settled_n,
        quantile_cont(reply, 0.5) AS reply_middle, quantile_cont(reply, 0.9) AS reply_slow,
        quantile_cont(settled, 0.5) AS settled_middle, quantile_cont(settled, 0.9) AS settled_slow,
        count(*) FILTER (WHERE {over}) AS due, count(*) FILTER (WHERE reply <= {target}) AS in_time
    """


async def compute(ask: Ask, params: SupportParams) -> Found:
    relations, conversations = _conversations(ask, params)
    taken = _taken(params, ask)
    by_period = await ask.select(
        f"SELECT bucket, label, {taken} FROM ({conversations}) AS c GROUP BY bucket, label ORDER BY bucket, label",
        relations,
    )
    [whole] = (await ask.select(f"SELECT {taken} FROM ({conversations}) AS c", relations)).to_pylist()
    rows = [_row(ask.periods.start(row["bucket"]), row["label"], row) for row in by_period.to_pylist()]
    if not rows:
        ask.note(
            "no_conversations",
            "No conversation began in the range.",
            "期間中に始まった問い合わせはありません。",
            warning=True,
        )
    if any(row["settled_n"] < row["n"] for row in by_period.to_pylist()):
        ask.note(
            "still_open",
            "What is not settled yet is in no time to settle: recent periods look quicker than they will be.",
            "未解決のものは解決時間に含まれないため、最近の期間は実際より速く見えます。",
        )
    return Found(COLUMNS, rows, _figures(whole))


def _row(period: str, label: str | None, row: Mapping[str, Any]) -> list[Any]:
    enough = lambda key, n: None if row[key] is None or row[n] < LEAST else row[key] / SECOND_US  # noqa: E731
    low, high = wilson(row["in_time"], row["due"]) if row["due"] else (None, None)
    return [
        period,
        label,
        row["n"],
        row["replied"],
        enough("reply_middle", "replied"),
        enough("reply_slow", "replied"),
        row["in_time"] / row["due"] if row["due"] else None,
        low,
        high,
        row["due"],
        row["settled_n"],
        enough("settled_middle", "settled_n"),
        enough("settled_slow", "settled_n"),
    ]


def _figures(whole: Mapping[str, Any]) -> list[Figure]:
    row = _row("", None, whole)
    return [
        Figure("conversations", "count", COLUMNS[2].title, whole["n"]),
        Figure("reply", "seconds", COLUMNS[4].title, row[4], n=whole["replied"]),
        Figure("in_time", "share", COLUMNS[6].title, row[6], row[7], row[8], whole["due"]),
        Figure("settled", "seconds", COLUMNS[11].title, row[11], n=whole["settled_n"]),
    ]


async def people(ask: Ask, params: SupportParams, cell: Cell) -> Sequence[int]:
    """Whose conversations began in the period: all, or with the column ``replied`` or ``settled`` those that were."""
    relations, conversations = _conversations(ask, params)
    starts = ask.periods.starts
    wanted = [f"bucket = {starts.index(cell['period'])}" if cell.get("period") in starts else "true"]
    wanted += [{"replied": "reply IS NOT NULL", "settled": "settled IS NOT NULL"}.get(str(cell.get("column")), "true")]
    tables: dict[str, Any] = {}
    if ask.query.breakdown is not None and "label" in cell:
        import pyarrow as pa

        wanted.append("label IS NULL" if cell["label"] is None else "label IN (SELECT chosen FROM chosen_label)")
        tables["chosen_label"] = pa.table({"chosen": pa.array([cell["label"]], pa.string())})
    found = await ask.select(
        f"SELECT DISTINCT profile_key FROM ({conversations}) AS c WHERE {' AND '.join(wanted)} ORDER BY profile_key",
        relations,
        tables,
    )
    return found.column("profile_key").to_pylist()


COLUMNS = [
    PERIOD,
    LABEL,
    Column("conversations", "count", text("Conversations", "問い合わせ"), opens=True),
    Column("replied", "count", text("Answered", "返信済み"), opens=True),
    Column("reply", "seconds", text("First reply, median", "初回返信までの時間（中央値）"), of="replied"),
    Column("reply_slow", "seconds", text("First reply, slowest tenth", "初回返信までの時間（90%点）"), of="replied"),
    Column(
        "in_time",
        "share",
        text("Answered in time", "目標時間内の返信率"),
        text("Of those whose time is over or who were answered", "期限が過ぎたもの、または返信したもののうち"),
        of="due",
        low="in_time_low",
        high="in_time_high",
    ),
    Column("in_time_low", "share", text("from", "下限"), hidden=True),
    Column("in_time_high", "share", text("to", "上限"), hidden=True),
    Column("due", "count", text("Were due", "返信すべきだったもの")),
    Column("settled", "count", text("Settled", "解決済み"), opens=True),
    Column("settling", "seconds", text("Time to settle, median", "解決までの時間（中央値）"), of="settled"),
    Column("settling_slow", "seconds", text("Time to settle, slowest tenth", "解決までの時間（90%点）"), of="settled"),
]

PLUGIN = Metric(
    key="support",
    group="touchpoints",
    shape="series",
    title=text("Support times", "サポートの対応時間"),
    definition=text(
        f"From a conversation's start to its first reply and to its last resolution, by the period it began in. "
        f"Below {LEAST} conversations no time is told.",
        f"問い合わせの開始から、初回返信までと最後の解決までの時間です。開始した期間ごとに集計します。{LEAST}件未満では時間を表示しません。",
    ),
    params=SupportParams,
    compute=compute,
    people=people,
    events=lambda params: [params.started],
    periods=True,
)
