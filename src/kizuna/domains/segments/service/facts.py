"""What other domains know of people, for conditions that ask for it."""

from collections.abc import Iterable, Sequence

from kizuna.conditions.ast import Condition, Fact, leaves
from kizuna.kernel.conditions import ConditionFact, FactValue
from kizuna.kernel.context import Context, Runtime

KEYS_PER_READ = 10_000


def list_facts(ctx: Context) -> list[ConditionFact]:
    """By name."""
    known = ctx.runtime.registry.condition_facts
    return [known[name] for name in sorted(known)]


def facts_of(condition: Condition) -> list[str]:
    """Names of the facts that a condition reads."""
    return sorted({leaf.name for leaf in leaves(condition.where) if isinstance(leaf, Fact)})


async def read_facts(
    runtime: Runtime, workspace_id: int, names: Iterable[str], profile_keys: Sequence[int]
) -> list[tuple[str, int, FactValue]]:
    """(name, profile key, value) of everybody of whom the fact is known; unknown names give none. A unit of
    work for each batch: none is held for long."""
    found: list[tuple[str, int, FactValue]] = []
    known = runtime.registry.condition_facts
    for fact in (known[name] for name in names if name in known):
        for start in range(0, len(profile_keys), KEYS_PER_READ):
            async with runtime.unit(workspace_id) as ctx:
                values = await fact.read(ctx, profile_keys[start : start + KEYS_PER_READ])
            found += [(fact.name, key, value) for key, value in values.items() if value is not None]
    return found
