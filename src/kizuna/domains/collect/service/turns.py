"""Long steps one by one, with a look at what else has come in between."""

import asyncio
from collections import deque

ROUNDS = 4
"""Rounds of the event loop from one turn to the next: a commit takes a few to go on to the next one."""


class Turns:
    """Spreads long steps over rounds of the event loop.

    The loop does all that is ready before it looks for new input. Twenty large bodies that came together
    would so be read in one go, while the database has long answered and waits for the next commit.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._given = False

    async def take(self) -> None:
        """Returns when it is the caller's turn, which lasts until the caller next waits for anything."""
        loop = asyncio.get_running_loop()
        if self._given:
            turn = loop.create_future()
            self._waiting.append(turn)
            await turn
        else:
            self._given = True
            loop.call_soon(self._next, ROUNDS)

    def _next(self, rounds: int) -> None:
        loop = asyncio.get_running_loop()
        if rounds > 1:
            loop.call_soon(self._next, rounds - 1)
            return
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():  # its request may have been given up
                turn.set_result(None)
                loop.call_soon(self._next, ROUNDS)
                return
        self._given = False
