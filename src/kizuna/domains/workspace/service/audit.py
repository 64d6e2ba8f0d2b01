"""The audit log: who changed what."""

from typing import Any

from kizuna.domains.workspace.repository import audit as repository
from kizuna.domains.workspace.repository.audit import AuditRow
from kizuna.kernel.context import Context

SECRET_WORDS = ("password", "secret", "token", "_hash")
HIDDEN = "(hidden)"


async def record_audit(
    ctx: Context,
    action: str,
    target_kind: str,
    target_id: object,
    summary: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """``summary`` is English, with names in “ ”: pages in other languages word the action and keep the names."""
    await repository.insert(
        ctx.db,
        {
            "workspace_id": ctx.workspace.id,
            "at": ctx.clock.now(),
            "actor_kind": ctx.actor.kind,
            "actor_id": ctx.actor.id,
            "actor_name": ctx.actor.name,
            "action": action,
            "target_kind": target_kind,
            "target_id": None if target_id is None else str(target_id),
            "summary": summary,
            "before": _hide_secrets(before),
            "after": _hide_secrets(after),
            "request_id": ctx.request_id,
        },
    )


def _hide_secrets(fields: dict[str, Any] | None) -> dict[str, Any] | None:
    """The log is kept for ever and read by many: a secret that slips in would stay."""
    if fields is None:
        return None
    return {name: HIDDEN if any(word in name for word in SECRET_WORDS) else fields[name] for name in fields}


def changed(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Only the fields that differ."""
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}


async def list_audit(
    ctx: Context,
    limit: int,
    before_id: int | None = None,
    actor: str | None = None,
    action: str | None = None,
    target: str | None = None,
) -> list[AuditRow]:
    """Newest first. ``actor`` is an id or part of a name, ``action`` a beginning, ``target`` a kind or ``kind:id``."""
    target_kind, _, target_id = (target or "").partition(":")
    return await repository.list_page(
        ctx.db,
        {
            "workspace_id": ctx.workspace.id,
            "before_id": before_id,
            "actor": _plain(actor),
            "action": _plain(action),
            "target_kind": _plain(target_kind),
            "target_id": _plain(target_id),
            "limit": limit,
        },
    )


def _plain(text: str | None) -> str | None:
    return (text or "").replace("\x00", "") or None  # PostgreSQL keeps no NUL, so nothing could match it
