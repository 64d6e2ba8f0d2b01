"""Many large bodies at once do not keep the loop from what is short."""

import asyncio
import itertools

from kizuna.domains.collect.service.turns import ROUNDS, Turns


async def test_between_two_turns_the_loop_goes_round() -> None:
    turns, rounds, at = Turns(), 0, list[int]()

    async def take() -> None:
        await turns.take()
        at.append(rounds)

    tasks = [asyncio.create_task(take()) for _ in range(5)]
    given_up = tasks.pop(2)
    while len(at) < len(tasks):
        await asyncio.sleep(0)
        rounds += 1
        given_up.cancel()
    assert min(later - sooner for sooner, later in itertools.pairwise(at)) >= ROUNDS
    assert given_up.cancelled()
    # All are served: the next one need not wait.
    for _ in range(ROUNDS + 1):
        await asyncio.sleep(0)
    await asyncio.wait_for(turns.take(), 1)
