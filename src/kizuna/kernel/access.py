"""Who asks: what a request brings to prove it, and whom that stands for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from kizuna.kernel.context import Actor, Runtime


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request brought: at most one of the two counts, the key first."""

    session_token: str | None
    api_key: str | None


@dataclass(frozen=True, slots=True)
class Principal:
    """Whom the credentials stand for. ``csrf_token`` is set for cookie sessions only."""

    kind: Literal["session", "key"]
    actor: Actor
    workspace_id: int
    csrf_token: str | None = None
    session_id: str | None = None


Authenticator = Callable[[Runtime, Credentials], Awaitable[Principal | None]]
