"""Customer lists for Google Ads and Meta: a CSV file of hashes, which people upload there.

Both compare SHA-256 hashes, so the spelling before hashing decides. Google (support.google.com/google-ads/answer/
7659867): lower case without spaces around, phone numbers in E.164 with ``+``, country and postal code unhashed.
Meta (developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences): the same, but phone numbers
without ``+``, names without punctuation, and everything hashed. Headers are in English, whatever the language;
of e-mail addresses and phone numbers each takes several columns.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Literal

from msgspec import Struct

from kizuna.domains.segments.destinations.base import FileKind, KindText, Person

VALUES_MAX = 3
"""Columns of e-mail addresses, and of phone numbers; Meta takes no more."""

COUNTRY = ("country", "country_code", "countryCode")
POSTAL_CODE = ("postal_code", "postalCode", "zip", "zip_code", "postcode")
_NAMES = ("first_name", "firstName", "given_name", "givenName", "last_name", "lastName", "family_name", "familyName")
_COUNTRY = re.compile(r"[A-Za-z]{2}")


class CustomerMatchSettings(Struct, forbid_unknown_fields=True, kw_only=True):
    vendor: Literal["google", "meta"] = "google"
    names: bool = False


class CustomerMatch(FileKind):
    def identifiers(self, settings: CustomerMatchSettings) -> Sequence[str]:
        return ("email", "phone")

    def traits(self, settings: CustomerMatchSettings) -> Sequence[str]:
        return (*_NAMES, *COUNTRY, *POSTAL_CODE) if settings.names else ()

    def header(self, settings: CustomerMatchSettings) -> Sequence[str]:
        google = settings.vendor == "google"
        email, phone = ("Email", "Phone") if google else ("email", "phone")
        names = ("First Name", "Last Name", "Country", "Zip") if google else ("fn", "ln", "country", "zip")
        return [*[email] * VALUES_MAX, *[phone] * VALUES_MAX, *(names if settings.names else ())]

    def row(self, settings: CustomerMatchSettings, person: Person) -> Sequence[str] | None:
        google = settings.vendor == "google"
        emails = [hash_email(one) for one in person.identifiers.get("email", ())[:VALUES_MAX]]
        phones = [hash_phone(one, plus=google) for one in person.identifiers.get("phone", ())[:VALUES_MAX]]
        if not emails and not phones:
            return None
        cells = [*_fill(emails), *_fill(phones)]
        return [*cells, *_tell_names(person, google=google)] if settings.names else cells


def hash_email(address: str) -> str:
    return _hash(address.strip().lower())


def hash_phone(e164: str, *, plus: bool) -> str:
    digits = re.sub(r"[^0-9]", "", e164).lstrip("0")
    return _hash(f"+{digits}" if plus else digits)


def hash_name(name: str, *, punctuation: bool) -> str:
    plain = " ".join(name.lower().split())
    if not punctuation:
        plain = "".join(one for one in plain if not unicodedata.category(one).startswith(("P", "S")))
    return _hash(plain) if plain else ""


def _tell_names(person: Person, *, google: bool) -> list[str]:
    names = [hash_name(one, punctuation=google) if one else "" for one in (person.given_name, person.family_name)]
    country = _text(person.traits, COUNTRY)
    country = country.lower() if _COUNTRY.fullmatch(country) else ""
    postal = re.sub(r"[\s-]", "", _text(person.traits, POSTAL_CODE)).lower()
    if google:
        return [*names, country.upper(), postal]
    return [*names, _hash(country) if country else "", _hash(postal) if postal else ""]


def _text(traits: Mapping[str, Any], names: Sequence[str]) -> str:
    found = (traits.get(name) for name in names)
    return next((str(one).strip() for one in found if isinstance(one, str | int) and str(one).strip()), "")


def _fill(values: list[str]) -> list[str]:
    return [*values, *[""] * (VALUES_MAX - len(values))]


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


PLUGIN = CustomerMatch(
    key="customer_match",
    settings=CustomerMatchSettings,
    for_ads=True,
    texts={
        "en": KindText(
            "Customer list for ads",
            "A file of hashed e-mail addresses and phone numbers for Google Ads or Meta, of those who agreed.",
            {
                "vendor": ("For", "Google Ads Customer Match, or a custom audience of Meta."),
                "names": ("With names", "Also names, country and postal code, where they are known."),
            },
        ),
        "ja": KindText(
            "広告用の顧客リスト",
            "同意した顧客のメールアドレスと電話番号をハッシュ化した、Google広告・Meta用のファイルです。",
            {
                "vendor": (
                    "提供先",
                    "Google広告のカスタマーマッチ（google）か、Metaのカスタムオーディエンス（meta）",
                ),
                "names": ("氏名も含める", "わかる場合に、氏名・国・郵便番号も含めます。"),
            },
        ),
    },
)
