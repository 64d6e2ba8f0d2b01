"""Segments: made, shown, changed, archived."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import msgspec

from kizuna.conditions.ast import Condition
from kizuna.domains.privacy.api import Sight, read_least_sight, read_sight
from kizuna.domains.segments.contracts import LIVE_SEGMENTS_MAX, SEGMENTS_MAX, Every, Kind, Segment
from kizuna.domains.segments.repository import destinations
from kizuna.domains.segments.repository import segments as repository
from kizuna.domains.segments.repository.segments import Definition, ListQuery, NameTaken, SegmentRow
from kizuna.domains.segments.service import build, plan
from kizuna.domains.segments.service.check import read_definition
from kizuna.domains.segments.service.people import read_people
from kizuna.domains.segments.service.scheduled import RUN_KIND, RUN_TASK
from kizuna.domains.segments.service.sight import show_condition
from kizuna.domains.segments.service.words import describe_conditions
from kizuna.domains.workspace.api import record_audit, start_job
from kizuna.kernel.conditions import SegmentUse
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Conflict, Invalid, Limit, NotFound

LATELY = timedelta(hours=24)
USERS_NAMED_MAX = 5
DESTINATIONS_NAMED_MAX = 100


@dataclass(frozen=True, slots=True)
class ShownSegment:
    """A segment with what a list says of it."""

    row: SegmentRow
    people: int
    entered: int
    left: int
    sentence: str
    used_by: int


@dataclass(frozen=True, slots=True)
class SegmentView:
    """A segment with everything around it, as the one who acts may see it."""

    shown: ShownSegment
    condition: dict[str, Any] | None
    masked: bool
    users: list[SegmentUse]
    uses: list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants of a segment; what is None stays as it is."""

    name: str | None = None
    description: str | None = None
    kind: Kind | None = None
    condition: dict[str, Any] | None = None
    every: Every | None = None


async def list_segments(ctx: Context, query: ListQuery) -> list[ShownSegment]:
    """Newest first."""
    return await _show_all(ctx, await repository.list_page(ctx, query), await read_sight(ctx))


async def count_segments(ctx: Context, query: ListQuery) -> int:
    return await repository.count(ctx, query)


async def load_segment(ctx: Context, segment_id: int, *, archived: bool = False) -> SegmentRow:
    """Raises ``NotFound``; of archived ones, too, unless they are wanted."""
    row = await repository.find(ctx, segment_id)
    if row is None or (row.archived_at is not None and not archived):
        raise NotFound("segment_not_found", "There is no such segment, or it was archived.")
    return row


async def find_segment(ctx: Context, segment_id: int) -> Segment | None:
    """Archived ones too."""
    row = await repository.find(ctx, segment_id)
    return None if row is None else Segment(**{name: getattr(row, name) for name in Segment.__struct_fields__})


async def list_names(ctx: Context) -> list[tuple[int, str]]:
    return await repository.list_names(ctx, SEGMENTS_MAX)


async def read_segment(ctx: Context, segment_id: int) -> SegmentView:
    """Archived ones too. Raises ``NotFound``."""
    return await view_segment(ctx, await load_segment(ctx, segment_id, archived=True))


async def view_segment(ctx: Context, row: SegmentRow) -> SegmentView:
    sight = await read_sight(ctx)
    (shown,) = await _show_all(ctx, [row], sight)
    condition, masked = (None, False) if row.condition is None else show_condition(row.condition, sight)
    names = await repository.read_names(ctx, row.uses)
    users = await find_users(ctx, row.id)
    uses = [(one, names[one]) for one in row.uses if one in names]
    return SegmentView(replace(shown, used_by=len(users)), condition, masked, users, uses)


async def _show_all(ctx: Context, rows: Sequence[SegmentRow], sight: Sight) -> list[ShownSegment]:
    ids = [row.id for row in rows]
    people = await read_people(ctx)
    changes = await repository.sum_changes(ctx, ids, LATELY)
    users = await repository.count_users(ctx, ids)
    conditions = {row.id: show_condition(row.condition, sight)[0] for row in rows if row.condition is not None}
    sentences = await describe_conditions(ctx, conditions)
    return [
        ShownSegment(row, people, *changes.get(row.id, (0, 0)), sentences.get(row.id, ""), users.get(row.id, 0))
        for row in rows
    ]


async def find_users(ctx: Context, segment_id: int) -> list[SegmentUse]:
    """What builds on a segment: other segments, destinations, and what other domains name."""
    found = [SegmentUse("segment", *row) for row in await repository.find_users(ctx, segment_id)]
    sent = await destinations.list_page(ctx, segment_id, 0, DESTINATIONS_NAMED_MAX)
    found += [SegmentUse("destination", row.id, row.name) for row in sent]
    for ask in ctx.runtime.registry.segment_users:
        found += await ask(ctx, segment_id)
    return found


async def add_segment(ctx: Context, wanted: Wanted) -> SegmentRow:
    """A live or scheduled segment; its members are worked out from now on.

    Raises ``Invalid`` for a condition that cannot be, ``Conflict`` for a name in use, ``Limit`` for one too many.
    """
    await repository.lock_definitions(ctx)
    definition = await _define(ctx, None, wanted)
    await check_room(ctx, definition.kind)
    row = await insert_segment(ctx, definition)
    await _start(ctx, row)
    await record_audit(
        ctx, "segment.created", "segment", row.id, f"Made the segment “{row.name}”", after=await _tell(ctx, row)
    )
    return await load_segment(ctx, row.id)


async def change_segment(ctx: Context, segment_id: int, wanted: Wanted) -> SegmentRow:
    """Raises what ``add_segment`` raises, and ``NotFound``."""
    await repository.lock_definitions(ctx)
    before = await load_segment(ctx, segment_id)
    if before.kind == "static" and (
        wanted.condition is not None or wanted.kind is not None or wanted.every is not None
    ):
        raise Invalid("segment_static", "A list has no condition and no schedule; make another segment for one.")
    definition = await _define(ctx, before, wanted)
    if definition.kind == "live" != before.kind:
        await check_room(ctx, "live", extra=0)
    rebuilt = (definition.condition, definition.kind) != (before.condition, before.kind)
    if rebuilt and before.kind == "live":
        await plan.unregister(ctx, segment_id)
    try:
        row = await repository.update(ctx, segment_id, definition, rebuilt=rebuilt)
    except NameTaken as error:
        raise _name_taken(definition.name) from error
    assert row is not None
    if rebuilt:
        await _start(ctx, row)
    old, new = await _tell(ctx, before), await _tell(ctx, row)
    changed = [name for name in new if old[name] != new[name]]
    if changed:
        await record_audit(
            ctx,
            "segment.changed",
            "segment",
            row.id,
            f"Changed the segment “{row.name}”",
            before={name: old[name] for name in changed},
            after={name: new[name] for name in changed},
        )
    return await load_segment(ctx, segment_id)


async def run_now(ctx: Context, segment_id: int) -> SegmentRow:
    """Works a scheduled segment out beside its schedule. Raises ``Invalid`` for any other."""
    row = await load_segment(ctx, segment_id)
    if row.kind != "scheduled":
        raise Invalid("segment_not_scheduled", "Only scheduled segments are run; live ones follow by themselves.")
    await _start(ctx, row)
    await record_audit(ctx, "segment.run", "segment", row.id, f"Ran the segment “{row.name}”")
    return await load_segment(ctx, segment_id)


async def rebuild_segment(ctx: Context, segment_id: int) -> SegmentRow:
    """Works the members out anew, from all there is. Raises ``Invalid`` for a list."""
    row = await load_segment(ctx, segment_id)
    if row.kind == "static":
        raise Invalid("segment_static", "A list has nothing to be worked out from; upload it again.")
    await repository.set_building(ctx, segment_id)
    await _start(ctx, row, registered=True)
    await record_audit(ctx, "segment.rebuilt", "segment", row.id, f"Built the segment “{row.name}” again")
    return await load_segment(ctx, segment_id)


async def archive_segment(ctx: Context, segment_id: int) -> None:
    """Takes a segment out of use; what it was stays in history. Raises ``Conflict`` when something builds on it."""
    await repository.lock_definitions(ctx)
    row = await load_segment(ctx, segment_id)
    users = await find_users(ctx, segment_id)
    if users:
        named = ", ".join(f"“{one.name}”" for one in users[:USERS_NAMED_MAX])
        more = f" and {len(users) - USERS_NAMED_MAX} more" if len(users) > USERS_NAMED_MAX else ""
        raise Conflict(
            "segment_in_use",
            f"“{row.name}” is used by {named}{more}; take it out there first.",
            fields={f"{one.kind}.{one.id}": one.name for one in users},
        )
    if row.kind == "live":
        await plan.unregister(ctx, segment_id)
    await repository.archive(ctx, segment_id)
    await record_audit(ctx, "segment.archived", "segment", row.id, f"Archived the segment “{row.name}”")


async def insert_segment(ctx: Context, definition: Definition) -> SegmentRow:
    """Raises ``Conflict`` for a name in use."""
    try:
        return await repository.insert(ctx, definition)
    except NameTaken as error:
        raise _name_taken(definition.name) from error


async def check_room(ctx: Context, kind: Kind, extra: int = 1) -> None:
    """Raises ``Limit`` where there is no room for one more, or for one more live one."""
    if await repository.count(ctx, ListQuery()) + extra > SEGMENTS_MAX:
        raise Limit("segments_many", f"A workspace has {SEGMENTS_MAX:,} segments at the most; archive one first.")
    if kind == "live" and await repository.count(ctx, ListQuery(kind="live")) + 1 > LIVE_SEGMENTS_MAX:
        raise Limit(
            "live_segments_many",
            f"A workspace has {LIVE_SEGMENTS_MAX:,} live segments at the most; archive one, or choose a schedule.",
        )


def clean_name(name: str) -> str:
    return " ".join(name.split())


async def _define(ctx: Context, before: SegmentRow | None, wanted: Wanted) -> Definition:
    """What a segment would be. Raises ``Invalid``."""
    kind: Kind = wanted.kind or (before.kind if before else "live")
    every = (wanted.every or (before.every if before else None) or "day") if kind == "scheduled" else None
    name = clean_name(wanted.name if wanted.name is not None else before.name if before else "")
    description = (
        wanted.description if wanted.description is not None else before.description if before else ""
    ).strip()
    if before is not None and wanted.condition is None and kind == before.kind:
        # Whoever changes a name need not see what the condition asks.
        return Definition(name, description, kind, before.condition, every, before.uses, before.events)
    given = wanted.condition if wanted.condition is not None or before is None else before.condition
    own_id = None if before is None else before.id
    read = await read_definition(ctx, given, own_id=own_id, written=wanted.condition is not None)
    if kind == "live" and plan.live_reasons(read.condition):
        raise Invalid(
            "condition_not_live",
            "This condition asks for what cannot be followed event by event; choose hourly or daily.",
        )
    return Definition(name, description, kind, read.as_json, every, read.uses, read.events)


async def _start(ctx: Context, row: SegmentRow, *, registered: bool = False) -> None:
    """Queues what finds the members of a new condition."""
    kind, task = (build.BUILD_KIND, build.BUILD_TASK) if row.kind == "live" else (RUN_KIND, RUN_TASK)
    if row.kind == "live" and not registered:
        assert row.condition is not None
        await plan.register(ctx, row.id, msgspec.convert(row.condition, Condition))
    job_id = await start_job(
        ctx, kind, f"Build of “{row.name}”", task, {"segment_id": row.id}, permission="segments.manage"
    )
    await repository.set_job(ctx, row.id, job_id)


async def _tell(ctx: Context, row: SegmentRow) -> dict[str, Any]:
    """For the audit log, which is kept for ever and read by many: as everybody may see it."""
    condition = None if row.condition is None else show_condition(row.condition, await read_least_sight(ctx))[0]
    return {
        "name": row.name,
        "description": row.description,
        "kind": row.kind,
        "every": row.every,
        "condition": condition,
    }


def _name_taken(name: str) -> Conflict:
    return Conflict(
        "segment_name_taken",
        f"There is a segment “{name}” already; choose another name.",
        fields={"name": "This name is taken."},
    )
