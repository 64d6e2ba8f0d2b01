"""Conditions in Japanese."""

from __future__ import annotations

from datetime import date

from kizuna.conditions.ast import (
    Ago,
    Ahead,
    Anniversary,
    AtTime,
    Between,
    Consents,
    Contains,
    Dated,
    Did,
    EndsWith,
    EventMatch,
    Exists,
    Fact,
    Filter,
    Has,
    HasIdentifier,
    In,
    InSegment,
    Is,
    Leaf,
    Moment,
    Occurrence,
    OnDate,
    Scalar,
    Sequence,
    Span,
    StartOf,
    StartsWith,
    Test,
    Trait,
    Unfollowed,
    Window,
)
from kizuna.conditions.describe.figures import last_day, split_time, write_number
from kizuna.conditions.figure import Figure, FigureKind
from kizuna.conditions.problems import Names

LANGUAGE = "ja"
AND, OR = "、かつ", "、または"
EVERYBODY, NOBODY = "全員", "誰も当てはまらない"

_SPANS = {"minute": "分", "hour": "時間", "day": "日", "week": "週間"}
_LASTING = {"minute": "分間", "hour": "時間", "day": "日間", "week": "週間"}
_PERIODS = {
    ("day", 0): "今日", ("day", -1): "昨日", ("day", 1): "明日",
    ("week", 0): "今週", ("week", -1): "先週", ("week", 1): "来週",
    ("month", 0): "今月", ("month", -1): "先月", ("month", 1): "来月",
    ("year", 0): "今年", ("year", -1): "昨年", ("year", 1): "来年",
}  # fmt: skip
_LONG_PERIODS = frozenset(name for (unit, _), name in _PERIODS.items() if unit != "day")
_AWAY = {"day": "日", "week": "週間", "month": "か月", "year": "年"}
_OF = {"day": "", "week": "の週", "month": "の月", "year": "の年"}
_MEASURES = {"sum": "合計", "average": "平均", "min": "最小値", "max": "最大値"}


def bracket(text: str) -> str:
    return f"（{text}）"


def negate_group(text: str) -> str:
    return f"（{text}）に当てはまらない"


def describe_leaf(leaf: Leaf, names: Names, *, holds: bool) -> str:
    match leaf:
        case Trait() | Fact():
            return describe_test(_quote(leaf.name), leaf.test, holds=holds)
        case HasIdentifier():
            return describe_test(f"識別子{_quote(leaf.type)}", leaf.test, holds=holds)
        case Consents():
            by = f"{_quote(leaf.channel)}で" if leaf.channel else ""
            return f"{_quote(leaf.purpose)}を{by}許可して{'いる' if holds else 'いない'}"
        case InSegment():
            name = names.segments.get(leaf.id)
            return f"セグメント{_quote(name) if name else leaf.id}に入って{'いる' if holds else 'いない'}"
        case Did():
            return _counted(leaf, holds) if leaf.measure.of == "count" else _measured(leaf, holds)
        case Occurrence():
            return _occurrence(leaf, holds)
        case Sequence():
            steps = "、".join(_event(step) for step in leaf.steps)
            return f"{_during(leaf.window)}{steps}をこの順に{_within(leaf.within)}に{_did(holds)}"
        case Unfollowed():
            silence = f"その後{_within(leaf.within)}に{_event(leaf.then)}を行わなかった"
            text = f"{_during(leaf.window)}{_event(leaf.first)}を行い、{silence}"
            return text if holds else f"{text}、ということはない"


# --- tests ----------------------------------------------------------------------------------------


def describe_test(subject: str, test: Test, *, holds: bool = True) -> str:
    is_ = "である" if holds else "ではない"
    match test:
        case Exists():
            return f"{subject}が{'ある' if holds else 'ない'}"
        case Is():
            return f"{subject}が{_value(test.value)}{is_}"
        case In():
            return f"{subject}が{_one_of(test.values, 'である' if holds else None)}"
        case Contains():
            return f"{subject}が{_quote(test.value)}を含{'む' if holds else 'まない'}"
        case StartsWith():
            return f"{subject}が{_quote(test.value)}で始ま{'る' if holds else 'らない'}"
        case EndsWith():
            return f"{subject}が{_quote(test.value)}で終わ{'る' if holds else 'らない'}"
        case Between():
            return f"{subject}が{_range(test, holds)}"
        case Dated():
            return f"{subject}が{_dates(test)}{is_}{_whose(test.zone)}"
        case Anniversary():
            return f"{subject}の月日が{_days(test, holds)}{_whose(test.zone)}"
        case Has():
            return f"{subject}に{_includes(test.values, holds)}"


def _range(test: Between, holds: bool) -> str:
    is_ = "である" if holds else "ではない"
    if test.low is None and test.high is None:
        return f"数{is_}"
    low = "" if test.low is None else write_number(test.low)
    high = "" if test.high is None else write_number(test.high)
    if not test.open:
        return f"{low and f'{low}以上'}{high and f'{high}以下'}{is_}"
    both = f"{low}より大きく{high}より小さい"
    text = both if low and high else f"{low}より大きい" if low else f"{high}より小さい"
    return text if holds else f"{text}数ではない"


def _dates(test: Dated) -> str:
    if test.since is None and test.until is None:
        return "日付"
    if (period := _whole_period(test.since, test.until)) is not None:
        return f"{period}中" if period in _LONG_PERIODS else period
    parts = [f"{_moment(test.since)}以降"] if test.since is not None else []
    parts += [f"{_moment(test.until)}より前"] if test.until is not None else []
    return "、".join(parts)


def _days(test: Anniversary, holds: bool) -> str:
    if test.first == test.last:
        return f"{_day(test.first)}に当た{'る' if holds else 'らない'}"
    return f"{_day(test.first)}から{_day(test.last)}までに{'来る' if holds else '来ない'}"


def _day(offset: int) -> str:
    if (found := _PERIODS.get(("day", offset))) is not None:
        return found
    return f"{abs(offset)}日{'前' if offset < 0 else '後'}"


def _whose(zone: str) -> str:
    return "（顧客のタイムゾーンで）" if zone == "person" else ""


def _one_of(values: list[Scalar], is_: str | None) -> str:
    if len(values) == 1:
        return f"{_value(values[0])}{is_ or 'ではない'}"
    return f"{_values(values)}の{'いずれか' + is_ if is_ else 'いずれでもない'}"


def _includes(values: list[Scalar], holds: bool) -> str:
    if len(values) == 1:
        return f"{_value(values[0])}が入って{'いる' if holds else 'いない'}"
    return f"{_values(values)}の{'いずれかが入っている' if holds else 'いずれも入っていない'}"


def _values(values: list[Scalar]) -> str:
    return "、".join(_value(one) for one in values)


# --- behaviour ------------------------------------------------------------------------------------


def _did(holds: bool) -> str:
    return "行った" if holds else "行っていない"


def _event(match: EventMatch) -> str:
    text = "何らかの行動" if match.name is None else _quote(match.name)
    if match.touchpoints:
        text = f"接点{'か'.join(_quote(one) for one in match.touchpoints)}での{text}"
    return text + (f"（{_filters(match.where)}）" if match.where else "")


def _filters(filters: list[Filter]) -> str:
    return "、かつ".join(describe_test(_quote(one.property), one.test) for one in filters)


def _counted(leaf: Did, holds: bool) -> str:
    event, when, n = _event(leaf.event), _during(leaf.window), write_number(leaf.value)
    if leaf.value == 1 and leaf.compare == "at_least":
        return f"{when}{event}を{_did(holds)}"
    if leaf.value == 0 and leaf.compare != "at_least":
        return f"{when}{event}を{'一度も行っていない' if holds else '行った'}"
    match leaf.compare:
        case "at_least":
            return f"{when}{event}を{n}回以上{'行った' if holds else 'は行っていない'}"
        case "at_most":
            return f"{when}{event}を行ったのが{n}回以下で{'ある' if holds else 'はない'}"
        case "exactly":
            return f"{when}{event}を{f'ちょうど{n}回行った' if holds else f'行ったのがちょうど{n}回ではない'}"


def _measured(leaf: Did, holds: bool) -> str:
    what = f"{_during(leaf.window, 'の')}{_event(leaf.event)}の{_quote(leaf.measure.property or '?')}"
    n, is_ = write_number(leaf.value), "である" if holds else "ではない"
    if leaf.measure.of == "distinct":
        what, n = f"{what}が", f"{n}種類"
    else:
        what = f"{what}の{_MEASURES[leaf.measure.of]}が"
    match leaf.compare:
        case "at_least":
            return f"{what}{n}以上{is_}"
        case "at_most":
            return f"{what}{n}以下{is_}"
        case "exactly":
            return f"{what}ちょうど{n}{is_}"


def _occurrence(leaf: Occurrence, holds: bool) -> str:
    which = f"{'最初' if leaf.which == 'first' else '最後'}の{_event(leaf.event)}が"
    when, having = (
        _window(leaf.window),
        "、かつ".join(describe_test(f"その{_quote(one.property)}", one.test) for one in leaf.having),
    )
    if not when and not having:
        return f"{_event(leaf.event)}を{_did(holds)}"
    if not when:
        text = f"{which.removesuffix('が')}について、{having}"
    else:
        text = f"{which}{when}にあり、{having}" if having else f"{which}{when}にあった"
    return text if holds else f"{text}、ということはない"


_FIGURES: dict[FigureKind, str] = {
    "count": "{event}の回数",
    "sum": "{event}の{property}の合計",
    "average": "{event}の{property}の平均",
    "min": "{event}の{property}の最小",
    "max": "{event}の{property}の最大",
    "unique_count": "{event}の{property}の種類数",
    "first_time": "最初の{event}の日時",
    "last_time": "最後の{event}の日時",
    "most_frequent": "{event}で最も多い{property}",
    "first": "{event}の最初の{property}",
    "last": "{event}の最後の{property}",
    "unique_list": "{event}の{property}の一覧",
    "days_since_first": "最初の{event}からの日数",
    "days_since_last": "最後の{event}からの日数",
}


def describe_figure(figure: Figure) -> str:
    what = _FIGURES[figure.kind].format(event=_event(figure.event), property=_quote(figure.property or "?"))
    return f"{_during(figure.window, 'の')}{what}"


# --- time -----------------------------------------------------------------------------------------


def _during(window: Window, particle: str = "に") -> str:
    """今月 and the like take no に."""
    text = _window(window)
    if particle == "に" and text in _PERIODS.values():
        return f"{text}、"
    return f"{text}{particle}" if text else ""


def _window(window: Window) -> str:
    since, until = window.since, window.until
    if since is None:
        return "" if until is None else f"{_moment(until)}より前"
    if (period := _whole_period(since, until)) is not None:
        return period
    if until is None and isinstance(since, StartOf) and since.offset == 0:
        return _PERIODS[since.unit, 0]
    if until is None:
        if isinstance(since, Ago):
            return f"過去{since.span.n}{_LASTING[since.span.unit]}"
        return f"{_moment(since)}以降"
    return f"{_moment(since)}以降、{_moment(until)}より前"


def _whole_period(since: Moment | None, until: Moment | None) -> str | None:
    """先月、2026年3月1日、2026年3月1日から2026年3月31日まで"""
    if (last := last_day(since, until)) is not None and isinstance(since, OnDate):
        return _moment(since) if since == last else f"{_moment(since)}から{_moment(last)}まで"
    if isinstance(since, StartOf) and until == StartOf(since.unit, since.offset + 1):
        return _PERIODS.get((since.unit, since.offset))
    return None


def _moment(moment: Moment) -> str:
    match moment:
        case OnDate():
            return _date(moment.date)
        case AtTime():
            day, clock, zone = split_time(moment.time)
            return f"{_date(day)}{clock}（{zone}）"
        case Ago():
            return f"{_span(moment.span)}前"
        case Ahead():
            return f"{_span(moment.span)}後"
        case StartOf():
            return f"{_period(moment)}{'の0時' if moment.unit == 'day' else 'の初め'}"


def _period(moment: StartOf) -> str:
    if (found := _PERIODS.get((moment.unit, moment.offset))) is not None:
        return found
    when = "前" if moment.offset < 0 else "後"
    return f"{abs(moment.offset)}{_AWAY[moment.unit]}{when}{_OF[moment.unit]}"


def _date(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day.year}年{day.month}月{day.day}日"


def _span(span: Span) -> str:
    return f"{span.n}{_SPANS[span.unit]}"


def _within(span: Span) -> str:
    return f"{_span(span)}以内"


# --- words ----------------------------------------------------------------------------------------


def _quote(text: str) -> str:
    return f"「{text}」"


def _value(value: Scalar) -> str:
    if isinstance(value, bool):
        return "真" if value else "偽"
    return _quote(value) if isinstance(value, str) else write_number(value)
