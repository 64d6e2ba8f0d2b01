"""Sessions: visits, how long and deep they are, and what comes of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec import field as setting

from kizuna.conditions.ast import EventMatch
from kizuna.domains.analytics.contracts import BySegment, Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.breakdown import is_by_elements
from kizuna.domains.analytics.queries.labels import Labels, fold_labels
from kizuna.domains.analytics.queries.rows import DEEDS
from kizuna.domains.analytics.rules.words import LABEL, PERIOD, text
from kizuna.kernel.errors import Invalid

MINUTE_US, HOUR_US = 60_000_000, 3_600_000_000


class SessionParams(Struct, frozen=True, forbid_unknown_fields=True):
    """``events`` are what counts as activity, ``pages`` those of them that are page views, ``goal`` what a session is
    to lead to. A session ends after more than ``pause_minutes`` without activity, or when it is older than
    ``longest_hours``; with ``by_id`` it is what the SDK called one."""

    events: Annotated[list[EventMatch], Meta(min_length=1, max_length=20)] = setting(
        default_factory=lambda: [EventMatch(None)]
    )
    pages: Annotated[list[EventMatch], Meta(max_length=20)] = setting(
        default_factory=lambda: [EventMatch("Page Viewed"), EventMatch("Screen Viewed")]
    )
    goal: EventMatch = EventMatch("Order Completed")
    pause_minutes: Annotated[int, Meta(ge=1, le=1_440)] = 30
    longest_hours: Annotated[int, Meta(ge=1, le=168)] = 24
    by_id: bool = False


@dataclass(slots=True)
class Tally:
    """The sessions of one cell, added up; ``lengths`` says how many took so many whole seconds."""

    sessions: int = 0
    people: int = 0
    events: int = 0
    pages: int = 0
    bounces: int = 0
    goals: int = 0
    lasting: int = 0
    dwell_us: int = 0
    lengths: Counter[int] = field(default_factory=Counter[int])

    def add(self, row: Mapping[str, Any]) -> None:
        if row["dwell_s"] >= 0:
            self.lengths[row["dwell_s"]] += row["sessions"]
            return
        for name in ("sessions", "people", "events", "pages", "bounces", "goals", "lasting", "dwell_us"):
            setattr(self, name, getattr(self, name) + row[name])

    def values(self) -> dict[str, float | None]:
        return {
            "sessions": self.sessions,
            "people": self.people,
            "page_views": self.pages,
            "events_per_session": _share(self.events, self.sessions),
            "pages_per_session": _share(self.pages, self.sessions),
            "bounce_share": _share(self.bounces, self.sessions),
            "dwell_mean": _share(self.dwell_us, self.lasting * 1_000_000),
            "dwell_median": self._median(),
            "lasting": self.lasting,
            "goals": self.goals,
            "conversion_share": _share(self.goals, self.sessions),
        }

    def _median(self) -> float | None:
        if not self.lasting:
            return None
        found, seen = list[int](), 0
        wanted = [(self.lasting - 1) // 2, self.lasting // 2]
        for length, often in sorted(self.lengths.items()):
            seen += often
            found += [length for place in wanted[len(found) :] if place < seen]
        return sum(found) / 2


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


async def compute(ask: Ask, params: SessionParams) -> Found:
    from kizuna.measures import sessions as measured

    labels = await _tell(ask, params)
    kernel = partial(measured.summarise, bounds_us=ask.periods.bounds_us, **_range(ask), **_cut(ask, params))
    found = await ask.reduce(kernel, _text(params), labels.relations, labels.tables)
    cells: dict[tuple[int, int, str | None], Tally] = {}
    for row in found.to_pylist():
        cells.setdefault((row["grain"], row["bucket"], row["label"]), Tally()).add(row)
    rows: list[list[Any]] = []
    for number, start in enumerate(ask.periods.starts):
        for label in labels.values:
            tally = cells.get((measured.BY_PERIOD, number, label), Tally())
            rows.append([start, label, *tally.values().values()])
    whole = cells.get((measured.IN_ALL, -1, None), Tally())
    figures = _figures(whole, "")
    if ask.query.breakdown is not None:
        for label in labels.values:
            figures += _figures(cells.get((measured.BY_LABEL, -1, label), Tally()), f":{label or ''}")
    await _note(ask, params, labels, whole)
    return Found(COLUMNS, rows, figures)


async def _tell(ask: Ask, params: SessionParams) -> Labels:
    """``told``: everything that counts as activity, from a while before the range to a while after it, so that the
    sessions at its ends are whole."""
    if is_by_elements(ask.query.breakdown):
        raise Invalid(
            "breakdown_by_list",
            "A session has the property of its first event, and that must be one value.",
            fields={"breakdown.property": "Choose a property that is no list."},
        )
    around = params.longest_hours * HOUR_US
    matches = [*params.events, *params.pages, params.goal]
    rows = ask.rows(matches, ask.periods.since_us - around, ask.periods.until_us + around)
    flags = [rows.flag(at) for at in range(len(matches))]
    first_page, goal = len(params.events), len(matches) - 1
    rows.add(f"{DEEDS} AND ({' OR '.join(flags[:first_page])})", "active")
    rows.add(" OR ".join(flags[first_page:goal]) or "false", "is_page")
    rows.add(flags[goal], "is_goal")
    rows.add("session_id", "session_id")
    return await fold_labels(ask, ask.tell(rows), "active")


def _text(params: SessionParams) -> str:
    """What the kernel reads of ``told``."""
    own, wanted = (", session_id", " AND session_id IS NOT NULL") if params.by_id else ("", "")
    return f"SELECT profile_key, time_us, is_page, is_goal, label{own} FROM told WHERE active{wanted}"


def _range(ask: Ask) -> dict[str, int]:
    return {"since_us": ask.periods.since_us, "until_us": ask.periods.until_us}


def _cut(ask: Ask, params: SessionParams) -> dict[str, Any]:
    # One more, because a session goes on after a pause of exactly that length, as it does in the SDK.
    return {
        "gap_us": params.pause_minutes * MINUTE_US + 1,
        "longest_us": params.longest_hours * HOUR_US + 1,
        "by_id": params.by_id,
        "label_of_person": isinstance(ask.query.breakdown, BySegment),
    }


def _figures(tally: Tally, suffix: str) -> list[Figure]:
    values = tally.values()
    sizes = {"dwell_mean": tally.lasting, "dwell_median": tally.lasting}
    return [
        Figure(
            column.key + suffix,
            column.kind,
            column.title,
            values[column.key],
            n=None if column.of is None else sizes.get(column.key, tally.sessions),
            definition=column.definition,
        )
        for column in COLUMNS[2:]
        if column.key != "lasting"
    ]


async def _note(ask: Ask, params: SessionParams, labels: Labels, whole: Tally) -> None:
    if not whole.sessions:
        ask.note("no_sessions", "There is no session in the range.", "期間中のセッションはありません。")
    if not params.by_id:
        return
    counted = "SELECT count(*) AS n FROM told WHERE active AND session_id IS NULL"
    unnamed = (await ask.select(counted, labels.relations, labels.tables)).column("n")[0].as_py()
    if unnamed:
        ask.note(
            "without_session",
            f"{unnamed:,} events came without a session, as servers send them, and are left out.",
            f"セッションIDのない行動（サーバーから送られたものなど）{unnamed:,}件は除いています。",
        )


async def people(ask: Ask, params: SessionParams, cell: Cell) -> Sequence[int]:
    """Who has a session of the cell; with the column ``bounce_share`` one that bounced, with ``goals`` or
    ``conversion_share`` one that led to the goal."""
    from kizuna.measures.sessions import find_people

    labels = await _tell(ask, params)
    column = str(cell.get("column"))
    kind = {"bounce_share": "bounce", "goals": "goal", "conversion_share": "goal"}.get(column, "any")
    within = _range(ask)
    if "period" in cell:
        starts = ask.periods.starts
        if cell["period"] not in starts:
            return []
        at = starts.index(cell["period"])
        within = {
            "since_us": max(within["since_us"], ask.periods.bounds_us[at]),
            "until_us": min(within["until_us"], ask.periods.bounds_us[at + 1]),
        }
    chosen = (cell["label"],) if ask.query.breakdown is not None and "label" in cell else None
    kernel = partial(find_people, labels=chosen, kind=kind, **within, **_cut(ask, params))
    found = await ask.reduce(kernel, _text(params), labels.relations, labels.tables)
    return sorted(set(found.column("profile_key").to_pylist()))


COLUMNS = [
    PERIOD,
    LABEL,
    Column("sessions", "count", text("Sessions", "セッション数"), opens=True),
    Column("people", "people", text("People", "人数"), opens=True),
    Column("page_views", "count", text("Page views", "ページビュー")),
    Column("events_per_session", "number", text("Events per session", "セッションあたりの行動数"), of="sessions"),
    Column("pages_per_session", "number", text("Pages per session", "セッションあたりのページ数"), of="sessions"),
    Column(
        "bounce_share",
        "share",
        text("Bounce rate", "直帰率"),
        text("Sessions of one page view and nothing else", "1回のページビューだけで終わったセッションの割合"),
        of="sessions",
        opens=True,
    ),
    Column(
        "dwell_mean",
        "seconds",
        text("Time spent, mean", "滞在時間（平均）"),
        text(
            "From the first event to the last; sessions of one event have none and are not in it",
            "最初の行動から最後の行動までの時間です。行動が1回だけのセッションは含みません。",
        ),
        of="lasting",
    ),
    Column(
        "dwell_median",
        "seconds",
        text("Time spent, median", "滞在時間（中央値）"),
        text(
            "Half of the sessions last longer. In whole seconds; sessions of one event are not in it",
            "半数のセッションがこれより長く続きます。秒単位で、行動が1回だけのセッションは含みません。",
        ),
        of="lasting",
    ),
    Column(
        "lasting",
        "count",
        text("Sessions of several events", "行動が2回以上のセッション"),
        text("Those that have a time spent", "滞在時間を計れるセッションの数"),
    ),
    Column("goals", "count", text("Sessions with the goal", "目標を達成したセッション"), opens=True),
    Column(
        "conversion_share",
        "share",
        text("Conversion rate", "コンバージョン率"),
        text("Sessions in which the goal was reached", "目標の行動があったセッションの割合"),
        of="sessions",
        opens=True,
    ),
]

PLUGIN = Metric(
    key="sessions",
    group="behaviour",
    shape="series",
    title=text("Sessions", "セッション"),
    definition=text(
        "What people do without a longer pause, found anew from the events each time, so that late ones are in it. "
        "A session counts in the period that it began in, and has the touchpoint or property of its first event.",
        "間を空けずに続いた行動のまとまりです。遅れて届いた行動も含むよう、毎回すべての行動から求めます。"
        "開始した期間に数え、最初の行動の接点や属性で分類します。",
    ),
    params=SessionParams,
    compute=compute,
    people=people,
    events=lambda params: [*params.events, params.goal],
    periods=True,
)
