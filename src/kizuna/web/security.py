"""Headers that every answer carries, so that no browser does with it what was not meant."""

from collections.abc import Iterable

Header = tuple[bytes, bytes]

API_POLICY = "default-src 'none'; frame-ancestors 'none'"
"""For all that is no page: opened as one, it runs nothing and is framed by nobody."""

PERMISSIONS_POLICY = (
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), "
    "midi=(), payment=(), usb=()"
)
KINDS_KEPT_MAX = 500
HSTS = "max-age=31536000; includeSubDomains"


class SecurityHeaders:
    """``complete`` adds those that an answer does not set itself."""

    def __init__(self, public_url: str) -> None:
        headers = {
            "content-security-policy": API_POLICY,
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "permissions-policy": PERMISSIONS_POLICY,
            "cross-origin-opener-policy": "same-origin",
        }
        if public_url.startswith("https://"):
            headers["strict-transport-security"] = HSTS
        self._headers: tuple[Header, ...] = tuple((name.encode(), value.encode()) for name, value in headers.items())
        self._missing: dict[tuple[bytes, ...], tuple[Header, ...]] = {}

    def complete(self, headers: Iterable[Header]) -> list[Header]:
        given = [*headers]
        names = tuple([name for name, _ in given])
        missing = self._missing.get(names)  # tracking answers all have the same few names
        if missing is None:
            missing = self._find_missing(names)
        given += missing
        return given

    def _find_missing(self, names: tuple[bytes, ...]) -> tuple[Header, ...]:
        set_already = {name.lower() for name in names}
        missing = tuple(header for header in self._headers if header[0] not in set_already)
        if len(self._missing) < KINDS_KEPT_MAX:
            self._missing[names] = missing
        return missing
