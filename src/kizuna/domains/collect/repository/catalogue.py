"""SQL of the event catalogue and the flow counters."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

NAMES_LOCK = 1667198830

LOCK_NAMES = "SELECT pg_advisory_xact_lock(%(lock)s, %(workspace_id)s)"

FIND_NAME_IDS = "SELECT name, id FROM collect_names WHERE workspace_id = %(workspace_id)s AND name = ANY (%(names)s)"

# Under NAMES_LOCK: ids are dense, so nobody else may take the next one meanwhile.
ADD_NAMES = """
    WITH top AS (SELECT coalesce(max(id), 0) AS id FROM collect_names WHERE workspace_id = %(workspace_id)s)
    INSERT INTO collect_names (workspace_id, id, name, type, first_seen, last_seen)
    SELECT %(workspace_id)s, top.id + new.position, new.name, new.type, %(at)s, %(at)s
    FROM top, unnest(%(names)s::text[], %(types)s::text[]) WITH ORDINALITY AS new (name, type, position)
    WHERE top.id + new.position <= %(names_max)s
    RETURNING name, id
"""

# Sorted by id, so that two drains that count the same names wait in one order.
COUNT_NAMES = """
    INSERT INTO collect_names (workspace_id, id, name, type, volume, first_seen, last_seen)
    SELECT %(workspace_id)s, seen.id, '', '', seen.volume, seen.first_at, seen.last_at
    FROM unnest(%(ids)s::int[], %(volumes)s::bigint[], %(firsts)s::timestamptz[], %(lasts)s::timestamptz[])
        AS seen (id, volume, first_at, last_at)
    ON CONFLICT (workspace_id, id) DO UPDATE
        SET volume = collect_names.volume + excluded.volume,
            first_seen = least(collect_names.first_seen, excluded.first_seen),
            last_seen = greatest(collect_names.last_seen, excluded.last_seen)
"""

COUNT_PROPERTIES = """
    INSERT INTO collect_properties (workspace_id, name_id, path, types, volume, first_seen, last_seen, example)
    SELECT %(workspace_id)s, seen.name_id, seen.path, seen.types, seen.volume, %(at)s, %(at)s, seen.example
    FROM unnest(%(name_ids)s::int[], %(paths)s::text[], %(types)s::jsonb[], %(volumes)s::bigint[], %(examples)s::text[])
        AS seen (name_id, path, types, volume, example)
    ON CONFLICT (workspace_id, name_id, path) DO UPDATE
        SET types = collect_add_types(collect_properties.types, excluded.types),
            volume = collect_properties.volume + excluded.volume,
            last_seen = greatest(collect_properties.last_seen, excluded.last_seen),
            example = CASE WHEN excluded.example = '' THEN collect_properties.example ELSE excluded.example END
"""

COUNT_FLOW = """
    INSERT INTO collect_flow AS flow
        (workspace_id, minute, source_id, accepted, refused, duplicates, set_aside, last_event_at)
    SELECT %(workspace_id)s, minute, source_id, accepted, refused, duplicates, set_aside, last_event_at
    FROM unnest(%(minutes)s::timestamptz[], %(source_ids)s::int[], %(accepted)s::bigint[], %(refused)s::bigint[],
                %(duplicates)s::bigint[], %(set_aside)s::bigint[], %(lasts)s::timestamptz[])
        AS seen (minute, source_id, accepted, refused, duplicates, set_aside, last_event_at)
    ON CONFLICT (workspace_id, minute, source_id) DO UPDATE
        SET accepted = flow.accepted + excluded.accepted,
            refused = flow.refused + excluded.refused,
            duplicates = flow.duplicates + excluded.duplicates,
            set_aside = flow.set_aside + excluded.set_aside,
            last_event_at = greatest(flow.last_event_at, excluded.last_event_at)
"""

KEEP_TAIL = """
    INSERT INTO collect_tail (workspace_id, events) VALUES (%(workspace_id)s, %(events)s)
    ON CONFLICT (workspace_id) DO UPDATE SET events = (
        SELECT coalesce(jsonb_agg(event ORDER BY place), '[]')
        FROM (
            SELECT event, place
            FROM jsonb_array_elements(excluded.events || collect_tail.events)
                WITH ORDINALITY AS kept (event, place)
            LIMIT %(limit)s
        ) AS newest
    )
"""

FIND_FIELDS = """
    SELECT property.path, name.type, name.name
    FROM collect_properties AS property
    JOIN collect_names AS name ON name.workspace_id = property.workspace_id AND name.id = property.name_id
    WHERE property.workspace_id = (SELECT kizuna_workspace_id())
    ORDER BY property.volume DESC
    LIMIT %(limit)s
"""

READ_TAIL = "SELECT events FROM collect_tail WHERE workspace_id = (SELECT kizuna_workspace_id())"

LIST_NAMES = """
    SELECT names.id, names.name, names.type, names.volume, names.first_seen, names.last_seen,
           names.description, names.owner, coalesce(found.properties_count, 0) AS properties_count,
           coalesce(found.types, '[]') AS types
    FROM collect_names AS names
    LEFT JOIN LATERAL (
        SELECT count(*) AS properties_count, jsonb_agg(properties.types) AS types
        FROM collect_properties AS properties
        WHERE properties.workspace_id = names.workspace_id AND properties.name_id = names.id
    ) AS found ON true
    WHERE names.workspace_id = (SELECT kizuna_workspace_id())
        AND (%(search)s::text IS NULL OR names.name ILIKE %(search)s OR names.description ILIKE %(search)s)
        AND (%(name)s::text IS NULL OR names.name = %(name)s)
        AND (%(volume)s::bigint IS NULL OR (names.volume, names.id) < (%(volume)s, %(id)s::int))
    ORDER BY names.volume DESC, names.id DESC
    LIMIT %(limit)s
"""

LIST_PROPERTIES = """
    SELECT path, types, volume, first_seen, last_seen, example, description
    FROM collect_properties
    WHERE workspace_id = (SELECT kizuna_workspace_id()) AND name_id = %(name_id)s
    ORDER BY path
"""

# The most frequent names with the most frequent properties of each, in one statement.
LIST_EVENTS = """
    SELECT names.name, names.type, names.volume, coalesce(found.properties, '[]')
    FROM (
        SELECT * FROM collect_names
        WHERE workspace_id = (SELECT kizuna_workspace_id())
        ORDER BY volume DESC, id DESC
        LIMIT %(names)s
    ) AS names
    LEFT JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_array(path, types) ORDER BY path) AS properties
        FROM (
            SELECT path, types FROM collect_properties
            WHERE workspace_id = (SELECT kizuna_workspace_id()) AND name_id = names.id
            ORDER BY volume DESC, path
            LIMIT %(properties)s
        ) AS frequent
    ) AS found ON true
    ORDER BY names.volume DESC, names.id DESC
"""

DESCRIBE_NAME = """
    UPDATE collect_names SET description = %(description)s, owner = %(owner)s
    WHERE workspace_id = (SELECT kizuna_workspace_id()) AND id = %(id)s
"""

DESCRIBE_PROPERTY = """
    UPDATE collect_properties SET description = %(description)s
    WHERE workspace_id = (SELECT kizuna_workspace_id()) AND name_id = %(name_id)s AND path = %(path)s
"""


class NameRow(msgspec.Struct, frozen=True):
    id: int
    name: str
    type: str
    volume: int
    first_seen: datetime
    last_seen: datetime
    description: str
    owner: str
    properties_count: int
    types: list[dict[str, int]]


class PropertyRow(msgspec.Struct, frozen=True):
    path: str
    types: dict[str, int]
    volume: int
    first_seen: datetime
    last_seen: datetime
    example: str
    description: str


async def find_name_ids(db: AsyncConnection[Any], workspace_id: int, names: Sequence[str]) -> dict[str, int]:
    rows = await (await db.execute(FIND_NAME_IDS, {"workspace_id": workspace_id, "names": list(names)})).fetchall()
    return dict(rows)


async def add_names(
    db: AsyncConnection[Any], workspace_id: int, types: dict[str, str], at: datetime, names_max: int
) -> dict[str, int]:
    """Gives new names (name → type) the next ids; returns those of all of them that have one now."""
    await db.execute(LOCK_NAMES, {"lock": NAMES_LOCK, "workspace_id": workspace_id})
    known = await find_name_ids(db, workspace_id, list(types))
    new = [name for name in types if name not in known]
    if new:
        rows = await db.execute(
            ADD_NAMES,
            {
                "workspace_id": workspace_id,
                "names": new,
                "types": [types[name] for name in new],
                "at": at,
                "names_max": names_max,
            },
        )
        known |= dict(await rows.fetchall())
    return known


async def count_names(
    db: AsyncConnection[Any], workspace_id: int, rows: Sequence[tuple[int, int, datetime, datetime]]
) -> None:
    """Rows of (name id, events, first and last received)."""
    ids, volumes, firsts, lasts = zip(*sorted(rows), strict=True)
    await db.execute(
        COUNT_NAMES,
        {
            "workspace_id": workspace_id,
            "ids": list(ids),
            "volumes": list(volumes),
            "firsts": list(firsts),
            "lasts": list(lasts),
        },
    )


async def count_properties(
    db: AsyncConnection[Any],
    workspace_id: int,
    at: datetime,
    rows: Sequence[tuple[int, str, dict[str, int], int, str]],
) -> None:
    """Rows of (name id, path, types, volume, example)."""
    name_ids, paths, types, volumes, examples = zip(*sorted(rows, key=lambda row: row[:2]), strict=True)
    await db.execute(
        COUNT_PROPERTIES,
        {
            "workspace_id": workspace_id,
            "at": at,
            "name_ids": list(name_ids),
            "paths": list(paths),
            "types": [Jsonb(one) for one in types],
            "volumes": list(volumes),
            "examples": list(examples),
        },
    )


class FlowCount(msgspec.Struct, gc=False):
    accepted: int = 0
    refused: int = 0
    duplicates: int = 0
    set_aside: int = 0
    last_event_at: datetime | None = None


async def count_flow(
    db: AsyncConnection[Any], workspace_id: int, counts: dict[tuple[datetime, int], FlowCount]
) -> None:
    """Counts by (minute, source id)."""
    places = sorted(counts)
    await db.execute(
        COUNT_FLOW,
        {
            "workspace_id": workspace_id,
            "minutes": [minute for minute, _ in places],
            "source_ids": [source_id for _, source_id in places],
            "accepted": [counts[place].accepted for place in places],
            "refused": [counts[place].refused for place in places],
            "duplicates": [counts[place].duplicates for place in places],
            "set_aside": [counts[place].set_aside for place in places],
            "lasts": [counts[place].last_event_at for place in places],
        },
    )


async def keep_tail(db: AsyncConnection[Any], workspace_id: int, events: list[dict[str, Any]], limit: int) -> None:
    """Puts events, newest first, before those kept."""
    await db.execute(KEEP_TAIL, {"workspace_id": workspace_id, "events": Jsonb(events), "limit": limit})


async def read_tail(db: AsyncConnection[Any]) -> list[dict[str, Any]]:
    row = await (await db.execute(READ_TAIL)).fetchone()
    return row[0] if row else []


async def list_names(
    db: AsyncConnection[Any],
    *,
    search: str | None = None,
    name: str | None = None,
    after: tuple[int, int] | None = None,
    limit: int = 50,
) -> list[NameRow]:
    """Names by volume, largest first, after (volume, id)."""
    async with db.cursor(row_factory=class_row(NameRow)) as cursor:
        await cursor.execute(
            LIST_NAMES,
            {
                "search": search,
                "name": name,
                "volume": after[0] if after else None,
                "id": after[1] if after else None,
                "limit": limit,
            },
        )
        return await cursor.fetchall()


async def list_events(
    db: AsyncConnection[Any], names_max: int, properties_max: int
) -> list[tuple[str, str, int, list[tuple[str, dict[str, int]]]]]:
    """(name, type of the call, volume, its properties with their types), the most frequent names first."""
    return await (await db.execute(LIST_EVENTS, {"names": names_max, "properties": properties_max})).fetchall()


async def list_properties(db: AsyncConnection[Any], name_id: int) -> list[PropertyRow]:
    async with db.cursor(row_factory=class_row(PropertyRow)) as cursor:
        return await (await cursor.execute(LIST_PROPERTIES, {"name_id": name_id})).fetchall()


async def describe_name(db: AsyncConnection[Any], name_id: int, description: str, owner: str) -> None:
    await db.execute(DESCRIBE_NAME, {"id": name_id, "description": description, "owner": owner})


async def describe_property(db: AsyncConnection[Any], name_id: int, path: str, description: str) -> bool:
    found = await db.execute(DESCRIBE_PROPERTY, {"name_id": name_id, "path": path, "description": description})
    return found.rowcount == 1


async def find_fields(db: AsyncConnection[Any], limit: int) -> list[tuple[str, str, str]]:
    """(path, type of the call, event name), the most frequent first."""
    return await (await db.execute(FIND_FIELDS, {"limit": limit})).fetchall()
