"""About how many people a condition means, while somebody is writing it."""

import time
from dataclasses import dataclass
from typing import Any

from kizuna.domains.segments.rules.intervals import scale
from kizuna.domains.segments.service.check import read_definition
from kizuna.domains.segments.service.people import read_people
from kizuna.domains.segments.service.question import count, prepare
from kizuna.kernel.context import Actor, Runtime

BUDGET_S = 0.3
"""Who writes a condition waits for no longer."""
EXACT_MAX = 20_000
"""Up to here everybody is looked at."""
FIRST_SAMPLE = 10_000
GROWTH = 4
NARROW = 0.05
"""An interval of this part of the size, to both sides, tells enough."""
DENOMINATOR = 1 << 20


@dataclass(frozen=True, slots=True)
class Estimated:
    size: int
    low: int
    high: int
    sampled: int
    people: int
    exact: bool
    took_ms: int


async def estimate_condition(runtime: Runtime, workspace_id: int, actor: Actor, given: Any) -> Estimated:
    """How many people meet a condition now: of a sample that grows until the answer is good or time is spent.

    Raises ``Invalid`` with what is wrong by place.
    """
    started = time.perf_counter()
    async with runtime.unit(workspace_id, actor) as ctx:
        condition = (await read_definition(ctx, given)).condition
        people = await read_people(ctx)
    question = await prepare(runtime, workspace_id, condition)
    share = 1.0 if people <= EXACT_MAX else FIRST_SAMPLE / people
    while True:
        began = time.perf_counter()
        sample = None if share >= 1 else (max(1, round(share * DENOMINATOR)), DENOMINATOR)
        found, sampled = await count(runtime, workspace_id, question, sample)
        now = time.perf_counter()
        if sample is None:
            people = sampled
        size, low, high = scale(found, sampled, people)
        left_s = BUDGET_S - (now - started)
        # A larger sample costs less than in proportion, so this keeps within the budget.
        if sample is None or high - low <= 2 * NARROW * size or (now - began) * GROWTH > left_s:
            return Estimated(size, low, high, sampled, people, sample is None, round((now - started) * 1000))
        share *= GROWTH
