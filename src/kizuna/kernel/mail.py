"""How mail leaves: a port that adapters fill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from email.message import EmailMessage


class TransportError(Exception):
    """Mail did not leave. ``permanent``: it will not on a second try either.

    ``message`` is one sentence without the recipient's address, so that it may stand in logs.
    """

    def __init__(self, message: str, permanent: bool) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent


class Mailer(Protocol):
    """Hands mail to a server. Never call it inside a transaction: it talks to the network."""

    @property
    def ready(self) -> bool:
        """False where no server was given, and nothing can leave."""
        ...

    async def send(self, message: EmailMessage) -> None:
        """Returns when the server has taken the message; ``From`` is filled in where it is missing.

        Raises ``TransportError``.
        """
        ...

    async def check(self) -> str:
        """Connects and signs in without sending; returns where to. Raises ``TransportError``."""
        ...
