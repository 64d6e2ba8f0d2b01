"""How often something may happen."""

import time


class Bucket:
    """Lets ``rate`` things a second through, and ``burst`` at once after a quiet time."""

    __slots__ = ("_burst", "_level", "_rate", "_then")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._level = burst
        self._then = time.monotonic()

    def take(self, wanted: int) -> int:
        """How many of ``wanted`` may happen now."""
        now = time.monotonic()
        self._level = min(self._burst, self._level + (now - self._then) * self._rate)
        self._then = now
        given = min(wanted, int(self._level))
        self._level -= given
        return given
