"""The workspace's purposes: standard ones until it changes them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from kizuna.domains.privacy.contracts import ANALYTICS, CHANNELS, SERVICE, Purpose, PurposeText, Terms
from kizuna.domains.privacy.repository import heads
from kizuna.domains.privacy.repository import purposes as repository
from kizuna.domains.privacy.rules.purposes import (
    BODY_CHARS_MAX,
    LANGUAGES,
    PURPOSES_MAX,
    REGIONS,
    STANDARD,
    TITLE_CHARS_MAX,
    is_key,
)
from kizuna.domains.privacy.service.changes import tell_changed
from kizuna.domains.workspace.api import record_audit
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Conflict, Invalid, Limit, NotFound


async def list_purposes(ctx: Context) -> list[Purpose]:
    """In their order, archived ones too."""
    return await repository.read_purposes(ctx) or list(STANDARD)


async def find_purpose(ctx: Context, key: str) -> Purpose:
    """Raises ``NotFound``."""
    for purpose in await list_purposes(ctx):
        if purpose.key == key:
            return purpose
    raise NotFound("purpose_not_found", f"There is no purpose “{key[:40]}”; look at the list of purposes.")


async def add_purpose(ctx: Context, purpose: Purpose) -> Purpose:
    """Raises ``Invalid`` for what is incomplete, ``Conflict`` for a key in use, ``Limit`` beyond ``PURPOSES_MAX``."""
    if not is_key(purpose.key):
        raise Invalid("purpose_key_invalid", "A key is 1 to 40 of a–z, 0–9 and _, and begins with a letter.")
    _check(purpose)
    await heads.raise_version(ctx)  # first, for it makes changes wait for each other
    known = await _own_purposes(ctx)
    if any(one.key == purpose.key for one in known):
        raise Conflict("purpose_exists", f"There is a purpose “{purpose.key}” already; choose another key.")
    if len(known) >= PURPOSES_MAX:
        raise Limit("purposes_many", f"A workspace has {PURPOSES_MAX} purposes at the most; nobody reads more.")
    await repository.write_purpose(ctx, purpose, len(known), None)
    await repository.insert_texts(ctx, purpose, LANGUAGES)
    await _settle(ctx, "purpose.added", purpose, None)
    return purpose


async def change_purpose(
    ctx: Context,
    key: str,
    *,
    terms: Mapping[str, Terms] | None = None,
    texts: Mapping[str, PurposeText] | None = None,
    channels: tuple[str, ...] | None = None,
    archived: bool | None = None,
) -> Purpose:
    """Changes what is given; new texts become a new version. Raises ``NotFound`` and ``Invalid``."""
    await heads.raise_version(ctx)  # first, for it makes changes wait for each other
    known = await _own_purposes(ctx)
    before = await find_purpose(ctx, key)
    changed = Purpose(
        key=key,
        channels=before.channels if channels is None else channels,
        terms=before.terms if terms is None else terms,
        texts=before.texts if texts is None else texts,
        version=before.version,
        archived=before.archived if archived is None else archived,
    )
    _check(changed)
    if changed.archived and key in (SERVICE, ANALYTICS):
        raise Invalid("purpose_needed", f"The purpose {key} decides what is stored; change its terms instead.")
    if changed.texts != before.texts:
        changed = msgspec.structs.replace(changed, version=before.version + 1)
        await repository.insert_texts(ctx, changed, LANGUAGES)
    place = [one.key for one in known].index(key)
    archived_at: datetime | None = ctx.clock.now() if changed.archived else None
    await repository.write_purpose(ctx, changed, place, archived_at)
    await _settle(ctx, "purpose.changed", changed, before)
    if (changed.terms, changed.channels, changed.archived) != (before.terms, before.channels, before.archived):
        await tell_changed(ctx, None)
    return changed


async def list_versions(ctx: Context, key: str) -> list[tuple[int, str, str, str, datetime, str]]:
    """Every wording, newest first. Raises ``NotFound``."""
    purpose = await find_purpose(ctx, key)
    rows = await repository.read_versions(ctx, key)
    if rows:
        return rows
    # The standard texts, as long as nothing was changed; they are part of the program.
    made = datetime(2026, 1, 1, tzinfo=ctx.clock.now().tzinfo)
    return [(1, language, text.title, text.body, made, "Kizuna") for language, text in purpose.texts.items()]


async def _own_purposes(ctx: Context) -> list[Purpose]:
    """The workspace's own copy of the standard purposes, made before its first change."""
    known = await repository.read_purposes(ctx)
    if known:
        return known
    for position, purpose in enumerate(STANDARD):
        await repository.write_purpose(ctx, purpose, position, None)
        await repository.insert_texts(ctx, purpose, LANGUAGES)
    return list(STANDARD)


def _check(purpose: Purpose) -> None:
    fields: dict[str, str] = {}
    if set(purpose.terms) != set(REGIONS):
        fields["terms"] = f"Give terms for each of {', '.join(REGIONS)}."
    if set(purpose.texts) != set(LANGUAGES):
        fields["texts"] = f"Give texts in each of {', '.join(LANGUAGES)}."
    for language, text in purpose.texts.items():
        if not 0 < len(text.title.strip()) <= TITLE_CHARS_MAX:
            fields[f"texts.{language}.title"] = f"Use 1 to {TITLE_CHARS_MAX} characters."
        if not 0 < len(text.body.strip()) <= BODY_CHARS_MAX:
            fields[f"texts.{language}.body"] = f"Use 1 to {BODY_CHARS_MAX} characters."
    if not set(purpose.channels) <= set(CHANNELS) or len(set(purpose.channels)) < len(purpose.channels):
        fields["channels"] = f"Channels are {', '.join(CHANNELS)}, each once."
    if fields:
        raise Invalid("purpose_invalid", "The purpose is not complete yet.", fields=fields)


async def _settle(ctx: Context, action: str, purpose: Purpose, before: Purpose | None) -> None:
    title = purpose.texts["en"].title
    await record_audit(
        ctx,
        action,
        "purpose",
        purpose.key,
        f"Changed the purpose “{title}”" if before else f"Added the purpose “{title}”",
        before=_show(before) if before else None,
        after=_show(purpose),
    )


def _show(purpose: Purpose) -> dict[str, Any]:
    return {name: value for name, value in msgspec.to_builtins(purpose).items() if name != "key"}
