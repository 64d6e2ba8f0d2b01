"""What stands out of a series, and what does not."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kizuna.domains.analytics.contracts import Answer, Column, Interval, Span
from kizuna.domains.analytics.rules.anomalies import MARKS_MAX, find_anomalies, mark_answer
from kizuna.domains.analytics.rules.words import LABEL, PERIOD, text

WEEK = [100.0, 120, 130, 125, 150, 220, 180]


def season_of(weeks: int, *, slope: float = 0, noise: float = 3, seed: int = 7) -> list[float]:
    random = Random(seed)
    return [WEEK[day % 7] + slope * day + random.gauss(0, noise) for day in range(weeks * 7)]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 69), st.sampled_from([-60.0, 80.0, 500.0]), st.floats(-0.5, 2), st.integers(0, 20))
def test_one_odd_day_is_found_on_any_trend(place: int, jump: float, slope: float, seed: int) -> None:
    values: list[float | None] = list(season_of(10, slope=slope, seed=seed))
    values[place] = (values[place] or 0) + jump
    first, *others = find_anomalies(values, 7)
    assert first.place == place
    assert (first.score > 0) == (jump > 0)
    assert len(others) <= 2


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=7, max_size=7),
    st.integers(3, 8),
    st.floats(-100, 100),
)
def test_season_and_trend_alone_are_no_news(week: list[float], weeks: int, slope: float) -> None:
    assert find_anomalies([week[day % 7] + slope * day for day in range(weeks * 7)], 7) == []


def test_little_numbers_vary_by_chance() -> None:
    random = Random(3)
    few: list[float | None] = [float(random.choice([0, 0, 0, 0, 1, 0, 2])) for _ in range(70)]
    assert find_anomalies(few, 7, counts=True) == []
    few[33] = 30
    assert [one.place for one in find_anomalies(few, 7, counts=True)] == [33]


def test_nothing_is_said_of_less_than_three_seasons() -> None:
    values = season_of(3)[:-1]
    values[5] = 5_000
    assert find_anomalies(values, 7) == []
    assert find_anomalies([*values, 170.0], 7)[0].place == 5


def test_missing_days_stay_in_their_season() -> None:
    values: list[float | None] = list(season_of(8))
    values[10] = values[11] = None
    values[30] = 600
    assert [one.place for one in find_anomalies(values, 7)] == [30]


def test_where_everything_stands_out_little_is_marked() -> None:
    random = Random(5)
    values = [random.choice([0.0, 100.0]) * random.random() ** 8 for _ in range(700)]
    assert len(find_anomalies(values, 7)) <= MARKS_MAX


def answer_of(values: list[Any], interval: Interval = "day", **more: Any) -> Answer:
    start = datetime(2026, 1, 5, tzinfo=UTC)
    periods = [(start + timedelta(days=day)).isoformat() for day in range(len(values))]
    rows = [[period, label, value] for period, value in zip(periods, values, strict=True) for label in ("web", "app")]
    return Answer(
        metric="trend",
        shape="series",
        title=text("Trend", "推移"),
        definition=text("…", "…"),
        columns=[PERIOD, LABEL, Column("value", "count", text("Value", "値"))],
        rows=rows,
        span=Span("2026-01-05T00:00:00Z", "2026-12-01T00:00:00Z"),
        zone="UTC",
        week_start="monday",
        interval=interval,
        currency="JPY",
        **more,
    )


def test_a_mark_names_its_row_and_its_reason() -> None:
    values: list[Any] = [round(one) for one in season_of(6)]
    values[16] = 400
    marks = mark_answer(answer_of(values))
    assert [(one.row, one.column) for one in marks] == [(32, "value"), (33, "value")]
    assert marks[0].text["en"].endswith("robust standard deviations.")
    assert "% above what is usual for a Wednesday" in marks[0].text["en"]
    assert "水曜日の通常の水準を" in marks[0].text["ja"]
    assert 120 < marks[0].expected < 140


def test_a_period_that_is_not_over_is_not_marked() -> None:
    values: list[Any] = [round(one) for one in season_of(6)]
    values[-1] = 0
    last = (datetime(2026, 1, 5, tzinfo=UTC) + timedelta(days=41)).isoformat()
    assert mark_answer(answer_of(values))
    assert mark_answer(answer_of(values, incomplete_since=last)) == []


def test_years_have_no_season() -> None:
    assert mark_answer(answer_of([*[10] * 40, 5_000], interval="year")) == []
