"""Reports and dashboards by mail: who gets what and when."""

from dataclasses import dataclass
from typing import Any

from msgspec import UNSET

from kizuna.domains.analytics.contracts import Text
from kizuna.domains.analytics.repository import schedules as repository
from kizuna.domains.analytics.repository.schedules import ScheduleContent, ScheduleRow
from kizuna.domains.analytics.rules.mailing_times import next_mailing
from kizuna.domains.analytics.rules.words import text
from kizuna.domains.analytics.service.shares import TargetKind, read_target
from kizuna.domains.workspace.api import list_colleagues, record_audit
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Conflict, Invalid, Limit, NotFound

SCHEDULES_MAX = 200


@dataclass(frozen=True, slots=True)
class ShownSchedule:
    row: ScheduleRow
    title: Text
    members: list[tuple[int, str]]


async def list_schedules(
    ctx: Context, kind: str | None, ref: str | None, before: int | None, limit: int
) -> list[ShownSchedule]:
    """Newest first."""
    rows = await repository.list_page(ctx, kind, ref, before, limit)
    names = await _read_names(ctx) if rows else {}
    return [await _show(ctx, row, names) for row in rows]


async def add_schedule(ctx: Context, kind: TargetKind, ref: str, given: dict[str, Any]) -> ShownSchedule:
    """Raises ``NotFound`` for what is not there, ``Invalid`` for members there are not, ``Conflict`` where no mail can
    leave, ``Limit``."""
    if not ctx.runtime.mailer.ready:
        raise Conflict("mail_not_set_up", "Mail is not set up here, so nothing can be sent; set KIZUNA_SMTP_URL first.")
    if await repository.count(ctx) >= SCHEDULES_MAX:
        raise Limit("schedules_many", f"A workspace has {SCHEDULES_MAX} mailings at the most; remove one first.")
    target = await read_target(ctx, kind, ref)
    row = await repository.insert(ctx, kind, ref, await _define(ctx, given))
    await record_audit(
        ctx,
        "schedule.created",
        "schedule",
        row.id,
        f"Mails the {kind} “{target.title['en']}” every {row.every}",
        after=_tell(row),
    )
    return await _show(ctx, row, await _read_names(ctx))


async def change_schedule(ctx: Context, schedule_id: int, given: dict[str, Any]) -> ShownSchedule:
    """Raises ``NotFound``, ``Invalid``."""
    before = await load_schedule(ctx, schedule_id)
    names = ("every", "hour", "weekday", "monthday", "members", "enabled")
    kept = {name: getattr(before, name) for name in names}
    wanted = kept | {name: value for name, value in given.items() if value is not UNSET}
    row = await repository.update(ctx, schedule_id, await _define(ctx, wanted))
    assert row is not None
    await record_audit(
        ctx,
        "schedule.changed",
        "schedule",
        row.id,
        f"Changed the mailing of a {row.kind}",
        before=_tell(before),
        after=_tell(row),
    )
    return await _show(ctx, row, await _read_names(ctx))


async def delete_schedule(ctx: Context, schedule_id: int) -> None:
    """Raises ``NotFound``."""
    row = await repository.delete(ctx, schedule_id)
    if row is None:
        raise _not_found()
    await record_audit(ctx, "schedule.removed", "schedule", row.id, f"Ended the mailing of a {row.kind}")


async def load_schedule(ctx: Context, schedule_id: int) -> ScheduleRow:
    """Raises ``NotFound``."""
    row = await repository.find(ctx, schedule_id)
    if row is None:
        raise _not_found()
    return row


async def _define(ctx: Context, given: dict[str, Any]) -> ScheduleContent:
    members = list(dict.fromkeys(given["members"]))
    names = await _read_names(ctx)
    unknown = [one for one in members if one not in names]
    if unknown:
        sentence = f"There is no member {unknown[0]}, or they are disabled."
        raise Invalid("member_unknown", sentence, fields={"members": sentence})
    when = {name: given[name] for name in ("every", "hour", "weekday", "monthday")}
    next_at = next_mailing(ctx.clock.now(), ctx.workspace.time_zone, **when) if given["enabled"] else None
    return ScheduleContent(**when, members=members, enabled=given["enabled"], next_at=next_at)


async def _show(ctx: Context, row: ScheduleRow, names: dict[int, str]) -> ShownSchedule:
    try:
        title = (await read_target(ctx, row.kind, row.ref)).title
    except NotFound:
        title = text("(removed)", "(削除済み)")
    return ShownSchedule(row, title, [(one, names[one]) for one in row.members if one in names])


async def _read_names(ctx: Context) -> dict[int, str]:
    return {one.id: one.name for one in await list_colleagues(ctx) if not one.disabled}


def _tell(row: ScheduleRow) -> dict[str, Any]:
    names = ("every", "hour", "weekday", "monthday", "members", "enabled")
    return {name: getattr(row, name) for name in names}


def _not_found() -> NotFound:
    return NotFound("schedule_not_found", "There is no such mailing, or it was removed.")
