"""Computed traits: made, shown, changed, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from kizuna.conditions.describe import describe_figure
from kizuna.conditions.figure import PROPERTY_KINDS, Figure, as_leaf, figure_reasons
from kizuna.domains.privacy.api import Sight, read_least_sight, read_sight
from kizuna.domains.profiles import api as profiles
from kizuna.domains.segments.contracts import TRAITS_MAX, Every
from kizuna.domains.segments.repository import segments, traits
from kizuna.domains.segments.repository.traits import TraitDefinition, TraitNameTaken, TraitRow
from kizuna.domains.segments.service import plan
from kizuna.domains.segments.service.check import check_condition, refuse
from kizuna.domains.segments.service.people import read_people
from kizuna.domains.segments.service.sight import show_condition
from kizuna.domains.segments.service.traits_build import BUILD_KIND, BUILD_TASK, CLEAR_TASK
from kizuna.domains.workspace.api import read_language, record_audit, start_job
from kizuna.kernel.conditions import SegmentUse
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Conflict, Invalid, Limit, NotFound
from kizuna.kernel.jobs import defer

USERS_NAMED_MAX = 5
_SEPARATORS = frozenset(".[]")


@dataclass(frozen=True, slots=True)
class ShownTrait:
    """A computed trait as the one who acts may see it. ``everybody`` is how many customers there are."""

    row: TraitRow
    figure: dict[str, Any]
    masked: bool
    sentence: str
    everybody: int
    users: list[SegmentUse]


@dataclass(frozen=True, slots=True)
class WantedTrait:
    """What somebody wants of a computed trait; what is not given stays as it is. ``every`` None is live."""

    name: str | None = None
    description: str | None = None
    figure: dict[str, Any] | None = None
    every: Every | msgspec.UnsetType | None = msgspec.UNSET


async def list_traits(ctx: Context, search: str | None, after: str | None, limit: int) -> list[ShownTrait]:
    """By name."""
    return await show_traits(ctx, await traits.list_page(ctx, search, after, limit))


async def count_traits(ctx: Context, search: str | None) -> int:
    return await traits.count(ctx, search)


async def load_trait(ctx: Context, trait_id: int) -> TraitRow:
    """Raises ``NotFound``."""
    row = await traits.find(ctx, trait_id)
    if row is None:
        raise NotFound("computed_trait_not_found", "There is no such computed trait, or it was deleted.")
    return row


async def show_trait(ctx: Context, trait_id: int) -> ShownTrait:
    (shown,) = await show_traits(ctx, [await load_trait(ctx, trait_id)])
    return shown


async def show_traits(ctx: Context, rows: Sequence[TraitRow]) -> list[ShownTrait]:
    sight, language, everybody = await read_sight(ctx), await read_language(ctx), await read_people(ctx)
    found: list[ShownTrait] = []
    for row in rows:
        figure, masked = _show_figure(row.figure, sight)
        users = [SegmentUse("segment", *user) for user in await traits.find_users(ctx, row.name)]
        sentence = describe_figure(msgspec.convert(figure, Figure), language)
        found.append(ShownTrait(row, figure, masked, sentence, everybody, users))
    return found


def _show_figure(figure: dict[str, Any], sight: Sight) -> tuple[dict[str, Any], bool]:
    leaf = msgspec.to_builtins(as_leaf(msgspec.convert(figure, Figure)))
    shown, masked = show_condition({"where": leaf}, sight)
    return (figure | {"event": shown["where"]["event"]}, True) if masked else (figure, False)


async def add_trait(ctx: Context, wanted: WantedTrait) -> TraitRow:
    """Everybody's value is worked out from now on. Raises ``Invalid`` for a figure or name that cannot be,
    ``Conflict`` for a name in use, ``Limit`` for one too many."""
    await segments.lock_definitions(ctx)
    name = await _check_name(ctx, wanted.name or "")
    figure = await read_figure(ctx, wanted.figure)
    every = None if wanted.every is msgspec.UNSET else wanted.every
    _check_live(figure, every)
    if await traits.count(ctx) >= TRAITS_MAX:
        raise Limit("computed_traits_many", f"A workspace has {TRAITS_MAX} computed traits at the most; delete one.")
    definition = TraitDefinition(name, (wanted.description or "").strip(), _to_json(figure), every)
    try:
        row = await traits.insert(ctx, definition)
    except TraitNameTaken as error:
        raise Conflict(
            "computed_trait_taken",
            f"There is a computed trait “{name}” already; choose another name.",
            fields={"name": "This name is taken."},
        ) from error
    await _start(ctx, row, figure)
    after = await _tell(ctx, row)
    await record_audit(ctx, "trait.created", "computed_trait", row.id, f"Made the trait “{name}”", after=after)
    return await load_trait(ctx, row.id)


async def change_trait(ctx: Context, trait_id: int, wanted: WantedTrait) -> TraitRow:
    """Raises what ``add_trait`` raises, and ``NotFound``. The name stays: conditions and templates know it."""
    await segments.lock_definitions(ctx)
    before = await load_trait(ctx, trait_id)
    known = msgspec.convert(before.figure, Figure)
    figure = known if wanted.figure is None else await read_figure(ctx, wanted.figure)
    every = before.every if wanted.every is msgspec.UNSET else wanted.every
    _check_live(figure, every)
    description = before.description if wanted.description is None else wanted.description.strip()
    definition = TraitDefinition(before.name, description, _to_json(figure), every)
    rebuilt = figure != known or every != before.every
    row = await traits.update(ctx, trait_id, definition, rebuilt=rebuilt)
    if rebuilt:
        await _start(ctx, row, figure, watched=before.every is None)
    old, new = await _tell(ctx, before), await _tell(ctx, row)
    changed = [name for name in new if old[name] != new[name]]
    if changed:
        await record_audit(
            ctx,
            "trait.changed",
            "computed_trait",
            row.id,
            f"Changed the trait “{row.name}”",
            before={name: old[name] for name in changed},
            after={name: new[name] for name in changed},
        )
    return await load_trait(ctx, trait_id)


async def rebuild_trait(ctx: Context, trait_id: int) -> TraitRow:
    """Works everybody's value out anew."""
    await segments.lock_definitions(ctx)
    before = await load_trait(ctx, trait_id)
    definition = TraitDefinition(before.name, before.description, before.figure, before.every)
    row = await traits.update(ctx, trait_id, definition, rebuilt=True)
    await _start(ctx, row, msgspec.convert(row.figure, Figure))
    await record_audit(ctx, "trait.rebuilt", "computed_trait", row.id, f"Built the trait “{row.name}” again")
    return await load_trait(ctx, trait_id)


async def delete_trait(ctx: Context, trait_id: int) -> None:
    """Its values go from all profiles. Raises ``Conflict`` when conditions ask for it."""
    await segments.lock_definitions(ctx)
    row = await load_trait(ctx, trait_id)
    users = await traits.find_users(ctx, row.name)
    if users:
        named = ", ".join(f"“{name}”" for _, name in users[:USERS_NAMED_MAX])
        more = f" and {len(users) - USERS_NAMED_MAX} more" if len(users) > USERS_NAMED_MAX else ""
        raise Conflict(
            "computed_trait_in_use",
            f"“{row.name}” is used by {named}{more}; take it out there first.",
            fields={f"segment.{id_}": name for id_, name in users},
        )
    await traits.delete(ctx, trait_id)
    await plan.drop_unused(ctx)
    await defer(ctx, CLEAR_TASK, {"name": row.name})
    before = await _tell(ctx, row)
    await record_audit(ctx, "trait.deleted", "computed_trait", row.id, f"Deleted the trait “{row.name}”", before=before)


async def read_figure(ctx: Context, given: Any) -> Figure:
    """Raises ``Invalid`` with what is wrong by place."""
    try:
        figure = msgspec.convert(given, Figure)
    except msgspec.ValidationError as error:
        text, _, place = str(error).partition(" - at `")
        raise Invalid(
            "figure_invalid", f"This is no figure: {text}.", fields={place.rstrip("`") or "$": text}
        ) from error
    if figure.kind not in PROPERTY_KINDS and figure.property is not None:
        figure = msgspec.structs.replace(figure, property=None)
    checked = await check_condition(ctx, {"version": 1, "where": _to_json(as_leaf(figure))})
    if checked.errors:
        error = await refuse(ctx, checked.errors)
        fields = {_place_in_figure(place): text for place, text in (error.fields or {}).items()}
        raise Invalid("figure_invalid", f"The figure cannot be used yet: {checked.errors[0].message.en}", fields=fields)
    return figure


def _place_in_figure(place: str) -> str:
    return (
        place.replace("$.where.measure.property", "$.property")
        .replace("$.where.measure", "$.property")
        .replace("$.where", "$")
    )


async def _check_name(ctx: Context, given: str) -> str:
    name = given.strip()
    wrong = not name or not name.isprintable() or not _SEPARATORS.isdisjoint(name)
    if wrong:
        text = "A name has letters, digits and signs, without . [ and ]."
        raise Invalid("computed_trait_name_invalid", text, fields={"name": text})
    if not await traits.exists(ctx, name) and not await profiles.may_compute(ctx, name):
        text = f"Events bring a trait “{name}” already, or Kizuna reads it; choose another name."
        raise Conflict("trait_name_brought", text, fields={"name": text})
    return name


def _check_live(figure: Figure, every: Every | None) -> None:
    if every is None and figure_reasons(figure):
        text = "This figure cannot be followed event by event; choose hourly or daily."
        raise Invalid("figure_not_live", text, fields={"every": text})


async def _start(ctx: Context, row: TraitRow, figure: Figure, *, watched: bool = False) -> None:
    """Queues what works everybody's value out."""
    if row.every is None:
        await plan.register_figure(ctx, row.id, figure)
    elif watched:
        await plan.drop_unused(ctx)
    arguments = {"trait_id": row.id}
    title = f"Values of “{row.name}”"
    job_id = await start_job(ctx, BUILD_KIND, title, BUILD_TASK, arguments, permission="segments.manage")
    await traits.set_job(ctx, row.id, job_id)


async def _tell(ctx: Context, row: TraitRow) -> dict[str, Any]:
    """For the audit log, which is kept for ever and read by many: as everybody may see it."""
    figure, _ = _show_figure(row.figure, await read_least_sight(ctx))
    return {"name": row.name, "description": row.description, "figure": figure, "every": row.every}


def _to_json(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", msgspec.to_builtins(value))
