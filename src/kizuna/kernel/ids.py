"""Identifiers that cannot be guessed."""

import secrets
import uuid


def new_id() -> uuid.UUID:
    """A random UUID (version 4, 122 bits): public ids must not tell order, time or count."""
    return uuid.UUID(bytes=secrets.token_bytes(16), version=4)


def new_token(prefix: str, bytes_n: int = 24) -> str:
    """A secret for URLs and headers, with a prefix that secret scanners and people recognise."""
    return f"{prefix}_{secrets.token_urlsafe(bytes_n)}"
