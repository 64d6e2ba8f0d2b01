"""The profiles that a batch or a merge touches, as decisions need them, and what became of them."""

from collections.abc import Iterable, Mapping, Sequence

from kizuna.domains.privacy import api as privacy
from kizuna.domains.profiles.contracts import Link
from kizuna.domains.profiles.repository import identity, profiles
from kizuna.domains.profiles.rules.components import Forest
from kizuna.domains.profiles.rules.links import Component, Node, join_components
from kizuna.domains.profiles.signals import Merge, ProfilesMerged
from kizuna.kernel.context import Context
from kizuna.kernel.signals import publish

MERGES_PER_SIGNAL = 500


class Standing:
    """Components in memory; links change them here first, and are written together."""

    def __init__(self, components: Iterable[Component], nodes: Mapping[int, str]) -> None:
        self.nodes = nodes
        """Type of each node."""
        self._components = {component.key: component for component in components}
        self._start = {key: component.key for component in self._components.values() for key in component.members}
        self._forest = Forest(tuple(self._components))

    def __contains__(self, key: int) -> bool:
        return key in self._start

    def component_of(self, key: int) -> Component:
        return self._components[self._forest.find(self._start[key])]

    def node(self, key: int) -> Node:
        return Node(key, self.nodes[key])

    def join(self, link: Link) -> None:
        one, other = self.component_of(link.a), self.component_of(link.b)
        self._forest.join(one.key, other.key)
        del self._components[max(one.key, other.key)]
        self._components[min(one.key, other.key)] = join_components(one, other)

    def moved(self) -> dict[int, int]:
        """Nodes whose profile is another now, with their new profile key."""
        return {key: now for key, start in self._start.items() if (now := self._forest.find(start)) != start}

    def merges(self) -> list[Merge]:
        """Profiles that went into another."""
        starts = set(self._start.values())
        return [Merge(now, start) for start in sorted(starts) if (now := self._forest.find(start)) != start]


async def load_standing(ctx: Context, profile_keys: Iterable[int], *, splits: int) -> Standing:
    """The profiles with their members, blocks, and whether anything was ever observed of them.

    ``splits`` of the head tells whether there are blocks at all.
    """
    wanted = sorted(set(profile_keys))
    members = await identity.read_members(ctx, wanted)
    types = {key: type_ for _, key, type_, _ in members}
    observed = await profiles.find_profiles(ctx, wanted)
    sides: dict[int, set[tuple[int, int]]] = {}
    profile_of = {key: profile_key for profile_key, key, _, _ in members}
    if splits:
        for key, block, side in await identity.read_sides(ctx, profile_of):
            sides.setdefault(profile_of[key], set()).add((block, side))
    components: dict[int, Component] = {}
    for profile_key, key, type_, _ in members:
        component = components.get(profile_key)
        if component is None:
            component = components[profile_key] = Component(
                key=profile_key,
                counts={},
                observed=profile_key in observed,
                sides=frozenset(sides.get(profile_key, ())),
            )
        component.members.append(key)
        component.counts[type_] = component.counts.get(type_, 0) + 1
    return Standing(components.values(), types)


async def write_joins(
    ctx: Context, version: int, standing: Standing, records: Sequence[identity.LogRecord]
) -> list[Merge]:
    """Writes what ``standing`` became, and tells it: log, nodes, rows, hooks, signal."""
    await identity.log_records(ctx, ctx.clock.now(), records)
    moved = standing.moved()
    merges = standing.merges()
    await identity.move_nodes(ctx, version, moved)
    await profiles.mark_merged(ctx, version, moved)
    await profiles.delete_search(ctx, [merge.source for merge in merges])
    if merges:
        pairs = [(merge.source, merge.into) for merge in merges]
        for module in ctx.runtime.registry.modules:
            for hook in module.merge_hooks:
                await hook(ctx, pairs)
        into = sorted({merge.into for merge in merges})
        await privacy.follow_identity(ctx, (sorted(standing.component_of(key).members) for key in into))
    for start in range(0, len(merges), MERGES_PER_SIGNAL):
        await publish(ctx, ProfilesMerged(tuple(merges[start : start + MERGES_PER_SIGNAL])))
    return merges
