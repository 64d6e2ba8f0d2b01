"""What conditions can be made of in a workspace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from kizuna.domains.collect.api import KnownEvent, list_events
from kizuna.domains.collect.contracts import Touchpoint
from kizuna.domains.privacy.api import Sight, list_purposes, read_sight
from kizuna.domains.profiles.api import KnownTrait, list_identifier_types, list_traits
from kizuna.domains.segments.contracts import SEGMENTS_MAX
from kizuna.domains.segments.repository import segments as repository
from kizuna.domains.segments.service.facts import list_facts
from kizuna.kernel.conditions import ConditionFact
from kizuna.kernel.context import Context

EVENTS_MAX = 500
PROPERTIES_MAX = 100
TRAITS_MAX = 500
TOUCHPOINTS: tuple[str, ...] = get_args(Touchpoint)
LANGUAGES = ("en", "ja")


@dataclass(frozen=True, slots=True)
class KnownUse:
    """A purpose that may be asked about, with its channels."""

    key: str
    title: Mapping[str, str]
    channels: Sequence[str]


@dataclass(frozen=True, slots=True)
class Catalogue:
    events: list[KnownEvent]
    traits: list[KnownTrait]
    identifier_types: list[str]
    purposes: list[KnownUse]
    segments: list[tuple[int, str]]
    facts: list[ConditionFact]
    sight: Sight
    touchpoints: tuple[str, ...] = TOUCHPOINTS

    @property
    def truncated(self) -> bool:
        """There may be more than is told."""
        full = len(self.events) >= EVENTS_MAX or len(self.traits) >= TRAITS_MAX
        return full or any(len(event.properties) >= PROPERTIES_MAX for event in self.events)


async def read_catalogue(ctx: Context) -> Catalogue:
    """The most frequent events, the commonest traits, and all the rest."""
    purposes = [
        KnownUse(one.key, {language: one.texts[language].title for language in LANGUAGES}, one.channels)
        for one in await list_purposes(ctx)
        if not one.archived
    ]
    return Catalogue(
        events=await list_events(ctx, EVENTS_MAX, PROPERTIES_MAX),
        traits=await list_traits(ctx, TRAITS_MAX),
        identifier_types=await list_identifier_types(ctx),
        purposes=purposes,
        segments=await repository.list_names(ctx, SEGMENTS_MAX),
        facts=list_facts(ctx),
        sight=await read_sight(ctx),
    )
