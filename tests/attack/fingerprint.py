"""What a workspace holds, as one number for each table and each file: equal means nothing was changed."""

from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from kizuna.kernel.settings import Settings

TABLES = """
    SELECT c.relname FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id' AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = 'public'
    ORDER BY c.relname
"""

ROWS = """
    SELECT {name} AS name, count(*)::text || ' ' || md5(coalesce(string_agg(row, '' ORDER BY row), '')) AS rows
    FROM (SELECT md5(one::text) AS row FROM {table} AS one WHERE {condition}) AS found
"""


def fingerprint(db: psycopg.Connection[Any], settings: Settings, workspace_id: int) -> dict[str, str]:
    """By table and file. The order of rows does not matter."""
    tables = [(row[0], sql.SQL("workspace_id = {}")) for row in db.execute(TABLES).fetchall()]
    tables += [
        ("workspace_workspaces", sql.SQL("id = {}")),
        ("procrastinate_jobs", sql.SQL("(args->>'workspace_id')::integer = {}")),
    ]
    parts = [
        sql.SQL(ROWS).format(
            name=sql.Literal(table), table=sql.Identifier(table), condition=condition.format(sql.Literal(workspace_id))
        )
        for table, condition in tables
    ]
    assert len(parts) > 20
    rows = dict(db.execute(sql.SQL(" UNION ALL ").join(parts)).fetchall())
    return rows | _files(settings.data_dir, workspace_id)


def _files(folder: Path, workspace_id: int) -> dict[str, str]:
    own = {str(workspace_id), f"ws={workspace_id}"}
    return {
        str(path.relative_to(folder)): f"{path.stat().st_size} {path.stat().st_mtime_ns}"
        for path in folder.rglob("*")
        if path.is_file() and own & set(path.relative_to(folder).parts)
    }


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
