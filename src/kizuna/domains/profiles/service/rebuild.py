"""Profiles worked out anew from the identity log."""

from kizuna.domains.profiles.repository import identity, profiles
from kizuna.domains.profiles.rules.components import resolve_components
from kizuna.domains.profiles.service.derive import derive_profiles
from kizuna.kernel.context import Context


async def rebuild_profiles(ctx: Context) -> int:
    """Corrects nodes whose profile key is not what the log says; returns how many there were."""
    import numpy as np

    head = await identity.lock_identity(ctx)
    nodes = await identity.read_all_nodes(ctx)
    links = np.array(await identity.read_all_links(ctx), np.int64).reshape(-1, 2)
    linked, profile_keys = resolve_components(links[:, 0], links[:, 1])
    right = dict(zip(linked.tolist(), profile_keys.tolist(), strict=True))
    moved = {key: right.get(key, key) for key, now in nodes if right.get(key, key) != now}
    if not moved:
        return 0
    await identity.move_nodes(ctx, head.version, moved)
    await profiles.mark_merged(ctx, head.version, moved)
    await profiles.delete_search(ctx, [key for key, profile_key in moved.items() if key != profile_key])
    before = dict(nodes)
    touched = {*moved.values(), *(before[key] for key in moved)}
    alive = [key for key in touched if right.get(key, key) == key]
    await derive_profiles(ctx, head.version, alive)
    return len(moved)
