"""Passwords (argon2id) and tokens (SHA-256 of 192 random bits)."""

import asyncio
from functools import cache
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's second choice for argon2id: 19 MiB, 2 passes. About 20 ms a try.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

HASHES_AT_ONCE = 4
_slots: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}


def _slot() -> asyncio.Semaphore:
    """At most a few hashes at once: a burst of sign-ins must not take all memory and cores."""
    loop = asyncio.get_running_loop()
    for old in [known for known in _slots if known.is_closed()]:
        del _slots[old]
    return _slots.setdefault(loop, asyncio.Semaphore(HASHES_AT_ONCE))


async def hash_password(password: str) -> str:
    async with _slot():
        return await asyncio.to_thread(_HASHER.hash, password)


async def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password fits. Without a hash (unknown e-mail, or a member who
    has no password) it costs the same and says no."""
    async with _slot():
        fits = await asyncio.to_thread(_verify, password_hash or _nobody(), password)
    return fits and bool(password_hash)


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password.encode("utf-8", "replace"))
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return _HASHER.hash("nobody has this password")


def needs_rehash(password_hash: str) -> bool:
    return _HASHER.check_needs_rehash(password_hash)


def hash_token(token: str) -> bytes:
    """Tokens are random enough that a fast hash keeps them."""
    return sha256(token.encode("utf-8", "replace")).digest()
