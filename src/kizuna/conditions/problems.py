"""What can be wrong with a condition, in both languages, and what is known of the world it speaks about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from msgspec import Struct

Severity = Literal["error", "warning"]


class Words(Struct, frozen=True):
    en: str
    ja: str


class Problem(Struct, frozen=True):
    """``place`` is a path into the condition's JSON, as ``$.where.of[1].event.name``. An error makes the condition
    unusable; a warning is something its author probably did not mean. ``suggestion`` may stand at the place."""

    place: str
    code: str
    severity: Severity
    message: Words
    remedy: Words
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """What is known in a workspace. Types are ``string``, ``number``, ``boolean``, ``array``, ``object``, ``null``."""

    events: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    """By event name, the type by property path."""
    traits: Mapping[str, str] = field(default_factory=dict[str, str])
    trait_words: Mapping[str, Mapping[str, Mapping[str, str]]] = field(
        default_factory=dict[str, Mapping[str, Mapping[str, str]]]
    )
    """By trait and value, where values are keys, what they are called, by language."""
    identifier_types: Set[str] = frozenset()
    purposes: Mapping[str, Set[str]] = field(default_factory=dict[str, Set[str]])
    """By purpose, the channels that are asked about; ``""`` is the purpose as such."""
    segments: Mapping[int, str] = field(default_factory=dict[int, str])
    segment_refs: Mapping[int, Set[int]] = field(default_factory=dict[int, Set[int]])
    """By segment, the segments that its condition asks about."""
    facts: Mapping[str, str] = field(default_factory=dict[str, str])
    touchpoints: Set[str] = frozenset()
    own_segment: int | None = None
    """The segment that the condition is of, if it has one already."""


class _Told(NamedTuple):
    severity: Severity
    en: str
    ja: str
    remedy_en: str
    remedy_ja: str


_WORDS: dict[str, _Told] = {
    # --- the shape
    "not_json": _Told(
        "error", "This is no JSON: {detail}.", "JSONとして読めません({detail})。",
        "Send the condition as a JSON object.", "条件をJSONオブジェクトとして送ってください。",
    ),
    "shape": _Told(
        "error", "This does not fit: {detail}.", "形が合いません。{detail_ja}。",
        "Compare it with the schema of conditions.", "条件のスキーマと見比べてください。",
    ),
    "field_missing": _Told(
        "error", "“{name}” is missing here.", "ここに「{name}」がありません。",
        "Add the field “{name}”.", "項目「{name}」を加えてください。",
    ),
    "field_unknown": _Told(
        "error", "There is no field “{name}” here.", "ここに「{name}」という項目はありません。",
        "Take it out, or look for a slip in its spelling.", "取り除くか、つづりを確かめてください。",
    ),
    "value_unknown": _Told(
        "error", "“{value}” is none of the values that may stand here.", "「{value}」はここに書ける値ではありません。",
        "Choose one that the schema of conditions names.", "条件のスキーマにある値から選んでください。",
    ),
    "too_many_leaves": _Told(
        "error", "The condition has {count} parts; {max} are allowed.", "条件が{count}個あります。{max}個までです。",
        "Make segments of some parts, and ask for those.", "一部をセグメントにして、それを使ってください。",
    ),
    "too_deep": _Told(
        "error", "Groups are nested more than {max} deep.", "グループの入れ子が{max}段を超えています。",
        "Make a segment of an inner group, and ask for that.",
        "内側のグループをセグメントにして、それを使ってください。",
    ),
    "empty_any": _Told(
        "error", "“Any of” without parts is true of nobody.", "中身のない「いずれか」には誰も当てはまりません。",
        "Add a part, or remove the group.", "条件を加えるか、グループを取り除いてください。",
    ),
    "everybody": _Told(
        "warning", "Without a part, everybody is meant.", "条件がないので、全員が当てはまります。",
        "Add a part, unless you mean everybody.", "全員でよければこのままで、そうでなければ条件を加えてください。",
    ),
    # --- numbers and measures
    "count_not_whole": _Told(
        "error", "{value} is no whole number.", "{value}は整数ではありません。",
        "How often something happened is a whole number.", "回数や種類の数は整数で書いてください。",
    ),
    "count_out_of_range": _Told(
        "error", "{value} is not between 0 and {max}.", "{value}は0から{max}までの数ではありません。",
        "Choose a number up to {max}.", "{max}までの数にしてください。",
    ),
    "number_too_large": _Told(
        "error", "{value} is beyond what is measured exactly.", "{value}は正確に計れる範囲を超えています。",
        "Numbers up to nine thousand million are measured.", "計れるのは90億までです。",
    ),
    "always_true": _Told(
        "warning", "“At least 0” is true of everybody.", "「0以上」は全員に当てはまります。",
        "Choose 1 or more, or remove the part.", "1以上にするか、この条件を取り除いてください。",
    ),
    "property_needed": _Told(
        "error", "It is not said of which property.", "どの項目についてかが決まっていません。",
        "Choose a property, or count the events.", "項目を選ぶか、回数を数えてください。",
    ),
    "property_unwanted": _Told(
        "error", "A count of events has no property.", "回数を数えるときは項目を選べません。",
        "Remove the property, or count its different values.", "項目を外すか、種類の数を数えてください。",
    ),
    "bounds_reversed": _Told(
        "error", "No number lies between {low} and {high}.", "{low}から{high}までの間に数はありません。",
        "Write the lower number first.", "小さいほうを先に書いてください。",
    ),
    "days_reversed": _Told(
        "error", "The first day comes after the last.", "最初の日が最後の日より後です。",
        "Write the earlier day first.", "早いほうの日を先に書いてください。",
    ),
    # --- times
    "no_such_day": _Told(
        "error", "There is no day {value}.", "{value}という日はありません。",
        "Choose a day of the calendar.", "暦にある日を選んでください。",
    ),
    "no_such_time": _Told(
        "error", "There is no time {value}.", "{value}という時刻はありません。",
        "Choose a time of the clock.", "時計にある時刻を選んでください。",
    ),
    "span_too_long": _Told(
        "error", "A span is {max} days at the most.", "期間は{max}日までです。",
        "Choose a shorter span.", "短くしてください。",
    ),
    "window_impossible": _Told(
        "error", "This period ends before it begins.", "この期間は、始まりより終わりが先です。",
        "Exchange its ends, or choose others.", "始まりと終わりを入れ替えるか、選び直してください。",
    ),
    "window_ahead": _Told(
        "error", "This period begins later than now, and nothing has happened then.",
        "この期間は今より後に始まるので、まだ何も起きていません。",
        "Choose a beginning in the past.", "過去の始まりを選んでください。",
    ),
    "within_too_long": _Told(
        "error", "The time to wait is as long as the period, so it is never over in it.",
        "待つ時間が期間と同じかそれより長いので、期間のうちに終わることがありません。",
        "Choose a shorter time to wait, or a longer period.", "待つ時間を短くするか、期間を長くしてください。",
    ),
    "within_idle": _Told(
        "warning", "The steps may take longer than the whole period, so that limit changes nothing.",
        "期間全体より長いので、この制限には意味がありません。",
        "Choose a shorter time for the steps, or a longer period.", "間隔を短くするか、期間を長くしてください。",
    ),
    "zone_ignored": _Told(
        "warning", "Dates of events are read in the workspace's time zone.",
        "行動の日付は、ワークスペースのタイムゾーンで読まれます。",
        "Choose the workspace's zone.", "ワークスペースのタイムゾーンを選んでください。",
    ),
    # --- logic
    "contradiction": _Told(
        "error", "Nobody can meet both this and: {other}.", "これと「{other_ja}」の両方に当てはまる人はいません。",
        "Change one of the two, or ask for any of them.", "どちらかを変えるか、「いずれか」にしてください。",
    ),
    "filters_impossible": _Told(
        "error", "No event can pass both this and another filter on “{name}”.",
        "「{name}」について、これと別の絞り込みの両方に合う行動はありません。",
        "Change one of the two.", "どちらかを変えてください。",
    ),
    "tautology": _Told(
        "warning", "Everybody meets either this or: {other}.",
        "これか「{other_ja}」のどちらかに、全員が当てはまります。",
        "Change one of the two, or remove the group.", "どちらかを変えるか、グループを取り除いてください。",
    ),
    "repeated": _Told(
        "warning", "The same part stands in this group already.", "同じ条件がこのグループにもうあります。",
        "Remove one of them.", "片方を取り除いてください。",
    ),
    # --- names
    "path_malformed": _Told(
        "error", "“{name}” is no path to a property.", "「{name}」は項目の場所として読めません。",
        "Write a.b for b within a, and a[].b for the b of every element of the list a.",
        "aの中のbはa.b、リストaの各要素のbはa[].bと書いてください。",
    ),
    "test_unfit": _Told(
        "error", "Identifiers are text; this test is not for them.", "識別子は文字列なので、この調べ方は使えません。",
        "Choose: exists, is, in, contains, starts with or ends with.",
        "「ある」「等しい」「いずれか」「含む」「で始まる」「で終わる」から選んでください。",
    ),
    "purpose_unknown": _Told(
        "error", "There is no purpose “{name}”.", "目的「{name}」はありません。",
        "Choose a purpose of this workspace.", "このワークスペースにある目的を選んでください。",
    ),
    "channel_unknown": _Told(
        "error", "That purpose is not asked about for the channel “{name}”.",
        "その目的にチャネル「{name}」はありません。",
        "Choose a channel of the purpose.", "その目的のチャネルを選んでください。",
    ),
    "segment_unknown": _Told(
        "error", "There is no segment {name}, or it was archived.", "セグメント{name}はないか、保管されています。",
        "Choose another segment.", "別のセグメントを選んでください。",
    ),
    "segment_circle": _Told(
        "error", "“{name}” builds on this very segment, so neither could ever be worked out.",
        "「{name}」はこのセグメントを使っているため、どちらも計算できません。",
        "Choose another segment.", "別のセグメントを選んでください。",
    ),
    "fact_unknown": _Told(
        "error", "Nobody knows the fact “{name}”.", "「{name}」という事実はありません。",
        "Choose a fact of the list.", "一覧にある事実を選んでください。",
    ),
    "event_unknown": _Told(
        "warning", "No event “{name}” has been seen.", "行動「{name}」はまだ届いていません。",
        "Look for a slip in the name, or wait for the first one.",
        "名前を確かめるか、最初の行動が届くのを待ってください。",
    ),
    "property_unknown": _Told(
        "warning", "“{name}” has not been seen in this event.", "この行動に「{name}」という項目はまだありません。",
        "Look for a slip in the name.", "名前を確かめてください。",
    ),
    "trait_unknown": _Told(
        "warning", "Nobody has a trait “{name}”.", "属性「{name}」を持つ顧客はまだいません。",
        "Look for a slip in the name.", "名前を確かめてください。",
    ),
    "identifier_unknown": _Told(
        "warning", "Nobody has an identifier “{name}”.", "識別子「{name}」を持つ顧客はまだいません。",
        "Look for a slip in the name.", "名前を確かめてください。",
    ),
    "touchpoint_unknown": _Told(
        "warning", "Nothing has happened at “{name}”.", "接点「{name}」での行動はまだありません。",
        "Choose a touchpoint of the list.", "一覧にある接点を選んでください。",
    ),
    "type_unfit": _Told(
        "warning", "“{name}” is usually {known}, and this test is of {asked}.",
        "「{name}」はふつう{known_ja}ですが、これは{asked_ja}を調べます。",
        "Choose a test that suits, or look for another name.", "合う調べ方にするか、別の名前を選んでください。",
    ),
}  # fmt: skip

_BLANK = re.compile(r"\{(\w+)\}")
CODES: frozenset[str] = frozenset(_WORDS)


def tell(code: str, place: str, suggestion: str | None = None, **values: object) -> Problem:
    """The problem with this code, its words filled in."""
    told = _WORDS[code]
    filled = [text.format(**values) for text in told[1:]]
    if suggestion is not None:
        filled[2] += f" Did you mean “{suggestion}”?"
        filled[3] += f"「{suggestion}」ではありませんか。"
    message, remedy = Words(filled[0], filled[1]), Words(filled[2], filled[3])
    return Problem(place, code, told.severity, message, remedy, suggestion)


def list_problems() -> list[Problem]:
    """Every kind of problem there is, with an ellipsis for what a particular one would name."""
    blanks = dict.fromkeys({name for told in _WORDS.values() for text in told for name in _BLANK.findall(text)}, "…")
    return [tell(code, "$", **blanks) for code in _WORDS]
