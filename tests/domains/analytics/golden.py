"""The cases of ``spec/metrics``: what a metric answers of a few people, on whatever engine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from kizuna.conditions.compile_sql import compile_sql, sampled_sql
from kizuna.conditions.moments import At, to_us
from kizuna.domains.analytics.contracts import AllTime, BySegment, Query
from kizuna.domains.analytics.metrics.base import Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.breakdown import SEGMENT_MEMBERS
from kizuna.domains.analytics.queries.rows import Crowd
from kizuna.domains.analytics.rules.periods import make_periods, shift, widen
from kizuna.domains.analytics.service.metrics import find_metric
from kizuna.kernel.engine import Engine
from kizuna.kernel.lake import Lake, month_of, table_schema

FOLDER = Path(__file__).parents[3] / "spec/metrics"


@dataclass(frozen=True)
class Case:
    """``people`` are traits by profile key; ``events`` are [key, name, time, properties?, more?], where ``more`` may
    hold touchpoint, type, session_id, received_at, copies and people: so many did it, from that key on. What is
    fitted may differ by the share ``within`` from what is expected. ``segments`` are profile keys by segment id."""

    id: str
    at: At
    people: Mapping[str, Any]
    events: list[list[Any]]
    segments: Mapping[str, list[int]]
    query: dict[str, Any]
    expected: dict[str, Any]


def read_cases(metric: str | None = None) -> list[Case]:
    found: list[Case] = []
    for path in sorted(FOLDER.glob(f"{metric or '*'}.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        worlds = document.get("worlds", {})
        for case in document["cases"]:
            given = {**document.get("default", {}), **worlds.get(case.get("world"), {}), **case}
            now = datetime.fromisoformat(given["now"])
            found.append(
                Case(
                    f"{path.stem}: {case['name']}",
                    At(to_us(now), given.get("zone", "UTC"), given.get("week_start", "monday")),
                    given.get("people", {}),
                    given["events"],
                    given.get("segments", {}),
                    {"metric": path.stem, **given["query"]},
                    given["expect"],
                )
            )
    return found


def case_of(metric: str, start: str) -> Case:
    """The first case of a metric whose name begins so."""
    return next(case for case in read_cases(metric) if case.id.startswith(f"{metric}: {start}"))


async def fill_lake(lake: Lake, workspace_id: int, case: Case) -> None:
    """Writes the case's people and events; every key that an event names is somebody."""
    keys = sorted({*map(int, case.people), *(int(event[0]) for event in _copied(case.events))})
    if keys:
        await lake.append(workspace_id, "profiles", _profiles(case, keys))
    if case.events:
        await lake.append(workspace_id, "events", _events(case))


def _profiles(case: Case, keys: list[int]) -> pa.Table:
    rows = [
        {
            "profile_key": key,
            "profile_id": f"00000000-0000-0000-0000-{key:012d}",
            "name": None,
            "identified": True,
            "first_seen": None,
            "last_seen": None,
            "traits": json.dumps(case.people.get(str(key), {}), ensure_ascii=False, separators=(",", ":")),
            "identifiers": "[]",
            "deleted": False,
            "version": 1,
        }
        for key in keys
    ]
    return pa.Table.from_pylist(rows, table_schema("profiles"))


def _events(case: Case) -> pa.Table:
    names = sorted({event[1] for event in case.events})
    rows = [_event(number, names, *event) for number, event in enumerate(_copied(case.events))]
    return pa.Table.from_pylist(rows, table_schema("events"))


def _copied(events: list[list[Any]]) -> Iterator[list[Any]]:
    """Those with ``copies`` so many times, each a minute after the one before, and of so many ``people``."""
    for event in events:
        more = event[4] if len(event) > 4 else {}
        for person in range(more.get("people", 1)):
            for minutes in range(more.get("copies", 1)):
                when = datetime.fromisoformat(event[2]) + timedelta(minutes=minutes)
                yield [int(event[0]) + person, event[1], when.isoformat(), *event[3:]]


def _event(
    number: int,
    names: list[str],
    key: int,
    name: str,
    time: str,
    properties: dict[str, Any] | None = None,
    more: dict[str, Any] | None = None,
) -> dict[str, Any]:
    more = more or {}
    when = datetime.fromisoformat(time)
    received = datetime.fromisoformat(more["received_at"]) if "received_at" in more else when
    return {
        "name": name,
        "name_id": names.index(name) + 1,
        "type": more.get("type", "track"),
        "key": int(key),
        "time": when,
        "received_at": received,
        "original_time": when,
        "message_id": f"m-{number}",
        "source_id": 1,
        "touchpoint": more.get("touchpoint", "web"),
        "user_id": None,
        "anonymous_id": None,
        "identifiers": None,
        "session_id": more.get("session_id"),
        "properties": json.dumps(properties or {}, ensure_ascii=False, separators=(",", ":")),
        "context": json.dumps(more.get("context", {}), ensure_ascii=False, separators=(",", ":")),
        "load_id": 0,
        "month": month_of(when),
    }


def make_ask(engine: Engine, workspace_id: int, case: Case) -> tuple[Metric, Any, Ask]:
    """The question as the service prepares it, without a database."""
    query = msgspec.convert(case.query, Query)
    metric = find_metric(query.metric)
    params = msgspec.convert(query.params, metric.params)
    if metric.check is not None:
        metric.check(params)
    first = min((to_us(datetime.fromisoformat(event[2])) for event in case.events), default=None)
    periods = make_periods(query.range, query.interval, case.at, first if isinstance(query.range, AllTime) else None)
    periods = widen(periods) if metric.whole_periods else periods
    relations: dict[str, str] = {}
    tables: dict[str, Any] = {}
    if query.people is not None:
        relations["kept_people"] = compile_sql(query.people, case.at, engine.name).sql
    if isinstance(query.breakdown, BySegment):
        pairs = [(int(one), key) for one, keys in case.segments.items() for key in keys]
        tables[SEGMENT_MEMBERS] = pa.table(
            {
                "segment_id": pa.array([one for one, _ in pairs], pa.int64()),
                "profile_key": pa.array([key for _, key in pairs], pa.int64()),
            }
        )
    share = sampled_sql(round(query.sample * 10_000), 10_000) if query.sample < 1 else None
    crowd = Crowd("kept_people" if relations else None, None, share)
    return metric, params, Ask(engine, workspace_id, query, case.at, periods, "JPY", crowd, relations, tables)


async def compute(engine: Engine, workspace_id: int, case: Case) -> tuple[Found, Ask]:
    metric, params, ask = make_ask(engine, workspace_id, case)
    found = await metric.compute(ask, params)
    if ask.query.compare is not None:
        before = Ask(
            **{name: getattr(ask, name) for name in ask.__slots__} | {"periods": shift(ask.periods, ask.query.compare)}
        )
        compared = await metric.compute(before, params)
        found = msgspec.structs.replace(found) if isinstance(found, msgspec.Struct) else found
        ask.caveats += [one for one in before.caveats if one not in ask.caveats]
        case.expected.setdefault("compared", compared.rows)
        assert compared.rows == case.expected["compared"]
    return found, ask


def differences(case: Case, found: Found, ask: Ask) -> list[str]:
    """What an answer has otherwise than the case expects; a case may leave out figures and caveats."""
    wrong: list[str] = []
    expected = case.expected
    within = expected.get("within", 1e-9)
    if "rows" in expected and not _equal(_shown(found, expected), expected["rows"], within):
        wrong.append(f"rows {_shown(found, expected)} instead of {expected['rows']}")
    figures = {figure.key: figure.value for figure in found.figures}
    for key, value in expected.get("figures", {}).items():
        if not _equal(figures.get(key), value, within):
            wrong.append(f"{key} is {figures.get(key)} instead of {value}")
    codes = [caveat.code for caveat in ask.caveats]
    wrong += [f"no caveat {code}" for code in expected.get("caveats", []) if code not in codes]
    return wrong


def _shown(found: Found, expected: dict[str, Any]) -> list[list[Any]]:
    """The columns that the case names, or all."""
    keys = [column.key for column in found.columns]
    wanted = [keys.index(key) for key in expected.get("columns", keys)]
    return [[row[at] for at in wanted] for row in found.rows]


def _equal(found: Any, expected: Any, within: float) -> bool:
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(_equal(*pair, within) for pair in zip(found, expected, strict=True))
    if isinstance(found, float | int) and isinstance(expected, float | int) and not isinstance(found, bool):
        return abs(found - expected) <= within * max(1.0, abs(expected))
    return found == expected
