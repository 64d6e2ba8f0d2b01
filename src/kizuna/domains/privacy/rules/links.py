"""Links to hosted pages: sealed, short, and good for one purpose until they expire.

A link's token is AES-SIV (RFC 5297) over thirteen bytes and a purpose: nobody without the vault can make
one, change one, or read the numbers in it, and what is checked is compared in constant time.
"""

import base64
import binascii
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

LinkKind = Literal["preferences", "unsubscribe", "opt_in", "erasure", "preview"]

_KINDS: tuple[LinkKind, ...] = ("preferences", "unsubscribe", "opt_in", "erasure", "preview")
_HEAD = struct.Struct(">BIII")
_SCOPE = b"kizuna link 1"
TOKEN_CHARS_MAX = 200

PREFERENCES_LIFE = timedelta(days=30)
UNSUBSCRIBE_LIFE = timedelta(days=3 * 365)
"""Mail lies about for years, and somebody who wants no more of it should not have to ask twice."""
CONFIRMATION_LIFE = timedelta(hours=48)
PREVIEW_LIFE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Link:
    """``subject`` is a node key, or the number of a letter for the kinds that confirm."""

    kind: LinkKind
    workspace_id: int
    subject: int
    expires_at: datetime
    purpose: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Links:
    """What a message to somebody carries."""

    preferences: str
    unsubscribe: str
    unsubscribe_one_click: str
    """For the header ``List-Unsubscribe``; the same address takes RFC 8058's POST."""


def write_token(key: bytes, link: Link) -> str:
    """The token of a link under the key of ``Vault.derive_key("links")``."""
    # Loaded here: most processes never make a link.
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    head = _HEAD.pack(_KINDS.index(link.kind), link.workspace_id, link.subject, int(link.expires_at.timestamp()))
    plain = head + f"{link.purpose}\0{link.channel}".encode() if link.purpose else head
    return _spell(AESSIV(key).encrypt(plain, [_SCOPE]))


def _spell(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def read_token(key: bytes, token: str) -> Link | None:
    """The link, expired or not; None for what we never wrote."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    if not 0 < len(token) <= TOKEN_CHARS_MAX or not token.isascii():
        return None
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        if _spell(sealed) != token:  # the last letter has bits that mean nothing; one link has one spelling
            return None
        plain = AESSIV(key).decrypt(sealed, [_SCOPE])
    except (binascii.Error, ValueError, InvalidTag):
        return None
    head: tuple[int, int, int, int] = _HEAD.unpack_from(plain)
    kind, workspace_id, subject, expires_s = head
    purpose, _, channel = plain[_HEAD.size :].decode().partition("\0")
    return Link(_KINDS[kind], workspace_id, subject, datetime.fromtimestamp(expires_s, UTC), purpose, channel)
