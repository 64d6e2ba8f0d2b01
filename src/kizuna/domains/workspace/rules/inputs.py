"""Checks of what people type into the wizard and the settings."""

import re
import unicodedata
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from kizuna.domains.workspace.rules.codes import COUNTRIES, CURRENCIES

NAME_CHARS_MAX = 120
EMAIL_CHARS_MAX = 254
PASSWORD_CHARS_MIN = 12
PASSWORD_CHARS_MAX = 256  # argon2 takes any length; a body of megabytes would cost us time
LANGUAGES = ("ja", "en")
AREAS = frozenset(
    ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
)
WEEK_STARTS = ("monday", "sunday", "saturday")

# What RFC 5321 allows without quotes, and letters of every script.
_CLOSED = r"\s@\"(),:;<>\[\]\\\x00-\x1f\x7f"
_LABEL = rf"[^{_CLOSED}.-](?:[^{_CLOSED}.]{{0,61}}[^{_CLOSED}.-])?"
_EMAIL = re.compile(rf"[^{_CLOSED}]{{1,64}}@(?:{_LABEL}\.)+(?!\d+$){_LABEL}")


class FieldError(ValueError):
    """A value that cannot be taken; the text tells the person what to type."""


def check_name(text: str) -> str:
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name:
        raise FieldError("Enter a name.")
    if len(name) > NAME_CHARS_MAX:
        raise FieldError(f"Use at most {NAME_CHARS_MAX} characters.")
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in name):
        raise FieldError("Use letters that can be shown.")
    return name


def check_email(text: str) -> str:
    """The address in the form under which it is kept: NFKC, trimmed, lower case."""
    email = unicodedata.normalize("NFKC", text).strip().lower()
    if len(email) > EMAIL_CHARS_MAX or not _EMAIL.fullmatch(email):
        raise FieldError("Enter an e-mail address such as ada@example.com.")
    return email


def check_password(password: str, *personal: str) -> str:
    """Length is what makes a password strong; what is written on its owner's door does not count."""
    if len(password) < PASSWORD_CHARS_MIN:
        raise FieldError(f"Use at least {PASSWORD_CHARS_MIN} characters; a few words in a row are easy to remember.")
    if len(password) > PASSWORD_CHARS_MAX:
        raise FieldError(f"Use at most {PASSWORD_CHARS_MAX} characters.")
    if any(unicodedata.category(c) == "Cs" for c in password):
        raise FieldError("Use letters that can be typed.")
    if len(set(password)) < 4:
        raise FieldError("Use more different characters.")
    if password.casefold() in {text.casefold() for text in personal if text}:
        raise FieldError("Do not use your name or e-mail address as the password.")
    return password


@cache
def time_zones() -> tuple[str, ...]:
    """Names people choose from: places and UTC, without the historical aliases."""
    return (*sorted(name for name in available_timezones() if name.split("/")[0] in AREAS), "UTC")


def check_time_zone(name: str) -> str:
    if name in time_zones():
        return name
    try:
        if name and not name.startswith(("/", ".")) and name in available_timezones():
            ZoneInfo(name)
            return name
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise FieldError("Choose a time zone such as Asia/Tokyo.")


def check_currency(code: str) -> str:
    if code not in CURRENCIES:
        raise FieldError("Choose a currency by its ISO 4217 code, such as JPY.")
    return code


def check_country(code: str) -> str:
    if code not in COUNTRIES:
        raise FieldError("Choose a country by its ISO 3166 code, such as JP.")
    return code


def check_language(code: str) -> str:
    if code not in LANGUAGES:
        raise FieldError("Choose ja or en.")
    return code


def check_week_start(day: str) -> str:
    if day not in WEEK_STARTS:
        raise FieldError("Choose monday, sunday or saturday.")
    return day


def make_slug(name: str, unique: str) -> str:
    """A short ASCII name for addresses; a name without ASCII letters gets one from ``unique``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")
    return slug if len(slug) >= 2 else f"workspace-{unique[:8]}"
