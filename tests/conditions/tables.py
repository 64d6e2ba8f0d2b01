"""People of tests as the relations that compiled conditions read."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pyarrow as pa

from kizuna.conditions.evaluate import Person
from kizuna.conditions.moments import from_us
from kizuna.kernel.lake import month_of

SCHEMAS: Mapping[str, pa.Schema] = {
    "people": pa.schema([("profile_key", pa.int64()), ("traits", pa.string()), ("identifiers", pa.string())]),
    "happenings": pa.schema(
        [
            ("profile_key", pa.int64()),
            ("name", pa.string()),
            ("time", pa.timestamp("us", "UTC")),
            ("time_us", pa.int64()),
            ("month", pa.string()),
            ("touchpoint", pa.string()),
            ("message_id", pa.string()),
            ("properties", pa.string()),
        ]
    ),
    "consented": pa.schema([("purpose", pa.string()), ("channel", pa.string()), ("profile_key", pa.int64())]),
    "members": pa.schema([("segment_id", pa.int64()), ("profile_key", pa.int64())]),
    "facts": pa.schema([("name", pa.string()), ("profile_key", pa.int64()), ("value", pa.string())]),
}


def make_tables(people: Mapping[int, Person]) -> dict[str, pa.Table]:
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}
    for key, person in people.items():
        row = {"traits": _json(person.traits), "identifiers": _json(person.identifiers)}
        rows["people"].append({"profile_key": key, **row})
        rows["happenings"] += [
            {
                "profile_key": key,
                "name": event.name,
                "time": from_us(event.time_us),
                "time_us": event.time_us,
                "month": month_of(from_us(event.time_us)),
                "touchpoint": event.touchpoint,
                "message_id": event.id,
                "properties": _json(event.properties),
            }
            for event in person.events
        ]
        rows["consented"] += [{"purpose": one, "channel": by, "profile_key": key} for one, by in person.consents]
        rows["members"] += [{"segment_id": one, "profile_key": key} for one in person.segments]
        rows["facts"] += [{"name": n, "profile_key": key, "value": _json(v)} for n, v in person.facts.items()]
    return {name: pa.Table.from_pylist(rows[name], schema) for name, schema in SCHEMAS.items()}


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
