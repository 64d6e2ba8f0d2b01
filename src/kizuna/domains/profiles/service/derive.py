"""Profiles as lists and the 360° page show them, derived from nodes, traits and activity."""

from collections.abc import Container, Iterable, Sequence
from typing import Any

import msgspec

from kizuna.domains.profiles.contracts import NO_SIGN, TraitRow
from kizuna.domains.profiles.repository import identity, profiles
from kizuna.domains.profiles.repository.profiles import ProfileRow
from kizuna.domains.profiles.rules import identifiers as ids
from kizuna.domains.profiles.rules import names, search
from kizuna.domains.profiles.rules.traits import merge_traits
from kizuna.domains.profiles.service.everybody import tell_changed
from kizuna.kernel.context import Context

CHUNK = 2_000


async def derive_profiles(
    ctx: Context, version: int, profile_keys: Iterable[int], *, new: Container[int] = frozenset()
) -> None:
    """Writes the rows of the profiles anew. ``new`` are those without a row. Needs the identity lock."""
    wanted = sorted(profile_keys)
    for start in range(0, len(wanted), CHUNK):
        rows = await _derive_chunk(ctx, wanted[start : start + CHUNK])
        if rows:
            await profiles.write_profiles(ctx, version, rows, new=new)
    if wanted:
        await tell_changed(ctx, wanted)


async def _derive_chunk(ctx: Context, profile_keys: Sequence[int]) -> list[ProfileRow]:
    members = await identity.read_members(ctx, profile_keys)
    profile_of = {key: profile_key for profile_key, key, _, _ in members}
    found: dict[int, list[tuple[int, str, str]]] = {}
    for profile_key, key, type_, value in members:
        found.setdefault(profile_key, []).append((key, type_, value))
    observed: dict[int, list[TraitRow]] = {}
    for row in await profiles.read_traits(ctx, profile_of):
        observed.setdefault(profile_of[row.key], []).append(row)
    seen: dict[int, list[tuple[int, str, Any, Any]]] = {}
    for activity in await profiles.read_activity(ctx, profile_of):
        seen.setdefault(profile_of[activity[0]], []).append(activity)
    now = ctx.clock.now()
    rows: list[ProfileRow] = []
    for profile_key, nodes in found.items():
        activities = seen.get(profile_key, ())
        alive = [last for _, touchpoint, _, last in activities if touchpoint != NO_SIGN]
        first = min((first for _, _, first, _ in activities), default=now)
        last = max(alive, default=first)
        row = _derive_row(ctx, profile_key, sorted(nodes), observed.get(profile_key, ()))
        row.first_seen, row.last_seen, row.alive = first, last, bool(alive)
        rows.append(row)
    return rows


def _derive_row(
    ctx: Context, profile_key: int, nodes: Sequence[tuple[int, str, str]], observed: Sequence[TraitRow]
) -> ProfileRow:
    merged = merge_traits(observed)
    traits: dict[str, Any] = {name: msgspec.json.decode(row.value) for name, row in merged.items()}
    by_type: dict[str, list[str]] = {}
    for _, type_, value in nodes:
        by_type.setdefault(type_, []).append(value)
    name = names.compose_name(traits, ctx.workspace.language)
    kana = names.compose_kana(traits, name)
    email = _contact(traits, "email", by_type.get(ids.EMAIL))
    phone = _contact(traits, "phone", by_type.get(ids.PHONE))
    fields = _search_fields(name, kana, email, by_type)
    now = ctx.clock.now()
    return ProfileRow(
        key=profile_key,
        first_seen=now,
        last_seen=now,
        alive=False,
        identified=not ids.IDENTIFIED_TYPES.isdisjoint(by_type),
        name=name,
        kana=kana,
        sort_name=names.sort_name(name, kana),
        email=email,
        phone=phone,
        user_id=next(iter(by_type.get(ids.USER_ID, ())), None),
        traits="{" + ",".join(f"{_json_text(name)}:{row.value}" for name, row in merged.items()) + "}",
        tokens=search.search_tokens(ctx.workspace.id, fields) if fields else [],
        text=search.search_text(fields),
    )


def _contact(traits: dict[str, Any], name: str, identifiers: Sequence[str] | None) -> str | None:
    """The address shown: the first identifier, for it was normalised, else the trait as it came."""
    if identifiers:
        return identifiers[0]
    value = traits.get(name)
    return value.strip()[: ids.VALUE_CHARS_MAX] or None if isinstance(value, str) else None


def _search_fields(name: str | None, kana: str | None, email: str | None, by_type: dict[str, list[str]]) -> list[str]:
    """Ids of devices and cookies are left out: nobody searches for a part of one."""
    others = [value for type_, values in by_type.items() if _is_searched(type_) for value in values]
    if email is not None:
        others.append(email)
    return search.search_fields(name, kana, by_type.get(ids.PHONE, ()), others)


def _is_searched(type_: str) -> bool:
    return type_ != ids.PHONE and not ids.is_weak(type_)


def _json_text(text: str) -> str:
    return msgspec.json.encode(text).decode()
