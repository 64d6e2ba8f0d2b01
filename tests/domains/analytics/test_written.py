"""Numbers, periods and labels as people read them in mails and on the command line."""

from typing import Any

import pytest
from msgspec import structs

from kizuna.domains.analytics.contracts import Answer, Column, Figure, Interval, Kind, Span
from kizuna.domains.analytics.rules.letters import write_part, write_span
from kizuna.domains.analytics.rules.words import LABEL, OTHER_LABEL, PERIOD, text
from kizuna.domains.analytics.rules.written import raw_table, write_period, write_table, write_value

SEGMENTS = Column("group", "label", text("Group", "グループ"), words={"loyal": text("Loyal", "ロイヤル")})


def answer_of(columns: list[Column], rows: list[list[Any]], **more: Any) -> Answer:
    return Answer(
        metric="trend",
        shape="table",
        title=text("Trend", "推移"),
        definition=text("…", "…"),
        columns=columns,
        rows=rows,
        span=Span("2026-02-28T15:00:00Z", "2026-03-31T15:00:00Z"),
        zone="Asia/Tokyo",
        week_start="monday",
        **{"interval": "month", "currency": "JPY", **more},
    )


@pytest.mark.parametrize(
    ("value", "kind", "currency", "en", "ja"),
    [
        (1_234_567, "people", "JPY", "1,234,567", "1,234,567"),
        (0.12345, "share", "JPY", "12.3%", "12.3%"),
        (1.0, "share", "JPY", "100%", "100%"),
        (0.0004, "share", "JPY", "0.04%", "0.04%"),
        (1234.4, "money", "JPY", "¥1,234", "1,234円"),
        (-1234.5, "money", "USD", "-$1,234.50", "-$1,234.50"),
        (10.0, "money", "CHF", "10.00 CHF", "10.00 CHF"),
        (3_725, "seconds", "JPY", "1 h 2 m", "1時間2分"),
        (200_000, "seconds", "JPY", "2 d 7 h", "2日7時間"),
        (0.4, "seconds", "JPY", "0.4 s", "0.4秒"),
        (12.5, "number", "JPY", "12.5", "12.5"),
        (100.0, "number", "JPY", "100", "100"),
        (None, "number", "JPY", "–", "–"),
    ],
)
def test_values_are_read_as_what_they_are(value: Any, kind: Kind, currency: str, en: str, ja: str) -> None:
    answer = answer_of([], [], currency=currency)
    assert (write_value(value, kind, "en", answer), write_value(value, kind, "ja", answer)) == (en, ja)


@pytest.mark.parametrize(
    ("interval", "en", "ja"),
    [
        ("hour", "2026-03-01 09:00", "2026-03-01 09:00"),
        ("day", "2026-03-01", "2026-03-01"),
        ("month", "2026-03", "2026年3月"),
        ("quarter", "2026 Q1", "2026年第1四半期"),
        ("year", "2026", "2026年"),
    ],
)
def test_periods_are_read_on_their_clock(interval: Interval, en: str, ja: str) -> None:
    start = "2026-03-01T09:00:00+09:00"
    assert (write_period(start, interval, "en"), write_period(start, interval, "ja")) == (en, ja)


def test_a_table_shows_what_says_something() -> None:
    columns = [
        PERIOD,
        LABEL,
        SEGMENTS,
        Column("n", "count", text("n", "n")),
        Column("x", "number", text("x", "x"), hidden=True),
    ]
    rows = [["2026-03-01T00:00:00+09:00", None, key, n, 1] for key, n in (("loyal", 5), (OTHER_LABEL, 2), (None, 1))]
    titles, told, left_out = write_table(answer_of(columns, rows), "ja", 2)
    assert titles == ["期間", "グループ", "n"]
    assert told == [["2026年3月", "ロイヤル", "5"], ["2026年3月", "その他", "2"]]
    assert left_out == 1
    compared = structs.replace(answer_of(columns, rows[:1]), compared=rows[1:2])
    titles, raw = raw_table(compared, "en")
    assert titles == ["Range", "Period", "Group", "n"]
    assert raw == [
        ["asked for", "2026-03-01T00:00:00+09:00", "Loyal", 5],
        ["compared with", "2026-03-01T00:00:00+09:00", "Other", 2],
    ]  # fmt: skip


def test_a_part_of_a_letter_has_figures_with_their_label() -> None:
    figures = [
        Figure("A", "count", text("Orders", "注文"), 7, previous=5),
        Figure("A:gold", "count", text("Orders", "注文"), 4),
        Figure("A:", "count", text("Orders", "注文"), 3),
        Figure("stage:use", "people", text("Use", "利用"), 2),
    ]
    part = write_part("Orders", answer_of([PERIOD], [], figures=figures), "en")
    assert part.figures == [
        ("Orders", "7", "(before: 5)"),
        ("Orders · gold", "4", ""),
        ("Orders · (none)", "3", ""),
        ("Use", "2", ""),
    ]
    assert part.span == "2026-03-01 to 2026-03-31"
    assert (
        write_span(Span("2026-02-28T15:00:00Z", "2026-03-01T15:00:00Z"), "Asia/Tokyo", "ja") == "2026-03-01～2026-03-01"
    )
