"""Purposes and their texts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from kizuna.domains.privacy.contracts import Purpose, PurposeText, Terms
from kizuna.kernel.context import Context

READ_PURPOSES = """
    SELECT key, channels, terms, archived_at IS NOT NULL
    FROM privacy_purposes
    WHERE workspace_id = %(workspace_id)s
    ORDER BY position, key
"""

# The latest version of each purpose, in all its languages.
READ_TEXTS = """
    SELECT purpose, version, language, title, body
    FROM privacy_texts AS text
    WHERE workspace_id = %(workspace_id)s
        AND version = (
            SELECT max(version) FROM privacy_texts AS other
            WHERE other.workspace_id = text.workspace_id AND other.purpose = text.purpose)
"""

READ_VERSIONS = """
    SELECT version, language, title, body, published_at, published_by
    FROM privacy_texts
    WHERE workspace_id = %(workspace_id)s AND purpose = %(purpose)s
    ORDER BY version DESC, language
    LIMIT 200
"""

WRITE_PURPOSE = """
    INSERT INTO privacy_purposes (workspace_id, key, position, channels, terms, archived_at)
    VALUES (%(workspace_id)s, %(key)s, %(position)s, %(channels)s, %(terms)s, %(archived_at)s)
    ON CONFLICT (workspace_id, key) DO UPDATE
    SET position = excluded.position, channels = excluded.channels, terms = excluded.terms,
        archived_at = excluded.archived_at
"""

INSERT_TEXT = """
    INSERT INTO privacy_texts (workspace_id, purpose, version, language, title, body, published_at, published_by)
    VALUES (%(workspace_id)s, %(purpose)s, %(version)s, %(language)s, %(title)s, %(body)s, %(at)s, %(by)s)
"""


async def read_purposes(ctx: Context) -> list[Purpose]:
    """In their order, archived ones too; none when the workspace has changed nothing yet."""
    rows = await (await ctx.db.execute(READ_PURPOSES, {"workspace_id": ctx.workspace.id})).fetchall()
    if not rows:
        return []
    texts: dict[str, dict[str, PurposeText]] = {}
    versions: dict[str, int] = {}
    for purpose, version, language, title, body in await (
        await ctx.db.execute(READ_TEXTS, {"workspace_id": ctx.workspace.id})
    ).fetchall():
        texts.setdefault(purpose, {})[language] = PurposeText(title, body)
        versions[purpose] = version
    return [
        Purpose(
            key=key,
            channels=tuple(channels),
            terms=msgspec.convert(terms, dict[str, Terms]),
            texts=texts.get(key, {}),
            version=versions.get(key, 1),
            archived=archived,
        )
        for key, channels, terms, archived in rows
    ]


async def read_versions(ctx: Context, purpose: str) -> list[tuple[int, str, str, str, datetime, str]]:
    """(version, language, title, body, published at, by), newest first."""
    parameters = {"workspace_id": ctx.workspace.id, "purpose": purpose}
    return await (await ctx.db.execute(READ_VERSIONS, parameters)).fetchall()


async def write_purpose(ctx: Context, purpose: Purpose, position: int, archived_at: datetime | None) -> None:
    await ctx.db.execute(
        WRITE_PURPOSE,
        {
            "workspace_id": ctx.workspace.id,
            "key": purpose.key,
            "position": position,
            "channels": list(purpose.channels),
            "terms": Jsonb(msgspec.to_builtins(purpose.terms)),
            "archived_at": archived_at,
        },
    )


async def insert_texts(ctx: Context, purpose: Purpose, languages: Sequence[str]) -> None:
    """The purpose's texts as a version of their own; a version that exists is refused by its key."""
    now = ctx.clock.now()
    for language in languages:
        values: dict[str, Any] = {
            "workspace_id": ctx.workspace.id,
            "purpose": purpose.key,
            "version": purpose.version,
            "language": language,
            "title": purpose.texts[language].title,
            "body": purpose.texts[language].body,
            "at": now,
            "by": ctx.actor.name,
        }
        await ctx.db.execute(INSERT_TEXT, values)
