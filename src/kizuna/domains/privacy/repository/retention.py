"""Rules of retention."""

from collections.abc import Sequence

from psycopg.rows import class_row

from kizuna.domains.privacy.contracts import RetentionRule
from kizuna.kernel.context import Context

LIST = """
    SELECT kind, name, days, enabled, changed_by, changed_at, last_run_at, last_removed
    FROM privacy_retention
    WHERE workspace_id = %(workspace_id)s
    ORDER BY kind, name
"""

# Under the workspace's row locks: of two members who save at once, the later one's list stands.
DELETE_OTHERS = """
    DELETE FROM privacy_retention
    WHERE workspace_id = %(workspace_id)s AND (kind, name) NOT IN (
        SELECT kind, name FROM unnest(%(kinds)s::text[], %(names)s::text[]) AS kept (kind, name))
"""

WRITE = """
    INSERT INTO privacy_retention AS known (workspace_id, kind, name, days, enabled, changed_by, changed_at)
    VALUES (%(workspace_id)s, %(kind)s, %(name)s, %(days)s, %(enabled)s, %(by)s, %(now)s)
    ON CONFLICT (workspace_id, kind, name) DO UPDATE
    SET days = excluded.days, enabled = excluded.enabled, changed_by = excluded.changed_by,
        changed_at = excluded.changed_at
    WHERE (known.days, known.enabled) <> (excluded.days, excluded.enabled)
"""

NOTE_RUN = """
    UPDATE privacy_retention SET last_run_at = %(now)s, last_removed = %(removed)s
    WHERE workspace_id = %(workspace_id)s AND kind = %(kind)s AND name = %(name)s
"""


async def list_rules(ctx: Context) -> list[RetentionRule]:
    async with ctx.db.cursor(row_factory=class_row(RetentionRule)) as cursor:
        await cursor.execute(LIST, {"workspace_id": ctx.workspace.id})
        return await cursor.fetchall()


async def write_rules(ctx: Context, rules: Sequence[RetentionRule]) -> None:
    """Makes these the only rules."""
    kept = {"kinds": [one.kind for one in rules], "names": [one.name for one in rules]}
    await ctx.db.execute(DELETE_OTHERS, {"workspace_id": ctx.workspace.id, **kept})
    for one in rules:
        values = {"kind": one.kind, "name": one.name, "days": one.days, "enabled": one.enabled}
        await ctx.db.execute(
            WRITE, {"workspace_id": ctx.workspace.id, "by": ctx.actor.name, "now": ctx.clock.now(), **values}
        )


async def note_run(ctx: Context, rule: RetentionRule, removed: int) -> None:
    values = {"kind": rule.kind, "name": rule.name, "removed": removed, "now": ctx.clock.now()}
    await ctx.db.execute(NOTE_RUN, {"workspace_id": ctx.workspace.id, **values})
