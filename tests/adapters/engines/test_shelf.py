"""What was read out of properties is kept for the next question, and never longer than it is true."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from kizuna.adapters.engines import shelf
from kizuna.adapters.lake.delta import DeltaLake
from kizuna.conditions.compile_sql.dialects import DUCKDB
from kizuna.conditions.moments import to_us
from kizuna.kernel.lake import OPENED_COLUMNS, Opened, table_schema
from tests.adapters.lake.rows import DAY_ONE, NAMES, event, table_of

DAY_US = 86_400_000_000
START_US = to_us(DAY_ONE)


@pytest.fixture
async def lake(tmp_path: Path) -> AsyncIterator[DeltaLake]:
    opened = DeltaLake(str(tmp_path / "lake"), query_memory_mb=256, query_timeout_s=20)
    await opened.append(1, "events", table_of([_order(number) for number in range(12)]), 1)
    yield opened
    await opened.close()


def _order(number: int, **more: Any) -> dict[str, Any]:
    properties = {
        "total": number,
        "currency": "JPY",
        "products": [{"name": f"n{number}", "Name": "other"}, {"price": 1}],
        "gifts": [{"name": "g"}],
    }
    told = json.dumps(properties | more)
    return event(f"m{number}", key=number % 3, day=number, name_id=1 + number % 2, properties=told)


def _open(
    *paths: str, names: Sequence[str] = NAMES[1:2], days: int = 99, head: str | None = None, keys: Sequence[str] = ()
) -> Opened:
    columns = [*OPENED_COLUMNS]
    columns += [f"{DUCKDB.open('properties', [(path,) for path in paths])} AS doc"] if paths else []
    columns += [f"{DUCKDB.objects('properties', [head], keys)} AS things"] if head else []
    return Opened(
        tuple(names),
        START_US,
        START_US + days * DAY_US,
        f"SELECT {', '.join(columns)} FROM happenings WHERE name IN ({DUCKDB.texts(names)})",
        tuple((path,) for path in paths),
        (head,) if head else None,
        tuple(keys),
    )


async def _ask(lake: DeltaLake, opened: Opened, columns: str) -> list[dict[str, Any]]:
    """What the question gives, which must be what the SELECT of ``opened`` gives."""
    sql = "SELECT {} FROM {} ORDER BY message_id"
    kept = (await lake.select(1, sql.format(columns, "seen"), opened={"seen": opened})).to_pylist()
    assert kept == (await lake.select(1, sql.format(columns, f"({opened.text})"))).to_pylist()
    return kept


async def _tables(lake: DeltaLake) -> list[str]:
    found = await lake.select(
        1, "SELECT table_name FROM duckdb_tables() WHERE starts_with(table_name, 'kizuna_kept') ORDER BY 1"
    )
    return found.column(0).to_pylist()


async def test_a_property_is_taken_out_once(lake: DeltaLake) -> None:
    asked = await _ask(lake, _open("total"), "message_id, profile_key, doc[1] AS total")
    assert [row["total"] for row in asked] == ["0", "10", "2", "4", "6", "8"]
    assert await _tables(lake) == ["kizuna_kept_1"]
    await _ask(lake, _open("total"), "message_id, doc")
    assert await _tables(lake) == ["kizuna_kept_1"]


async def test_what_was_asked_for_before_is_kept_with_what_is_asked_now(lake: DeltaLake) -> None:
    await _ask(lake, _open("total"), "doc")
    await _ask(lake, _open("currency", "none"), "doc")
    await _ask(lake, _open("none", "total"), "doc")
    assert await _tables(lake) == ["kizuna_kept_2"], "the first is gone, and the second has all"


async def test_lists_of_objects_are_kept_key_by_key(lake: DeltaLake) -> None:
    name = "message_id, list_transform(things, lambda x: x.name) AS names"
    found = await _ask(lake, _open(head="products", keys=["name"]), name)
    assert found[0]["names"] == ['"n0"', None]
    await _ask(lake, _open("total", head="products", keys=["price", "name"]), f"{name}, doc, things[2].price AS price")
    await _ask(lake, _open(head="products", keys=["name"]), name)
    assert await _tables(lake) == ["kizuna_kept_2"]
    # Another list, and a key that is the same name of a column.
    await _ask(lake, _open(head="gifts", keys=["name"]), name)
    await _ask(lake, _open(head="products", keys=["Name"]), 'message_id, things[1]."Name" AS other')
    await _ask(lake, _open(head="products", keys=["name"]), name)


async def test_events_of_several_names_are_put_together(lake: DeltaLake) -> None:
    await _ask(lake, _open("total"), "doc")
    both = await _ask(lake, _open("currency", "total", names=NAMES[1:3]), "message_id, name, doc")
    assert len(both) == 12
    assert len(await _tables(lake)) == 2
    lists = _open("total", names=NAMES[1:3], head="products", keys=["name"])
    assert len(await _ask(lake, lists, "message_id, doc, len(things) AS n")) == 12


async def test_it_goes_with_the_version_of_the_lake(lake: DeltaLake) -> None:
    await _ask(lake, _open("total"), "doc")
    await lake.append(1, "events", table_of([_order(14)]), 2)
    assert "14" in [row["total"] for row in await _ask(lake, _open("total"), "doc[1] AS total")]
    pairs = pa.Table.from_pylist([{"key": 1, "profile_key": 2, "version": 1}], table_schema("aliases"))
    await lake.append(1, "aliases", pairs)
    assert {row["profile_key"] for row in await _ask(lake, _open("total"), "profile_key")} == {0, 2}
    await lake.erase(1, [2])
    assert 2 not in {row["profile_key"] for row in await _ask(lake, _open("total"), "profile_key")}
    assert len(await _tables(lake)) == 1


async def test_a_short_time_or_too_much_is_read_as_it_is(lake: DeltaLake, monkeypatch: pytest.MonkeyPatch) -> None:
    await _ask(lake, _open("total", days=2), "doc")
    assert await _tables(lake) == []
    monkeypatch.setattr(shelf, "ROWS_MAX", 5)
    await _ask(lake, _open("total"), "doc")
    assert await _tables(lake) == []


async def test_many_at_once_read_it_once(lake: DeltaLake) -> None:
    asked = [_open(*paths) for paths in (("total",), ("currency",), ("total", "none")) for _ in range(4)]
    found = await asyncio.gather(*(_ask(lake, one, "message_id, doc") for one in asked))
    assert all(len(rows) == 6 for rows in found)
    assert len(await _tables(lake)) == 1, "those that others replaced are gone with their last reader"
