"""Numbers and times as people write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kizuna.domains.collect.rules.imports.columns import encode_json, join_object, read_ids, read_numbers, read_times
from kizuna.domains.collect.rules.imports.numbers import parse_boolean, parse_number
from kizuna.domains.collect.rules.imports.reasons import disarm_formula
from kizuna.domains.collect.rules.imports.times import parse_time

TOKYO = ZoneInfo("Asia/Tokyo")
NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1200", 1200),
        ("¥1,200", 1200),
        ("\\1,200", 1200),  # Shift_JIS
        ("１，２００円", 1200),
        ("△1,000", -1000),
        ("(3.50)", -3.5),
        ("5-", -5),
        ("1.234,56", 1234.56),
        ("1,5", 1.5),
        ("12%", 0.12),
        ("1 234 USD", 1234),
        ("1e3", 1000),
        ("abc", None),
        ("", None),
        ("1-2", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_numbers(text: str, number: float | None) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22 15:05",
        "2026/11/22 15:05:00",
        "2026.11.22 15:05",
        "2026年11月22日 15時05分",
        "2026年11月22日(日) 午後3:05",
        "２０２６年１１月２２日　１５：０５",
        "令和8年11月22日 15:05",
        "R8.11.22 15:05",
        "11/22/2026 3:05 PM",
        "22-Nov-2026 15:05",
        "Nov 22, 2026 3:05 pm",
        "20261122150500",
        "46348.628472222",
    ],
)
def test_times_on_the_local_clock(text: str) -> None:
    parsed = parse_time(text)
    assert parsed is not None
    assert parsed.local
    assert datetime.fromtimestamp(parsed.us / 1e6, UTC).replace(tzinfo=None) == datetime(2026, 11, 22, 15, 5)


@pytest.mark.parametrize(
    "text",
    ["2026-11-22T06:05:00Z", "2026-11-22T15:05:00+09:00", "2026-11-22 15:05 JST", "1795327500", "1795327500000"],
)
def test_times_that_name_their_zone(text: str) -> None:
    parsed = parse_time(text)
    assert parsed is not None
    assert not parsed.local
    assert datetime.fromtimestamp(parsed.us / 1e6, UTC) == datetime(2026, 11, 22, 6, 5, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "abc", "2026-02-30", "22/13/2026", "2026-11-22 10:99", "0", "-5"])
def test_what_is_no_time(text: str) -> None:
    assert parse_time(text) is None


def test_day_first_is_a_choice() -> None:
    february, january = parse_time("01/02/2026", day_first=True), parse_time("01/02/2026")
    assert february is not None
    assert january is not None
    assert february.us - january.us == 30 * 86_400_000_000  # 1 February after 2 January


@settings(deadline=None)
@given(st.datetimes(datetime(1991, 1, 1), datetime(2037, 1, 1)), st.sampled_from([TOKYO, NEW_YORK]))
def test_columns_and_single_values_agree_on_zones(moment: datetime, zone: ZoneInfo) -> None:
    moment = moment.replace(microsecond=0)
    plain = read_times(pa.array([moment.isoformat(" ")]), zone)
    written = read_times(pa.array([f"{moment:%Y年%m月%d日 %H:%M:%S}"]), zone)
    typed = read_times(pa.array([moment], pa.timestamp("ns")), zone)
    expected = round(moment.replace(tzinfo=zone).timestamp() * 1e6)
    assert plain.us.tolist() == written.us.tolist() == typed.us.tolist() == [expected]


@settings(deadline=None)
@given(st.lists(st.floats(-1e9, 1e9).map(lambda v: round(v, 3)), min_size=1))
def test_numbers_of_a_column_are_those_of_its_cells(values: list[float]) -> None:
    texts = [f"{value:.3f}" for value in values]
    spelled = [f"{value:,.3f}円" for value in values]
    assert read_numbers(pa.array(texts)).values.tolist() == read_numbers(pa.array(spelled)).values.tolist() == values


def test_bad_cells_are_marked_and_empty_ones_not() -> None:
    numbers = read_numbers(pa.array(["1", "x", None, " "]))
    assert numbers.bad.tolist() == [False, True, False, False]
    times = read_times(pa.array(["2026-01-01 10:00", "2026-02-30 10:00", None]), TOKYO)
    assert times.bad.tolist() == [False, True, False]
    assert times.filled.tolist() == [True, False, False]


def test_values_become_json_by_their_columns_type() -> None:
    assert encode_json(pa.array(['a"b\nc', "c", None])).to_pylist() == ['"a\\"b\\nc"', '"c"', None]
    assert encode_json(pa.array(["7", "0012", "x"]), "integer").to_pylist() == ["7", '"0012"', '"x"']
    assert encode_json(pa.array(["はい", "no", "?"]), "boolean").to_pylist() == ["true", "false", '"?"']
    assert encode_json(pa.array(["2026年1月2日", "soon"]), "date").to_pylist() == ['"2026-01-02"', '"soon"']
    assert encode_json(pa.array([1.5, 2.0, float("nan")])).to_pylist() == ["1.5", "2", None]
    parts = [("a", encode_json(pa.array(["x", None]))), ("b", encode_json(pa.array([None, 2])))]
    assert join_object(parts, 2).to_pylist() == ['{"a":"x"}', '{"b":2}']


def test_ids_lose_the_point_that_data_frames_gave_them() -> None:
    assert read_ids(pa.array(["17850.0", "A.0", None, " 7 "])).to_pylist() == ["17850", "A.0", None, "7"]
    assert read_ids(pa.array([17850.0, None])).to_pylist() == ["17850", None]


def test_booleans() -> None:
    assert [parse_boolean(word) for word in ("はい", "NO", "有", "maybe")] == [True, False, True, None]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("@cmd", "'@cmd"),
        ("+81 90", "'+81 90"),
        ("-5", "-5"),
        ("+1,200.5", "+1,200.5"),
        ("a=b", "a=b"),
    ],
)
def test_formulas_are_disarmed_and_numbers_are_not(cell: str, shown: str) -> None:
    assert disarm_formula(cell) == shown
