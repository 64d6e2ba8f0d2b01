"""What analysts see of a lake, on every engine."""

from __future__ import annotations

from kizuna.kernel.lake import Column, Relation


def _relation(name: str, description: str, columns: str) -> Relation:
    pairs = (line.split() for line in columns.strip().splitlines())
    return Relation(name, description, tuple(Column(column, kind) for column, kind in pairs))


EVENTS = _relation(
    "events",
    "What customers did, one row an event. profile_id and profile_key are those of today's profile, "
    "also for events from before a merge.",
    """
    profile_id VARCHAR
    profile_key BIGINT
    name VARCHAR
    type VARCHAR
    time TIMESTAMPTZ
    received_at TIMESTAMPTZ
    touchpoint VARCHAR
    source_id INTEGER
    message_id VARCHAR
    user_id VARCHAR
    anonymous_id VARCHAR
    session_id VARCHAR
    properties JSON
    context JSON
    month VARCHAR
    """,
)
PROFILES = _relation(
    "profiles",
    "Customers as they are now, one row a profile. traits and identifiers are JSON.",
    """
    profile_id VARCHAR
    profile_key BIGINT
    name VARCHAR
    identified BOOLEAN
    first_seen TIMESTAMPTZ
    last_seen TIMESTAMPTZ
    traits JSON
    identifiers JSON
    """,
)
RELATIONS = (EVENTS, PROFILES)
