"""Who asks: what a request brings to prove it, and whom that stands for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from kizuna.kernel.context import Actor, Runtime


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request brought: at most one of the two counts, the key first. ``ip`` is where it came from."""

    session_token: str | None
    api_key: str | None
    ip: str = ""


@dataclass(frozen=True, slots=True)
class Principal:
    """Whom the credentials stand for. ``csrf_token`` is set for cookie sessions only.

    ``enrolment_due``: the workspace demands a second factor that this member has not set up; until then
    they may do that and nothing else.
    """

    kind: Literal["session", "key"]
    actor: Actor
    workspace_id: int
    csrf_token: str | None = None
    session_id: str | None = None
    enrolment_due: bool = False


Authenticator = Callable[[Runtime, Credentials], Awaitable[Principal | None]]
