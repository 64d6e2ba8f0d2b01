"""Links to archives: signed, for one request of one workspace, for some days."""

import base64
import binascii
import hmac
import struct
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

PURPOSE = "archive-links"
_BODY = struct.Struct(">I16sQ")
_TAG_BYTES = 20


class ArchiveLink(NamedTuple):
    workspace_id: int
    request_id: UUID
    expires_at: datetime


def sign_link(link: ArchiveLink, key: bytes) -> str:
    body = _BODY.pack(link.workspace_id, link.request_id.bytes, int(link.expires_at.timestamp()))
    return base64.urlsafe_b64encode(body + _tag(body, key)).decode().rstrip("=")


def read_link(token: str, key: bytes) -> ArchiveLink | None:
    """None for what was not signed with ``key``; whether it has expired is for the caller to see."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        body, tag = raw[: _BODY.size], raw[_BODY.size :]
        if len(raw) != _BODY.size + _TAG_BYTES or not hmac.compare_digest(tag, _tag(body, key)):
            return None
        workspace_id, request_id, until = _BODY.unpack(body)
        return ArchiveLink(workspace_id, UUID(bytes=request_id), datetime.fromtimestamp(until, UTC))
    except (binascii.Error, ValueError, OverflowError):
        return None


def _tag(body: bytes, key: bytes) -> bytes:
    return hmac.digest(key, body, sha256)[:_TAG_BYTES]
