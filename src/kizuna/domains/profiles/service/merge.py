"""Merge and unmerge by a member.

A merge adds one link to the log and points the smaller table of nodes elsewhere; events, traits and
activity stay with their nodes. So its cost does not depend on history, and taking the link away gives
each side back exactly what was its own, with what it received in between.
"""

from uuid import UUID

from kizuna.domains.privacy import api as privacy
from kizuna.domains.profiles.contracts import Link
from kizuna.domains.profiles.repository import identity, profiles
from kizuna.domains.profiles.repository.identity import LogRecord
from kizuna.domains.profiles.rules.components import split_component
from kizuna.domains.profiles.rules.identifiers import rank_type
from kizuna.domains.profiles.rules.links import blocks_between
from kizuna.domains.profiles.service.derive import derive_profiles
from kizuna.domains.profiles.service.read import Profile, read_profile
from kizuna.domains.profiles.service.standing import Standing, load_standing, write_joins
from kizuna.domains.profiles.signals import ProfilesUnmerged, Unmerge
from kizuna.domains.workspace.api import record_audit
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Conflict, NotFound
from kizuna.kernel.signals import publish

MEMBER_MERGE = "member"
MEMBER_UNMERGE = "unmerge"


async def merge_by_member(ctx: Context, into: UUID, source: UUID) -> Profile:
    """``merge_profiles``, written down; returns the profile that came of it."""
    changed = await merge_profiles(ctx, into, source)
    if changed:
        await record_audit(
            ctx,
            "profile.merged",
            "profile",
            into,
            "Merged two profiles",
            before={"into": str(into), "from": str(source)},
        )
    return await read_profile(ctx, into)


async def unmerge_by_member(ctx: Context, profile_id: UUID, link_id: int) -> list[UUID]:
    """``unmerge_profile``, written down; returns the ids of the two profiles."""
    keys = await unmerge_profile(ctx, profile_id, link_id)
    id_of = {key: id_ for key, _, id_ in await profiles.read_ids(ctx, keys)}
    ids = [id_of[key] for key in keys]
    await record_audit(
        ctx,
        "profile.unmerged",
        "profile",
        profile_id,
        "Took a profile apart",
        after={"link": link_id, "profiles": [str(id_) for id_ in ids]},
    )
    return ids


async def merge_profiles(ctx: Context, into: UUID, source: UUID) -> bool:
    """Makes two profiles one; returns False when they were already. Lifts the blocks between them; limits do not apply.

    Merging what is one already changes nothing, so that of many at once one does the work.
    Raises ``NotFound`` when either does not exist.
    """
    head = await identity.lock_identity(ctx)
    found = await profiles.find_by_ids(ctx, [into, source])
    one, other = _require(found, into), _require(found, source)
    if one == other:
        return False
    standing = await load_standing(ctx, (one, other), splits=head.splits)
    link = Link(_face(standing, one), _face(standing, other))
    await _lift_blocks(ctx, standing, link)
    standing.join(link)
    record = LogRecord("link", link.a, link.b, MEMBER_MERGE, None, None)
    await write_joins(ctx, head.version, standing, [record])
    await derive_profiles(ctx, head.version, [min(one, other)])
    return True


async def unmerge_profile(ctx: Context, profile_id: UUID, link_id: int) -> tuple[int, int]:
    """Undoes one link; returns the keys of the two profiles. The same evidence will not join them again.

    Raises ``NotFound`` when there is no such profile or link, ``Conflict`` when the link is not of it.
    """
    head = await identity.lock_identity(ctx)
    profile_key = _require(await profiles.find_by_ids(ctx, [profile_id]), profile_id)
    ends = await identity.read_link(ctx, link_id)
    if ends is None:
        raise NotFound("link_not_found", "There is no such link, or it was undone already; reload the page.")
    a, b = ends
    members = [key for _, key, _, _ in await identity.read_members(ctx, [profile_key])]
    if a not in members:
        raise Conflict("link_elsewhere", "This link belongs to another profile; reload the page.")
    links = [(one, other) for seq, one, other in await identity.read_links_of(ctx, members) if seq != link_id]
    side_a, side_b = split_component(members, links, a)
    now = ctx.clock.now()
    unlink = await identity.log_entry(ctx, "unlink", a, b, now, MEMBER_UNMERGE, ref=link_id)
    block = await identity.log_entry(ctx, "block", a, b, now, MEMBER_UNMERGE, ref=unlink, side_a=side_a, side_b=side_b)
    await identity.insert_block(ctx, block, side_a, side_b)
    await identity.raise_splits(ctx)
    await _separate(ctx, head.version, profile_key, side_a, side_b)
    return side_a[0], side_b[0]


async def _separate(ctx: Context, version: int, profile_key: int, side_a: list[int], side_b: list[int]) -> None:
    sides = (side_a, side_b)
    moved = {key: side[0] for side in sides if side[0] != profile_key for key in side}
    await identity.move_nodes(ctx, version, moved)
    # Rows of earlier merges inside the side lead to its new first node.
    await profiles.mark_merged(ctx, version, moved)
    keys = (side_a[0], side_b[0])
    known = await profiles.find_profiles(ctx, keys)
    await derive_profiles(ctx, version, keys, new=set(keys) - known)
    await privacy.follow_identity(ctx, sides)
    left = [Unmerge(profile_key, side[0], tuple(side)) for side in sides if side[0] != profile_key]
    await publish(ctx, ProfilesUnmerged(tuple(left)))


async def _lift_blocks(ctx: Context, standing: Standing, link: Link) -> None:
    """A member's merge overrules earlier decisions to keep these two apart."""
    blocks = blocks_between(standing.component_of(link.a), standing.component_of(link.b))
    if not blocks:
        return
    for block in blocks:
        await identity.log_entry(ctx, "lift", link.a, link.b, ctx.clock.now(), MEMBER_MERGE, ref=block)
    await identity.delete_blocks(ctx, blocks)
    await identity.raise_splits(ctx)


def _face(standing: Standing, profile_key: int) -> int:
    """The node a person would name the profile by: its first of the highest priority."""
    members = standing.component_of(profile_key).members
    return min(members, key=lambda key: (rank_type(standing.nodes[key]), key))


def _require(found: dict[UUID, int], profile_id: UUID) -> int:
    profile_key = found.get(profile_id)
    if profile_key is None:
        raise NotFound("profile_not_found", "There is no such profile.")
    return profile_key
