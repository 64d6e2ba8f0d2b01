"""HTTP of profiles."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Router, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from kizuna.domains.privacy.api import Sight
from kizuna.domains.profiles import queries
from kizuna.domains.profiles.schemas import (
    BlockItem,
    ExportRequest,
    IdentifierItem,
    IdentityGraph,
    LinkItem,
    LogItem,
    MergeRequest,
    NodeItem,
    OtherNodeItem,
    ProfileDetail,
    ProfileItem,
    Revealed,
    RevealRequest,
    StartedJob,
    TimelineItem,
    TouchpointItem,
    TraitItem,
    UnmergeRequest,
    UnmergeResult,
)
from kizuna.domains.profiles.service import edit, export, merge, read, reveal
from kizuna.domains.profiles.service.sight import ProfileSight, ShownRow, read_profile_sight, show_event
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Invalid
from kizuna.kernel.lake import TimelineEvent
from kizuna.web.auth import authenticate, require
from kizuna.web.context import InContext, InRuntime
from kizuna.web.paging import PAGE_DEFAULT, Page, check_limit, decode_cursor, encode_cursor
from kizuna.web.times import read_time

KEY_MAX = 2**31 - 1


@get("", guards=[require("profiles.read")])
async def list_profiles(
    ctx: InContext,
    search: FromQuery[str | None] = None,
    sort: FromQuery[str] = "-last_seen",
    identified: FromQuery[bool | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = PAGE_DEFAULT,
) -> Page[ProfileItem]:
    """List profiles. `search` finds parts of names, kana, e-mail addresses, phone numbers and ids; for those who
    may not see all of these, the profile's own id only.

    `sort` is `last_seen`, `first_seen` or `name`, with `-` in front for descending. `total` is given on
    the first page, up to 10,000.
    """
    column, descending = read.parse_sort(sort)
    after = _parse_place(cursor, column)
    sight = await read_profile_sight(ctx)
    sight.check_sort(column)
    found = await read.search_profiles(ctx, search, sight)
    query = queries.ListQuery(column, descending, identified, found, after, check_limit(limit) + 1)
    rows = await read.list_profiles(ctx, query)
    total = await read.count_profiles(ctx, query) if after is None else None
    more = len(rows) > limit
    items = [_item(sight.show_row(row)) for row in rows[:limit]]
    return Page(items, _encode_place(rows[limit - 1], column) if more else None, total)


@get("/{profile_id:uuid}", guards=[require("profiles.read")])
async def read_profile(ctx: InContext, profile_id: FromPath[UUID]) -> ProfileDetail:
    """Who this is: traits, identifiers, first and last seen, touchpoints."""
    return await _show_detail(ctx, await read.read_profile(ctx, profile_id))


@post("/{profile_id:uuid}/reveal", guards=[require("sensitive.reveal")], status_code=200, problems=[429])
async def reveal_fields(ctx: InContext, profile_id: FromPath[UUID], data: JSONBody[RevealRequest]) -> Revealed:
    """Show masked values of one customer in full, once. Who, when, which and why go into the audit log."""
    return Revealed(await reveal.reveal_fields(ctx, profile_id, data.fields, data.reason, data.purpose))


@get("/{profile_id:uuid}/timeline", guards=[require("profiles.read")])
async def read_timeline(
    request: Request[Any, Any, Any],
    runtime: InRuntime,
    profile_id: FromPath[UUID],
    cursor: FromQuery[str | None] = None,
    touchpoint: FromQuery[list[str] | None] = None,
    event: FromQuery[list[str] | None] = None,
    since: Annotated[str | None, QueryParameter(name="from", format="date-time")] = None,
    until: Annotated[str | None, QueryParameter(name="to", format="date-time")] = None,
    limit: FromQuery[int] = PAGE_DEFAULT,
) -> Page[TimelineItem]:
    """Everything this customer did, newest first. `from` is inclusive, `to` exclusive; `touchpoint` and
    `event` may be given several times."""
    query = read.TimelineQuery(
        before=_parse_event_place(cursor),
        limit=check_limit(limit) + 1,
        names=event or (),
        touchpoints=touchpoint or (),
        since=read_time(since, "from"),
        until=read_time(until, "to"),
    )
    principal = await authenticate(request)
    # The lake may be far away: no transaction is held while it answers.
    async with runtime.unit(principal.workspace_id, principal.actor) as ctx:
        keys = await read.read_keys(ctx, profile_id)
        await read.check_reading(ctx, keys)
        sight = await read_profile_sight(ctx)
    events = await read.read_timeline(runtime, principal.workspace_id, keys, query)
    last = events[limit - 1] if len(events) > limit else None
    next_cursor = encode_cursor([last.time, last.message_id]) if last else None
    return Page([_event(one, sight.base) for one in events[:limit]], next_cursor)


@get("/{profile_id:uuid}/identity", guards=[require("profiles.read")])
async def read_identity(ctx: InContext, profile_id: FromPath[UUID]) -> IdentityGraph:
    """How this profile came together: identifiers, links, and what happened to them."""
    found = await read.read_identity(ctx, profile_id)
    sight = await read_profile_sight(ctx)
    return IdentityGraph(
        nodes=[_node(one, sight) for one in found.nodes],
        links=[
            LinkItem(one.seq, one.a, one.b, one.at, one.reason, one.cause, one.source_id, one.actor_name)
            for one in found.links
        ],
        log=[
            LogItem(one.seq, one.kind, one.a, one.b, one.at, one.actor_name, one.reason, one.cause, one.ref)
            for one in found.log
        ],
        blocks=[BlockItem(one.seq, one.a, one.b, one.at, one.actor_name) for one in found.blocks],
        others=[_other(one, sight) for one in found.others],
    )


@post("/merge", guards=[require("profiles.merge")], status_code=200, problems=[404])
async def merge_profiles(ctx: InContext, data: JSONBody[MergeRequest]) -> ProfileDetail:
    """Make two profiles one. Every merge can be undone; nothing of either is lost."""
    return await _show_detail(ctx, await merge.merge_by_member(ctx, data.into, data.source))


@post("/{profile_id:uuid}/unmerge", guards=[require("profiles.merge")], status_code=200, problems=[409])
async def unmerge_profile(ctx: InContext, profile_id: FromPath[UUID], data: JSONBody[UnmergeRequest]) -> UnmergeResult:
    """Undo one link of the identity graph. Each side is again what it was, with what it did since; the same
    evidence does not join them again."""
    return UnmergeResult(await merge.unmerge_by_member(ctx, profile_id, data.link_id))


@patch("/{profile_id:uuid}/traits", guards=[require("profiles.edit")])
async def edit_traits(ctx: InContext, profile_id: FromPath[UUID], data: JSONBody[dict[str, Any]]) -> ProfileDetail:
    """Set traits; `null` removes one. Later events may set them again."""
    await edit.edit_traits(ctx, profile_id, data)
    return await _show_detail(ctx, await read.read_profile(ctx, profile_id))


@post("/exports", guards=[require("profiles.export")], status_code=202)
async def start_export(ctx: InContext, data: JSONBody[ExportRequest]) -> StartedJob:
    """Make a CSV file of the profiles a search finds, as a job. It comes in a ZIP archive with a note that
    says who made it, when and why; what its maker does not see is masked in it. It is removed after 7 days."""
    order = export.ExportOrder(data.search, data.identified, data.columns, data.reason, data.purpose)
    job_id = await export.start_export(ctx, order)
    return StartedJob(job_id, export.JOB_KIND, export.JOB_TITLE, "queued")


def _item(shown: ShownRow) -> ProfileItem:
    row = shown.row
    return ProfileItem(
        id=row.id,
        name=row.name,
        name_kana=row.kana,
        email=row.email,
        phone=row.phone,
        user_id=row.user_id,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        identified=row.identified,
        traits=row.traits,
        masked=shown.masked,
    )


async def _show_detail(ctx: Context, profile: read.Profile) -> ProfileDetail:
    sight = await read_profile_sight(ctx)
    shown = sight.show_row(profile.head)
    head = shown.row
    hidden = await read.is_restricted(ctx, [one.key for one in profile.nodes])
    return ProfileDetail(
        id=head.id,
        key=head.key,
        name=head.name,
        name_kana=head.kana,
        email=head.email,
        phone=head.phone,
        user_id=head.user_id,
        identified=head.identified,
        first_seen=profile.first_seen,
        last_seen=profile.last_seen,
        traits=[] if hidden else [_trait(one, sight) for one in profile.traits],
        identifiers=[
            IdentifierItem(one.type, value, one.first_seen, one.source_id, masked)
            for one in profile.nodes
            for value, masked in (sight.show_identifier(one.type, one.value),)
        ],
        touchpoints=[TouchpointItem(one.touchpoint, one.first_seen, one.last_seen) for one in profile.touchpoints],
        merged_into=head.id if profile.head.merged else None,
        masked=[name for name in shown.masked if "." not in name],
        restricted=hidden,
    )


def _trait(one: read.Trait, sight: ProfileSight) -> TraitItem:
    shown = sight.base.show("trait", one.name, one.value)
    return TraitItem(one.name, shown.value, one.type, one.at, one.member or one.source_id, bool(shown.masked))


def _node(one: queries.NodeItem, sight: ProfileSight) -> NodeItem:
    value, masked = sight.show_identifier(one.type, one.value)
    return NodeItem(one.key, one.type, value, one.first_seen, one.source_id, masked)


def _other(one: queries.OtherNode, sight: ProfileSight) -> OtherNodeItem:
    value, masked = sight.show_identifier(one.type, one.value)
    name, hidden = sight.show_name(one.name)
    return OtherNodeItem(one.key, one.type, value, one.profile_id, name, masked or hidden)


def _event(one: TimelineEvent, sight: Sight) -> TimelineItem:
    properties, context, masked = show_event(one, sight)
    return TimelineItem(
        message_id=one.message_id,
        time=one.time,
        received_at=one.received_at,
        name=one.name,
        type=one.type,
        touchpoint=one.touchpoint,
        source_id=one.source_id,
        session_id=one.session_id,
        properties=properties,
        context=context,
        masked=masked,
    )


def _encode_place(row: queries.ProfileItem, column: queries.SortColumn) -> str:
    place = row.sort_name if column == "name" else getattr(row, column)
    return encode_cursor([place, row.key])


def _parse_place(cursor: str | None, column: queries.SortColumn) -> tuple[Any, int] | None:
    """Sort value and key of the last row; the cursor came from outside and may hold anything."""
    decoded = decode_cursor(cursor, 2)
    if decoded is None:
        return None
    shape: Any = tuple[str, int] if column == "name" else tuple[datetime, int]
    return _convert(decoded, shape)


def _parse_event_place(cursor: str | None) -> tuple[datetime, str] | None:
    decoded = decode_cursor(cursor, 2)
    return None if decoded is None else _convert(decoded, tuple[datetime, str])


def _convert(decoded: list[Any], shape: Any) -> Any:
    try:
        place = msgspec.convert(decoded, shape)
    except msgspec.ValidationError as error:
        raise _wrong_cursor() from error
    for value in place:
        if isinstance(value, int) and not 0 <= value <= KEY_MAX:
            raise _wrong_cursor()
        if isinstance(value, str) and "\0" in value:
            raise _wrong_cursor()
        if isinstance(value, datetime) and value.tzinfo is None:
            raise _wrong_cursor()
    return place


def _wrong_cursor() -> Invalid:
    return Invalid("cursor_invalid", "The cursor belongs to another list; start again from the first page.")


router = Router(
    "/api/profiles",
    route_handlers=[
        list_profiles,
        merge_profiles,
        start_export,
        read_profile,
        read_timeline,
        read_identity,
        unmerge_profile,
        edit_traits,
        reveal_fields,
    ],
    tags=["profiles"],
)
