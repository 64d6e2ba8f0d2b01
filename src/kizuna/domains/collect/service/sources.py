"""Sources: where events come from, and the keys they bring."""

from datetime import timedelta
from typing import Any

import msgspec

from kizuna.domains.collect.contracts import SourceItem
from kizuna.domains.collect.repository import sources
from kizuna.domains.collect.service.secrets import open_secret, seal_secret
from kizuna.domains.workspace.api import record_audit
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Invalid, NotFound
from kizuna.kernel.ids import new_token

SETTINGS_BYTES_MAX = 20_000


async def list_sources(ctx: Context) -> list[SourceItem]:
    return await sources.list_sources(ctx.db, ctx.clock.now())


async def read_source(ctx: Context, source_id: int) -> SourceItem:
    """Raises ``NotFound``."""
    rows = await sources.list_sources(ctx.db, ctx.clock.now(), source_id) if 0 < source_id < 1 << 31 else []
    if not rows:
        raise NotFound("source_not_found", "There is no such source; it may have been deleted.")
    return rows[0]


async def add_source(ctx: Context, name: str, kind: str, touchpoint: str, settings: dict[str, Any]) -> SourceItem:
    row = await sources.add_source(
        ctx.db,
        {
            "workspace_id": ctx.workspace.id,
            "name": name.strip(),
            "kind": kind,
            "touchpoint": touchpoint,
            "write_key": make_key(),
            "sealed_secret": seal_secret(ctx.settings, new_token("kzs", 32)),
            "settings": check_settings(settings),
            "now": ctx.clock.now(),
        },
    )
    await record_audit(
        ctx,
        "source.added",
        "source",
        row.id,
        f"Added the source “{row.name}”",
        after={"kind": kind, "touchpoint": touchpoint},
    )
    return row


async def change_source(ctx: Context, source_id: int, change: dict[str, Any]) -> SourceItem:
    """Changes the given fields. Raises ``NotFound``."""
    old = await read_source(ctx, source_id)
    if "settings" in change:
        check_settings(change["settings"])
    fields = ("name", "touchpoint", "enabled", "settings")
    before = {field: getattr(old, field) for field in fields}
    after = before | change
    await sources.change_source(ctx.db, after | {"id": source_id})
    changed = [field for field in fields if before[field] != after[field]]
    if changed:
        await record_audit(
            ctx,
            "source.changed",
            "source",
            source_id,
            f"Changed {', '.join(changed)} of the source “{old.name}”",
            before={field: before[field] for field in changed},
            after={field: after[field] for field in changed},
        )
    return await read_source(ctx, source_id)


async def rotate_key(ctx: Context, source_id: int, grace_hours: int) -> SourceItem:
    """Gives the source a new write key; the old one works for ``grace_hours`` more."""
    old = await read_source(ctx, source_id)
    now = ctx.clock.now()
    await sources.rotate_key(ctx.db, source_id, make_key(), now + timedelta(hours=grace_hours), now)
    await record_audit(
        ctx,
        "source.rotated",
        "source",
        source_id,
        f"Gave the source “{old.name}” a new write key; the old one works for {grace_hours} hours",
        after={"grace_hours": grace_hours},
    )
    return await read_source(ctx, source_id)


async def remove_source(ctx: Context, source_id: int) -> None:
    """Its events stay; its keys stop working. Raises ``NotFound``."""
    old = await read_source(ctx, source_id)
    await sources.remove_source(ctx.db, source_id)
    await record_audit(ctx, "source.removed", "source", source_id, f"Removed the source “{old.name}”")


async def read_secret(ctx: Context, source_id: int) -> str:
    """The source's signing secret. Raises ``NotFound``, and ``Invalid`` when the vault cannot open it."""
    await read_source(ctx, source_id)
    columns = await sources.read_secret(ctx.db, source_id)
    assert columns is not None
    return open_secret(ctx.settings, *columns)


def make_key() -> str:
    """A write key: public, but long enough that nobody guesses another's."""
    return new_token("kzw", 18)


def check_settings(settings: dict[str, Any]) -> dict[str, Any]:
    text = msgspec.json.encode(settings)
    if len(text) > SETTINGS_BYTES_MAX:
        raise Invalid(
            "settings_too_large", f"settings may hold {SETTINGS_BYTES_MAX:,} bytes.", fields={"settings": "too large"}
        )
    if b"\\u0000" in text:
        raise Invalid("settings_invalid", "settings may not hold NUL characters.", fields={"settings": "NUL character"})
    return settings
