"""The secret part of a link: nobody without the vault can make one, and each can be shown again.

Workspace, number, and the first half of an HMAC-SHA-256 over both and a nonce that only the database knows.
"""

import base64
import binascii
import hashlib
import hmac
import struct

_HEAD = struct.Struct(">II")
_MARK_BYTES = 16
_SCOPE = b"kizuna share 1"
TOKEN_CHARS_MAX = 40


def write_token(key: bytes, workspace_id: int, share_id: int, nonce: bytes) -> str:
    head = _HEAD.pack(workspace_id, share_id)
    return base64.urlsafe_b64encode(head + _mark(key, head, nonce)).decode().rstrip("=")


def read_token(token: str) -> tuple[int, int] | None:
    """(workspace id, share id) that a token claims: see ``is_genuine``. None for what is no token."""
    if not 0 < len(token) <= TOKEN_CHARS_MAX or not token.isascii():
        return None
    try:
        plain = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(plain) != _HEAD.size + _MARK_BYTES:
        return None
    workspace_id, share_id = _HEAD.unpack_from(plain)
    return (workspace_id, share_id) if 0 < workspace_id < 2**31 and 0 < share_id < 2**31 else None


def is_genuine(key: bytes, token: str, workspace_id: int, share_id: int, nonce: bytes) -> bool:
    return hmac.compare_digest(token, write_token(key, workspace_id, share_id, nonce))


def _mark(key: bytes, head: bytes, nonce: bytes) -> bytes:
    return hmac.new(key, _SCOPE + head + nonce, hashlib.sha256).digest()[:_MARK_BYTES]
