"""Funnels: how far people come along steps, where they are lost, and how long it takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec import field as setting

from kizuna.conditions.ast import EventMatch, Name, Span
from kizuna.domains.analytics.contracts import BySegment, Column, Figure
from kizuna.domains.analytics.contracts import Text as Words
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
from kizuna.domains.analytics.queries.funnels import Funnel, FunnelRows, Start, read_funnel
from kizuna.domains.analytics.rules.words import LABEL, text
from kizuna.kernel.errors import Invalid

if TYPE_CHECKING:
    from kizuna.measures.funnel import Attribution

STEPS_MAX, EXCLUSIONS_MAX = 12, 5

ANY_EVENT = "\ue000any"
"""Stands for the name of a step that any event is."""


class FunnelStep(Struct, frozen=True, forbid_unknown_fields=True):
    """``label`` is what the step is called, instead of its event. An ``optional`` step may be left out."""

    event: EventMatch
    optional: bool = False
    label: Name | None = None


class Exclusion(Struct, frozen=True, forbid_unknown_fields=True):
    """An event that must not happen between two steps, counted from 1: ``after`` the one and ``before`` the other,
    which is the last one where it is not said."""

    event: EventMatch
    after: Annotated[int, Meta(ge=1, le=STEPS_MAX)] = 1
    before: Annotated[int, Meta(ge=2, le=STEPS_MAX)] | None = None


class FunnelParams(Struct, frozen=True, forbid_unknown_fields=True):
    """Steps in their order. Between them other events may lie (``ordered``), or none (``strict``); or their order does
    not matter (``any``), and what is counted is how many of them were done. ``window`` is the time from the first step
    to the last. People whose attempt has an excluded event are left out, unless another one came as far.

    ``start``: a person begins with ``every`` event of the first step; or only with the ``first_ever`` event that is
    called so, if it passes the filters and is in the range; or only with the ``first_matching`` one that passes them.

    ``attribution`` says which label of a breakdown a person has: of the ``first`` or the ``last`` event of any step
    that has one; of the event of one ``step``; or ``all``: every event must have the same, and people may be in
    several groups.
    """

    steps: Annotated[list[FunnelStep], Meta(min_length=2, max_length=STEPS_MAX)]
    order: Literal["ordered", "strict", "any"] = "ordered"
    window: Span = Span(14, "day")
    exclusions: Annotated[list[Exclusion], Meta(max_length=EXCLUSIONS_MAX)] = setting(default_factory=list[Exclusion])
    start: Start = "every"
    attribution: Literal["first", "last", "step", "all"] = "first"
    step: Annotated[int, Meta(ge=1, le=STEPS_MAX)] = 1


def check(params: FunnelParams) -> None:
    if params.steps[0].optional:
        raise _wrong("optional_first", "Whoever begins does the first step: it cannot be optional.", "steps.0.optional")
    for number, one in enumerate(params.exclusions):
        place, before = f"exclusions.{number}", one.before or len(params.steps)
        if before > len(params.steps):
            raise _wrong("no_such_step", f"There is no step {before}.", f"{place}.before")
        if one.after >= before:
            raise _wrong("exclusion_backwards", "An exclusion ends at a later step than it begins.", f"{place}.before")
    if params.attribution == "step" and params.step > len(params.steps):
        raise _wrong("no_such_step", f"There is no step {params.step}.", "step")
    if params.order == "any":
        _check_any(params)


def _check_any(params: FunnelParams) -> None:
    if any(one.optional for one in params.steps):
        raise _wrong("optional_in_any_order", "In any order no step is optional.", "steps")
    if params.start != "every":
        raise _wrong("first_in_any_order", "In any order there is no first step.", "start")
    if params.attribution == "step" and params.step > 1:
        raise _wrong("step_in_any_order", "In any order only the step that was done first is known.", "step")
    for number, one in enumerate(params.exclusions):
        if one.after != 1 or one.before not in (None, len(params.steps)):
            message = "In any order an exclusion is between the first and the last step that are done."
            raise _wrong("exclusion_in_any_order", message, f"exclusions.{number}")


def _wrong(code: str, message: str, place: str) -> Invalid:
    return Invalid(code, message, fields={f"params.{place}": message})


def funnel_of(params: FunnelParams) -> Funnel:
    last = len(params.steps)
    return Funnel(
        [one.event for one in params.steps],
        params.window.us,
        params.order,
        [number for number, one in enumerate(params.steps) if one.optional],
        [(one.event, one.after - 1, (one.before or last) - 1) for one in params.exclusions],
        params.start,
    )


async def _read(ask: Ask, params: FunnelParams) -> FunnelRows:
    attribution: Attribution = params.step - 1 if params.attribution == "step" else params.attribution
    return await read_funnel(ask, funnel_of(params), attribution)


# --- the answer --------------------------------------------------------------------------------------


async def compute(ask: Ask, params: FunnelParams) -> Found:
    from kizuna.measures.funnel import REMOVED

    read = await _read(ask, params)
    counts = await count_funnel(ask, read)
    rows: list[list[Any]] = []
    figures: list[Figure] = []
    broken_down = ask.query.breakdown is not None
    for place, label in enumerate(read.labels.values):
        steps = [counts.get((0, place, step), StepCount()) for step in range(len(params.steps))]
        rows += _rows_of(params, label, steps)
        figures += _figures(steps, f":{label or ''}" if broken_down else "")
    _note(ask, params, counts)
    removed = sum(one.people for (_, _, step), one in counts.items() if step == REMOVED)
    if removed:
        ask.note(
            "removed_by_exclusion",
            f"{removed:,} people are left out: an excluded event lay between their steps.",
            f"ステップの間に除外対象の行動があった{removed:,}人は除いています。",
        )
    return Found(_columns(params), rows, figures)


def _rows_of(params: FunnelParams, label: str | None, steps: Sequence[StepCount]) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for number, one in enumerate(steps):
        name = _name(params, number)
        begun, before = steps[0].people, steps[_before(params, number)].people
        if number == 0:
            rows.append([1, name, label, begun, 1.0 if begun else None, *[None] * 11, begun, None])
            continue
        from_before = seconds_of(one.from_before)
        from_first = from_before if number == 1 else seconds_of(one.from_first)
        dropped = before - one.people - one.waiting
        shares = *share_of(one.people, begun), *share_of(one.people, before)
        times = *from_before, *from_first
        rows.append([number + 1, name, label, one.people, *shares, dropped, one.waiting, *times, begun, before])
    return rows


def _name(params: FunnelParams, number: int) -> str:
    if params.order == "any":
        return str(number + 1)
    step = params.steps[number]
    return step.label or step.event.name or ANY_EVENT


def _before(params: FunnelParams, number: int) -> int:
    """The step before that nobody leaves out."""
    return max((one for one in range(number) if not params.steps[one].optional), default=0)


def _figures(steps: Sequence[StepCount], suffix: str) -> list[Figure]:
    share, low, high = share_of(steps[-1].people, steps[0].people)
    median, _ = seconds_of(steps[-1].from_first)
    return [
        Figure(
            f"conversion{suffix}",
            "share",
            text("Conversion rate", "コンバージョン率"),
            share,
            low=low,
            high=high,
            n=steps[0].people,
            definition=text(
                "Of those who began, who did the last step", "開始した人のうち、最後のステップまで進んだ割合"
            ),
        ),
        Figure(f"entered{suffix}", "people", text("Began", "開始した人"), steps[0].people),
        Figure(f"converted{suffix}", "people", text("Did the last step", "完了した人"), steps[-1].people),
        Figure(
            f"median_total{suffix}",
            "seconds",
            text("Time to convert, median", "完了までの時間（中央値）"),
            median,
            n=steps[-1].people,
        ),
    ]


def _note(ask: Ask, params: FunnelParams, counts: Counts) -> None:
    began = [one.people for (_, _, step), one in counts.items() if step == 0]
    waiting = sum(one.waiting for one in counts.values())
    if not any(began):
        ask.note("nobody_began", "Nobody began in the range.", "期間中に開始した人はいません。")
    elif any(counts.get((0, place, step), StepCount()).people == 0 for _, place, step in counts if step >= 0):
        ask.note(
            "nobody_there",
            "Where no share stands, nobody had come to the step before.",
            "割合が空欄のステップは、その前のステップに進んだ人がいません。",
        )
    if waiting:
        ask.note(
            "window_open",
            f"{waiting:,} people have not come further yet, but still have time. They are not counted as lost.",
            f"{waiting:,}人は次のステップに進んでいませんが、まだ期限内のため離脱に数えていません。",
        )
    ones = sum(people == 1 for people in began)
    if ones and ask.query.breakdown is not None:
        ask.note(
            "one_person",
            f"{ones:,} groups are of one person: their shares say nothing about others.",
            f"1人だけの内訳が{ones:,}件あります。その割合からは傾向を読み取れません。",
        )
    if params.order == "any":
        ask.note(
            "any_order",
            "Steps are counted in the order in which each person did them.",
            "ステップの順序は問わず、完了した数で集計しています。",
        )
    _note_attribution(ask, params)


def _note_attribution(ask: Ask, params: FunnelParams) -> None:
    by = ask.query.breakdown
    if by is None or isinstance(by, BySegment):
        return
    en, ja = {
        "first": (
            "People are in the group of their first event of any step that has a value.",
            "値のある最初のステップの行動で分類しています。",
        ),
        "last": (
            "People are in the group of their last event of any step that has a value.",
            "値のある最後のステップの行動で分類しています。",
        ),
        "step": (
            f"People are in the group of their event of step {params.step}; who did not do it is left out.",
            f"ステップ{params.step}の行動の値で分類しています。そのステップに進んでいない人は含みません。",
        ),
        "all": (
            "Every step must have the same value; people may be in several groups.",
            "すべてのステップで値が同じ場合だけ数えます。1人が複数の内訳に入ることがあります。",
        ),
    }[params.attribution]
    ask.note("attribution", en, ja)


# --- people ------------------------------------------------------------------------------------------


async def people(ask: Ask, params: FunnelParams, cell: Cell) -> Sequence[int]:
    """Who did the cell's step; with the column ``dropped`` who was lost before it, with ``open`` who may do it yet."""
    step = int(cell.get("step", 1)) - 1
    read = await _read(ask, params)
    kind = {"dropped": "dropped", "open": "open"}.get(str(cell.get("column")), "did")
    if not (0 if kind == "did" else 1) <= step < len(params.steps):
        return []
    return await find_in_funnel(ask, read, cell, kind=kind, step=step, period=None)


# --- words -------------------------------------------------------------------------------------------


def _columns(params: FunnelParams) -> list[Column]:
    words: dict[str, Words] = {ANY_EVENT: text("Any event", "すべての行動")}
    if params.order == "any":
        words = {
            str(n): text("1 step" if n == 1 else f"{n} steps", f"{n}ステップ完了") for n in range(1, STEPS_MAX + 1)
        }
    return [
        Column("step", "count", text("Step", "ステップ")),
        Column("name", "label", text("Event", "行動"), words=words),
        LABEL,
        Column("people", "people", text("People", "人数"), opens=True),
        Column(
            "share_first",
            "share",
            text("Of those who began", "開始した人に占める割合"),
            of="began",
            low="share_first_low",
            high="share_first_high",
            opens=True,
        ),
        *_ends("share_first"),
        Column(
            "share_before",
            "share",
            text("Of the step before", "前のステップからの割合"),
            text(
                "Of those who did the step before; optional steps are passed over",
                "前のステップに進んだ人に占める割合です。任意のステップは飛ばして計算します。",
            ),
            of="before",
            low="share_before_low",
            high="share_before_high",
            opens=True,
        ),
        *_ends("share_before"),
        Column(
            "dropped",
            "people",
            text("Lost before it", "離脱した人"),
            text(
                "Did the step before and not this one, and have no time left",
                "前のステップまで進み、期限内にこのステップに進まなかった人",
            ),
            opens=True,
        ),
        Column(
            "open",
            "people",
            text("Still have time", "まだ期限内の人"),
            text(
                "Did the step before and may still do this one",
                "前のステップまで進み、まだこのステップに進む可能性がある人",
            ),
            opens=True,
        ),
        Column(
            "median_seconds",
            "seconds",
            text("Time from the step before, median", "前のステップからの時間（中央値）"),
            of="people",
        ),
        Column(
            "mean_seconds",
            "seconds",
            text("Time from the step before, mean", "前のステップからの時間（平均）"),
            of="people",
        ),
        Column("median_total", "seconds", text("Time from the start, median", "開始からの時間（中央値）"), of="people"),
        Column("mean_total", "seconds", text("Time from the start, mean", "開始からの時間（平均）"), of="people"),
        Column("began", "count", text("Began", "開始した人"), hidden=True),
        Column("before", "count", text("Did the step before", "前のステップに進んだ人"), hidden=True),
    ]


def _ends(key: str) -> list[Column]:
    low, high = text("from", "下限"), text("to", "上限")
    return [Column(f"{key}_low", "share", low, hidden=True), Column(f"{key}_high", "share", high, hidden=True)]


PLUGIN = Metric(
    key="funnel",
    group="behaviour",
    shape="funnel",
    title=text("Funnel", "ファネル"),
    definition=text(
        "How many people came how far along the steps. The first step is in the range, the others within the window "
        "after it. Of several attempts of one person the one that came furthest counts, the first that did so.",
        "各ステップまで進んだ人数です。最初のステップは期間内、その後のステップは期限内に行ったものを数えます。"
        "1人が何度か試みた場合は、最も先まで進んだもの（同じなら最初のもの）を数えます。",
    ),
    params=FunnelParams,
    compute=compute,
    check=check,
    people=people,
    events=lambda params: [
        *(one.event for one in params.steps),
        *(one.event for one in params.exclusions),
    ],
)
