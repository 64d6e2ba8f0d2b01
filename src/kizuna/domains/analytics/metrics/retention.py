"""Retention: of those who began in a period, how many came back later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from kizuna.conditions.ast import EventMatch
from kizuna.conditions.moments import At, local_date
from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.history import LONG_AGO_US, add_period, note_groups, reduce_periods
from kizuna.domains.analytics.queries.labels import Labels, fold_labels
from kizuna.domains.analytics.rules.periods import DAY_US, widen
from kizuna.domains.analytics.rules.words import LABEL, text
from kizuna.kernel.errors import Invalid
from kizuna.measures.intervals import wilson

FOLLOW_MAX = 120
CELLS_MAX = 60_000
COHORT_SMALL = 10

UNITS_US = {"hour": DAY_US // 24, "day": DAY_US, "week": 7 * DAY_US, "month": 30 * DAY_US}


class RetentionParams(Struct, frozen=True, forbid_unknown_fields=True):
    """``start`` is what begins, ``back`` what counts as coming back.

    ``recurring``: everybody is in the cohort of each period in which they began; ``first_time``: of their very first
    beginning only. ``on``: they came back in that period; ``on_or_after``: then or later. ``calendar``: periods of the
    calendar; ``rolling``: windows of 24 hours (7 days, 30 days) from each person's own beginning, floored to the hour.
    ``at_least`` is how often in one period makes a return. ``follow`` is how many periods each cohort is followed;
    without it, to the end of the range.
    """

    start: EventMatch = EventMatch(None)
    back: EventMatch = EventMatch(None)
    cohort: Literal["recurring", "first_time"] = "recurring"
    when: Literal["on", "on_or_after"] = "on"
    windows: Literal["calendar", "rolling"] = "calendar"
    at_least: Annotated[int, Meta(ge=1, le=100)] = 1
    follow: Annotated[int, Meta(ge=1, le=FOLLOW_MAX)] | None = None

    @property
    def same(self) -> bool:
        """Whether beginning and coming back are the same event."""
        return self.start == self.back


def check(params: RetentionParams) -> None:
    if params.windows == "rolling" and params.follow is None:
        raise Invalid(
            "follow_missing",
            "For how many windows is each person followed? Say it where windows are a person's own.",
            fields={"params.follow": "Say how many."},
        )


@dataclass(frozen=True, slots=True)
class Grid:
    """Which cells there are. ``bounds_us`` are of the cohorts' periods and of those in which their people come back;
    ``unit_us`` is the length of windows of each person's own."""

    cohorts: int
    follow: int
    bounds_us: Sequence[int]
    asked: bool
    unit_us: int | None

    @staticmethod
    def of(ask: Ask, params: RetentionParams) -> Grid:
        """Raises ``Invalid`` for windows of a length that none has."""
        cohorts, bounds = len(ask.periods), ask.periods.bounds_us
        if params.windows == "rolling":
            unit = UNITS_US.get(ask.query.interval)
            if unit is None or params.follow is None:
                raise Invalid(
                    "no_such_window",
                    "Windows of a person's own are of an hour, a day, a week or a month of 30 days.",
                    fields={"interval": "Choose one of them."},
                )
            return Grid(cohorts, params.follow, (*bounds, bounds[-1] + (params.follow + 1) * unit), True, unit)
        if params.follow is None:
            return Grid(cohorts, max(1, min(cohorts - 1, FOLLOW_MAX)), bounds, False, None)
        return Grid(cohorts, params.follow, widen(ask.periods, after=params.follow).bounds_us, True, None)

    def followed(self, cohort: int) -> int:
        """For how many periods; none where the range ends with the cohort's own."""
        return self.follow if self.asked else min(self.follow, self.cohorts - 1 - cohort)

    @property
    def cells(self) -> int:
        return sum(self.followed(cohort) + 1 for cohort in range(self.cohorts))

    def end_us(self, cohort: int, period: int) -> int:
        """When it is known who of a cohort came back in a period."""
        if self.unit_us is None or not period:
            return self.bounds_us[cohort + period + 1]
        return self.bounds_us[cohort + 1] + (period + 1) * self.unit_us


async def _labels(ask: Ask, params: RetentionParams, grid: Grid) -> tuple[Labels, str]:
    """The rows with their labels, and which of them are wanted. Raises ``Invalid`` for too many cells."""
    since_us = LONG_AGO_US if params.cohort == "first_time" else grid.bounds_us[0]
    rows = ask.rows([params.start] if params.same else [params.start, params.back], since_us, grid.bounds_us[-1])
    add_period(rows, grid.bounds_us)
    if params.same:
        rows.add(rows.flag(0), "meant")
        began = wanted = "meant"
    else:
        rows.steps("steps")
        # Before the range nothing but a beginning matters.
        began, wanted = "steps % 2 = 1", "(steps % 2 = 1 OR (steps > 0 AND bucket >= 0))"
    told = ask.tell(rows)
    labels = await fold_labels(ask, told, f"{began} AND bucket >= 0 AND bucket < {grid.cohorts}")
    if len(labels.values) * grid.cells > CELLS_MAX:
        raise Invalid(
            "too_many_cells",
            f"That would be more than {CELLS_MAX:,} cells; ask for a shorter range, longer or fewer periods, or no "
            "breakdown.",
            fields={"interval": "Choose a longer interval."},
        )
    note_groups(ask, told)
    return labels, wanted


async def _reduce(
    ask: Ask, params: RetentionParams, grid: Grid, cell: tuple[int, int, str | None] | None = None
) -> tuple[Any, Labels]:
    from kizuna.measures.retention import retain, retain_rolling

    labels, wanted = await _labels(ask, params, grid)
    told: dict[str, Any] = {
        "cohorts": grid.cohorts,
        "follow": grid.follow,
        "first_time": params.cohort == "first_time",
        "when": params.when,
        "least": params.at_least,
        "cell": cell,
    }
    columns = ["profile_key", "bucket", *([] if params.same else ["steps"])]
    if grid.unit_us is not None:
        kernel = partial(retain_rolling, unit_us=grid.unit_us, **told)
        columns.append("time_us")
    else:
        kernel = partial(retain, periods=len(grid.bounds_us) - 1, **told)
    return await reduce_periods(ask, kernel, labels, columns, wanted), labels


async def compute(ask: Ask, params: RetentionParams) -> Found:
    grid = Grid.of(ask, params)
    found, labels = await _reduce(ask, params, grid)
    counts: dict[tuple[str | None, int, int], int] = {}
    for row in found.to_pylist():
        place = (row["label"], row["cohort"], row["period"])
        counts[place] = counts.get(place, 0) + row["people"]
    starts = ask.periods.starts
    rows: list[list[Any]] = []
    for label in labels.values:
        for cohort, start in enumerate(starts):
            size = counts.get((label, cohort, 0), 0)
            for period in range(grid.followed(cohort) + 1):
                people_n = counts.get((label, cohort, period), 0)
                share = people_n / size if size else None
                low, high = wilson(people_n, size) if size else (None, None)
                complete = grid.end_us(cohort, period) <= ask.at.now_us + 1
                rows.append([start, label, size, period, people_n, share, low, high, complete])
    _note(ask, params, grid, rows)
    return Found(COLUMNS, rows, _figures(params, rows))


def _note(ask: Ask, params: RetentionParams, grid: Grid, rows: Sequence[Sequence[Any]]) -> None:
    sizes = {(row[0], row[1]): row[2] for row in rows}
    if not any(sizes.values()):
        ask.note("nobody_began", "Nobody began in the range.", "期間中に開始した人はいません。", warning=True)
    if any(0 < size < COHORT_SMALL for size in sizes.values()):
        ask.note(
            "small_cohorts",
            f"Some cohorts have fewer than {COHORT_SMALL} people: look at the intervals.",
            f"{COHORT_SMALL}人未満のコホートがあります。信頼区間を確認してください。",
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
    if params.when == "on_or_after":
        last = min(grid.bounds_us[-1] - 1, ask.at.now_us)
        day = local_date(At(last, ask.at.zone, ask.at.week_start)).isoformat()
        ask.note(
            "until",
            f"Who came back later is known up to {day}: these shares can still rise.",
            f"後から戻った人は{day}までの記録で数えています。割合は今後さらに上がることがあります。",
        )


def _figures(params: RetentionParams, rows: Sequence[Sequence[Any]]) -> list[Figure]:
    """Of each period the share of all people of complete cohorts, and the mean of the cohorts' shares."""
    sizes = [row[2] for row in rows if row[3] == 0]
    figures = [Figure("people", "people", text("People in cohorts", "対象者（延べ）"), sum(sizes))]
    definition = REPEATED if params.cohort == "recurring" and len(sizes) > 1 else None
    by_period: dict[int, list[Sequence[Any]]] = {}
    for row in rows:
        if row[8] and row[2]:
            by_period.setdefault(row[3], []).append(row)
    for period in sorted({row[3] for row in rows if row[3] > 0}):
        known = by_period.get(period, [])
        size, back = sum(row[2] for row in known), sum(row[4] for row in known)
        low, high = wilson(back, size) if size else (None, None)
        share = back / size if size else None
        weighted = text(f"Period {period}, of all people", f"{period}期後（全員に対する割合）")
        simple = text(f"Period {period}, mean of cohorts", f"{period}期後（コホートごとの割合の平均）")
        figures.append(Figure(f"weighted_{period}", "share", weighted, share, low, high, size, definition))
        mean = sum(row[5] for row in known) / len(known) if known else None
        figures.append(Figure(f"simple_{period}", "share", simple, mean, n=len(known)))
    return figures


async def people(ask: Ask, params: RetentionParams, cell: Cell) -> Sequence[int]:
    """Who of a cohort came back in a period; with the column ``size``, who is in it."""
    starts, number = ask.periods.starts, 0 if cell.get("column") == "size" else cell.get("number")
    if cell.get("cohort") not in starts or not isinstance(number, int | float):
        return []
    place = (starts.index(cell["cohort"]), int(number), cell.get("label"))
    found, _ = await _reduce(ask, params, Grid.of(ask, params), place)
    return sorted(found.column("profile_key").to_pylist())


REPEATED = text(
    "Who is in several cohorts counts in each, so the interval is somewhat too narrow",
    "複数のコホートに含まれる人はそれぞれで数えるため、信頼区間はやや狭めです",
)

COLUMNS = [
    Column("cohort", "time", text("Began in", "開始した期間")),
    LABEL,
    Column("size", "people", text("Cohort", "コホートの人数"), opens=True),
    Column("number", "number", text("Periods later", "何期後")),
    Column("people", "people", text("Came back", "戻った人"), opens=True),
    Column(
        "share",
        "share",
        text("Retention", "継続率"),
        text("Of the cohort's people", "コホートの人数に対する割合"),
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
        "ある期間に開始した人のうち、その後の各期間に戻ってきた人の割合です。0期はコホートそのものです。"
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
