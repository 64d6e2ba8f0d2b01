"""Lists are paged by opaque cursors that hold the last row's sort key."""

import base64
import binascii
from typing import Any, Generic, TypeVar

import msgspec

from kizuna.kernel.errors import Invalid

T = TypeVar("T")

PAGE_DEFAULT = 50
PAGE_MAX = 200


class Page(msgspec.Struct, Generic[T]):
    """``next_cursor`` is null on the last page; ``total`` is null where counting would cost too much."""

    items: list[T]
    next_cursor: str | None = None
    total: int | None = None


def encode_cursor(key: list[Any]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def decode_cursor(cursor: str | None, length: int) -> list[Any] | None:
    """The sort key in ``cursor``. Raises ``Invalid`` when it is not one of ours."""
    if not cursor:
        return None
    try:
        key = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise Invalid("cursor_invalid", "The cursor is not valid; start again from the first page.") from error
    if not isinstance(key, list) or len(key) != length:
        raise Invalid("cursor_invalid", "The cursor belongs to another list; start again from the first page.")
    return key


def decode_id_cursor(cursor: str | None) -> int | None:
    """The id in a cursor of a list that is ordered by id."""
    key = decode_cursor(cursor, 1)
    if key is None:
        return None
    if not isinstance(key[0], int) or not 0 <= key[0] < 2**63:
        raise Invalid("cursor_invalid", "The cursor belongs to another list; start again from the first page.")
    return key[0]


def check_limit(limit: int) -> int:
    if not 1 <= limit <= PAGE_MAX:
        raise Invalid("limit_invalid", f"limit must be from 1 to {PAGE_MAX}.")
    return limit
