"""How often one address may ask for what costs something, such as a mail.

Counted in each server by itself: it keeps off floods. What must hold over all servers is counted in the
database besides.
"""

import ipaddress
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from kizuna.kernel.errors import Limit

ASKERS_MAX = 10_000


@dataclass
class Turnstile:
    """Lets each asker through ``number`` times within ``window_s``."""

    number: int
    window_s: float
    _passed: dict[str, deque[float]] = field(default_factory=dict[str, deque[float]])

    def enter(self, asker: str, now_s: float) -> None:
        """Raises ``Limit``."""
        passed = self._passed.setdefault(asker, deque())
        while passed and passed[0] <= now_s - self.window_s:
            passed.popleft()
        if len(passed) >= self.number:
            wait_s = max(1, int(passed[0] + self.window_s - now_s))
            raise Limit("too_often", "This was asked for too often; try again later.", retry_after_s=wait_s)
        passed.append(now_s)
        if len(self._passed) > ASKERS_MAX:  # forget the one who came first
            del self._passed[next(iter(self._passed))]


def enter(state: Any, name: str, ip: str | None, *, number: int, window_s: float) -> None:
    """Counts an asker at the application's turnstile ``name``. Raises ``Limit``."""
    turnstiles: dict[str, Turnstile] | None = getattr(state, "turnstiles", None)
    if turnstiles is None:
        turnstiles = state.turnstiles = {}
    turnstile = turnstiles.setdefault(name, Turnstile(number, window_s))
    turnstile.enter(group_ip(ip or ""), state.runtime.clock.now().timestamp())


def group_ip(text: str) -> str:
    """An IPv6 customer has a whole /64 to ask from."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else text
