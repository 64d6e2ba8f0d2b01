"""What happened, drawn on charts at its time."""

from datetime import datetime

from msgspec import UNSET, UnsetType

from kizuna.domains.analytics.repository import annotations as repository
from kizuna.domains.analytics.repository.annotations import AnnotationRow
from kizuna.domains.workspace.api import record_audit
from kizuna.kernel.context import Context
from kizuna.kernel.errors import NotFound


async def list_annotations(
    ctx: Context, since: datetime | None, until: datetime | None, before: tuple[datetime, int] | None, limit: int
) -> list[AnnotationRow]:
    """Those in [since, until), newest first."""
    return await repository.list_page(ctx, since, until, before, limit)


async def add_annotation(ctx: Context, at: datetime, text: str, kind: str, link: str | None) -> AnnotationRow:
    row = await repository.insert(ctx, at, text.strip(), kind, link)
    await record_audit(ctx, "annotation.created", "annotation", row.id, f"Noted “{row.text}”")
    return row


async def change_annotation(
    ctx: Context,
    annotation_id: int,
    at: datetime | UnsetType = UNSET,
    text: str | UnsetType = UNSET,
    kind: str | UnsetType = UNSET,
    link: str | UnsetType | None = UNSET,
) -> AnnotationRow:
    """What is not given stays as it is. Raises ``NotFound``."""
    before = await _load(ctx, annotation_id)
    row = await repository.update(
        ctx,
        annotation_id,
        before.at if at is UNSET else at,
        before.text if text is UNSET else text.strip(),
        before.kind if kind is UNSET else kind,
        before.link if link is UNSET else link,
    )
    assert row is not None
    await record_audit(ctx, "annotation.changed", "annotation", row.id, f"Changed the note “{row.text}”")
    return row


async def delete_annotation(ctx: Context, annotation_id: int) -> None:
    """Raises ``NotFound``."""
    row = await _load(ctx, annotation_id)
    await repository.delete(ctx, annotation_id)
    await record_audit(ctx, "annotation.removed", "annotation", row.id, f"Removed the note “{row.text}”")


async def _load(ctx: Context, annotation_id: int) -> AnnotationRow:
    row = await repository.find(ctx, annotation_id)
    if row is None:
        raise NotFound("annotation_not_found", "There is no such note, or it was removed.")
    return row
