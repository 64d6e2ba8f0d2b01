"""How hosted pages look, and what the consent banner says."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec

from kizuna.domains.privacy.contracts import NO_CHANNEL, Brand, Purpose, PurposeText
from kizuna.domains.privacy.repository import brand as repository
from kizuna.domains.privacy.rules.banner import (
    BANNER_BODY_CHARS_MAX,
    BANNER_TITLE_CHARS_MAX,
    LABELS,
    STANDARD_BANNER,
    Language,
)
from kizuna.domains.privacy.rules.purposes import LANGUAGES, channels_of
from kizuna.domains.privacy.rules.regions import region_of
from kizuna.domains.privacy.rules.theme import DEFAULT_COLOR, DEFAULT_RADIUS, RADIUS_MAX, is_color
from kizuna.domains.privacy.service.purposes import list_purposes
from kizuna.domains.workspace.api import record_audit
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Invalid

NAME_CHARS_MAX = 80
URL_CHARS_MAX = 500


@dataclass(frozen=True, slots=True)
class ConsentTexts:
    """What a banner on any site shows, as JSON, and its version."""

    version: int
    body: bytes


async def read_brand(ctx: Context) -> Brand:
    found = await repository.read_brand(ctx)
    if found is not None:
        return msgspec.structs.replace(found, banner=STANDARD_BANNER | dict(found.banner))
    return Brand(ctx.workspace.name, DEFAULT_COLOR, DEFAULT_RADIUS, None, None, STANDARD_BANNER)


async def change_brand(ctx: Context, change: dict[str, Any]) -> Brand:
    """Changes what is given. Raises ``Invalid`` with the wrong fields."""
    before = await read_brand(ctx)
    if "color" in change:
        change = change | {"color": str(change["color"]).upper()}
    after = msgspec.structs.replace(before, **change)
    _check(after, ctx.settings.public_url)
    if after.banner != before.banner:
        after = msgspec.structs.replace(after, version=before.version + 1)
    await repository.write_brand(ctx, after)
    was, now = msgspec.to_builtins(before), msgspec.to_builtins(after)
    changed = [name for name in now if was[name] != now[name]]
    if changed:
        await record_audit(
            ctx,
            "brand.changed",
            "brand",
            None,
            "Changed the preference page",
            {name: was[name] for name in changed},
            {name: now[name] for name in changed},
        )
    return after


def _check(brand: Brand, public_url: str) -> None:
    wrong: dict[str, str] = {}
    if not brand.name.strip() or len(brand.name) > NAME_CHARS_MAX:
        wrong["name"] = f"Give the name customers know you by, at most {NAME_CHARS_MAX} characters."
    if not is_color(brand.color):
        wrong["color"] = "Give a colour such as #3B3A8F."
    if not 0 <= brand.radius <= RADIUS_MAX:
        wrong["radius"] = f"Choose from 0 to {RADIUS_MAX} pixels."
    if brand.logo_url is not None and not _is_ours(brand.logo_url, public_url):
        wrong["logo_url"] = f"The page loads nothing from elsewhere; give an address under {public_url}/."
    if brand.privacy_url is not None and not _is_web_address(brand.privacy_url):
        wrong["privacy_url"] = "Give an address that starts with https://."
    for language, text in brand.banner.items():
        if language not in LANGUAGES:
            wrong[f"banner.{language}"] = f"Known languages are {', '.join(LANGUAGES)}."
        elif not _fits(text):
            wrong[f"banner.{language}"] = (
                f"Give a title of at most {BANNER_TITLE_CHARS_MAX} and a text of at most {BANNER_BODY_CHARS_MAX} "
                "characters."
            )
    if wrong:
        first = next(iter(wrong.values()))
        raise Invalid("fields_invalid", first if len(wrong) == 1 else "Some fields need another value.", fields=wrong)


def _fits(text: PurposeText) -> bool:
    return 0 < len(text.title.strip()) <= BANNER_TITLE_CHARS_MAX and 0 < len(text.body.strip()) <= BANNER_BODY_CHARS_MAX


def _is_ours(url: str, public_url: str) -> bool:
    return len(url) <= URL_CHARS_MAX and url.startswith(f"{public_url}/") and _is_web_address(url)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    plain = url.isascii() and not any(letter.isspace() or letter in "\"'<>\\" for letter in url)
    return len(url) <= URL_CHARS_MAX and plain and parts.scheme in ("https", "http") and bool(parts.hostname)


async def read_consent_texts(ctx: Context, language: Language) -> ConsentTexts:
    """Purposes with channels are left out: a banner does not ask who may be written to, and how."""
    brand, purposes = await read_brand(ctx), await list_purposes(ctx)
    region = region_of(ctx.workspace.country)
    version = consent_version(brand, purposes)
    banner = brand.banner[language]
    shown = [one for one in purposes if not one.archived and channels_of(one) == (NO_CHANNEL,)]
    body = {
        "version": version,
        "language": language,
        "title": banner.title,
        "body": banner.body,
        "privacy_url": brand.privacy_url,
        "preference_url": None,
        "theme": {"color": brand.color, "radius": brand.radius},
        "purposes": [
            {
                "key": one.key,
                "title": text.title,
                "body": text.body,
                "required": one.essential(region),
                "default": one.essential(region) or one.terms[region].default == "granted",
            }
            for one in shown
            for text in [text_of(one, language)]
        ],
        "labels": LABELS[language],
    }
    return ConsentTexts(version, msgspec.json.encode(body))


def consent_version(brand: Brand, purposes: list[Purpose]) -> int:
    """Rises with every new wording of the banner or a purpose, and never falls."""
    return brand.version + sum(one.version - 1 for one in purposes)


def text_of(purpose: Purpose, language: str) -> PurposeText:
    """The purpose's text in a language, or in another while it has none."""
    for wanted in (language, *LANGUAGES):
        if wanted in purpose.texts:
            return purpose.texts[wanted]
    return PurposeText(purpose.key, "")
