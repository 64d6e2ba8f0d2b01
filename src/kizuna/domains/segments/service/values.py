"""The values that a trait or property has, for those who see them."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from kizuna.conditions.compile_sql.dialects import DIALECTS
from kizuna.conditions.fold import fold
from kizuna.domains.privacy.api import Sight, read_sight
from kizuna.domains.segments.service.sight import as_fields
from kizuna.kernel.context import Actor, Runtime
from kizuna.kernel.errors import Invalid

SAMPLED_MAX = 20_000
KEPT_MAX = 1_000
SHOWN_MAX = 50
REMEMBERED_MAX = 200
FRESH = timedelta(minutes=1)
NAME_CHARS_MAX = 200

Scalar = str | float | bool
Counted = tuple[Scalar, int]

# The window counts what was looked at, with those that have no value.
_SAMPLE = """
    SELECT value, count(*) AS number, sum(count(*)) OVER () AS sampled
    FROM (SELECT {value} AS value FROM (SELECT {column} FROM {relation} LIMIT {limit}))
    GROUP BY value ORDER BY number DESC, value LIMIT {kept}
"""


@dataclass(frozen=True, slots=True)
class ValuesQuery:
    """``event`` is the name of the event that has a property."""

    kind: Literal["trait", "property"]
    name: str
    event: str | None = None
    search: str = ""


@dataclass(frozen=True, slots=True)
class FoundValues:
    values: list[Counted]
    sampled: int
    hidden: bool = False


class ValuesMemory:
    """A field asks at every keystroke; a minute later there may be new ones."""

    def __init__(self, _runtime: Runtime) -> None:
        self.known: dict[tuple[int, ValuesQuery], tuple[datetime, FoundValues]] = {}


async def list_values(runtime: Runtime, workspace_id: int, actor: Actor, query: ValuesQuery) -> FoundValues:
    """The most frequent values in which ``search`` is found. Raises ``Invalid``."""
    _check(query)
    async with runtime.unit(workspace_id, actor) as ctx:
        sight = await read_sight(ctx)
    if any(sight.hides(*one) for one in _fields_of(query)):
        return FoundValues([], 0, hidden=True)
    found = await _read(runtime, workspace_id, replace(query, search=""))
    wanted = fold(query.search.strip())
    values = [one for one in found.values if wanted in fold(str(one[0])) and _is_shown(one[0], sight)]
    return FoundValues(values[:SHOWN_MAX], found.sampled)


def _check(query: ValuesQuery) -> None:
    if query.kind == "property" and not query.event:
        raise Invalid("event_missing", "Say of which event.", fields={"event": "Say of which event."})
    if not 0 < len(query.name) <= NAME_CHARS_MAX or len(query.event or "") > NAME_CHARS_MAX:
        text = f"Names have 1 to {NAME_CHARS_MAX} characters."
        raise Invalid("name_invalid", text, fields={"name": text})


def _fields_of(query: ValuesQuery) -> list[tuple[Literal["trait", "property", "identifier"], str]]:
    if query.kind == "trait":
        return [("trait", query.name)]
    return [field for _, field in as_fields(query.event, query.name, "")]


def _is_shown(value: Scalar, sight: Sight) -> bool:
    """An open field, too, may hold an address or a number: such values are no choice for everybody."""
    return not isinstance(value, str) or sight.scrub(value) == value


async def _read(runtime: Runtime, workspace_id: int, query: ValuesQuery) -> FoundValues:
    memory = runtime.remembered(ValuesMemory).known
    now, place = runtime.clock.now(), (workspace_id, query)
    known = memory.get(place)
    if known is None or not known[0] <= now < known[0] + FRESH:
        known = (now, await _sample(runtime, workspace_id, query))
        memory.pop(place, None)
        memory[place] = known
        if len(memory) > REMEMBERED_MAX:
            del memory[next(iter(memory))]  # the oldest
    return known[1]


async def _sample(runtime: Runtime, workspace_id: int, query: ValuesQuery) -> FoundValues:
    rows = (await runtime.lake.select(workspace_id, _write_sql(query))).to_pylist()
    counts: Counter[tuple[type, Scalar]] = Counter()
    for row in rows:
        for value in _scalars(row["value"]):
            counts[type(value), value] += row["number"]
    ordered = sorted(counts.items(), key=lambda item: (-item[1], str(item[0][1])))
    return FoundValues([(value, number) for (_, value), number in ordered], int(rows[0]["sampled"]) if rows else 0)


def _write_sql(query: ValuesQuery) -> str:
    text = DIALECTS["duckdb"].text
    column = "traits" if query.kind == "trait" else "properties"
    value = _extract(column, query.name)
    if query.kind == "trait" and "." in query.name:
        value = f"coalesce(json_extract({column}, {text(_key(query.name))}), {value})"
    relation = "people" if query.kind == "trait" else f"happenings WHERE name = {text(query.event or '')}"
    # Every text of the caller has passed ``text``.
    return _SAMPLE.format(value=value, column=column, relation=relation, limit=SAMPLED_MAX, kept=KEPT_MAX)


def _extract(column: str, path: str) -> str:
    """``a.b`` is b within a; ``a[].b`` the b of every element of a."""
    steps = "".join(
        _key(part.removesuffix("[]"))[1:] + ("[*]" if part.endswith("[]") else "") for part in path.split(".")
    )
    extracted = f"json_extract({column}, {DIALECTS['duckdb'].text('$' + steps)})"
    return f"unnest({extracted})" if "[*]" in steps else extracted


def _key(name: str) -> str:
    return '$."' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _scalars(text: str | None) -> list[Scalar]:
    """What can be compared with: a text, number or truth, and those in a list."""
    if text is None:
        return []
    value: Any = msgspec.json.decode(text)
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, str | int | float | bool) and one != ""]
