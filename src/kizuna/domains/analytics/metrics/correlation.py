"""Correlation: which values and which events go with finishing a funnel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec import field as setting

from kizuna.conditions.ast import Name, Span
from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.metrics.funnel import STEPS_MAX, FunnelStep
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.elements import is_of_elements
from kizuna.domains.analytics.queries.funnel_factors import Factor, FactorRows, read_factors
from kizuna.domains.analytics.queries.funnels import Funnel
from kizuna.domains.analytics.rules.words import text
from kizuna.kernel.errors import Invalid

LEAST = 30
"""People who converted, and as many who did not, below which nothing is said."""
WITH_LEAST = 5
"""Values of fewer people are not looked at: the more are looked at, the harder is it to tell chance from the rest."""
ROWS_MAX = 100


class CorrelationParams(Struct, frozen=True, forbid_unknown_fields=True):
    """``steps`` in order, of which the last is the conversion, within ``window`` of the first. Compared are the
    ``properties`` of the event that people began with, their ``traits`` as of now, and with ``events`` whatever else
    they did on the way."""

    steps: Annotated[list[FunnelStep], Meta(min_length=2, max_length=STEPS_MAX)]
    window: Span = Span(14, "day")
    properties: Annotated[list[Name], Meta(max_length=5)] = setting(default_factory=list[Name])
    traits: Annotated[list[Name], Meta(max_length=5)] = setting(default_factory=list[Name])
    events: bool = True


def check(params: CorrelationParams) -> None:
    if any(one.optional for one in (params.steps[0], params.steps[-1])):
        message = "The first step and the conversion cannot be optional."
        raise Invalid("optional_end", message, fields={"params.steps": message})
    for number, name in enumerate(params.properties):
        if is_of_elements(name):
            message = "One value is compared, not the elements of a list."
            raise Invalid("property_of_list", message, fields={f"params.properties.{number}": message})
    if not (params.properties or params.traits or params.events):
        message = "What is conversion compared with? Name properties, traits or events."
        raise Invalid("nothing_to_compare", message, fields={"params.properties": message})


async def _read(ask: Ask, params: CorrelationParams) -> FactorRows:
    optional = [number for number, one in enumerate(params.steps) if one.optional]
    funnel = Funnel([one.event for one in params.steps], params.window.us, optional=optional)
    return await read_factors(ask, funnel, params.properties, params.traits, events=params.events)


async def compute(ask: Ask, params: CorrelationParams) -> Found:
    from kizuna.measures.funnel_factors import UNDECIDED, WHOLE, count_factors

    read = await _read(ask, params)
    found = await ask.reduce(partial(count_factors, **read.followed), read.text, read.relations)
    counts: dict[tuple[int, int], tuple[int, int]] = {}
    for row in found.to_pylist():
        people, converted = counts.get((row["factor"], row["value"]), (0, 0))
        counts[row["factor"], row["value"]] = people + row["people"], converted + row["converted"]
    undecided, _ = counts.get((UNDECIDED, 0), (0, 0))
    people, converted = counts.get((WHOLE, 0), (0, 0))
    enough = min(converted, people - converted) >= LEAST
    _note(ask, undecided, enough=enough)
    figures = [
        Figure("people", "people", text("Began, outcome known", "開始して結果が確定した人"), people),
        Figure("converted", "people", text("Converted", "コンバージョンした人"), converted),
        Figure(
            "share",
            "share",
            text("Conversion rate", "コンバージョン率"),
            converted / people if people else None,
            n=people,
        ),
    ]
    return Found(COLUMNS, _rows_of(read.factors, counts, people, converted, enough=enough), figures)


def _rows_of(
    factors: Sequence[Factor],
    counts: Mapping[tuple[int, int], tuple[int, int]],
    people: int,
    converted: int,
    *,
    enough: bool,
) -> list[list[Any]]:
    from kizuna.measures.association import adjust, odds_ratio, p_of

    told: list[tuple[list[Any], tuple[int, int, int, int]]] = []
    for number, factor in enumerate(factors):
        for place, value in enumerate(factor.values):
            has, did = counts.get((number, place), (0, 0))
            others = people - has
            if min(has, others) < WITH_LEAST:
                continue
            name, value_ = (value, None) if factor.kind == "event" else (factor.name, value)
            table = (did, has - did, converted - did, others - (converted - did))
            told.append(([factor.kind, name, value_, has, did, did / has, (converted - did) / others], table))
    if not enough:
        rows = [[*row, None, None, None, None, None] for row, _ in told]
        return sorted(rows, key=lambda row: (-row[3], row[0], row[1], row[2] or ""))[:ROWS_MAX]
    ps = [p_of(table) for _, table in told]
    rows = [[*row, *odds_ratio(table), p, q] for (row, table), p, q in zip(told, ps, adjust(ps), strict=True)]
    rows.sort(key=lambda row: (row[-1], row[-2], -row[3], row[0], row[1], row[2] or ""))
    return rows[:ROWS_MAX]


def _note(ask: Ask, undecided: int, *, enough: bool) -> None:
    ask.note(
        "not_cause",
        "What goes with conversion need not be its cause: only an experiment tells.",
        "コンバージョンと関連があっても、原因とは限りません。原因かどうかは実験で確かめてください。",
    )
    if not enough:
        ask.note(
            "not_enough_data",
            f"Not enough data: at least {LEAST} people who converted and {LEAST} who did not are needed.",
            f"データが不足しています。コンバージョンした人としなかった人が、それぞれ{LEAST}人以上必要です。",
            warning=True,
        )
    if undecided:
        ask.note(
            "undecided",
            f"{undecided:,} people still have time to convert and are left out.",
            f"まだ期限内の{undecided:,}人は除いています。",
        )


async def people(ask: Ask, params: CorrelationParams, cell: Cell) -> Sequence[int]:
    """Who has the cell's value; with the column ``converted`` or ``share`` those of them who converted."""
    from kizuna.measures.funnel_factors import WHOLE, find_with_factor

    read = await _read(ask, params)
    factor, value = WHOLE, 0
    if "kind" in cell:
        place = _place_of(read.factors, cell)
        if place is None:
            return []
        factor, value = place
    kernel = partial(
        find_with_factor,
        factor=factor,
        value=value,
        converted_only=cell.get("column") in ("converted", "share"),
        **read.followed,
    )
    found = await ask.reduce(kernel, read.text, read.relations)
    return sorted(set(found.column("profile_key").to_pylist()))


def _place_of(factors: Sequence[Factor], cell: Cell) -> tuple[int, int] | None:
    for number, factor in enumerate(factors):
        is_event = factor.kind == "event"
        value = str(cell.get("name") if is_event else cell.get("value"))
        if factor.kind == cell["kind"] and (is_event or factor.name == cell.get("name")) and value in factor.values:
            return number, list(factor.values).index(value)
    return None


COLUMNS = [
    Column(
        "kind",
        "label",
        text("Kind", "種類"),
        words={
            "property": text("Property", "イベントの属性"),
            "trait": text("Trait", "顧客の属性"),
            "event": text("Event", "行動"),
        },
    ),
    Column("name", "label", text("Name", "名前")),
    Column("value", "label", text("Value", "値")),
    Column("people", "people", text("People with it", "該当する人"), opens=True),
    Column("converted", "people", text("Of them converted", "うちコンバージョンした人"), opens=True),
    Column(
        "share",
        "share",
        text("Conversion with it", "該当する人のコンバージョン率"),
        of="people",
        opens=True,
    ),
    Column("share_others", "share", text("Conversion without it", "該当しない人のコンバージョン率")),
    Column(
        "odds_ratio",
        "number",
        text("Odds ratio", "オッズ比"),
        text(
            "The odds of converting with it, divided by those without it: 1 says that it makes no difference",
            "該当する人のコンバージョンのオッズを、該当しない人のオッズで割った値です。1なら差がないことを表します。",
        ),
        of="people",
        low="low",
        high="high",
    ),
    Column("low", "number", text("from", "下限"), hidden=True),
    Column("high", "number", text("to", "上限"), hidden=True),
    Column(
        "p",
        "number",
        text("p", "p値"),
        text(
            "χ² test, or Fisher's exact test where few are expected",
            "カイ二乗検定（期待度数が小さい場合はフィッシャーの正確確率検定）の結果です。",
        ),
    ),
    Column(
        "q",
        "number",
        text("q", "q値"),
        text(
            "p for the number of things that were looked at: of all that are at most so small, about this share are "
            "chance (Benjamini–Hochberg)",
            "比較した項目の数を考慮したp値（Benjamini–Hochberg法）です。この値以下の項目のうち、偶然によるものの割合の目安です。",
        ),
    ),
]

PLUGIN = Metric(
    key="correlation",
    group="behaviour",
    shape="table",
    title=text("What goes with conversion", "コンバージョンとの関連"),
    definition=text(
        "Of those who began, which values and which events on the way are more frequent among those who converted. "
        "Events are counted from the start to the conversion, or for others until the time was up.",
        "開始した人のうち、コンバージョンした人に多い属性の値や途中の行動を調べます。行動は、開始からコンバージョンまで"
        "（しなかった人は期限まで）に行ったものを数えます。",
    ),
    params=CorrelationParams,
    compute=compute,
    check=check,
    people=people,
    events=lambda params: [one.event for one in params.steps],
    breaks_down=False,
    compares=False,
)
