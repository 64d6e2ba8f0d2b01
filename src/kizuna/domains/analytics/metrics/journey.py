"""The journey map: in which stage people are, where they go from there, and where they stay."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec import field as setting

from kizuna.conditions.ast import Consents, EventMatch, Fact, HasIdentifier, InSegment, Node, Trait, leaves
from kizuna.conditions.compile_sql import compile_sql
from kizuna.conditions.compile_sql.dialects import DIALECTS
from kizuna.conditions.moments import At
from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.metrics.sessions import DEEDS
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.rules.periods import widen
from kizuna.domains.analytics.rules.stages import LOOKED, PRESETS, STAGE_WORDS, Preset, Stage
from kizuna.domains.analytics.rules.words import TOUCHPOINTS, text
from kizuna.kernel.errors import Invalid

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOMENTS_MAX = 13
AT_ONCE = 2
"""So many moments are looked at at a time: one leaves a processor idle, all would leave none to others."""
STAYS_LEAST = 5
"""Of fewer stays nothing is said."""
NOWHERE_NAME = "none"

Moment = tuple["NDArray[Any]", "NDArray[Any]"]
"""Profile keys, ascending, and the number of the stage of each."""


class JourneyParams(Struct, frozen=True, forbid_unknown_fields=True):
    """``stages`` from the first to the last; without any, those of a ``preset``: ``browsing`` where anybody ever
    looked at a product, else ``regulars``."""

    stages: Annotated[list[Stage], Meta(max_length=8)] = setting(default_factory=list[Stage])
    preset: Literal["auto"] | Preset = "auto"


def check(params: JourneyParams) -> None:
    names = [stage.name for stage in params.stages]
    if len(names) == 1 or len(set(names)) < len(names) or NOWHERE_NAME in names:
        raise Invalid(
            "stages_unclear",
            "A journey has two stages or more, each with a name of its own.",
            fields={"params.stages": f"Give at least two stages different names, and none “{NOWHERE_NAME}”."},
        )
    for number, stage in enumerate(params.stages):
        if any(isinstance(leaf, InSegment | Consents | Fact) for leaf in leaves(stage.condition)):
            raise Invalid(
                "stage_of_now",
                f"The stage “{stage.name}” asks for a segment, a consent or a fact: these are known as they are now, "
                "and a journey looks back.",
                fields={f"params.stages.{number}.condition": "Use what people did, or their traits."},
            )


@dataclass(frozen=True, slots=True)
class Course:
    """Moments are the ends of periods; ``periods`` are those periods' starts as an answer says them."""

    stages: Sequence[Stage]
    moments_us: Sequence[int]
    periods: Sequence[str]


async def plan_course(ask: Ask, params: JourneyParams) -> Course:
    stages = await choose_stages(ask, params)
    whole = widen(ask.periods, before=1)
    now = ask.at.now_us
    # An end that is not there yet is now; of several, the first.
    ends = [(min(end, now + 1) - 1, whole.start(at)) for at, end in enumerate(whole.bounds_us[1:])]
    started = [one for at, one in enumerate(ends) if at == 0 or ends[at - 1][0] < now]
    if len(started) > MOMENTS_MAX:
        ask.note(
            "earlier_left_out",
            f"Only the last {MOMENTS_MAX - 1} periods are looked at; ask for longer ones to see further back.",
            f"最後の{MOMENTS_MAX - 1}期間だけを対象としています。さらに前を見るには、期間の単位を長くしてください。",
        )
        started = started[-MOMENTS_MAX:]
    return Course(stages, [moment for moment, _ in started], [period for _, period in started])


async def choose_stages(ask: Ask, params: JourneyParams) -> Sequence[Stage]:
    """The stages that are asked for: those of the params, or of the preset that fits."""
    return params.stages or PRESETS[await _choose(ask, params.preset)]


async def _choose(ask: Ask, preset: Literal["auto"] | Preset) -> Preset:
    if preset != "auto":
        return preset
    sql = DIALECTS[ask.engine.name]
    seen = f"SELECT 1 AS one FROM happenings WHERE name IN ({sql.texts(LOOKED)}) LIMIT 1"
    found = await ask.select("SELECT count(*) AS n FROM looked", {"looked": seen})
    return "browsing" if found.column("n")[0].as_py() else "regulars"


def _relations(ask: Ask, stages: Sequence[Stage], moment_us: int) -> dict[str, str]:
    """``placed``: of whoever is in a stage at the moment, which one."""
    at = At(moment_us, ask.at.zone, ask.at.week_start)
    relations = {
        f"stage_{number}": compile_sql(stage.condition, at, ask.engine.name).sql for number, stage in enumerate(stages)
    }
    every = " UNION ALL ".join(
        f"SELECT profile_key, {number} AS stage FROM stage_{number}" for number in range(len(stages))
    )
    meant = " AND ".join(ask.crowd.conditions()) or "true"
    relations["placed"] = (
        f"SELECT profile_key, max(stage) AS stage FROM ({every}) AS every_stage WHERE {meant} GROUP BY profile_key"
    )
    return relations


async def place_people(ask: Ask, stages: Sequence[Stage], moment_us: int) -> Moment:
    """In which stage who is at a moment: the last one whose condition holds."""
    import numpy as np

    found = await ask.select(
        "SELECT profile_key, stage FROM placed ORDER BY profile_key", _relations(ask, stages, moment_us)
    )
    return found.column("profile_key").to_numpy(), found.column("stage").to_numpy().astype(np.int8)


async def _place_all(ask: Ask, course: Course) -> list[Moment]:
    placed: list[Moment] = []
    for at in range(0, len(course.moments_us), AT_ONCE):
        some = course.moments_us[at : at + AT_ONCE]
        placed += await asyncio.gather(*(place_people(ask, course.stages, moment) for moment in some))
    return placed


def _known(ask: Ask, moments_us: Sequence[int]) -> dict[str, str]:
    """``known``: everybody, and whether they had been seen at each moment."""
    sql = DIALECTS[ask.engine.name]
    seen = [
        f"CASE WHEN first_seen IS NULL OR first_seen <= {sql.instant(moment)} THEN 1 ELSE 0 END AS k{number}"
        for number, moment in enumerate(moments_us)
    ]
    meant = " AND ".join(ask.crowd.conditions()) or "true"
    return {"known": f"SELECT profile_key, {', '.join(seen)} FROM people WHERE {meant}"}


# --- the answer -------------------------------------------------------------------------------------

Row = list[Any]
"""part, period, stage, to, touchpoint, people, share, of, days, events"""


async def compute(ask: Ask, params: JourneyParams) -> Found:
    from kizuna.measures.stages import lay_tracks

    course = await plan_course(ask, params)
    _, tracks = lay_tracks(await _place_all(ask, course))
    sums = ", ".join(f"CAST(coalesce(sum(k{at}), 0) AS BIGINT) AS k{at}" for at in range(len(course.moments_us)))
    [known] = (await ask.select(f"SELECT {sums} FROM known", _known(ask, course.moments_us))).to_pylist()
    rows = [
        *_tell_places(course, tracks, list(known.values())),
        *_tell_flows(course, tracks),
        *_tell_stages(ask, course, tracks),
        *await _tell_touchpoints(ask, course, tracks),
    ]
    _note(ask, course)
    figures = [
        Figure(f"stage:{row[2]}", "people", STAGE_WORDS.get(row[2], text(row[2], row[2])), row[5])
        for row in rows
        if row[0] == "stage" and row[1] == course.periods[-1] and row[2] != NOWHERE_NAME
    ]
    return Found(COLUMNS, rows, figures)


def _tell_places(course: Course, tracks: NDArray[Any], known: Sequence[int]) -> list[Row]:
    rows: list[Row] = []
    for moment, period in enumerate(course.periods):
        counts = [int((tracks[:, moment] == number).sum()) for number in range(len(course.stages))]
        nowhere = max(0, known[moment] - sum(counts))
        of = sum(counts) + nowhere
        named = zip((NOWHERE_NAME, *(stage.name for stage in course.stages)), (nowhere, *counts), strict=True)
        rows += [_row("stage", period, name, people=count, of=of) for name, count in named]
    return rows


def _tell_flows(course: Course, tracks: NDArray[Any]) -> list[Row]:
    from kizuna.measures.stages import count_flow

    names = (NOWHERE_NAME, *(stage.name for stage in course.stages))
    rows: list[Row] = []
    for moment in range(1, len(course.moments_us)):
        flow = count_flow(tracks, moment, len(course.stages))
        for source, counts in enumerate(flow.tolist()):
            # How many are nowhere is not in tracks: nothing is a share of them.
            of = sum(counts) if source else None
            rows += [
                _row("flow", course.periods[moment], names[source], to=names[target], people=count, of=of)
                for target, count in enumerate(counts)
                if count and (source or target)
            ]
    return rows


def _tell_stages(ask: Ask, course: Course, tracks: NDArray[Any]) -> list[Row]:
    """How many move on and fall back from one period to the next, how long they stay, and who stays too long."""
    from kizuna.measures.stages import days_there, find_stays

    before, after = tracks[:, :-1], tracks[:, 1:]
    now, there = tracks[:, -1], days_there(tracks, course.moments_us)
    rows: list[Row] = []
    for number, stage in enumerate(course.stages):
        inside = before == number
        of = int(inside.sum())
        rows.append(_row("moves_on", None, stage.name, people=int((inside & (after > number)).sum()), of=of))
        rows.append(_row("falls_back", None, stage.name, people=int((inside & (after < number)).sum()), of=of))
        stays = find_stays(tracks, course.moments_us, number)
        median = stays.median() if len(stays.days) >= STAYS_LEAST else None
        rows.append(_row("stay", None, stage.name, of=len(stays.days), days=median))
        here = now == number
        stalled = None if median is None else int((here & (there > 2 * median)).sum())
        rows.append(_row("stalled", None, stage.name, people=stalled, of=int(here.sum())))
        if median is None:
            ask.note(
                "stays_unknown",
                "Where no days stand, too few people came to a stage and left it again to say how long they stay.",
                "日数が空欄のステージは、入ってから離れた人が少ないため、滞在日数がわかりません。",
            )
    return rows


_TOUCHPOINTS = """
    SELECT p.stage, t.touchpoint, count(*) AS events, count(DISTINCT t.profile_key) AS people
    FROM told AS t JOIN placed AS p ON p.profile_key = t.profile_key
    WHERE t.active
    GROUP BY p.stage, t.touchpoint
    ORDER BY p.stage, people DESC, t.touchpoint
"""


def _with_deeds(ask: Ask, course: Course) -> dict[str, str]:
    """``placed`` at the last moment, and ``told``: what people did in the range."""
    rows = ask.rows([EventMatch(None)])
    rows.add("touchpoint", "touchpoint")
    rows.add(DEEDS, "active")
    return {**_relations(ask, course.stages, course.moments_us[-1]), "told": rows.write()}


async def _tell_touchpoints(ask: Ask, course: Course, tracks: NDArray[Any]) -> list[Row]:
    found = await ask.select(_TOUCHPOINTS, _with_deeds(ask, course))
    return [
        _row(
            "touchpoint",
            None,
            course.stages[row["stage"]].name,
            touchpoint=row["touchpoint"],
            people=row["people"],
            of=int((tracks[:, -1] == row["stage"]).sum()),
            events=row["events"],
        )
        for row in found.to_pylist()
    ]


def _row(
    part: str,
    period: str | None,
    stage: str,
    *,
    to: str | None = None,
    touchpoint: str | None = None,
    people: int | None = None,
    of: int | None = None,
    days: float | None = None,
    events: int | None = None,
) -> Row:
    share = people / of if people is not None and of else None
    return [part, period, stage, to, touchpoint, people, share, of, days, events]


def _note(ask: Ask, course: Course) -> None:
    ask.note(
        "to_the_period",
        "Stages are looked at when each period ends: what happens and ends within one is not seen, and days in a stage "
        "are as exact as periods are long.",
        "ステージは各期間の終わりの時点で判定します。期間中に始まって終わった変化は表れず、滞在日数の精度は期間の長さと同じです。",
    )
    every = [leaf for stage in course.stages for leaf in leaves(stage.condition)]
    if any(isinstance(leaf, Trait | HasIdentifier) for leaf in every):
        ask.note(
            "traits_of_now",
            "Traits are taken as they are now, for every moment.",
            "属性は、どの時点についても現在の値を使います。",
        )
    if ask.query.leave_out.late:
        ask.note(
            "late_kept",
            "Stages are worked out with events that came late.",
            "ステージの判定には、遅れて届いた行動も含めています。",
        )


# --- who is behind it -------------------------------------------------------------------------------


async def people(ask: Ask, params: JourneyParams, cell: Cell) -> Sequence[int]:
    """Who is in the stage at the end of the period, or went from it to another; who ever moved on or fell back; who
    stalls; who is in it now and was at the touchpoint."""
    course = await plan_course(ask, params)
    names = [stage.name for stage in course.stages]
    part, stage = str(cell.get("part")), str(cell.get("stage"))
    if stage not in (*names, NOWHERE_NAME):
        return []
    wanted = names.index(stage) if stage in names else -1
    if part in ("moves_on", "falls_back", "stalled"):
        return await _whole_tracks(ask, course, part, wanted)
    if part == "touchpoint":
        return await _at_touchpoint(ask, course, wanted, str(cell.get("touchpoint")))
    moment = course.periods.index(cell["period"]) if cell.get("period") in course.periods else len(course.periods) - 1
    if part == "flow" and moment > 0 and cell.get("to") in (*names, NOWHERE_NAME):
        to = names.index(str(cell["to"])) if cell["to"] in names else -1
        return await _between(ask, course, moment, wanted, to)
    return await _in_stage(ask, course, moment, wanted)


async def _in_stage(ask: Ask, course: Course, moment: int, wanted: int) -> list[int]:
    keys, stages = await place_people(ask, course.stages, course.moments_us[moment])
    if wanted >= 0:
        return keys[stages == wanted].tolist()
    known = await ask.select(
        f"SELECT profile_key FROM known WHERE k{moment} = 1 ORDER BY profile_key", _known(ask, course.moments_us)
    )
    placed = set(keys.tolist())
    return [key for key in known.column("profile_key").to_pylist() if key not in placed]


async def _between(ask: Ask, course: Course, moment: int, source: int, target: int) -> list[int]:
    from kizuna.measures.stages import lay_tracks

    two = [await place_people(ask, course.stages, course.moments_us[at]) for at in (moment - 1, moment)]
    keys, tracks = lay_tracks(two)
    return keys[(tracks[:, 0] == source) & (tracks[:, 1] == target)].tolist()


async def _whole_tracks(ask: Ask, course: Course, part: str, wanted: int) -> list[int]:
    from kizuna.measures.stages import days_there, find_stays, lay_tracks

    keys, tracks = lay_tracks(await _place_all(ask, course))
    if part == "stalled":
        stays = find_stays(tracks, course.moments_us, wanted)
        median = stays.median() if len(stays.days) >= STAYS_LEAST else None
        if median is None:
            return []
        return keys[(tracks[:, -1] == wanted) & (days_there(tracks, course.moments_us) > 2 * median)].tolist()
    before, after = tracks[:, :-1], tracks[:, 1:]
    moved = (before == wanted) & (after > wanted if part == "moves_on" else after < wanted)
    return keys[moved.any(axis=1)].tolist()


async def _at_touchpoint(ask: Ask, course: Course, wanted: int, touchpoint: str) -> list[int]:
    import pyarrow as pa

    found = await ask.select(
        f"""
        SELECT DISTINCT t.profile_key
        FROM told AS t
        JOIN placed AS p ON p.profile_key = t.profile_key
        JOIN chosen_touchpoint AS c ON c.chosen = t.touchpoint
        WHERE t.active AND p.stage = {wanted}
        ORDER BY t.profile_key
        """,
        _with_deeds(ask, course),
        {"chosen_touchpoint": pa.table({"chosen": pa.array([touchpoint], pa.string())})},
    )
    return found.column("profile_key").to_pylist()


_STAGES: Mapping[str, Any] = {**STAGE_WORDS, NOWHERE_NAME: text("In no stage", "該当なし")}

COLUMNS = [
    Column(
        "part",
        "label",
        text("What", "項目"),
        words={
            "stage": text("In the stage", "ステージの人数"),
            "flow": text("Moved", "移動"),
            "moves_on": text("Move on", "次へ進む"),
            "falls_back": text("Fall back", "後戻りする"),
            "stay": text("Stay", "滞在"),
            "stalled": text("Stall", "停滞"),
            "touchpoint": text("Touchpoint", "接点"),
        },
    ),
    Column("period", "time", text("Period", "期間"), text("As of its end", "期間の終わりの時点")),
    Column("stage", "label", text("Stage", "ステージ"), words=_STAGES),
    Column("to", "label", text("To", "移動先"), words=_STAGES),
    Column("touchpoint", "label", text("Touchpoint", "接点"), words=TOUCHPOINTS),
    Column(
        "people",
        "people",
        text("People", "人数"),
        text(
            "Who moves on or falls back in several periods counts in each",
            "複数の期間で移動した人は、期間ごとに数えます",
        ),
        opens=True,
    ),
    Column("share", "share", text("Share", "割合"), of="of"),
    Column("of", "count", text("Of", "母数")),
    Column(
        "days",
        "number",
        text("Days, median", "日数（中央値）"),
        text(
            "After which half have left the stage (Kaplan and Meier 1958)",
            "半数がステージを離れるまでの日数（カプラン・マイヤー法）",
        ),
        of="of",
    ),
    Column("events", "count", text("Events", "行動数")),
]


def _conditions(params: JourneyParams) -> dict[str, Node]:
    return {f"params.stages.{number}.condition": stage.condition for number, stage in enumerate(params.stages)}


PLUGIN = Metric(
    key="journey",
    group="customers",
    shape="map",
    title=text("Journey map", "ジャーニーマップ"),
    definition=text(
        "Everybody is in the last stage whose condition holds for them when a period ends. People stall who have been "
        "in their stage for more than twice as long as half of people stay there. Touchpoints are those of the range, "
        "of who is in the stage at its end.",
        "各期間の終わりに条件を満たす、最も先のステージに全員を割り当てます。半数の人が離れるまでの日数の2倍を超えて"
        "同じステージにいる人を「停滞」とします。接点は、最後にそのステージにいる人が期間中に使ったものです。",
    ),
    params=JourneyParams,
    compute=compute,
    check=check,
    people=people,
    conditions=_conditions,
    periods=True,
    whole_periods=True,
    breaks_down=False,
    compares=False,
)
