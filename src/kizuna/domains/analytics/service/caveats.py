"""What an answer must say beside its numbers."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from kizuna.conditions.moments import At, local_date
from kizuna.domains.analytics.contracts import ByProperty, ByTrait, UntilLast
from kizuna.domains.analytics.metrics.base import Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.rules.periods import Periods
from kizuna.domains.analytics.rules.words import LABEL
from kizuna.domains.collect.api import list_events
from kizuna.kernel.context import Runtime

EVENTS_MAX, PROPERTIES_MAX = 2_000, 500


async def note_unknown(runtime: Runtime, workspace_id: int, metric: Metric, params: Any, ask: Ask) -> None:
    """Says which events of the question nobody ever sent, and which known one is the nearest."""
    if metric.events is None:
        return
    asked = {match.name for match in metric.events(params) if match.name is not None}
    async with runtime.unit(workspace_id) as ctx:
        known = {event.name for event in await list_events(ctx, EVENTS_MAX, 0)}
    for name in sorted(asked - known):
        if len(known) >= EVENTS_MAX:
            return  # it may be one of the rare
        near = get_close_matches(name, known, 1)
        ask.note(
            "event_unknown",
            f"No event was ever called “{name}”." + (f" Did you mean “{near[0]}”?" if near else ""),
            f"「{name}」という行動は一度も届いていません。" + (f"「{near[0]}」ではありませんか。" if near else ""),
            warning=True,
        )


def note_breakdown(ask: Ask, found: Found) -> None:
    """Says that nothing has a value by which rows would be told apart: the name may be another one."""
    place = next((number for number, column in enumerate(found.columns) if column.key == LABEL.key), None)
    if place is None or not isinstance(ask.query.breakdown, ByProperty | ByTrait):
        return
    if found.rows and all(row[place] is None for row in found.rows):
        ask.note(
            "breakdown_nothing",
            "Nothing here has a value for the breakdown. See that its name is right.",
            "内訳に使う値がありません。項目や属性の名前を確かめてください。",
            warning=True,
        )


def _cuts_a_period(periods: Periods) -> bool:
    """Whether the range begins or ends within a period; one that is not over yet is told otherwise."""
    ends_early = periods.until_us <= periods.at.now_us and periods.bounds_us[-1] > periods.until_us
    return periods.bounds_us[0] < periods.since_us or ends_early


def note_scope(ask: Ask, metric: Metric) -> None:
    """Says what was left out, what is not over yet, and what is estimated."""
    periods = ask.periods
    if isinstance(ask.query.range, UntilLast):
        day = local_date(At(ask.at.now_us - 1, ask.at.zone, ask.at.week_start)).isoformat()
        ask.note(
            "as_of_last",
            f"As of {day}, when the last event happened.",
            f"最後の行動があった{day}の時点で集計しています。",
        )
    if metric.periods and periods.incomplete_since is not None:
        ask.note("incomplete", "The last period is not over yet.", "最後の期間はまだ終わっていません。")
    if metric.periods and _cuts_a_period(periods) and not metric.whole_periods:
        ask.note(
            "clipped",
            "The first or the last period is only in part in the range.",
            "最初または最後の期間は、一部だけが対象です。",
        )
    if ask.query.sample < 1:
        share = f"{ask.query.sample * 100:g}"
        ask.note(
            "sampled",
            f"Only {share} % of people are looked at, always the same ones: counts are of them.",
            f"顧客の{share}%だけを対象にしています。件数や人数は、その範囲の値です。",
            warning=True,
        )
    if ask.query.leave_out.late:
        ask.note(
            "late_left_out",
            "Events that came more than an hour late are left out.",
            "1時間以上遅れて届いた行動は除いています。",
        )
