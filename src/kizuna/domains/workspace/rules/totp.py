"""Codes of authenticator apps (RFC 6238), and the codes for when the phone is lost."""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.twofactor.totp import TOTP

DIGITS = 6
PERIOD_S = 30
SECRET_BYTES = 20  # as long as the hash: RFC 4226, section 4
DRIFT_STEPS = 1
"""Clocks of phones are off, and people type slowly: one step either way, as RFC 6238 advises."""

RECOVERY_CODES = 10
RECOVERY_CHARS = 12
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that looks like something else; 59 bits in twelve


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def show_secret(secret: bytes) -> str:
    """As people type it into an app: base32 in groups of four."""
    text = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def make_uri(secret: bytes, account: str, issuer: str) -> str:
    """What the QR code holds. A colon in a name would split it in apps that do not decode."""
    return _totp(secret).get_provisioning_uri(account, issuer.replace(":", " "))


def find_step(secret: bytes, code: str, now: datetime) -> int | None:
    """The number of the half minute whose code this is, within the drift; None for any other code."""
    digits = "".join(code.split())
    if len(digits) != DIGITS or not digits.isascii() or not digits.isdigit():
        return None
    totp, present = _totp(secret), int(now.timestamp()) // PERIOD_S
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        if hmac.compare_digest(totp.generate(step * PERIOD_S), digits.encode()):
            return step
    return None


def make_code(secret: bytes, now: datetime) -> str:
    """What an app shows."""
    return _totp(secret).generate(int(now.timestamp())).decode()


def _totp(secret: bytes) -> TOTP:
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.hazmat.primitives.twofactor.totp import TOTP  # 20 ms that most processes never need

    # SHA-1 is what all apps know, and the codes do not rest on its collisions.
    return TOTP(secret, DIGITS, SHA1(), PERIOD_S)  # noqa: S303


def new_recovery_codes() -> list[str]:
    def make() -> str:
        text = "".join(secrets.choice(_ALPHABET) for _ in range(RECOVERY_CHARS))
        return "-".join(text[at : at + 4] for at in range(0, RECOVERY_CHARS, 4))

    return [make() for _ in range(RECOVERY_CODES)]


def read_recovery_code(code: str) -> str | None:
    """The code without what people put between its letters; None when it cannot be one."""
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return plain if len(plain) == RECOVERY_CHARS and set(plain) <= set(_ALPHABET) else None
