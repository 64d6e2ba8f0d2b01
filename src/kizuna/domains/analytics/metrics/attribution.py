"""Attribution: which channels conversions are credited to, by several models side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec import field as setting

from kizuna.conditions.ast import EventMatch, Name, Span
from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.metrics.sessions import DEEDS, MINUTE_US
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.elements import is_of_elements
from kizuna.domains.analytics.queries.names import count_names
from kizuna.domains.analytics.queries.rows import Rows, label_sql
from kizuna.domains.analytics.rules.words import OTHER, OTHER_LABEL, TOUCHPOINTS, text
from kizuna.kernel.errors import Invalid
from kizuna.kernel.lake import ArrowTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNTOUCHED_LABEL = "\ue000untouched"

Model = Literal["first", "last", "last_non_direct", "linear", "position", "decay", "markov"]
RULES: tuple[Model, ...] = ("first", "last", "last_non_direct", "linear", "position", "decay")
"""As ``kizuna.measures.attribution.MODELS`` numbers them."""
EVERY_MODEL: tuple[Model, ...] = (*RULES, "markov")


class AttributionParams(Struct, frozen=True, forbid_unknown_fields=True):
    """``touches`` are what may be credited; without any, every event that has a channel. The channel is what
    ``properties`` say, put together; without any, the touchpoint. ``direct`` are channels that "last non-direct" passes
    over, as it does touches without a channel.

    ``conversion`` is worth its ``value_property``. It is credited to the touches in the ``window`` before it, to its
    last instant; with ``since_last`` only to those after the conversion before it. Touches of one channel within
    ``same_minutes`` of one another are one. ``half_life_days`` is how long a touch takes to weigh half as much by time
    decay. ``channels`` is how many are shown at most.
    """

    touches: Annotated[list[EventMatch], Meta(max_length=20)] = setting(default_factory=list[EventMatch])
    properties: Annotated[list[Name], Meta(max_length=4)] = setting(
        default_factory=lambda: ["context.campaign.source", "context.campaign.medium"]
    )
    direct: Annotated[list[str], Meta(max_length=20)] = setting(
        default_factory=lambda: ["direct", "(direct)", "(direct) / (none)"]
    )
    conversion: EventMatch = EventMatch("Order Completed")
    value_property: Name | None = "total"
    currency_property: Name | None = "currency"
    window: Span = Span(30, "day")
    since_last: bool = False
    same_minutes: Annotated[int, Meta(ge=0, le=1_440)] = 30
    half_life_days: Annotated[float, Meta(ge=0.01, le=3_660)] = 7
    models: Annotated[list[Model], Meta(min_length=1, max_length=7)] = setting(default_factory=lambda: [*EVERY_MODEL])
    channels: Annotated[int, Meta(ge=1, le=100)] = 20


def check(params: AttributionParams) -> None:
    lists = [name for name in (*params.properties, params.value_property) if is_of_elements(name)]
    if lists:
        raise Invalid(
            "value_of_list",
            f"{lists[0]} has a value for each thing in a list; channels and amounts are of the event itself.",
            fields={"params": "Choose a property that is no list."},
        )


@dataclass(frozen=True, slots=True)
class Touches:
    """What the kernels read; ``names`` are channels by their codes: None for none, and ``OTHER_LABEL``."""

    relations: Mapping[str, str]
    tables: Mapping[str, ArrowTable]
    names: list[str | None]
    looked: dict[str, Any]

    @property
    def text(self) -> str:
        none, other = self.names.index(None), self.names.index(OTHER_LABEL)
        code = f"coalesce(code, CASE WHEN channel IS NULL THEN {none} ELSE {other} END)"
        return f"""
            SELECT profile_key, time_us, {code} AS channel, is_touch, is_goal, value,
                CASE WHEN is_goal THEN currency END AS currency
            FROM told LEFT JOIN channel_names ON known = channel
            WHERE is_touch OR is_goal
        """


@dataclass(slots=True)
class Credits:
    """``credit`` and ``worth`` by kind of row and code, see ``kizuna.measures.attribution.SCHEMA``; worth in
    millionths."""

    credit: dict[tuple[int, int, int], int] = field(default_factory=lambda: defaultdict(int))
    worth: dict[tuple[int, int, int], int] = field(default_factory=lambda: defaultdict(int))
    currencies: set[str] = field(default_factory=set[str])


async def _prepare(ask: Ask, params: AttributionParams) -> Touches:
    import pyarrow as pa

    often = await count_names(ask, {"told": _tell(ask, params, conversions=False)}, "channel", "is_touch")
    frequent = sorted((name for name in often if name is not None), key=lambda name: (-often[name], name))
    names = sorted(frequent[: params.channels])
    direct = {name.casefold() for name in params.direct}
    looked = {
        "window_us": params.window.us,
        "same_us": params.same_minutes * MINUTE_US,
        "since_us": ask.periods.since_us,
        "until_us": ask.periods.until_us,
        "now_us": ask.at.now_us,
        "since_last": params.since_last,
        "half_life_us": round(params.half_life_days * 86_400_000_000),
        "direct": (*(code for code, name in enumerate(names) if name.casefold() in direct), len(names)),
    }
    table = pa.table({"known": pa.array(names, pa.string()), "code": pa.array(range(len(names)), pa.int64())})
    return Touches({"told": _tell(ask, params)}, {"channel_names": table}, [*names, None, OTHER_LABEL], looked)


def _tell(ask: Ask, params: AttributionParams, *, conversions: bool = True) -> str:
    """Touches and conversions, with as much around the range as conversions look back and touches look ahead."""
    touches = params.touches or [EventMatch(None)]
    matches = [*touches, params.conversion] if conversions else touches
    around = params.window.us
    rows = ask.rows(matches, ask.periods.since_us - around, ask.periods.until_us + around)
    channel = "touchpoint"
    if params.properties:
        parts = ", ".join(label_sql(ask.engine.name, rows.take(name)) for name in params.properties)
        channel = f"nullif(concat_ws(' / ', {parts}), '')"
    rows.add(channel, "channel")
    meant = " OR ".join(rows.flag(at) for at in range(len(touches)))
    known = "" if params.touches else f" AND {channel} IS NOT NULL"
    rows.add(f"{DEEDS} AND ({meant}){known}", "is_touch")
    if conversions:
        rows.add(rows.flag(len(touches)), "is_goal")
        _add_worth(rows, params)
    return rows.write()


def _add_worth(rows: Rows, params: AttributionParams) -> None:
    if params.value_property is None:
        rows.add("CAST(0 AS BIGINT)", "value")
    else:
        rows.millionths(params.value_property, "value")
    if params.value_property is None or params.currency_property is None:
        rows.add("CAST(NULL AS STRING)", "currency")
    else:
        rows.label(params.currency_property, "currency")


# --- the answer -------------------------------------------------------------------------------------


async def compute(ask: Ask, params: AttributionParams) -> Found:
    from kizuna.measures import attribution as measured

    touches = await _prepare(ask, params)
    kernel = partial(measured.attribute, channels=len(touches.names), **touches.looked)
    found = await ask.reduce(kernel, touches.text, touches.relations, touches.tables)
    credits = Credits()
    people: dict[int, int] = defaultdict(int)
    for row in found.to_pylist():
        place = (row["kind"], row["channel"], row["other"])
        credits.credit[place] += row["count"]
        credits.worth[place] += measured.amount_of(row["amount_high"], row["amount_low"])
        if row["kind"] == measured.CURRENCY:
            credits.currencies.add(row["text"])
        if row["kind"] == measured.TOUCHED:
            people[row["channel"]] += row["amount_low"]
    removal = _remove(ask, credits, len(touches.names)) if "markov" in params.models else None
    rows = [_row(params, credits, touches, code, people[code], removal) for code in range(len(touches.names))]
    rows = [row for row in rows if row[1] or row[3]]
    rows.sort(key=lambda row: (row[0] == OTHER_LABEL, row[0] is None, -row[3], row[0] or ""))
    rows.append(_untouched(params, credits))
    _note(ask, params, credits)
    return Found(_columns(params), rows, _figures(credits))


def _remove(ask: Ask, credits: Credits, channels: int) -> NDArray[Any] | None:
    """Effects of removal by code; None where there is none."""
    import numpy as np

    from kizuna.measures.attribution import ENDED as ENDS
    from kizuna.measures.attribution import GOAL, LOSS, LOST, STEPS
    from kizuna.measures.markov import remove_channels

    ask.kernels.append("kizuna.measures.markov.remove_channels")
    steps = np.zeros((channels + 1, channels + 2), np.int64)
    ends = {GOAL: channels, LOSS: channels + 1}
    for (kind, source, target), count in credits.credit.items():
        if kind == STEPS:
            steps[source + 1, ends.get(target, target)] += count
    effects = remove_channels(steps).effects
    if effects is not None and not credits.credit[ENDS, 0, LOST]:
        ask.note(
            "none_lost",
            "Every journey with a touch converted, so the Markov model only tells how often a channel takes part.",
            "接触のあった経路がすべて成果につながったため、マルコフモデルは各チャネルの登場頻度だけを表します。",
        )
    return effects


def _row(
    params: AttributionParams, credits: Credits, touches: Touches, code: int, people: int, removal: NDArray[Any] | None
) -> list[Any]:
    from kizuna.measures.attribution import INVOLVED, TOUCHED, UNITS

    counts: list[float | None] = []
    values: list[float | None] = []
    for model in params.models:
        if model == "markov":
            share = None if removal is None else float(removal[code] / removal.sum())
            converted, worth = _touched(credits)
            counts.append(None if share is None else share * converted)
            values.append(None if share is None else share * worth / 1e6)
        else:
            place = (RULES.index(model), code, 0)
            counts.append(credits.credit[place] / UNITS)
            values.append(credits.worth[place] / 1e6)
    seen, involved = credits.credit[TOUCHED, code, 0], credits.credit[INVOLVED, code, 0]
    row: list[Any] = [touches.names[code], seen, people, involved, *counts]
    row += values if params.value_property is not None else []
    return [*row, *([None if removal is None else float(removal[code])] if "markov" in params.models else [])]


def _touched(credits: Credits) -> tuple[int, int]:
    """Conversions with a touch, and what they are worth, in millionths."""
    from kizuna.measures.attribution import CONVERTED, ENDED, UNTOUCHED

    ended, untouched = (ENDED, 0, CONVERTED), (UNTOUCHED, 0, 0)
    return credits.credit[ended] - credits.credit[untouched], credits.worth[ended] - credits.worth[untouched]


def _untouched(params: AttributionParams, credits: Credits) -> list[Any]:
    from kizuna.measures.attribution import UNTOUCHED

    count, worth = credits.credit[UNTOUCHED, 0, 0], credits.worth[UNTOUCHED, 0, 0] / 1e6
    values = [worth] * len(params.models) if params.value_property is not None else []
    removal = [None] if "markov" in params.models else []
    return [UNTOUCHED_LABEL, 0, 0, count, *[count] * len(params.models), *values, *removal]


def _figures(credits: Credits) -> list[Figure]:
    from kizuna.measures.attribution import CONVERTED, ENDED, LOST

    whole, lost = credits.credit[ENDED, 0, CONVERTED], credits.credit[ENDED, 0, LOST]
    touched, _ = _touched(credits)
    return [
        Figure("conversions", "count", text("Conversions", "コンバージョン数"), whole),
        Figure("value", "money", text("Value", "金額"), credits.worth[ENDED, 0, CONVERTED] / 1e6),
        Figure(
            "touched",
            "share",
            text("After a touch", "接触後の割合"),
            touched / whole if whole else None,
            n=whole,
            definition=text(
                "Conversions with a touch in the window before them", "期間内に接触のあったコンバージョンの割合"
            ),
        ),
        Figure(
            "converted",
            "share",
            text("Journeys that converted", "成果につながった経路"),
            touched / (touched + lost) if touched + lost else None,
            n=touched + lost,
            definition=text(
                "Of those with a touch that are over", "接触があり、終了した経路のうち、成果につながった割合"
            ),
        ),
    ]


def _note(ask: Ask, params: AttributionParams, credits: Credits) -> None:
    from kizuna.measures.attribution import CONVERTED, ENDED, NEGATIVE, OPEN, WORTHLESS

    if not credits.credit[ENDED, 0, CONVERTED]:
        ask.note("no_conversions", "Nobody converted in the range.", "期間中のコンバージョンはありません。")
    if still := credits.credit[ENDED, 0, OPEN]:
        ask.note(
            "going_on",
            f"{still:,} journeys may still convert: their window is not over. The Markov model leaves them out.",
            f"{still:,}件の経路は評価期間が終わっておらず、まだ成果につながる可能性があります。マルコフモデルには含めていません。",
        )
    if params.value_property is None:
        return
    goals = credits.credit[ENDED, 0, CONVERTED]
    if len(credits.currencies) > 1:
        one, other = sorted(credits.currencies)[:2]
        ask.note(
            "mixed_currencies",
            f"Amounts are in several currencies ({one}, {other} …) and were added up as they stand.",
            f"金額に複数の通貨（{one}、{other}など）が混ざっており、換算せずに合計しています。",
            warning=True,
        )
    elif credits.currencies and credits.currencies != {ask.currency}:
        [one] = credits.currencies
        ask.note(
            "other_currency",
            f"Amounts are in {one}, not in {ask.currency}, the workspace's currency.",
            f"金額はワークスペースの通貨{ask.currency}ではなく、{one}で記録されています。",
            warning=True,
        )
    if free := credits.credit[WORTHLESS, 0, 0]:
        ask.note(
            "no_amount",
            f"{free:,} of {goals:,} conversions have no number as {params.value_property}; they count, and are worth "
            "nothing.",
            f"コンバージョン{goals:,}件のうち{free:,}件は{params.value_property}が数値ではないため、金額0として数えています。",
        )
    if negative := credits.credit[NEGATIVE, 0, 0]:
        ask.note(
            "negative_amounts",
            f"{negative:,} of {goals:,} conversions have a negative amount, which was taken as it is.",
            f"コンバージョン{goals:,}件のうち{negative:,}件は金額がマイナスで、そのまま合計しています。",
        )


async def people(ask: Ask, params: AttributionParams, cell: Cell) -> Sequence[int]:
    """Who converted and gave the channel credit by the column's model; with ``touches`` or ``people``, who was
    touched in the range; else, who converted after a touch of it. Of conversions without a touch, whose they are."""
    from kizuna.measures.attribution import INVOLVED, TOUCHED, UNTOUCHED, find_people

    touches = await _prepare(ask, params)
    column, channel = str(cell.get("column")), cell.get("channel")
    if channel == UNTOUCHED_LABEL:
        kind, code = UNTOUCHED, 0
    elif channel not in touches.names:
        return []
    else:
        model = column.removesuffix("_value")
        code = touches.names.index(channel)
        kind = TOUCHED if column in ("touches", "people") else INVOLVED
        kind = next((number for number, one in enumerate(RULES) if one == model), kind)
    kernel = partial(find_people, kind=kind, channel=code, **touches.looked)
    found = await ask.reduce(kernel, touches.text, touches.relations, touches.tables)
    return sorted(set(found.column("profile_key").to_pylist()))


_MODELS: dict[Model, tuple[str, str, str, str]] = {
    "first": ("First touch", "ファーストタッチ", "All to the first touch", "最初の接触にすべて割り当てます"),
    "last": ("Last touch", "ラストタッチ", "All to the last touch", "最後の接触にすべて割り当てます"),
    "last_non_direct": (
        "Last non-direct",
        "ラスト（直接を除く）",
        "All to the last touch that is not direct; to the last one where all are",
        "直接訪問を除いた最後の接触に割り当てます。すべて直接訪問なら、最後の接触に割り当てます",
    ),
    "linear": ("Linear", "均等配分", "Every touch the same", "すべての接触に等しく割り当てます"),
    "position": (
        "Position",
        "接点ベース",
        "40 % to the first and to the last touch, the rest to those between; of two, half to each",
        "最初と最後の接触に40%ずつ、残りを途中の接触に割り当てます。接触が2回なら半分ずつです",
    ),
    "decay": (
        "Time decay",
        "減衰",
        "A touch weighs half as much as one that is a half-life later",
        "接触から半減期が経つごとに重みが半分になります",
    ),
    "markov": (
        "Markov",
        "マルコフ連鎖",
        "By how much rarer conversions would be without the channel: removal effects in a Markov chain of first order, "
        "journeys that did not convert included (Anderl et al. 2016), shared out over all conversions with a touch",
        "チャネルがなければ成果がどれだけ減るか（1次マルコフ連鎖の除去効果、Anderlほか2016）で配分します。"
        "成果につながらなかった経路も含めて計算します",
    ),
}


def _columns(params: AttributionParams) -> list[Column]:
    columns = [
        Column(
            "channel",
            "label",
            text("Channel", "チャネル"),
            words={
                **({} if params.properties else TOUCHPOINTS),
                OTHER_LABEL: OTHER,
                UNTOUCHED_LABEL: text("No touch", "接触なし"),
            },
        ),
        Column("touches", "count", text("Touches", "接触数"), opens=True),
        Column("people", "people", text("People touched", "接触した人数"), opens=True),
        Column(
            "involved",
            "count",
            text("Conversions after it", "接触後のコンバージョン"),
            text(
                "Conversions with a touch of the channel before them", "このチャネルとの接触があったコンバージョンの数"
            ),
            opens=True,
        ),
    ]
    for model in params.models:
        en, ja, means, means_ja = _MODELS[model]
        columns.append(Column(model, "number", text(en, ja), text(means, means_ja), opens=True))
    for model in params.models if params.value_property is not None else ():
        en, ja, means, means_ja = _MODELS[model]
        told = text(f"{en}: value", f"{ja}：金額")
        columns.append(Column(f"{model}_value", "money", told, text(means, means_ja), opens=True))
    if "markov" in params.models:
        columns.append(
            Column(
                "removal",
                "share",
                text("Removal effect", "除去効果"),
                text("Share of conversions that would be lost without it", "このチャネルがない場合に失われる割合"),
            )
        )
    return columns


PLUGIN = Metric(
    key="attribution",
    group="touchpoints",
    shape="bars",
    title=text("Attribution", "アトリビューション"),
    definition=text(
        "Conversions in the range, credited to the touches before them by several models. The credits of each model "
        "add up to all conversions, those without a touch included.",
        "期間中のコンバージョンを、その前の接触に複数のモデルで割り当てます。どのモデルでも、接触のないものを含めた合計は"
        "コンバージョンの総数と一致します。",
    ),
    params=AttributionParams,
    compute=compute,
    check=check,
    people=people,
    events=lambda params: [*params.touches, params.conversion],
    breaks_down=False,
)
