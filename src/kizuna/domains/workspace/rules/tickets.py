"""Signed texts that a visitor carries from one step of signing in to the next."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

TICKET_CHARS_MAX = 1_000
CODE_TICKET_LIFE = timedelta(minutes=5)
PROVIDER_TICKET_LIFE = timedelta(minutes=10)
"""At the provider people may have to find a phone first."""

SKEW = timedelta(seconds=30)
"""Of the clocks of our own servers."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def sign_ticket(values: dict[str, Any], key: bytes, now: datetime) -> str:
    body = _encode(json.dumps({**values, "at": (now - _EPOCH) // timedelta(microseconds=1)}).encode())
    return f"{body}.{_encode(_sign(body, key))}"


def read_ticket(ticket: str, key: bytes, now: datetime, life: timedelta) -> dict[str, Any] | None:
    """The values, with ``at`` as a time; None for what was not signed by ``key`` or is too old."""
    if len(ticket) > TICKET_CHARS_MAX or not ticket.isascii():
        return None
    body, _, signature = ticket.partition(".")
    if not hmac.compare_digest(_encode(_sign(body, key)), signature):
        return None
    values: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    values["at"] = _EPOCH + timedelta(microseconds=values["at"])
    return values if values["at"] - SKEW <= now < values["at"] + life else None


def _sign(body: str, key: bytes) -> bytes:
    return hmac.digest(key, body.encode(), sha256)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
