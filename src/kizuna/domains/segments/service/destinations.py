"""Destinations: made, changed, tried, removed."""

import secrets as random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from kizuna.domains.privacy import api as privacy
from kizuna.domains.segments import destinations as folder
from kizuna.domains.segments.destinations.base import DestinationKind, Secrets, SendingKind
from kizuna.domains.segments.repository import deliveries
from kizuna.domains.segments.repository import destinations as repository
from kizuna.domains.segments.repository.deliveries import DeliveryRow
from kizuna.domains.segments.repository.destinations import DestinationRow
from kizuna.domains.workspace.api import record_audit
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from kizuna.kernel.plugins import discover

SEALED_FOR = "segments.destination"
PER_SEGMENT_MAX = 20
KEEP_OLD_SECRET = timedelta(days=1)
"""For so long the signing secret of before signs too, so that a receiver can change at leisure."""
SECRET_PREFIX = "kzwh"  # noqa: S105  # what secret scanners know it by
ADS = "ads"


@dataclass(frozen=True, slots=True)
class DestinationOrder:
    """What somebody wants. ``purpose`` may have a channel: ``marketing.ads``."""

    kind: str
    name: str
    purpose: str
    settings: dict[str, Any]
    recipient: str = ""
    recipient_address: str = ""
    basis: str = "consent"
    enabled: bool = True


class Sealed(msgspec.Struct):
    """What the vault seals of a destination."""

    fields: dict[str, str] = {}
    signing: str = ""
    signing_before: str = ""
    before_until: datetime | None = None


@cache
def list_kinds() -> Mapping[str, DestinationKind]:
    """By key."""
    return discover(folder, DestinationKind)  # type: ignore[type-abstract]


def find_kind(key: str) -> DestinationKind:
    """Raises ``Invalid``."""
    kind = list_kinds().get(key)
    if kind is None:
        raise Invalid("kind_unknown", f"There is no kind “{key[:40]}”; known are {', '.join(list_kinds())}.")
    return kind


def find_sending_kind(key: str) -> SendingKind:
    """Raises ``Conflict`` for kinds that people carry files to."""
    kind = find_kind(key)
    if not isinstance(kind, SendingKind):
        raise Conflict("destination_is_a_file", "Nothing is sent to this destination; it makes a file when it is run.")
    return kind


async def name_segment(ctx: Context, segment_id: int) -> str:
    """Raises ``NotFound``."""
    found = await repository.find_segment(ctx, segment_id)
    if found is None:
        raise NotFound("segment_not_found", "There is no such segment.")
    return found[0]


async def load_destination(ctx: Context, id_: int, *, lock: bool = False) -> DestinationRow:
    """Raises ``NotFound``."""
    row = await repository.find(ctx, id_, lock=lock)
    if row is None:
        raise NotFound("destination_not_found", "There is no such destination; it may have been removed.")
    return row


@dataclass(frozen=True, slots=True)
class DestinationView:
    """A destination as people see it: how it is, how many deliveries wait, names of settings that are sealed."""

    row: DestinationRow
    state: Literal["ready", "failing", "paused", "off"]
    waiting: int
    secrets: list[str]


async def list_destinations(ctx: Context, segment_id: int, after: int, limit: int) -> tuple[list[DestinationView], int]:
    """In the order they were made, and how many there are. Raises ``NotFound``."""
    await name_segment(ctx, segment_id)
    rows = await repository.list_page(ctx, segment_id, after, limit)
    waiting = await deliveries.count_waiting(ctx, [row.id for row in rows])
    views = [_view(ctx, row, waiting.get(row.id, 0)) for row in rows]
    return views, await repository.count(ctx, segment_id)


async def show_destination(ctx: Context, row: DestinationRow) -> DestinationView:
    return _view(ctx, row, (await deliveries.count_waiting(ctx, [row.id])).get(row.id, 0))


def _view(ctx: Context, row: DestinationRow, waiting: int) -> DestinationView:
    if row.enabled:
        state = "failing" if row.failing_since is not None else "ready"
    else:
        state = "paused" if row.paused_at is not None else "off"
    return DestinationView(row, state, waiting, sorted(open_sealed(ctx, row).fields))


def is_sending(kind: DestinationKind) -> bool:
    return isinstance(kind, SendingKind)


def is_signed(kind: DestinationKind) -> bool:
    return isinstance(kind, SendingKind) and kind.signed


async def make_destination(ctx: Context, segment_id: int, order: DestinationOrder) -> tuple[DestinationRow, str | None]:
    """The destination, and our signing secret where it has one: shown now and never again.

    Raises ``NotFound``, ``Invalid``, ``Conflict``, or ``Forbidden`` for data that the one who acts does not see.
    """
    segment = await name_segment(ctx, segment_id)
    if await repository.count(ctx, segment_id) >= PER_SEGMENT_MAX:
        raise Conflict("destinations_many", f"A segment has {PER_SEGMENT_MAX} destinations at most; remove one first.")
    kind = find_kind(order.kind)
    sealed = Sealed(signing=_make_secret() if is_signed(kind) else "")
    values = await _check_order(ctx, kind, order, sealed)
    row = await repository.insert(
        ctx,
        values
        | {
            "segment_id": segment_id,
            "kind": kind.key,
            "enabled": order.enabled,
            "last_move_id": await repository.read_last_move(ctx, segment_id),
            "created_by": ctx.actor.name,
        },
    )
    summary = f"Made the destination “{row.name}” of the segment “{segment}”"
    await record_audit(ctx, "destination.created", "destination", row.id, summary, after=_audited(row))
    return row, sealed.signing or None


async def change_destination(ctx: Context, id_: int, changes: Mapping[str, Any]) -> tuple[DestinationRow, bool]:
    """Changes what is given; returns the destination, and whether it must be told of everybody anew.

    Whoever changes where data goes, or which, must see it themselves: what leaves is by their sight from then on.
    """
    row = await load_destination(ctx, id_, lock=True)
    kind = find_kind(row.kind)
    sealed = open_sealed(ctx, row)
    order = DestinationOrder(
        kind=row.kind,
        name=changes.get("name", row.name),
        purpose=changes.get("purpose", row.purpose),
        settings=dict(changes.get("settings", row.settings)),
        recipient=changes.get("recipient", row.recipient),
        recipient_address=changes.get("recipient_address", row.recipient_address),
        basis=changes.get("basis", row.basis),
        enabled=changes.get("enabled", row.enabled),
    )
    if "settings" in changes:
        values = await _check_order(ctx, kind, order, sealed)
    else:
        values = await _check_words(ctx, kind, order) | {
            "settings": row.settings,
            "secrets_sealed": row.secrets_sealed,
            "contact": row.contact,
            "sensitive": row.sensitive,
        }
    values |= {"enabled": order.enabled} | await _switch(ctx, row, order.enabled)
    changed = await repository.update(ctx, values | {"id": row.id})
    summary = f"Changed the destination “{changed.name}”"
    await record_audit(
        ctx, "destination.changed", "destination", row.id, summary, before=_audited(row), after=_audited(changed)
    )
    behind = changed.enabled and not row.enabled and changed.missed_at is not None
    return changed, behind and isinstance(kind, SendingKind)


async def _switch(ctx: Context, row: DestinationRow, enabled: bool) -> dict[str, Any]:
    """Switched on again it starts from now: what waited or was missed comes by the full sync that follows."""
    kept = {
        "paused_at": row.paused_at,
        "failing_since": row.failing_since,
        "missed_at": row.missed_at,
        "last_move_id": row.last_move_id,
    }
    if not enabled or row.enabled:
        return kept
    given_up = await deliveries.give_up_waiting(ctx, row.id, "paused")
    latest = await repository.read_last_move(ctx, row.segment_id)
    missed = row.missed_at or (ctx.clock.now() if given_up else None)
    return {"paused_at": None, "failing_since": None, "missed_at": missed, "last_move_id": latest}


async def remove_destination(ctx: Context, id_: int) -> None:
    """Removes it with its log. What was sent stays with its receiver. Raises ``NotFound``."""
    row = await load_destination(ctx, id_, lock=True)
    await deliveries.delete_of(ctx, id_)
    await repository.delete(ctx, id_)
    summary = f"Removed the destination “{row.name}”"
    await record_audit(ctx, "destination.removed", "destination", id_, summary, before=_audited(row))


async def rotate_secret(ctx: Context, id_: int) -> str:
    """A new signing secret; for a day the one before signs too. Raises ``Conflict`` where nothing is signed."""
    row = await load_destination(ctx, id_, lock=True)
    if not find_sending_kind(row.kind).signed:
        raise Conflict("destination_not_signed", "Nothing is signed for this destination; change its settings instead.")
    before = open_sealed(ctx, row)
    until = ctx.clock.now() + KEEP_OLD_SECRET
    sealed = Sealed(before.fields, _make_secret(), before.signing, until)
    await repository.update(ctx, _row_values(row) | {"secrets_sealed": seal(ctx, sealed)})
    await record_audit(
        ctx, "destination.secret_rotated", "destination", id_, f"Changed the signing secret of “{row.name}”"
    )
    return sealed.signing


async def list_deliveries(
    ctx: Context, id_: int, before: int | None, state: str | None, limit: int
) -> list[DeliveryRow]:
    """Newest first. Raises ``NotFound``."""
    await load_destination(ctx, id_)
    return await deliveries.list_page(ctx, id_, before, state, limit)


def seal(ctx: Context, sealed: Sealed) -> bytes:
    return ctx.settings.vault.seal(msgspec.json.encode(sealed), SEALED_FOR)


def open_sealed(ctx: Context, row: DestinationRow) -> Sealed:
    """Raises ``Invalid`` when the vault cannot."""
    return msgspec.json.decode(ctx.settings.vault.unseal(row.secrets_sealed, SEALED_FOR), type=Sealed)


def open_secrets(ctx: Context, row: DestinationRow) -> Secrets:
    sealed = open_sealed(ctx, row)
    signing = [sealed.signing] if sealed.signing else []
    if sealed.signing_before and sealed.before_until is not None and ctx.clock.now() < sealed.before_until:
        signing.append(sealed.signing_before)
    return Secrets(sealed.fields, signing)


def read_settings(kind: DestinationKind, row: DestinationRow) -> Any:
    """The stored settings, without what is sealed."""
    return msgspec.convert(row.settings, kind.settings)


async def _check_order(ctx: Context, kind: DestinationKind, order: DestinationOrder, sealed: Sealed) -> dict[str, Any]:
    """The values to store, or ``Invalid`` with the fields."""
    settings, plain = _check_settings(ctx, kind, order.settings, sealed)
    sight = await privacy.read_sight(ctx)
    hidden = [one for one in kind.identifiers(settings) if sight.hides("identifier", one)]
    hidden += [one for one in kind.traits(settings) if sight.hides("trait", one)]
    if hidden:
        raise Forbidden(
            "fields_hidden",
            f"You do not see {', '.join(hidden[:5])} yourself, and cannot send it elsewhere. Leave it out, or ask "
            "somebody who sees it.",
        )
    words = await _check_words(ctx, kind, order)
    words["recipient"] = words["recipient"] or _name_recipient(kind, settings)
    return words | {
        "settings": plain,
        "secrets_sealed": seal(ctx, sealed),
        "contact": sight.contact,
        "sensitive": sight.sensitive,
    }


def _check_settings(
    ctx: Context, kind: DestinationKind, given: Mapping[str, Any], sealed: Sealed
) -> tuple[Any, dict[str, Any]]:
    """The settings, and what of them is stored in plain. Secrets that are not given stay as they are."""
    kept = {name: sealed.fields[name] for name in kind.secret_fields if name in sealed.fields and name not in given}
    try:
        settings = msgspec.convert({**given, **kept}, kind.settings)
    except msgspec.ValidationError as error:
        raise _wrong_settings(_place_error(error)) from error
    wrong = dict(kind.check(settings))
    if isinstance(kind, SendingKind):
        try:
            ctx.runtime.outbound.check_url(kind.url(settings))
        except Invalid as error:
            wrong["url"] = error.message
    if wrong:
        raise _wrong_settings(wrong)
    plain: dict[str, Any] = msgspec.to_builtins(settings)
    sealed.fields = {name: text for name in kind.secret_fields if (text := plain.pop(name))}
    return settings, plain


def _place_error(error: msgspec.ValidationError) -> dict[str, str]:
    """msgspec says ``… - at `$.url` ``, and names missing and unknown fields in backticks."""
    text, _, place = str(error).partition(" - at ")
    name = place.strip("`").removeprefix("$").removeprefix(".").partition("[")[0].partition(".")[0]
    return {name or (text.split("`")[1] if "`" in text else "settings"): text}


def _wrong_settings(wrong: Mapping[str, str]) -> Invalid:
    first = next(iter(wrong.items()))
    return Invalid(
        "settings_invalid",
        f"The settings are not complete yet: {first[0]}: {first[1]}",
        fields={f"settings.{name}": text for name, text in wrong.items()},
    )


async def _check_words(ctx: Context, kind: DestinationKind, order: DestinationOrder) -> dict[str, Any]:
    await privacy.check_use(ctx, order.purpose)
    purpose, _, channel = order.purpose.partition(".")
    wrong: dict[str, str] = {}
    if kind.for_ads and channel != ADS and purpose != "third_party":
        wrong["purpose"] = "must be third_party, or a purpose with the channel ads, such as marketing.ads"
    if order.basis not in privacy.DISCLOSURE_BASES:
        wrong["basis"] = f"one of {', '.join(privacy.DISCLOSURE_BASES)}"
    texts = {"name": order.name, "recipient": order.recipient, "recipient_address": order.recipient_address}
    wrong |= {name: "has characters that cannot be printed" for name, text in texts.items() if "\x00" in text}
    if not order.name.strip():
        wrong["name"] = "must not be empty"
    if wrong:
        name, text = next(iter(wrong.items()))
        raise Invalid("destination_invalid", f"The destination cannot be kept so: {name}: {text}", fields=wrong)
    stripped = {name: text.strip() for name, text in texts.items()}
    return stripped | {"purpose": order.purpose, "basis": order.basis}


def _name_recipient(kind: DestinationKind, settings: Any) -> str:
    if isinstance(kind, SendingKind):
        return urlsplit(kind.url(settings)).hostname or kind.texts["en"].title
    return getattr(settings, "vendor", kind.key).capitalize()


def _make_secret() -> str:
    return f"{SECRET_PREFIX}_{random.token_urlsafe(32)}"


_VALUES: Sequence[str] = (
    *("id", "name", "purpose", "recipient", "recipient_address", "basis", "settings", "secrets_sealed", "contact"),
    *("sensitive", "enabled", "paused_at", "failing_since", "missed_at", "last_move_id"),
)


def _row_values(row: DestinationRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _VALUES}


def _audited(row: DestinationRow) -> dict[str, Any]:
    """Without what may be a secret: of addresses the host only, and no headers."""
    shown = {name: getattr(row, name) for name in ("kind", "name", "purpose", "recipient", "basis", "enabled")}
    open_settings = {name: value for name, value in row.settings.items() if name not in ("url", "headers")}
    if "url" in row.settings:
        open_settings["host"] = urlsplit(row.settings["url"]).hostname
    return shown | {"settings": open_settings}
