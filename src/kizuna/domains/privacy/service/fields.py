"""Field classes: what a workspace decided, who sees what by them, and the limit on reveals."""

from collections.abc import Iterable
from datetime import timedelta

from kizuna.domains.privacy.contracts import FieldClass, FieldItem
from kizuna.domains.privacy.repository import fields as repository
from kizuna.domains.privacy.repository.fields import ClassRow
from kizuna.domains.privacy.rules.field_classes import PATH_CHARS_MAX, WELL_KNOWN, class_by_name, class_of
from kizuna.domains.privacy.rules.sight import Overrides, Sight, sight_of
from kizuna.domains.workspace.api import record_audit
from kizuna.kernel.context import Actor, Context, Runtime
from kizuna.kernel.errors import Invalid, Limit
from kizuna.kernel.fields import FieldKind

Decided = dict[tuple[FieldKind, str], ClassRow]
"""What the workspace decided, by field."""

DECISIONS_MAX = 2_000
FIELDS_MAX = 5_000
WHERE_SHOWN = 5
REVEALS_PER_HOUR_MAX = 60
REVEAL_WINDOW = timedelta(hours=1)


async def read_sight(ctx: Context) -> Sight:
    """What the one who acts may see."""
    sight = sight_of(ctx.actor, {})
    return sight if sight.everything else sight_of(ctx.actor, await _read_overrides(ctx))


async def read_sight_of(runtime: Runtime, workspace_id: int, actor: Actor) -> Sight:
    """The same where no unit of work is open."""
    if sight_of(actor, {}).everything:
        return sight_of(actor, {})
    async with runtime.unit(workspace_id, actor) as ctx:
        return await read_sight(ctx)


async def restore_sight(ctx: Context, contact: bool, sensitive: bool) -> Sight:
    """What somebody could see when a job was started for them, by today's classes."""
    return Sight(contact, sensitive, await _read_overrides(ctx))


async def _read_overrides(ctx: Context) -> Overrides:
    return _classes(await _read_decided(ctx))


async def _read_decided(ctx: Context) -> Decided:
    return {(row.kind, row.name): row for row in await repository.read_classes(ctx.db, ctx.workspace.id)}


def _classes(decided: Decided) -> Overrides:
    return {key: row.field_class for key, row in decided.items()}


async def list_fields(
    ctx: Context, kind: FieldKind | None, field_class: FieldClass | None, search: str | None
) -> list[FieldItem]:
    """Every field that was seen or decided about, by kind and name."""
    decided = await _read_decided(ctx)
    where = await _find_fields(ctx)
    wanted = (search or "").strip().lower()
    items = [
        _item(decided, *key, where.get(key, ()))
        for key in sorted({*where, *decided})
        if (kind is None or key[0] == kind) and wanted in key[1].lower()
    ]
    return [item for item in items if field_class is None or item.field_class == field_class]


async def _find_fields(ctx: Context) -> dict[tuple[FieldKind, str], tuple[str, ...]]:
    where: dict[tuple[FieldKind, str], tuple[str, ...]] = {("property", name): () for name in WELL_KNOWN}
    for finder in ctx.runtime.registry.field_finders:
        for seen in await finder(ctx):
            key = (seen.kind, seen.name)
            if key in where or len(where) < FIELDS_MAX:
                where[key] = tuple(dict.fromkeys((*where.get(key, ()), *seen.where)))[:WHERE_SHOWN]
    return where


def _item(decided: Decided, kind: FieldKind, name: str, where: Iterable[str]) -> FieldItem:
    row = decided.get((kind, name))
    return FieldItem(
        kind=kind,
        name=name,
        field_class=class_of(_classes(decided), kind, name),
        default=class_by_name(kind, name),
        seen_in=list(where),
        changed_by=row.changed_by if row else None,
        changed_at=row.changed_at if row else None,
    )


async def change_class(ctx: Context, kind: FieldKind, name: str, field_class: FieldClass | None) -> FieldItem:
    """Decides about a field, or with None lets its name decide again. Raises ``Invalid``."""
    if not 0 < len(name) <= PATH_CHARS_MAX or not name.isprintable():
        raise Invalid("field_invalid", f"A field has a printable name of 1–{PATH_CHARS_MAX} characters.")
    decided = await _read_decided(ctx)
    before = class_of(_classes(decided), kind, name)
    if field_class is None:
        await repository.delete_class(ctx.db, ctx.workspace.id, kind, name)
    else:
        if (kind, name) not in decided and len(decided) >= DECISIONS_MAX:
            raise Invalid("too_many_decisions", f"A workspace decides about {DECISIONS_MAX:,} fields at most.")
        values = {"workspace_id": ctx.workspace.id, "kind": kind, "name": name, "field_class": field_class}
        await repository.write_class(ctx.db, values | {"changed_by": ctx.actor.name, "now": ctx.clock.now()})
    item = _item(await _read_decided(ctx), kind, name, ())
    await record_audit(
        ctx,
        "field.classed",
        "field",
        f"{kind}:{name}",
        f"Changed who sees the {kind} “{name}”",
        before={"class": before},
        after={"class": item.field_class},
    )
    return item


async def count_reveal(ctx: Context, subject: str) -> None:
    """Notes that the one who acts reveals something of ``subject``. Raises ``Limit`` above so many an hour."""
    reveal = {
        "workspace_id": ctx.workspace.id,
        "actor": f"{ctx.actor.kind}:{ctx.actor.id}",
        "subject": ctx.settings.vault.hash(subject, "reveal"),
        "now": ctx.clock.now(),
        "before": ctx.clock.now() - REVEAL_WINDOW,
    }
    others, first = await repository.count_other_reveals(ctx.db, reveal)
    if others >= REVEALS_PER_HOUR_MAX:
        wait = REVEAL_WINDOW - (ctx.clock.now() - first) if first else REVEAL_WINDOW
        raise Limit(
            "reveals_limit",
            f"You revealed data of {REVEALS_PER_HOUR_MAX} customers within the last hour, which is the limit. "
            "Go on later, or ask an owner or admin.",
            retry_after_s=max(1, int(wait.total_seconds())),
        )
    await repository.write_reveal(ctx.db, reveal)
