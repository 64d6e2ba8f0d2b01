"""A million profiles without names, written past the application, for measuring what is done over all of them."""

from __future__ import annotations

import psycopg
from psycopg import sql

NODES = """
    INSERT INTO profiles_nodes (workspace_id, key, profile_key, first_seen, version, type, value)
    SELECT {workspace_id}, key, key, now(), 1, 'anonymous_id', 'a-' || key FROM generate_series(1, {people}) AS key
"""
PROFILES = """
    INSERT INTO profiles_profiles (
        workspace_id, key, version, first_seen, last_seen, alive, identified, sort_name, traits)
    SELECT {workspace_id}, key, 1, now(), now(), true, false, U&'\\+10FFFF',
        jsonb_build_object(
            'city', (ARRAY['Tokyo', 'Osaka', 'Kyoto', 'Nagoya'])[1 + key % 4],
            'age', 18 + key % 60,
            'plan', (ARRAY['free', 'silver', 'gold'])[1 + key % 3])
    FROM generate_series(1, {people}) AS key
"""
HEADS = """
    INSERT INTO profiles_heads (workspace_id, version, synced_version) VALUES ({workspace_id}, 1, 0)
    ON CONFLICT (workspace_id) DO UPDATE SET version = 1, synced_version = 0
"""


def fill(url: str, workspace_id: int, people: int) -> None:
    """Profiles with the keys 1 to ``people``, a node and three traits each; the lake is told by ``sync``."""
    given = {"workspace_id": sql.Literal(workspace_id), "people": sql.Literal(people)}
    with psycopg.connect(url, autocommit=True) as db:
        for statement in (NODES, PROFILES, HEADS):
            db.execute(sql.SQL(statement).format(**given))  # pyright: ignore[reportArgumentType]
        db.execute("VACUUM (ANALYZE) profiles_nodes, profiles_profiles")
