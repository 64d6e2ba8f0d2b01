"""Lists and the 360° read."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from kizuna.domains.privacy import api as privacy
from kizuna.domains.profiles import queries
from kizuna.domains.profiles.contracts import NO_SIGN
from kizuna.domains.profiles.queries import ListQuery, ProfileHead, ProfileItem, Search
from kizuna.domains.profiles.repository import profiles
from kizuna.domains.profiles.rules.search import like_pattern, query_terms, term_tokens
from kizuna.domains.profiles.rules.traits import TraitType, merge_traits, type_trait
from kizuna.domains.profiles.service.refs import parse_id
from kizuna.domains.profiles.service.sight import ProfileSight
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.errors import Forbidden, Invalid, NotFound
from kizuna.kernel.lake import TimelineEvent

HITS_MAX = 5_000
"""Up to here hits are fetched and sorted; more are met often enough when the list is walked in its order."""
LOG_MAX = 500
REFUSALS_MAX = 100
"""Counted apart, so that what a shared device was refused does not push out how the profile came together."""
SORTS: tuple[queries.SortColumn, ...] = ("last_seen", "first_seen", "name")


@dataclass(frozen=True, slots=True)
class Trait:
    name: str
    value: Any
    type: TraitType
    at: datetime
    source_id: int | None
    member: str | None


@dataclass(frozen=True, slots=True)
class Touchpoint:
    touchpoint: str
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything known of one customer, timeline aside."""

    head: ProfileHead
    first_seen: datetime
    last_seen: datetime
    traits: list[Trait]
    nodes: list[queries.NodeItem]
    touchpoints: list[Touchpoint]


@dataclass(frozen=True, slots=True)
class Identity:
    """How a profile came together."""

    nodes: list[queries.NodeItem]
    links: list[queries.LinkItem]
    log: list[queries.LogItem]
    blocks: list[queries.BlockItem]
    others: list[queries.OtherNode]


@dataclass(frozen=True, slots=True)
class TimelineQuery:
    before: tuple[datetime, str] | None = None
    limit: int = 50
    names: Sequence[str] = ()
    touchpoints: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None


def parse_sort(sort: str) -> tuple[queries.SortColumn, bool]:
    """(column, descending) of ``name`` or ``-name``. Raises ``Invalid``."""
    for column in SORTS:
        if sort.removeprefix("-") == column:
            return column, sort.startswith("-")
    raise Invalid("sort_invalid", f"sort must be one of {', '.join(SORTS)}, with - in front for descending.")


async def search_profiles(ctx: Context, text: str | None, sight: ProfileSight) -> Search | None:
    """What a search finds; None for none. Names, kana, addresses, numbers and ids by any part; every
    identifier and the profile's id in full.

    Who may not see all of that finds by the profile's id only. Even whole values are no way in: numbers
    of members and telephones are soon tried through, and each hit would tell whose it is.
    """
    terms = query_terms(text or "")
    if not terms:
        return None
    if not sight.may_search:
        id_ = parse_id((text or "").strip())
        return Search([], [], [] if id_ is None else await queries.find_exact(ctx, [], id_, HITS_MAX))
    tokens = sorted({token for term in terms for token in term_tokens(ctx.workspace.id, term)})
    patterns = [like_pattern(term) for term in terms]
    hits = await queries.find_hits(ctx, tokens, patterns, HITS_MAX + 1)
    if len(hits) > HITS_MAX:
        return Search(tokens, patterns, None)
    plain = unicodedata.normalize("NFKC", text or "").replace("\0", "").encode("utf-8", "replace").decode().strip()
    exact = await queries.find_exact(ctx, [plain, plain.lower()], parse_id(plain), HITS_MAX)
    return Search(tokens, patterns, sorted({*hits, *exact}))


async def list_profiles(ctx: Context, query: ListQuery) -> list[ProfileItem]:
    if query.search is not None and query.search.hits == []:
        return []
    return await queries.list_profiles(ctx, query)


async def count_profiles(ctx: Context, query: ListQuery) -> int | None:
    return await queries.count_profiles(ctx, query)


async def read_head(ctx: Context, id_: UUID) -> ProfileHead:
    """Raises ``NotFound``."""
    head = await queries.read_profile(ctx, id_)
    if head is None:
        raise NotFound("profile_not_found", "There is no such profile.")
    return head


async def read_profile(ctx: Context, id_: UUID) -> Profile:
    """One profile; the id of a merged one leads to what it is part of. Raises ``NotFound``."""
    head = await read_head(ctx, id_)
    nodes = await queries.read_nodes(ctx, head.key)
    keys = [node.key for node in nodes]
    merged = merge_traits(await profiles.read_traits(ctx, keys))
    traits = []
    for name, row in merged.items():
        value = msgspec.json.decode(row.value)
        traits.append(Trait(name, value, type_trait(value), row.at, row.source_id, row.member))
    seen = await profiles.read_activity(ctx, keys)
    first = min((first for _, _, first, _ in seen), default=head.first_seen)
    last = max((last for _, touchpoint, _, last in seen if touchpoint != NO_SIGN), default=first)
    return Profile(head, first, last, traits, nodes, _sum_touchpoints(seen))


def _sum_touchpoints(seen: Sequence[tuple[int, str, datetime, datetime]]) -> list[Touchpoint]:
    spans: dict[str, tuple[datetime, datetime]] = {}
    for _, touchpoint, first, last in seen:
        if touchpoint != NO_SIGN:
            known_first, known_last = spans.get(touchpoint, (first, last))
            spans[touchpoint] = (min(known_first, first), max(known_last, last))
    found = [Touchpoint(name, first, last) for name, (first, last) in spans.items()]
    return sorted(found, key=lambda one: (one.last_seen, one.touchpoint), reverse=True)


async def read_identity(ctx: Context, id_: UUID) -> Identity:
    """Nodes, links in force, log, blocks in force. Raises ``NotFound``."""
    head = await read_head(ctx, id_)
    nodes = await queries.read_nodes(ctx, head.key)
    keys = [node.key for node in nodes]
    links = await queries.read_links(ctx, keys)
    refusals = await queries.read_refusals(ctx, keys, REFUSALS_MAX)
    log = sorted([*await queries.read_log(ctx, keys, LOG_MAX), *refusals], key=lambda one: one.seq, reverse=True)
    blocks = await queries.read_blocks(ctx, keys)
    named = {end for entry in (*log, *blocks) for end in (entry.a, entry.b)}
    others = await queries.read_others(ctx, sorted(named.difference(keys)))
    return Identity(nodes, links, log, blocks, others)


async def read_keys(ctx: Context, id_: UUID) -> list[int]:
    """Node keys of a profile: what its events are found by. Raises ``NotFound``."""
    head = await read_head(ctx, id_)
    return [node.key for node in await queries.read_nodes(ctx, head.key)]


async def check_reading(ctx: Context, keys: Sequence[int]) -> None:
    """Whose processing is restricted is looked at by those only who carry the restriction out (GDPR article
    18, APPI article 35). Raises ``Forbidden``; it is counted."""
    if await is_restricted(ctx, keys):
        raise Forbidden(
            "profile_restricted",
            "This customer asked us to stop using their data. Somebody who may manage privacy can look at it.",
        )


async def is_restricted(ctx: Context, keys: Sequence[int]) -> bool:
    """Whether the one who acts must not look at the data of the person with these nodes."""
    if "privacy.manage" in ctx.actor.permissions or ctx.actor.kind == "system":
        return False
    return bool(await privacy.find_withheld(ctx, {0: keys}, None))


async def read_timeline(
    runtime: Runtime, workspace_id: int, keys: Sequence[int], query: TimelineQuery
) -> list[TimelineEvent]:
    """Events of these nodes, newest first."""
    return await runtime.lake.read_timeline(
        workspace_id,
        keys,
        before=query.before,
        limit=query.limit,
        names=query.names,
        touchpoints=query.touchpoints,
        since=query.since,
        until=query.until,
    )
