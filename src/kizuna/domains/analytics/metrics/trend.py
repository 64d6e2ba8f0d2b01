"""Trends: how often, how many people, how much, period by period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from kizuna.conditions.ast import EventMatch, Name
from kizuna.domains.analytics.contracts import BySegment, Column, Figure, Kind
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.breakdown import is_by_elements
from kizuna.domains.analytics.queries.counting import BY_LABEL, BY_PERIOD, IN_ALL, Columns, Counted, Place, count_rows
from kizuna.domains.analytics.queries.elements import is_of_elements
from kizuna.domains.analytics.queries.labels import Labels
from kizuna.domains.analytics.queries.people import behind_rows
from kizuna.domains.analytics.rules.formulas import Formula, order_formulas
from kizuna.domains.analytics.rules.words import LABEL, PERIOD, text
from kizuna.kernel.errors import Invalid

SERIES_MAX = 6

Measure = Literal["events", "people", "per_person", "sum", "average", "least", "greatest", "percentile"]


class Series(Struct, frozen=True, forbid_unknown_fields=True):
    """An event, and what is taken of it: how many ``events``, how many ``people`` did it, events ``per_person`` who
    did; or of a number among its properties the sum, the average, the least, the greatest or a percentile (linear
    between neighbours, as Hyndman and Fan's type 7). Events without that number are not in it."""

    event: EventMatch
    measure: Measure = "events"
    property: Name | None = None
    percentile: Annotated[float, Meta(gt=0, lt=100)] = 50
    money: bool = False
    """The number is money, in units of the workspace's currency."""


class NamedFormula(Struct, frozen=True, forbid_unknown_fields=True):
    expression: Annotated[str, Meta(min_length=1)]
    kind: Literal["number", "share", "money"] = "number"


class TrendParams(Struct, frozen=True, forbid_unknown_fields=True):
    """Series are called A, B …; formulas F1, F2 … read them and one another."""

    series: Annotated[list[Series], Meta(min_length=1, max_length=SERIES_MAX)]
    formulas: Annotated[list[NamedFormula], Meta(max_length=SERIES_MAX)] = field(default_factory=list[NamedFormula])


def check(params: TrendParams) -> None:
    for number, one in enumerate(params.series):
        if one.measure not in ("events", "people", "per_person") and one.property is None:
            raise Invalid(
                "property_missing",
                "Which number is meant? Name a property of the event.",
                fields={f"params.series.{number}.property": "Name a property."},
            )
    order_formulas(_formulas(params), letters(params))


async def compute(ask: Ask, params: TrendParams) -> Found:
    _refuse_elements_by_segments(ask, params)
    rows = ask.rows([one.event for one in params.series])
    rows.bucket(ask.periods.bounds_us)
    columns: list[Columns] = []
    for number, one in enumerate(params.series):
        flag = rows.flag(number)
        rows.add(flag, f"s{number}")
        if one.property is not None:
            rows.millionths(one.property, f"v{number}")
        columns.append(Columns(flag != "true", one.property is not None, is_of_elements(one.property)))
    several = _has_several_rows(ask, params)
    if several:
        rows.event()
    counted = await count_rows(ask, ask.tell(rows), columns, several=several)
    cells = {place: _take(params.series[place[3]], row) for place, row in counted.cells.items()}
    for number, one in enumerate(params.series):
        if one.measure == "percentile":
            once = several and not columns[number].each
            cells |= await _percentiles(ask, counted.labels, number, one.percentile, once)
    if several:
        _note_several(ask)
    return _answer(ask, params, counted.labels.values, cells)


def _take(one: Series, row: Counted) -> float | None:
    match one.measure:
        case "events":
            return row.events
        case "people":
            return row.people
        case "per_person":
            return row.events / row.people
        case "sum":
            return row.total / 1_000_000
        case "average":
            return row.total / row.valued / 1_000_000 if row.valued else None
        case "least":
            return None if row.least is None else row.least / 1_000_000
        case "greatest":
            return None if row.greatest is None else row.greatest / 1_000_000
        case "percentile":
            return None


def _has_several_rows(ask: Ask, params: TrendParams) -> bool:
    """Whether an event may be several rows: of the elements of a list, or of the segments of whoever did it."""
    listed = is_by_elements(ask.query.breakdown)
    return listed or _may_overlap(ask) or any(is_of_elements(one.property) for one in params.series)


def _may_overlap(ask: Ask) -> bool:
    by = ask.query.breakdown
    return isinstance(by, BySegment) and len(set(by.segments)) > 1


def _refuse_elements_by_segments(ask: Ask, params: TrendParams) -> None:
    """An element would count once for each segment, in the total as well: it has no number of its own."""
    if _may_overlap(ask) and any(is_of_elements(one.property) for one in params.series):
        raise Invalid(
            "elements_by_segments",
            "Numbers of a list's elements cannot be told apart by several segments, in which somebody may be at once.",
            fields={"breakdown.segments": "Choose one segment, or a number of the event itself."},
        )


def _note_several(ask: Ask) -> None:
    if isinstance(ask.query.breakdown, BySegment):
        ask.note(
            "several_labels",
            "Who is in several of the segments counts in each of them, and once in the total: the parts may add up "
            "to more than it.",
            "複数のセグメントに属する人は、それぞれで1回、合計でも1回と数えます。内訳の和は合計を超えることがあります。",
        )
    elif ask.query.breakdown is not None:
        ask.note(
            "several_labels",
            "An event with several of these values counts once in each of them, and once in the total: the parts may "
            "add up to more than it.",
            "複数の値を持つ行動は、それぞれの値で1回、合計でも1回と数えます。内訳の和は合計を超えることがあります。",
        )


async def _percentiles(
    ask: Ask, labels: Labels, number: int, percentile: float, once: bool
) -> dict[Place, float | None]:
    """Of each grain: what no partial results can be added up to. Where an event has several rows its number may be
    meant ``once``."""
    taken = f"quantile_cont(v{number}, {percentile / 100!r}) FILTER (WHERE s{number}) / 1000000 AS value"
    found: dict[Place, float | None] = {}
    for grain, columns in ((BY_PERIOD, "bucket, label"), (BY_LABEL, "label"), (IN_ALL, "")):
        wanted = f"{columns}{', ' if columns else ''}"
        source = f"(SELECT DISTINCT event, {wanted}s{number}, v{number} FROM told) AS t" if once else "told"
        grouped = f"SELECT {wanted}{taken} FROM {source}"
        text_ = f"{grouped} GROUP BY {columns}" if columns else grouped
        for row in (await ask.select(text_, labels.relations, labels.tables)).to_pylist():
            found[grain, row.get("bucket", -1), row.get("label"), number] = row["value"]
    return found


def _answer(ask: Ask, params: TrendParams, labels: Sequence[str | None], cells: Mapping[Place, float | None]) -> Found:
    names, formulas = letters(params), _formulas(params)
    order = order_formulas(formulas, names)
    kinds = _kinds(params)
    zero = {name for name, one in zip(names, params.series, strict=True) if one.measure in ("events", "people", "sum")}

    def values(grain: int, bucket: int, label: str | None) -> dict[str, float | None]:
        found: dict[str, float | None] = {}
        for number, name in enumerate(names):
            found[name] = cells.get((grain, bucket, label, number), 0 if name in zero else None)
        for name in order:
            found[name] = formulas[name].compute(found)
        return found

    rows: list[list[Any]] = []
    for number, start in enumerate(ask.periods.starts):
        for label in labels:
            found = values(BY_PERIOD, number, label)
            rows += [[start, name, label, found[name]] for name in kinds]
    figures = [
        Figure(name, kinds[name], _title(params, name), value) for name, value in values(IN_ALL, -1, None).items()
    ]
    if ask.query.breakdown is not None:
        figures += [
            Figure(f"{name}:{label or ''}", kinds[name], _title(params, name), value)
            for label in labels
            for name, value in values(BY_LABEL, -1, label).items()
        ]
    if any(row[3] is None for row in rows):
        ask.note(
            "no_value",
            "Where nothing stands there was nothing to divide by, or no number.",
            "空欄は、割る数がないか、数値がない期間です。",
        )
    columns = [
        PERIOD,
        Column("series", "label", text("Series", "系列")),
        LABEL,
        Column("value", "number", text("Value", "値"), opens=True),
    ]
    return Found(columns, rows, figures)


async def people(ask: Ask, params: TrendParams, cell: Cell) -> Sequence[int]:
    """Who did the series' event in the period, with the label."""
    names = letters(params)
    chosen = [names.index(cell["series"])] if cell.get("series") in names else list(range(len(names)))
    rows = ask.rows([one.event for one in params.series])
    rows.bucket(ask.periods.bounds_us)
    rows.add(" OR ".join(rows.flag(at) for at in chosen), "meant")
    rows.add(" OR ".join(rows.flag(at) for at in range(len(params.series))), "ranked")
    several = _has_several_rows(ask, params)
    if several:
        rows.event()
    return await behind_rows(ask, rows, cell, ranked="ranked", several=several)


def letters(params: TrendParams) -> list[str]:
    return list(ascii_uppercase[: len(params.series)])


def kind_of(one: Series) -> Kind:
    if one.measure in ("events", "people"):
        return "count" if one.measure == "events" else "people"
    return "money" if one.money and one.measure != "per_person" else "number"


def _formulas(params: TrendParams) -> dict[str, Formula]:
    return {
        f"F{number + 1}": Formula(one.expression, f"params.formulas.{number}.expression")
        for number, one in enumerate(params.formulas)
    }


def _kinds(params: TrendParams) -> dict[str, Kind]:
    kinds: dict[str, Kind] = {}
    for name, one in zip(letters(params), params.series, strict=True):
        kinds[name] = kind_of(one)
    for number, one in enumerate(params.formulas):
        kinds[f"F{number + 1}"] = one.kind
    return kinds


_MEASURES: dict[Measure, tuple[str, str]] = {
    "events": ("{event}: events", "{event}：回数"),
    "people": ("{event}: people", "{event}：人数"),
    "per_person": ("{event}: per person", "{event}：1人あたりの回数"),
    "sum": ("{event}: sum of {property}", "{event}：{property}の合計"),
    "average": ("{event}: average {property}", "{event}：{property}の平均"),
    "least": ("{event}: least {property}", "{event}：{property}の最小"),
    "greatest": ("{event}: greatest {property}", "{event}：{property}の最大"),
    "percentile": (
        "{event}: {percentile:g}th percentile of {property}",
        "{event}：{property}の{percentile:g}パーセンタイル",
    ),
}


def _title(params: TrendParams, name: str) -> Mapping[str, str]:
    if name.startswith("F") and name[1:].isdigit():
        expression = params.formulas[int(name[1:]) - 1].expression
        return text(expression, expression)
    one = params.series[ascii_uppercase.index(name)]
    en, ja = _MEASURES[one.measure]
    told = {"property": one.property or "", "percentile": one.percentile}
    return text(
        en.format(event=one.event.name or "Any event", **told),
        ja.format(event=one.event.name or "すべての行動", **told),
    )


PLUGIN = Metric(
    key="trend",
    group="behaviour",
    shape="series",
    title=text("Trend", "推移"),
    definition=text(
        "Events of each period, or people who did one at least once in it, or a figure of one of their properties. "
        "A person who comes in several periods counts once in each, and once in the total.",
        "各期間の行動の回数、期間中に1回以上行った人数、または属性値の集計です。複数の期間に現れる人は、各期間で1人、合計でも1人と数えます。",
    ),
    params=TrendParams,
    compute=compute,
    check=check,
    people=people,
    events=lambda params: [one.event for one in params.series],
    periods=True,
)
