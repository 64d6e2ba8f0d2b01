"""Who is in a segment, and in which segments somebody is."""

from itertools import islice
from uuid import UUID

from kizuna.domains.profiles import api as profiles
from kizuna.domains.profiles.contracts import ShownProfile
from kizuna.domains.segments.repository import segments as repository
from kizuna.domains.segments.repository.segments import SegmentRow
from kizuna.domains.segments.service import sets
from kizuna.domains.segments.service.segments import load_segment
from kizuna.kernel.context import Context
from kizuna.kernel.errors import NotFound


async def list_members(
    ctx: Context, segment_id: int, after: int | None, limit: int
) -> tuple[list[ShownProfile], int | None, int]:
    """One page in the order of profile keys, where the next one begins, and how many there are.

    Raises ``NotFound``.
    """
    await load_segment(ctx, segment_id)
    members = await sets.read_members(ctx, segment_id)
    start = 0 if after is None else members.rank(min(after, _KEY_MAX))
    keys = list(islice(iter(members[start : start + limit]), limit)) if start < len(members) else []
    more = keys[-1] if start + limit < len(members) and keys else None
    shown = await profiles.describe_profiles(ctx, keys)
    return [shown[key] for key in keys if key in shown], more, len(members)


async def list_segments_of(ctx: Context, profile_id: UUID) -> list[SegmentRow]:
    """Raises ``NotFound``."""
    found = await profiles.find_profile_keys(ctx, [profile_id])
    if profile_id not in found:
        raise NotFound("profile_not_found", "There is no such profile.")
    ids = await sets.segments_of(ctx, found[profile_id])
    return sorted(await repository.find_many(ctx, ids), key=lambda row: (row.name.lower(), row.id))


_KEY_MAX = 2**31 - 1
