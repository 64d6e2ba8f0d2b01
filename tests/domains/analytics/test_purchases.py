"""Days since a purchase are days of the zone's calendar, whatever the clocks do."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kizuna.conditions.moments import At, to_us
from kizuna.domains.analytics.queries.purchases import days_before

SPRING = datetime(2026, 3, 8, 12, tzinfo=UTC)
"""New York leaps from 02:00 to 03:00 on this day; days before and after have other lengths."""


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["America/New_York", "Asia/Tokyo", "Pacific/Apia", "America/Sao_Paulo"]),
    st.integers(-4_000, 4_000),
    st.lists(st.integers(0, 90 * 24 * 4), max_size=8),
)
def test_they_are_those_of_the_calendar(zone: str, hours: int, quarters: list[int]) -> None:
    now = SPRING + timedelta(hours=hours)
    times = [now - timedelta(minutes=15 * one) for one in quarters]
    found = days_before(At(to_us(now), zone), np.array([to_us(one) for one in times], np.int64))
    local = ZoneInfo(zone)
    assert found.tolist() == [(now.astimezone(local).date() - one.astimezone(local).date()).days for one in times]
