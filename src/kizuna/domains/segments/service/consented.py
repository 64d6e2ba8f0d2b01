"""Of everybody, whom a purpose may serve now."""

from collections import defaultdict

from pyroaring import BitMap

from kizuna.domains.privacy import api as privacy
from kizuna.domains.profiles import api as profiles
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Invalid

PEOPLE_PER_DECISION = 5_000


async def read_consented(ctx: Context, purpose: str, channel: str, universe: BitMap) -> BitMap:
    """Those of the profile keys ``universe`` whom the purpose may serve. Nobody for a purpose there is not.

    One question holds for all who never answered it; only the others are decided one by one.
    """
    try:
        default = (await privacy.decide_people(ctx, {0: ()}, purpose, channel))[0]
    except Invalid:
        return BitMap()
    nodes = await privacy.list_exceptions(ctx, purpose, channel)
    people: dict[int, list[int]] = defaultdict(list)
    for key, ref in (await profiles.profile_ids(ctx, nodes)).items():
        if ref.profile_key in universe:
            people[ref.profile_key].append(key)
    allowed = BitMap()
    keys = sorted(people)
    for start in range(0, len(keys), PEOPLE_PER_DECISION):
        some = {key: people[key] for key in keys[start : start + PEOPLE_PER_DECISION]}
        decided = await privacy.decide_people(ctx, some, purpose, channel)
        allowed |= BitMap(key for key, one in decided.items() if one.allowed)
    return allowed | (universe - BitMap(keys)) if default.allowed else allowed
