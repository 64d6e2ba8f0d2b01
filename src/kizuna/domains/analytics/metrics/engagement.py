"""The engagement score: what people do, weighed, fading with time; and how well it foretells."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta, Struct, field

from kizuna.conditions.ast import EventMatch
from kizuna.conditions.moments import At, day_start_us, local_date
from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.metrics.rfm import note_as_of
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.purchases import end_of
from kizuna.domains.analytics.rules.engagement_weights import DEFAULT_BEHAVIOURS, Behaviour, hundredths
from kizuna.domains.analytics.rules.foretelling import HITS_LEAST, PEOPLE_LEAST, grade, tell
from kizuna.domains.analytics.rules.intervals import wilson
from kizuna.domains.analytics.rules.periods import DAY_US, cut
from kizuna.domains.analytics.rules.words import text
from kizuna.kernel.errors import Invalid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kizuna.measures.engagement import Auc, Tenth

BEHAVIOURS_MAX = 30
FADE = 1_000_000
"""Fading is taken in whole millionths."""
BANDS = 10


class EngagementParams(Struct, frozen=True, forbid_unknown_fields=True):
    """Points of the last ``days`` days before the end of the range, halved every ``half_life_days``. Who has ``scale``
    points has a score of 50; without one it is the median of who has any. Scores as of ``horizon_days`` before are
    compared with who did ``outcome`` since then."""

    behaviours: Annotated[list[Behaviour], Meta(min_length=1, max_length=BEHAVIOURS_MAX)] = field(
        default_factory=lambda: list(DEFAULT_BEHAVIOURS)
    )
    half_life_days: Annotated[float, Meta(ge=1, le=365)] = 30
    days: Annotated[int, Meta(ge=1, le=730)] = 180
    scale: Annotated[float, Meta(gt=0, le=1e9)] | None = None
    outcome: EventMatch = EventMatch("Order Completed")
    horizon_days: Annotated[int, Meta(ge=1, le=365)] = 30


@dataclass(frozen=True, slots=True)
class Scored:
    """Who has points at all, by ascending key. ``scale`` is None where nobody has any."""

    keys: NDArray[Any]
    points: NDArray[Any]
    scale: float | None

    def scores(self) -> NDArray[Any]:
        from kizuna.measures.engagement import saturate

        return saturate(self.points, self.scale or 1.0)


@dataclass(frozen=True, slots=True)
class Backtest:
    """Scores as of ``horizon_days`` before, and what their people did since: ``bought`` and ``gone`` are a truth for
    each. An area is None where too few did, or did not."""

    scores: NDArray[Any]
    bought: NDArray[Any]
    gone: NDArray[Any]
    purchase: Auc | None
    churn: Auc | None
    tenths: list[Tenth]
    since: str


def check(params: EngagementParams) -> None:
    if all(one.points <= 0 for one in params.behaviours):
        raise Invalid(
            "no_points",
            "Nothing gives points; at least one behaviour must.",
            fields={"params.behaviours": "Give one of them points above 0."},
        )


async def score_people(ask: Ask, params: EngagementParams, at: At | None = None, scale: float | None = None) -> Scored:
    """Everybody with points above 0, as of the end of the range or of another moment."""
    import numpy as np

    moment = end_of(ask) if at is None else at
    found = await ask.select(_points_sql(params), *_points_rows(ask, params, moment))
    points = found.column("points").to_numpy() / (100 * FADE)
    given = params.scale if scale is None else scale
    fitting = given if given is not None or not len(points) else float(np.median(points))
    return Scored(found.column("profile_key").to_numpy(), points, fitting)


def _points_rows(ask: Ask, params: EngagementParams, at: At) -> tuple[dict[str, str], dict[str, Any]]:
    """``told``: events of the days before a moment with the number of their day; ``fading``: what is left of each."""
    import pyarrow as pa

    first = local_date(at) - timedelta(days=params.days - 1)
    days = cut(day_start_us(first, at.zone), at.now_us + 1, "day", at)
    rows = ask.rows([one.event for one in params.behaviours], days.since_us, days.until_us)
    rows.bucket(days.bounds_us, "day")
    for number in range(len(params.behaviours)):
        rows.add(rows.flag(number), f"s{number}")
    count = len(days)
    left = [round(FADE * 2 ** (-(count - 1 - day) / params.half_life_days)) for day in range(count)]
    table = pa.table({"faded_day": pa.array(range(count), pa.int32()), "left_of_it": pa.array(left, pa.int64())})
    return {"told": rows.write()}, {"fading": table}


def _points_sql(params: EngagementParams) -> str:
    numbers = range(len(params.behaviours))
    counted = ", ".join(f"count(*) FILTER (WHERE s{number}) AS n{number}" for number in numbers)
    meant = " OR ".join(f"s{number}" for number in numbers)
    points = " + ".join(
        f"least(n{number}, {one.daily_max}) * {hundredths(one.points)}" for number, one in enumerate(params.behaviours)
    )
    by_day = f"SELECT profile_key, day, {counted} FROM told WHERE {meant} GROUP BY profile_key, day"
    total = "CAST(sum(points * left_of_it) AS BIGINT)"
    return (
        f"SELECT profile_key, {total} AS points "
        f"FROM (SELECT profile_key, day, CAST({points} AS BIGINT) AS points FROM ({by_day}) AS d) AS p "
        f"JOIN fading ON faded_day = day GROUP BY profile_key HAVING {total} > 0 ORDER BY profile_key"
    )


async def backtest(ask: Ask, params: EngagementParams, scale: float) -> Backtest:
    """Compares scores of some time ago with what came then."""
    import numpy as np

    from kizuna.measures.engagement import measure_auc, measure_lift

    now = end_of(ask)
    then = At(now.now_us - params.horizon_days * DAY_US, now.zone, now.week_start)
    scored = await score_people(ask, params, then, scale)
    rows = ask.rows([params.outcome, *(one.event for one in params.behaviours)], then.now_us + 1, now.now_us + 1)
    rows.add(rows.flag(0), "bought")
    rows.add(" OR ".join(rows.flag(number + 1) for number in range(len(params.behaviours))), "active")
    found = await ask.select(
        "SELECT profile_key, count(*) FILTER (WHERE bought) AS bought, count(*) FILTER (WHERE active) AS active "
        "FROM told WHERE bought OR active GROUP BY profile_key",
        {"told": rows.write()},
    )
    keys = found.column("profile_key").to_numpy()
    bought, active = (np.isin(scored.keys, keys[found.column(name).to_numpy() > 0]) for name in ("bought", "active"))
    ask.kernels.append("kizuna.measures.engagement.measure_auc")
    areas = [
        await asyncio.to_thread(measure_auc, sign * scored.points, did) if is_enough(did) else None
        for sign, did in ((1, bought), (-1, ~active))
    ]
    lift = await asyncio.to_thread(measure_lift, scored.points, bought, scored.keys) if is_enough(bought) else []
    return Backtest(scored.scores(), bought, ~active, areas[0], areas[1], lift, local_date(then).isoformat())


def is_enough(did: NDArray[Any]) -> bool:
    yes = int(did.sum())
    return len(did) >= PEOPLE_LEAST and min(yes, len(did) - yes) >= HITS_LEAST


async def compute(ask: Ask, params: EngagementParams) -> Found:
    scored = await score_people(ask, params)
    note_as_of(ask)
    if scored.scale is None:
        note_nobody(ask, params)
        return Found(COLUMNS, [], [Figure("people", "people", text("People with a score", "スコアのある人"), 0)])
    tested = await backtest(ask, params, scored.scale)
    note_backtest(ask, params, tested)
    return Found(COLUMNS, _bands(scored, tested), _figures(scored, tested))


def _bands(scored: Scored, tested: Backtest) -> list[list[Any]]:
    import numpy as np

    now, then = _band_of(scored.scores()), _band_of(tested.scores)
    people, before = (np.bincount(one, minlength=BANDS).tolist() for one in (now, then))
    bought, gone = (np.bincount(then[did], minlength=BANDS).tolist() for did in (tested.bought, tested.gone))
    rows: list[list[Any]] = []
    for band in range(BANDS):
        of = before[band]
        shares = [value for did in (bought[band], gone[band]) for value in (did / of if of else None, *wilson(did, of))]
        rows.append([_name(band), people[band], people[band] / len(scored.keys), *shares, of])
    return rows


def _band_of(scores: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    return np.minimum(scores // 10, BANDS - 1)


def _name(band: int) -> str:
    return f"{band * 10}–{band * 10 + (10 if band == BANDS - 1 else 9)}"


def _figures(scored: Scored, tested: Backtest) -> list[Figure]:
    import numpy as np

    scores = scored.scores()
    top = tested.tenths[0] if tested.tenths else None
    return [
        Figure("people", "people", text("People with a score", "スコアのある人"), len(scores)),
        Figure("median", "score", text("Median score", "スコアの中央値"), float(np.median(scores)), n=len(scores)),
        Figure(
            "scale",
            "number",
            text("Points for a score of 50", "スコア50に必要なポイント"),
            scored.scale,
        ),
        _area(
            "auc_purchase",
            text("Foretells purchases (AUC)", "購入の予測力（AUC）"),
            tested.purchase,
        ),
        _area("auc_churn", text("Foretells silence (AUC)", "休眠の予測力（AUC）"), tested.churn),
        Figure(
            "lift_top",
            "number",
            text("Lift of the top tenth", "上位10%のリフト"),
            None if top is None else top.lift,
            n=None if top is None else top.people,
            definition=text(
                "How many times as often the tenth with the greatest scores bought, compared with all",
                "スコア上位10%の購入率が、全体の何倍かを示します。",
            ),
        ),
    ]


def _area(key: str, title: Any, area: Auc | None) -> Figure:
    definition = text(
        "The chance that who did it had the better score than who did not: 50 % is chance, 100 % perfect. Interval by "
        "DeLong et al. 1988",
        "当てはまった人のスコアが、そうでない人より正しく上（または下）にある確率です。50%は偶然、100%は完全な予測です。"
        "区間はDeLongら（1988年）の方法です。",
    )
    if area is None:
        return Figure(key, "share", title, None, definition=definition)
    return Figure(key, "share", title, area.value, area.low, area.high, area.did + area.did_not, definition)


def note_nobody(ask: Ask, params: EngagementParams) -> None:
    ask.note(
        "not_enough_data",
        f"Nobody did anything of this in the {params.days} days before.",
        f"直前の{params.days}日間に、対象の行動をした人がいません。",
        warning=True,
    )


def note_backtest(ask: Ask, params: EngagementParams, tested: Backtest) -> None:
    """Says in words how well the score foretold, or why that cannot be said."""
    for code, area, what in (
        ("foretells_purchase", tested.purchase, text("purchases", "購入")),
        ("foretells_silence", tested.churn, text("who falls silent", "休眠")),
    ):
        if area is None:
            ask.note(
                f"not_enough_{code}",
                f"How well the score foretells {what['en']} cannot be said: it takes {PEOPLE_LEAST} people with a "
                f"score {params.horizon_days} days before, of whom {HITS_LEAST} did and {HITS_LEAST} did not.",
                f"{what['ja']}をどれだけ予測できるかは判定できません。{params.horizon_days}日前にスコアのある人が"
                f"{PEOPLE_LEAST}人以上、当てはまった人とそうでない人がそれぞれ{HITS_LEAST}人以上必要です。",
                warning=True,
            )
        else:
            said = tell(area.value, area.low, area.high, what, tested.since, params.horizon_days)
            ask.note(code, said["en"], said["ja"])


def describe_quality(params: EngagementParams, scored: Scored, tested: Backtest) -> dict[str, Any]:
    """What is kept of a run: figures, nothing of anybody."""
    areas = {
        name: None
        if area is None
        else {
            "auc": area.value,
            "low": area.low,
            "high": area.high,
            "did": area.did,
            "did_not": area.did_not,
            "grade": grade(area.value, area.low, area.high)[0],
        }
        for name, area in (("purchase", tested.purchase), ("silence", tested.churn))
    }
    tenths = [{"people": one.people, "did": one.did, "lift": one.lift} for one in tested.tenths]
    return {
        "scale": scored.scale,
        "horizon_days": params.horizon_days,
        "since": tested.since,
        **areas,
        "tenths": tenths,
    }


async def people(ask: Ask, params: EngagementParams, cell: Cell) -> Sequence[int]:
    """Whose score is in the band now."""
    scored = await score_people(ask, params)
    if "band" not in cell:
        return scored.keys.tolist()
    names = [_name(band) for band in range(BANDS)]
    if cell["band"] not in names:
        return []
    return scored.keys[_band_of(scored.scores()) == names.index(cell["band"])].tolist()


def _named(params: EngagementParams) -> list[EventMatch]:
    """Of what everybody begins with, that nobody does some of it is no surprise."""
    own = [one.event for one in params.behaviours if one not in DEFAULT_BEHAVIOURS]
    return [*own, params.outcome]


COLUMNS = [
    Column("band", "label", text("Score", "スコア")),
    Column("people", "people", text("People", "人数"), opens=True),
    Column("share", "share", text("Share", "割合")),
    Column(
        "bought",
        "share",
        text("Bought since", "その後の購入率"),
        text(
            "Of those who had this score some days before (the horizon)",
            "指定した日数だけ前に、このスコアだった人のうち",
        ),
        of="before",
        low="bought_low",
        high="bought_high",
    ),
    Column("bought_low", "share", text("At least", "下限")),
    Column("bought_high", "share", text("At most", "上限")),
    Column(
        "gone",
        "share",
        text("Silent since", "その後の休眠率"),
        text("Did nothing of what gives points", "ポイント対象の行動が1つもなかった人"),
        of="before",
        low="gone_low",
        high="gone_high",
    ),
    Column("gone_low", "share", text("At least", "下限")),
    Column("gone_high", "share", text("At most", "上限")),
    Column("before", "people", text("Had this score before", "当時このスコアだった人")),
]

PLUGIN = Metric(
    key="engagement",
    group="customers",
    shape="bars",
    title=text("Engagement score", "エンゲージメントスコア"),
    definition=text(
        "Each behaviour gives points, up to a number of times a day; points halve every so many days, as of the end of "
        "the range. The score is 100 · (1 − 2^(−points / scale)): nobody passes 100, whoever has as many points as the "
        "scale has 50, and it changes only with what the person does, not with others. Only who has points has one.",
        "行動ごとのポイント（1日の上限つき）を合計し、古いものほど半減期に応じて減らします（期間末時点）。"
        "スコアは 100 · (1 − 2^(−ポイント / 基準)) で、100を超えず、基準と同じポイントの人が50になります。"
        "本人の行動だけで決まり、他の人の影響を受けません。ポイントのある人だけが対象です。",
    ),
    params=EngagementParams,
    compute=compute,
    check=check,
    people=people,
    events=_named,
    breaks_down=False,
    compares=False,
)
