"""Conditions read out: what a person would have said, in both languages."""

import pytest
from hypothesis import given, settings

from kizuna.conditions.ast import (
    Ago,
    Ahead,
    All,
    Anniversary,
    AnyOf,
    AtTime,
    Between,
    Condition,
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
    Measure,
    Moment,
    Node,
    Not,
    Occurrence,
    OnDate,
    Sequence,
    Span,
    StartOf,
    StartsWith,
    Test,
    Trait,
    Unfollowed,
    Window,
    leaves,
)
from kizuna.conditions.check import Names
from kizuna.conditions.describe import describe, describe_leaf
from tests.conditions.strategies import conditions

NAMES = Names(segments={7: "VIP"})


def both(node: Node) -> tuple[str, str]:
    return describe(node, "en", NAMES), describe(node, "ja", NAMES)


TESTS: list[tuple[Test, str, str, str, str]] = [
    (Exists(), "is known", "is not known", "がある", "がない"),
    (Is("東京"), "is “東京”", "is not “東京”", "が「東京」である", "が「東京」ではない"),
    (Is(12_000.0), "is 12,000", "is not 12,000", "が12,000である", "が12,000ではない"),
    (Is(0.5), "is 0.5", "is not 0.5", "が0.5である", "が0.5ではない"),
    (Is(True), "is true", "is not true", "が真である", "が真ではない"),
    (In(["a"]), "is “a”", "is not “a”", "が「a」である", "が「a」ではない"),
    (
        In(["a", 2.0, False]),
        "is one of “a”, 2 or false",
        "is not one of “a”, 2 or false",
        "が「a」、2、偽のいずれかである",
        "が「a」、2、偽のいずれでもない",
    ),
    (Contains("a"), "contains “a”", "does not contain “a”", "が「a」を含む", "が「a」を含まない"),
    (StartsWith("a"), "starts with “a”", "does not start with “a”", "が「a」で始まる", "が「a」で始まらない"),
    (EndsWith("a"), "ends with “a”", "does not end with “a”", "が「a」で終わる", "が「a」で終わらない"),
    (Between(1, 5), "is between 1 and 5", "is not between 1 and 5", "が1以上5以下である", "が1以上5以下ではない"),
    (Between(1), "is at least 1", "is not at least 1", "が1以上である", "が1以上ではない"),
    (Between(0), "is at least 0", "is not at least 0", "が0以上である", "が0以上ではない"),
    (Between(high=5), "is at most 5", "is not at most 5", "が5以下である", "が5以下ではない"),
    (
        Between(1, 5, True),
        "is more than 1 and less than 5",
        "is not more than 1 and less than 5",
        "が1より大きく5より小さい",
        "が1より大きく5より小さい数ではない",
    ),
    (Between(1, open=True), "is more than 1", "is not more than 1", "が1より大きい", "が1より大きい数ではない"),
    (Between(high=5, open=True), "is less than 5", "is not less than 5", "が5より小さい", "が5より小さい数ではない"),
    (Between(), "is a number", "is not a number", "が数である", "が数ではない"),
    (Dated(), "is a date", "is not a date", "が日付である", "が日付ではない"),
    (
        Dated(OnDate("2026-04-01")),
        "is on or after 1 April 2026",
        "is not on or after 1 April 2026",
        "が2026年4月1日以降である",
        "が2026年4月1日以降ではない",
    ),
    (
        Dated(None, OnDate("2026-04-01")),
        "is before 1 April 2026",
        "is not before 1 April 2026",
        "が2026年4月1日より前である",
        "が2026年4月1日より前ではない",
    ),
    (
        Dated(OnDate("2026-04-01"), OnDate("2026-05-01")),
        "is from 1 April 2026 to 30 April 2026",
        "is not from 1 April 2026 to 30 April 2026",
        "が2026年4月1日から2026年4月30日までである",
        "が2026年4月1日から2026年4月30日までではない",
    ),
    (
        Dated(StartOf("month"), StartOf("month", 1)),
        "is this month",
        "is not this month",
        "が今月中である",
        "が今月中ではない",
    ),
    (
        Dated(StartOf("day"), StartOf("day", 1), "person"),
        "is today (by the customer's clock)",
        "is not today (by the customer's clock)",
        "が今日である（顧客のタイムゾーンで）",
        "が今日ではない（顧客のタイムゾーンで）",
    ),
    (
        Dated(Ago(Span(1, "week")), Ahead(Span(3, "day"))),
        "is at or after 1 week ago and before 3 days from now",
        "is not at or after 1 week ago and before 3 days from now",
        "が1週間前以降、3日後より前である",
        "が1週間前以降、3日後より前ではない",
    ),
    (
        Anniversary(),
        "has its day today",
        "does not have its day today",
        "の月日が今日に当たる",
        "の月日が今日に当たらない",
    ),
    (
        Anniversary(3, 3),
        "has its day 3 days from today",
        "does not have its day 3 days from today",
        "の月日が3日後に当たる",
        "の月日が3日後に当たらない",
    ),
    (
        Anniversary(-2, 7, "person"),
        "has its day between 2 days ago and 7 days from today (by the customer's clock)",
        "does not have its day between 2 days ago and 7 days from today (by the customer's clock)",
        "の月日が2日前から7日後までに来る（顧客のタイムゾーンで）",
        "の月日が2日前から7日後までに来ない（顧客のタイムゾーンで）",
    ),
    (Has(["a"]), "includes “a”", "does not include “a”", "に「a」が入っている", "に「a」が入っていない"),
    (
        Has(["a", "b", "c"]),
        "includes one of “a”, “b” or “c”",
        "does not include one of “a”, “b” or “c”",
        "に「a」、「b」、「c」のいずれかが入っている",
        "に「a」、「b」、「c」のいずれも入っていない",
    ),
]


@pytest.mark.parametrize(("test", "en", "not_en", "ja", "not_ja"), TESTS)
def test_every_test_is_read_out(test: Test, en: str, not_en: str, ja: str, not_ja: str) -> None:
    assert both(Trait("x", test)) == (f"“x” {en}", f"「x」{ja}")
    assert both(Not(Trait("x", test))) == (f"“x” {not_en}", f"「x」{not_ja}")


A, B = EventMatch("A"), EventMatch("B")
ORDER = EventMatch("Order Completed")
RED = EventMatch("A", [Filter("color", Is("red")), Filter("n", Between(3))], ["web", "store"])
MONTH = Window(Ago(Span(30, "day")))
DAY = Span(1, "day")

LEAVES: list[tuple[Node, str, str]] = [
    (HasIdentifier("email", Exists()), "has an identifier “email”", "識別子「email」がある"),
    (Not(HasIdentifier("email", Exists())), "has no identifier “email”", "識別子「email」がない"),
    (
        HasIdentifier("email", EndsWith(".jp")),
        "has an identifier “email” that ends with “.jp”",
        "識別子「email」が「.jp」で終わる",
    ),
    (
        Not(HasIdentifier("email", EndsWith(".jp"))),
        "has no identifier “email” that ends with “.jp”",
        "識別子「email」が「.jp」で終わらない",
    ),
    (Consents("marketing", "email"), "allows “marketing” by “email”", "「marketing」を「email」で許可している"),
    (Not(Consents("analytics")), "does not allow “analytics”", "「analytics」を許可していない"),
    (InSegment(7), "is in the segment “VIP”", "セグメント「VIP」に入っている"),
    (Not(InSegment(8)), "is not in the segment 8", "セグメント8に入っていない"),
    (Fact("loyalty.tier", Is("gold")), "“loyalty.tier” is “gold”", "「loyalty.tier」が「gold」である"),
    (Did(ORDER), "did “Order Completed”", "「Order Completed」を行った"),
    (Not(Did(ORDER)), "did not do “Order Completed”", "「Order Completed」を行っていない"),
    (
        Did(ORDER, value=3, window=MONTH),
        "did “Order Completed” at least 3 times in the last 30 days",
        "過去30日間に「Order Completed」を3回以上行った",
    ),
    (
        Not(Did(ORDER, value=3, window=MONTH)),
        "did not do “Order Completed” at least 3 times in the last 30 days",
        "過去30日間に「Order Completed」を3回以上は行っていない",
    ),
    (Did(A, compare="at_most", value=1), "did “A” at most once", "「A」を行ったのが1回以下である"),
    (Not(Did(A, compare="at_most", value=2)), "did not do “A” at most 2 times", "「A」を行ったのが2回以下ではない"),
    (Did(A, compare="exactly", value=2), "did “A” exactly 2 times", "「A」をちょうど2回行った"),
    (Not(Did(A, compare="exactly", value=2)), "did not do “A” exactly 2 times", "「A」を行ったのがちょうど2回ではない"),
    (Did(A, compare="exactly", value=0), "did not do “A”", "「A」を一度も行っていない"),
    (Not(Did(A, compare="at_most", value=0)), "did “A”", "「A」を行った"),
    (Did(EventMatch(None), window=Window(StartOf("month"))), "did anything this month", "今月、何らかの行動を行った"),
    (
        Did(RED),
        "did “A” at “web” or “store” (“color” is “red” and “n” is at least 3)",
        "接点「web」か「store」での「A」（「color」が「red」である、かつ「n」が3以上である）を行った",
    ),
    (
        Did(A, Measure("distinct", "sku"), value=3),
        "did “A” with at least 3 different values of “sku”",
        "「A」の「sku」が3種類以上である",
    ),
    (
        Did(A, Measure("distinct", "sku"), "exactly", 1),
        "did “A” with exactly 1 different value of “sku”",
        "「A」の「sku」がちょうど1種類である",
    ),
    (
        Not(Did(A, Measure("distinct", "sku"), "at_most", 3)),
        "did not do “A” with at most 3 different values of “sku”",
        "「A」の「sku」が3種類以下ではない",
    ),
    (
        Did(ORDER, Measure("sum", "total"), value=10_000, window=MONTH),
        "the total “total” of “Order Completed” in the last 30 days is at least 10,000",
        "過去30日間の「Order Completed」の「total」の合計が10,000以上である",
    ),
    (
        Not(Did(A, Measure("average", "n"), "at_most", 2.5)),
        "the average “n” of “A” is not at most 2.5",
        "「A」の「n」の平均が2.5以下ではない",
    ),
    (
        Did(A, Measure("min", "n"), "exactly", 2),
        "the lowest “n” of “A” is exactly 2",
        "「A」の「n」の最小値がちょうど2である",
    ),
    (Did(A, Measure("max", "n"), value=2), "the highest “n” of “A” is at least 2", "「A」の「n」の最大値が2以上である"),
    (Occurrence("first", A), "did “A”", "「A」を行った"),
    (Occurrence("first", A, [], MONTH), "the first “A” was in the last 30 days", "最初の「A」が過去30日間にあった"),
    (
        Occurrence("last", A, [Filter("n", Is(3.0))]),
        "the last “A” had: “n” is 3",
        "最後の「A」について、その「n」が3である",
    ),
    (
        Occurrence("last", A, [Filter("n", Is(3.0))], Window(OnDate("2026-04-01"))),
        "the last “A” was on or after 1 April 2026 and had: “n” is 3",
        "最後の「A」が2026年4月1日以降にあり、その「n」が3である",
    ),
    (
        Not(Occurrence("first", A, [], MONTH)),
        "it is not so that: the first “A” was in the last 30 days",
        "最初の「A」が過去30日間にあった、ということはない",
    ),
    (
        Sequence([A, B, A], DAY, MONTH),
        "did “A”, then “B”, then “A” within 1 day, in the last 30 days",
        "過去30日間に「A」、「B」、「A」をこの順に1日以内に行った",
    ),
    (
        Not(Sequence([A, B], Span(2, "week"))),
        "did not do “A”, then “B” within 2 weeks",
        "「A」、「B」をこの順に2週間以内に行っていない",
    ),
    (
        Unfollowed(A, B, Span(1, "hour"), MONTH),
        "did “A” but not “B” within 1 hour after it, in the last 30 days",
        "過去30日間に「A」を行い、その後1時間以内に「B」を行わなかった",
    ),
    (
        Not(Unfollowed(A, B, Span(30, "minute"))),
        "it is not so that: did “A” but not “B” within 30 minutes after it",
        "「A」を行い、その後30分以内に「B」を行わなかった、ということはない",
    ),
]


@pytest.mark.parametrize(("node", "en", "ja"), LEAVES)
def test_every_leaf_is_read_out(node: Node, en: str, ja: str) -> None:
    assert both(node) == (en, ja)


WINDOWS: list[tuple[Moment | None, Moment | None, str, str]] = [
    (Ago(DAY), None, "in the last day", "過去1日間に"),
    (Ago(Span(90, "minute")), None, "in the last 90 minutes", "過去90分間に"),
    (Ago(Span(2, "hour")), None, "in the last 2 hours", "過去2時間に"),
    (Ago(Span(2, "week")), None, "in the last 2 weeks", "過去2週間に"),
    (None, Ago(Span(2, "week")), "before 2 weeks ago", "2週間前より前に"),
    (
        Ago(Span(60, "day")),
        Ago(Span(30, "day")),
        "from 60 days ago until before 30 days ago",
        "60日前以降、30日前より前に",
    ),
    (OnDate("2026-04-01"), None, "since 1 April 2026", "2026年4月1日以降に"),
    (OnDate("2026-04-01"), OnDate("2026-04-02"), "on 1 April 2026", "2026年4月1日に"),
    (
        OnDate("2026-12-25"),
        OnDate("2027-01-01"),
        "from 25 December 2026 to 31 December 2026",
        "2026年12月25日から2026年12月31日までに",
    ),
    (
        AtTime("2026-04-01T09:30:00+09:00"),
        None,
        "since 1 April 2026, 09:30 (+09:00)",
        "2026年4月1日09:30（+09:00）以降に",
    ),
    (
        AtTime("2026-04-01T09:30:05.500Z"),
        None,
        "since 1 April 2026, 09:30:05.5 (UTC)",
        "2026年4月1日09:30:05.5（UTC）以降に",
    ),
    (StartOf("day"), None, "today", "今日、"),
    (StartOf("day", -1), StartOf("day"), "yesterday", "昨日、"),
    (StartOf("week", -1), StartOf("week"), "last week", "先週、"),
    (StartOf("year", -1), StartOf("year"), "last year", "昨年、"),
    (
        StartOf("day", -7),
        StartOf("day"),
        "from the start of the day 7 days ago until before the start of today",
        "7日前の0時以降、今日の0時より前に",
    ),
    (StartOf("month", -3), None, "since the start of the month 3 months ago", "3か月前の月の初め以降に"),
    (
        StartOf("week", -2),
        StartOf("week", 2),
        "from the start of the week 2 weeks ago until before the start of the week 2 weeks from now",
        "2週間前の週の初め以降、2週間後の週の初めより前に",
    ),
    (StartOf("year", -2), None, "since the start of the year 2 years ago", "2年前の年の初め以降に"),
    (
        OnDate("2026-02-30"),
        OnDate("2026-03-30"),
        "from 2026-02-30 to 29 March 2026",
        "2026-02-30から2026年3月29日までに",
    ),
]


@pytest.mark.parametrize(("since", "until", "en", "ja"), WINDOWS)
def test_every_period_is_read_out(since: Moment | None, until: Moment | None, en: str, ja: str) -> None:
    assert both(Did(A, window=Window(since, until))) == (f"did “A” {en}", f"{ja}「A」を行った")


X, Y, Z = (Trait(name, Exists()) for name in "xyz")
GROUPS: list[tuple[Node, str, str]] = [
    (All([]), "everybody", "全員"),
    (AnyOf([]), "nobody", "誰も当てはまらない"),
    (Not(All([])), "nobody", "誰も当てはまらない"),
    (All([X]), "“x” is known", "「x」がある"),
    (All([X, Y]), "“x” is known and “y” is known", "「x」がある、かつ「y」がある"),
    (AnyOf([X, Y]), "“x” is known or “y” is known", "「x」がある、または「y」がある"),
    (
        All([X, AnyOf([Y, Z])]),
        "“x” is known and (“y” is known or “z” is known)",
        "「x」がある、かつ（「y」がある、または「z」がある）",
    ),
    (All([X, AnyOf([Y])]), "“x” is known and “y” is known", "「x」がある、かつ「y」がある"),
    (All([AnyOf([X, Y])]), "“x” is known or “y” is known", "「x」がある、または「y」がある"),
    (Not(AnyOf([X, Y])), "not (“x” is known or “y” is known)", "（「x」がある、または「y」がある）に当てはまらない"),
    (Not(AnyOf([All([X])])), "“x” is not known", "「x」がない"),
    (Not(Not(X)), "“x” is known", "「x」がある"),
    (
        All([X, Not(Not(AnyOf([Y, Z])))]),
        "“x” is known and (“y” is known or “z” is known)",
        "「x」がある、かつ（「y」がある、または「z」がある）",
    ),
]


@pytest.mark.parametrize(("node", "en", "ja"), GROUPS)
def test_groups_have_brackets_only_where_they_need_them(node: Node, en: str, ja: str) -> None:
    assert both(node) == (en, ja)


def test_values_that_are_keys_are_called_by_their_names() -> None:
    names = Names(trait_words={"rfm_group": {"champions": {"en": "Champions", "ja": "最優良顧客"}}})
    node = AnyOf([Trait("rfm_group", Is("champions")), Not(Trait("rfm_group", In(["champions", "own"])))])
    assert describe(node, "en", names) == "“rfm_group” is “Champions” or “rfm_group” is not one of “Champions” or “own”"
    assert "「最優良顧客」" in describe(node, "ja", names)
    assert "“champions”" in describe(Trait("plan", Is("champions")), "en", names)


@settings(max_examples=150, deadline=None)
@given(conditions())
def test_every_condition_can_be_read_out(condition: Condition) -> None:
    for language in ("en", "ja"):
        text = describe(condition, language)
        assert text.strip() == text
        assert text
        assert not {"None", "Span(", "?"} & set(text.split())
        for leaf in leaves(condition.where):
            assert describe_leaf(leaf, language)
