"""Profiles as somebody may see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import msgspec

from kizuna.domains.privacy.api import Sight, mask_value, read_sight, restore_sight
from kizuna.domains.profiles.queries import ProfileItem, SortColumn
from kizuna.domains.profiles.rules.identifiers import EMAIL, PHONE, USER_ID
from kizuna.domains.profiles.rules.names import KANA_TRAITS, NAME_TRAITS
from kizuna.kernel.context import Context
from kizuna.kernel.errors import Forbidden
from kizuna.kernel.fields import FieldKind
from kizuna.kernel.lake import TimelineEvent

Row = TypeVar("Row", bound=ProfileItem)

# What a column of the list is made of, by the fields that decide who sees it.
_SOURCES: dict[str, tuple[tuple[FieldKind, str], ...]] = {
    "email": (("identifier", EMAIL), ("trait", EMAIL)),
    "phone": (("identifier", PHONE), ("trait", PHONE)),
    "user_id": (("identifier", USER_ID),),
}
_SEARCHED: tuple[tuple[FieldKind, str], ...] = (
    *(("trait", name) for name in KANA_TRAITS),
    *(source for sources in _SOURCES.values() for source in sources),
    ("identifier", "line_id"),
)


@dataclass(frozen=True, slots=True)
class ShownRow(Generic[Row]):
    """A row of the list, or the head of a page, and the fields of it that are masked."""

    row: Row
    masked: list[str]


@dataclass(frozen=True, slots=True)
class ProfileSight:
    """``base`` knows fields one by one; names are made of several."""

    base: Sight

    @property
    def may_search(self) -> bool:
        """All that a search looks into is shown; else hits would tell what is masked."""
        hidden = {kind for kind, name in self.base.overrides if self.base.hides(kind, name)}
        return "identifier" not in hidden and not any(self.base.hides(*one) for one in _SEARCHED)

    def check_sort(self, column: SortColumn) -> None:
        """Order and cursors tell names. Raises ``Forbidden``."""
        if column == "name" and any(self.base.hides("trait", one) for one in KANA_TRAITS):
            raise Forbidden(
                "sort_not_allowed",
                "Your role does not see names, so the list cannot be sorted by them. "
                "An owner or admin of the workspace can give contact.read.",
            )

    def show_row(self, row: Row) -> ShownRow[Row]:
        if self.base.everything:
            return ShownRow(row, [])
        masked: list[str] = []
        changes: dict[str, Any] = {}
        composed = {"name": NAME_TRAITS, "name_kana": KANA_TRAITS}
        sources = _SOURCES | {name: _given(traits, row.traits) for name, traits in composed.items()}
        for name, fields in sources.items():
            column = "kana" if name == "name_kana" else name
            value = getattr(row, column)
            hidden = self.base.hidden_class(fields)
            if value and hidden is not None:
                changes[column] = mask_value(value, hidden, name)
                masked.append(name)
        shown = self.base.show_tree("trait", row.traits, shown_below="traits")
        return ShownRow(replace(row, **changes, traits=shown.value), masked + shown.masked)

    def show_identifier(self, type_: str, value: str) -> tuple[str, bool]:
        shown = self.base.show("identifier", type_, value)
        return shown.value, bool(shown.masked)

    def show_name(self, name: str | None) -> tuple[str | None, bool]:
        """A name whose traits are not at hand: in full only for those who see all of them."""
        hidden = self.base.hidden_class(("trait", one) for one in NAME_TRAITS)
        return (name, False) if not name or hidden is None else (mask_value(name, hidden, "name"), True)


def _given(traits: Sequence[str], known: Mapping[str, Any]) -> tuple[tuple[FieldKind, str], ...]:
    """Those of the traits that a name is made of which this profile has."""
    return tuple(("trait", name) for name in traits if name in known) or (("trait", traits[0]),)


async def read_profile_sight(ctx: Context) -> ProfileSight:
    return ProfileSight(await read_sight(ctx))


async def restore_profile_sight(ctx: Context, *, contact: bool, sensitive: bool) -> ProfileSight:
    return ProfileSight(await restore_sight(ctx, contact=contact, sensitive=sensitive))


def show_event(event: TimelineEvent, sight: Sight) -> tuple[Any, Any, list[str]]:
    """Properties, context and masked paths; both as they are stored for those who see everything."""
    if sight.everything:
        return event.properties, event.context, []
    return sight.show_event(event.type, _decode(event.properties), _decode(event.context))


def _decode(raw: msgspec.Raw) -> Any:
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError:  # a number that no double holds: nothing of it can be judged
        return {}
