"""Retention: of those who began in a period, how many came back later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from kizuna.conditions.ast import EventMatch
from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.history import LONG_AGO_US, add_period
from kizuna.domains.analytics.queries.labels import Labels, fold_labels
from kizuna.domains.analytics.rules.periods import DAY_US, cut
from kizuna.domains.analytics.rules.words import LABEL, text
from kizuna.kernel.errors import Invalid
from kizuna.measures.intervals import wilson

FOLLOW_MAX = 120
COHORT_SMALL = 10

UNITS_US = {"hour": DAY_US // 24, "day": DAY_US, "week": 7 * DAY_US, "month": 30 * DAY_US}


class RetentionParams(Struct, frozen=True, forbid_unknown_fields=True):
    """``start`` is what begins, ``back`` what counts as coming back.

    ``recurring``: everybody is in the cohort of each period in which they began; ``first_time``: of their very first
    beginning only. ``on``: they came back in that period; ``on_or_after``: then or later. ``calendar``: periods of the
    calendar; ``rolling``: windows of 24 hours (7 days, 30 days) from each person's own beginning, floored to the hour.
    ``follow`` is how many periods each cohort is followed; without it, to the end of the range.
    """

    start: EventMatch = EventMatch(None)
    back: EventMatch = EventMatch(None)
    cohort: Literal["recurring", "first_time"] = "recurring"
    when: Literal["on", "on_or_after"] = "on"
    windows: Literal["calendar", "rolling"] = "calendar"
    at_least: Annotated[int, Meta(ge=1, le=100)] = 1
    follow: Annotated[int, Meta(ge=1, le=FOLLOW_MAX)] | None = None


def check(params: RetentionParams) -> None:
    if params.windows == "rolling" and params.follow is None:
        raise Invalid(
            "follow_missing",
            "For how many windows is each person followed? Say it where windows are a person's own.",
            fields={"params.follow": "Say how many."},
        )


def _follow(ask: Ask, params: RetentionParams) -> int:
    return params.follow or max(1, min(len(ask.periods) - 1, FOLLOW_MAX))


def _bounds(ask: Ask, params: RetentionParams) -> tuple[int, ...]:
    """Periods of cohorts, and of those that come after them until the last is followed to its end."""
    bounds = ask.periods.bounds_us
    if params.follow is None:
        return bounds
    if params.windows == "rolling":
        unit = UNITS_US.get(ask.query.interval, DAY_US)
        return (*bounds, bounds[-1] + (params.follow + 1) * unit)
    longest = bounds[-1] + (
        params.follow * 370 * DAY_US if ask.query.interval == "year" else params.follow * 93 * DAY_US
    )
    return cut(bounds[0], longest, ask.query.interval, ask.at).bounds_us[: len(bounds) + params.follow]


async def _labels(ask: Ask, params: RetentionParams) -> tuple[Labels, tuple[int, ...], bool]:
    """The rows with their labels, the bounds of their periods, and whether beginnings and returns are the same."""
    if params.windows == "rolling" and ask.query.interval not in UNITS_US:
        raise Invalid(
            "no_such_window",
            "Windows of a person's own are of an hour, a day, a week or a month of 30 days.",
            fields={"interval": "Choose one of them."},
        )
    bounds = _bounds(ask, params)
    first = LONG_AGO_US if params.cohort == "first_time" else bounds[0]
    same = params.start == params.back
    rows = ask.rows([params.start] if same else [params.start, params.back], first, bounds[-1])
    add_period(rows, bounds)
    if same:
        rows.add(rows.flag(0), "meant")
    else:
        rows.steps("steps")
    wanted = "meant" if same else "steps > 0"
    return await fold_labels(ask, ask.tell(rows), wanted), bounds, same


async def _reduce(ask: Ask, params: RetentionParams, cell: tuple[int, int, str | None] | None = None) -> Any:
    from kizuna.measures.retention import retain, retain_rolling

    labels, bounds, same = await _labels(ask, params)
    told: dict[str, Any] = {
        "cohorts": len(ask.periods),
        "follow": _follow(ask, params),
        "first_time": params.cohort == "first_time",
        "when": params.when,
        "least": params.at_least,
        "cell": cell,
    }
    columns = ["profile_key", "bucket"]
    columns += [] if same else ["steps"]
    columns += ["label"] if ask.query.breakdown is not None else []
    if params.windows == "rolling":
        kernel = partial(retain_rolling, unit_us=UNITS_US[ask.query.interval], **told)
        columns.append("time_us")
    else:
        kernel = partial(retain, periods=len(bounds) - 1, **told)
    wanted = "meant" if same else "steps > 0"
    text_ = f"SELECT {', '.join(columns)} FROM told WHERE {wanted}"
    try:
        found = await ask.reduce(kernel, text_, labels.relations, labels.tables)
    except MemoryError as error:
        raise Invalid(
            "too_many_cells",
            "Too many people, groups and periods at once; ask for fewer periods or no breakdown.",
            fields={"interval": "Choose a longer interval."},
        ) from error
    return found, labels


async def compute(ask: Ask, params: RetentionParams) -> Found:
    found, labels = await _reduce(ask, params)
    counts: dict[tuple[str | None, int, int], int] = {}
    for row in found.to_pylist():
        place = (row["label"], row["cohort"], row["period"])
        counts[place] = counts.get(place, 0) + row["people"]
    rows = [
        row
        for label in labels.values
        for cohort in range(len(ask.periods))
        for row in _cohort(ask, params, label, cohort, counts)
    ]
    _note(ask, params, rows)
    return Found(COLUMNS, rows, _figures(rows))


def _cohort(
    ask: Ask,
    params: RetentionParams,
    label: str | None,
    cohort: int,
    counts: Mapping[tuple[str | None, int, int], int],
) -> list[list[Any]]:
    size = counts.get((label, cohort, 0), 0)
    last = _follow(ask, params) if params.follow is not None else len(ask.periods) - 1 - cohort
    rows: list[list[Any]] = []
    bounds = _bounds(ask, params)
    for period in range(last + 1):
        people_n = counts.get((label, cohort, period), 0)
        low, high = wilson(people_n, size) if size else (None, None)
        share = people_n / size if size else None
        complete = _end(ask, params, bounds, cohort, period) <= ask.at.now_us + 1
        rows.append([ask.periods.start(cohort), label, size, period, people_n, share, low, high, complete])
    return rows


def _end(ask: Ask, params: RetentionParams, bounds: Sequence[int], cohort: int, period: int) -> int:
    """When it is known who came back in a period of a cohort."""
    if params.windows == "rolling":
        unit = UNITS_US[ask.query.interval]
        return ask.periods.bounds_us[cohort + 1] + (period + 1) * unit if period else ask.periods.bounds_us[cohort + 1]
    return bounds[min(cohort + period + 1, len(bounds) - 1)]


def _note(ask: Ask, params: RetentionParams, rows: Sequence[Sequence[Any]]) -> None:
    sizes = {(row[0], row[1]): row[2] for row in rows}
    if not any(sizes.values()):
        ask.note("nobody_began", "Nobody began in the range.", "期間中に開始した人はいません。", warning=True)
    if any(0 < size < COHORT_SMALL for size in sizes.values()):
        ask.note(
            "small_cohorts",
            f"Some cohorts have fewer than {COHORT_SMALL} people: look at the intervals.",
            f"{COHORT_SMALL}人未満の集団があります。信頼区間を確認してください。",
        )
    if any(not row[8] for row in rows):
        ask.note(
            "incomplete_cells",
            "Cells whose period is not over yet are marked, and in no mean.",
            "終わっていない期間のセルには印を付け、平均から除いています。",
        )
    if params.at_least > 1:
        ask.note(
            "at_least",
            f"Coming back is doing it at least {params.at_least} times in a period.",
            f"1期間に{params.at_least}回以上行った場合に「戻ってきた」とみなします。",
        )


def _figures(rows: Sequence[Sequence[Any]]) -> list[Figure]:
    """Of each period the share of all people of complete cohorts, and the mean of the cohorts' shares."""
    figures = [
        Figure("people", "people", text("People in cohorts", "対象者（延べ）"), sum(r[2] for r in rows if r[3] == 0))
    ]
    for period in sorted({row[3] for row in rows if row[3] > 0}):
        known = [row for row in rows if row[3] == period and row[8] and row[2]]
        size, back = sum(row[2] for row in known), sum(row[4] for row in known)
        low, high = wilson(back, size) if size else (None, None)
        weighted = text(f"Period {period}, of all people", f"{period}期後（全員に対する割合）")
        simple = text(f"Period {period}, mean of cohorts", f"{period}期後（集団ごとの割合の平均）")
        figures.append(Figure(f"weighted_{period}", "share", weighted, back / size if size else None, low, high, size))
        mean = sum(row[5] for row in known) / len(known) if known else None
        figures.append(Figure(f"simple_{period}", "share", simple, mean, n=len(known)))
    return figures


async def people(ask: Ask, params: RetentionParams, cell: Cell) -> Sequence[int]:
    """Who of a cohort came back in a period; with the column ``size``, who is in it."""
    starts = ask.periods.starts
    if cell.get("cohort") not in starts:
        return []
    period = 0 if cell.get("column") == "size" else int(cell.get("number", 0))
    found, _ = await _reduce(ask, params, (starts.index(cell["cohort"]), period, cell.get("label")))
    return sorted(found.column("profile_key").to_pylist())


COLUMNS = [
    Column("cohort", "time", text("Began in", "開始した期間")),
    LABEL,
    Column("size", "people", text("Cohort", "集団の人数"), opens=True),
    Column("number", "number", text("Periods later", "何期後")),
    Column("people", "people", text("Came back", "戻った人"), opens=True),
    Column(
        "share",
        "share",
        text("Retention", "継続率"),
        text("Of the cohort's people", "集団の人数に対する割合"),
        of="size",
        low="low",
        high="high",
        opens=True,
    ),
    Column("low", "share", text("from", "下限"), hidden=True),
    Column("high", "share", text("to", "上限"), hidden=True),
    Column("complete", "label", text("Over", "終了済み"), hidden=True),
]

PLUGIN = Metric(
    key="retention",
    group="behaviour",
    shape="matrix",
    title=text("Retention", "継続率"),
    definition=text(
        "Of the people who began in a period, how many came back in each period after it. Period 0 is the cohort "
        "itself. Periods are whole ones of the calendar, unless windows of each person's own are asked for.",
        "ある期間に開始した人のうち、その後の各期間に戻ってきた人の割合です。0期は集団そのものです。"
        "個人ごとの時間枠を選ばない限り、暦どおりの期間で数えます。",
    ),
    params=RetentionParams,
    compute=compute,
    check=check,
    people=people,
    events=lambda params: [params.start, params.back],
    whole_periods=True,
    compares=False,
)
