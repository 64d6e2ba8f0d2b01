"""Conversion over time: of those who did one thing, the share that did another soon after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from msgspec import Struct

from kizuna.conditions.ast import EventMatch, Span
from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.funnel_counts import (
    Counts,
    StepCount,
    count_funnel,
    find_in_funnel,
    seconds_of,
    share_of,
)
from kizuna.domains.analytics.queries.funnels import Funnel, FunnelRows, read_funnel
from kizuna.domains.analytics.rules.words import LABEL, PERIOD, text

WHOLE = -1
"""The period that is the whole range; as ``kizuna.measures.funnel`` has it."""


class ConversionParams(Struct, frozen=True, forbid_unknown_fields=True):
    """The share of those who did ``start`` that did ``goal`` at most ``window`` later, by the period of ``start``. Of
    ``people``, or of ``sessions`` as the SDK called them: then both are in the same one."""

    start: EventMatch
    goal: EventMatch
    window: Span = Span(7, "day")
    count: Literal["people", "sessions"] = "people"


async def _read(ask: Ask, params: ConversionParams) -> FunnelRows:
    funnel = Funnel([params.start, params.goal], params.window.us)
    return await read_funnel(ask, funnel, 0, by_session=params.count == "sessions")


async def compute(ask: Ask, params: ConversionParams) -> Found:
    read = await _read(ask, params)
    counts = await count_funnel(ask, read, bounds_us=ask.periods.bounds_us, whole=True)
    rows: list[list[Any]] = []
    for period, start in enumerate(ask.periods.starts):
        for place, label in enumerate(read.labels.values):
            began, done = _pair(counts, period, place)
            median, _ = seconds_of(done.from_first)
            shares = share_of(done.people, began.people)
            rows.append([start, label, *shares, began.people, done.people, done.waiting, median])
    broken_down = ask.query.breakdown is not None
    figures: list[Figure] = []
    for place, label in enumerate(read.labels.values):
        figures += _figures(params, *_pair(counts, WHOLE, place), f":{label or ''}" if broken_down else "")
    await _note(ask, params, read, counts)
    return Found(_columns(params), rows, figures)


def _pair(counts: Counts, period: int, place: int) -> tuple[StepCount, StepCount]:
    return counts.get((period, place, 0), StepCount()), counts.get((period, place, 1), StepCount())


def _figures(params: ConversionParams, began: StepCount, done: StepCount, suffix: str) -> list[Figure]:
    share, low, high = share_of(done.people, began.people)
    median, _ = seconds_of(done.from_first)
    columns = {column.key: column for column in _columns(params)}
    return [
        Figure(
            f"share{suffix}",
            "share",
            columns["share"].title,
            share,
            low=low,
            high=high,
            n=began.people,
            definition=columns["share"].definition,
        ),
        Figure(f"began{suffix}", columns["began"].kind, columns["began"].title, began.people),
        Figure(f"converted{suffix}", columns["converted"].kind, columns["converted"].title, done.people),
        Figure(f"median_seconds{suffix}", "seconds", columns["median_seconds"].title, median, n=done.people),
    ]


async def _note(ask: Ask, params: ConversionParams, read: FunnelRows, counts: Counts) -> None:
    began = [one.people for (period, _, step), one in counts.items() if step == 0 and period != WHOLE]
    waiting = {period for (period, _, _), one in counts.items() if one.waiting and period != WHOLE}
    if not began:
        ask.note("nobody_began", "Nobody began in the range.", "期間中に開始した人はいません。")
    elif len(began) < len(ask.periods) * len(read.labels.values):
        ask.note(
            "no_value",
            "Where no share stands, nobody began in that period.",
            "割合が空欄の期間は、開始した人がいません。",
        )
    if waiting:
        start = ask.periods.start(min(waiting))[:10]
        ask.note(
            "window_open",
            f"From the period of {start} on some still have time to convert: these shares may rise.",
            f"{start}以降の期間には、まだ期限内の人がいます。割合は今後上がる可能性があります。",
            warning=True,
        )
    if any(people == 1 for people in began):
        ask.note(
            "one_person",
            "Some periods or groups are of one person or session: their shares say little.",
            "1人または1セッションだけの期間や内訳があります。その割合からは傾向を読み取れません。",
        )
    if params.count == "sessions":
        await _note_unnamed(ask, read)


async def _note_unnamed(ask: Ask, read: FunnelRows) -> None:
    counted = "SELECT count(*) AS n FROM told WHERE bits <> 0 AND session_id IS NULL"
    unnamed = (await ask.select(counted, read.relations)).column("n")[0].as_py()
    if unnamed:
        ask.note(
            "without_session",
            f"{unnamed:,} events came without a session, as servers send them, and are left out.",
            f"セッションIDのない行動（サーバーから送られたものなど）{unnamed:,}件は除いています。",
        )


async def people(ask: Ask, params: ConversionParams, cell: Cell) -> Sequence[int]:
    """Who began in the cell's period, or in the range; with the column ``converted`` or ``share`` who converted, with
    ``open`` who still may."""
    column = str(cell.get("column"))
    kind = {"converted": "did", "share": "did", "open": "open"}.get(column, "began")
    more: dict[str, Any] = {"period": None}
    if "period" in cell:
        starts = ask.periods.starts
        if cell["period"] not in starts:
            return []
        more = {"period": starts.index(cell["period"]), "bounds_us": ask.periods.bounds_us}
    read = await _read(ask, params)
    step = 0 if kind == "began" else 1
    return await find_in_funnel(ask, read, cell, kind="did" if kind == "began" else kind, step=step, **more)


def _columns(params: ConversionParams) -> list[Column]:
    of_people = params.count == "people"
    kind = "people" if of_people else "count"
    return [
        PERIOD,
        LABEL,
        Column(
            "share",
            "share",
            text("Conversion rate", "コンバージョン率"),
            text("Of those who began, who reached the goal in time", "開始したもののうち、期限内に目標に達した割合"),
            of="began",
            low="low",
            high="high",
            opens=True,
        ),
        Column("low", "share", text("from", "下限"), hidden=True),
        Column("high", "share", text("to", "上限"), hidden=True),
        Column(
            "began", kind, text("Began", "開始した人") if of_people else text("Sessions", "セッション数"), opens=True
        ),
        Column(
            "converted",
            kind,
            text("Converted", "目標に達した人")
            if of_people
            else text("Sessions that converted", "目標に達したセッション"),
            opens=True,
        ),
        Column(
            "open",
            kind,
            text("Still have time", "まだ期限内の人") if of_people else text("Still have time", "まだ期限内"),
            text("Have not converted yet, and may still", "まだ目標に達していないが、期限内のもの"),
            opens=True,
        ),
        Column(
            "median_seconds",
            "seconds",
            text("Time to convert, median", "達成までの時間（中央値）"),
            of="converted",
        ),
    ]


PLUGIN = Metric(
    key="conversion",
    group="behaviour",
    shape="series",
    title=text("Conversion over time", "コンバージョン率の推移"),
    definition=text(
        "Of those who did the first event in a period, the share that did the second within the window after it. Who "
        "began in several periods counts in each, and once in the total. A group is that of the first event.",
        "各期間に最初の行動をした人のうち、期限内に目標の行動をした割合です。複数の期間に開始した人は各期間で数え、"
        "合計では1人と数えます。内訳は最初の行動の値です。",
    ),
    params=ConversionParams,
    compute=compute,
    people=people,
    events=lambda params: [params.start, params.goal],
    periods=True,
)
