"""Segments that are lists: uploaded, or what another segment was at a moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from pyroaring import BitMap

from kizuna.domains.privacy.api import Sight, read_sight
from kizuna.domains.profiles import api as profiles
from kizuna.domains.profiles.contracts import Identifier
from kizuna.domains.segments.repository import segments as repository
from kizuna.domains.segments.repository.segments import Definition
from kizuna.domains.segments.rules.uploads import PROFILE_ID, Line, UploadRefused, read_lines
from kizuna.domains.segments.service import sets
from kizuna.domains.segments.service.segments import check_room, clean_name, insert_segment, load_segment
from kizuna.domains.workspace.api import record_audit
from kizuna.kernel.context import Actor, Context, Runtime
from kizuna.kernel.errors import Forbidden, Invalid

LOOKED_UP_MAX = 10_000
"""Identifiers in one statement."""
UNKNOWN_SHOWN_MAX = 100


@dataclass(frozen=True, slots=True)
class Upload:
    """Either lines, or a text to read them from, where ``type`` is of identifiers without a header."""

    name: str
    description: str
    lines: Sequence[Line]
    csv: str
    type: str


@dataclass(frozen=True, slots=True)
class Uploaded:
    """``unknown_lines`` are the first lines that named nobody, counted from 1."""

    segment_id: int
    matched: int
    unknown: int
    unknown_lines: list[int]


async def upload_segment(runtime: Runtime, workspace_id: int, actor: Actor, upload: Upload) -> Uploaded:
    """Makes a list of those who are known.

    Raises ``Invalid`` for a text that is no list, ``Forbidden`` for identifiers that the one who acts does not
    see, ``Conflict`` for a name in use, and ``Limit``.
    """
    async with runtime.unit(workspace_id, actor) as ctx:
        lines = await _read(ctx, upload)
        found = await find_people(ctx, lines)
        unknown = [number for number, key in enumerate(found, 1) if key is None]
        members = BitMap(key for key in found if key is not None)
        segment_id = await _insert(ctx, upload.name, upload.description)
        await record_audit(
            ctx,
            "segment.uploaded",
            "segment",
            segment_id,
            f"Uploaded the segment “{clean_name(upload.name)}”",
            after={"lines": len(lines), "matched": len(members), "unknown": len(unknown)},
        )
    await _fill(runtime, workspace_id, segment_id, members)
    return Uploaded(segment_id, len(members), len(unknown), unknown[:UNKNOWN_SHOWN_MAX])


async def take_snapshot(
    runtime: Runtime, workspace_id: int, actor: Actor, segment_id: int, name: str, description: str
) -> int:
    """Makes a list of those who are in a segment now; returns its id. Raises ``NotFound``, ``Conflict``, ``Limit``."""
    async with runtime.unit(workspace_id, actor) as ctx:
        source = await load_segment(ctx, segment_id)
        members = await sets.read_members(ctx, segment_id)
        made = await _insert(ctx, name, description)
        await record_audit(
            ctx,
            "segment.snapshot_taken",
            "segment",
            made,
            f"Made the segment “{clean_name(name)}” of “{source.name}”",
            after={"of": segment_id, "people": len(members)},
        )
    await _fill(runtime, workspace_id, made, members)
    return made


async def make_list(
    runtime: Runtime, workspace_id: int, actor: Actor, profile_keys: Iterable[int], name: str, description: str
) -> int:
    """Makes a list of these people; returns its id. Raises ``Conflict``, ``Limit``."""
    members = BitMap(profile_keys)
    async with runtime.unit(workspace_id, actor) as ctx:
        made = await _insert(ctx, name, description)
        await record_audit(
            ctx,
            "segment.listed",
            "segment",
            made,
            f"Made the segment “{clean_name(name)}” of people behind a figure",
            after={"people": len(members)},
        )
    await _fill(runtime, workspace_id, made, members)
    return made


async def find_people(ctx: Context, lines: Sequence[Line]) -> list[int | None]:
    """The profile key of each line, by the first of its identifiers that is somebody's; None for nobody's."""
    _check_sight(await read_sight(ctx), {kind for line in lines for kind, _ in line})
    cleaned = [[one for kind, value in line if (one := _clean(ctx, kind, value)) is not None] for line in lines]
    by_id = await _find_by_id(ctx, (one for line in cleaned for one in line if isinstance(one, UUID)))
    named = sorted({one for line in cleaned for one in line if isinstance(one, Identifier)})
    node_of: dict[Identifier, int] = {}
    for start in range(0, len(named), LOOKED_UP_MAX):
        node_of |= await profiles.find_keys(ctx, named[start : start + LOOKED_UP_MAX])
    refs = await profiles.profile_ids(ctx, node_of.values())
    by_name = {one: refs[key].profile_key for one, key in node_of.items() if key in refs}
    return [
        next((key for one in line if (key := by_id.get(one) if isinstance(one, UUID) else by_name.get(one))), None)
        for line in cleaned
    ]


async def _read(ctx: Context, upload: Upload) -> Sequence[Line]:
    if bool(upload.lines) == bool(upload.csv.strip()):
        raise Invalid("upload_empty", "Give identifiers or the text of a table, one of them.")
    if upload.lines:
        return upload.lines
    try:
        return read_lines(upload.csv, upload.type.strip().lower(), await profiles.list_identifier_types(ctx))
    except UploadRefused as error:
        raise Invalid(error.code, error.message, fields={"csv": error.message}) from error


def _check_sight(sight: Sight, kinds: Iterable[str]) -> None:
    """Who may not see addresses may not find out either whose they are."""
    hidden = sorted(kind for kind in kinds if kind != PROFILE_ID and sight.hides("identifier", kind))
    if hidden:
        raise Forbidden(
            "identifier_hidden",
            f"Your role does not see {', '.join(hidden)}, so it cannot look for customers by it. "
            "An owner or admin of the workspace can give contact.read.",
        )


def _clean(ctx: Context, kind: str, value: str) -> Identifier | UUID | None:
    if kind == PROFILE_ID:
        try:
            return UUID(value)
        except ValueError:
            return None
    normal = profiles.normalise_value(kind, value, ctx.workspace.country)
    return None if normal is None else Identifier(kind, normal)


async def _find_by_id(ctx: Context, ids: Iterable[UUID]) -> dict[UUID, int]:
    wanted = sorted(set(ids))
    found: dict[UUID, int] = {}
    for start in range(0, len(wanted), LOOKED_UP_MAX):
        found |= await profiles.find_profile_keys(ctx, wanted[start : start + LOOKED_UP_MAX])
    return found


async def _insert(ctx: Context, name: str, description: str) -> int:
    await repository.lock_definitions(ctx)
    await check_room(ctx, "static")
    row = await insert_segment(ctx, Definition(clean_name(name), description.strip(), "static", None, None))
    return row.id


async def _fill(runtime: Runtime, workspace_id: int, segment_id: int, members: BitMap) -> None:
    """The members come in transactions of their own: what watches them may take a while."""
    try:
        await sets.replace_members(runtime, workspace_id, segment_id, members, "upload")
    except BaseException:
        async with runtime.unit(workspace_id) as ctx:
            text = "The list could not be stored; archive it and upload it again."
            await repository.end_run(ctx, segment_id, "failed", error=text)
        raise
    async with runtime.unit(workspace_id) as ctx:
        await repository.end_run(ctx, segment_id, "ready", ran_at=ctx.clock.now())
