"""Errors of Kizuna: a kind, a code, and a sentence that says what to do.

A kind is what the caller can do about it; only ``kizuna.web.problems`` knows which HTTP status it
becomes. A code is stable text for programs (``source_not_found``); the message is for people.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

Kind = Literal["not_found", "conflict", "forbidden", "invalid", "limit", "unavailable", "unauthenticated"]


class KizunaError(Exception):
    """Base of all errors that a caller may see.

    ``fields`` maps a field's path to what is wrong with it; ``retry_after_s`` is set where trying
    again later makes sense.
    """

    kind: ClassVar[Kind]

    def __init__(
        self,
        code: str,
        message: str,
        *,
        fields: Mapping[str, str] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields: dict[str, str] = dict(fields or {})
        self.retry_after_s = retry_after_s


class NotFound(KizunaError):
    kind = "not_found"


class Conflict(KizunaError):
    kind = "conflict"


class Forbidden(KizunaError):
    kind = "forbidden"


class Unauthenticated(KizunaError):
    kind = "unauthenticated"


class Invalid(KizunaError):
    kind = "invalid"


class Limit(KizunaError):
    kind = "limit"


class Unavailable(KizunaError):
    kind = "unavailable"
