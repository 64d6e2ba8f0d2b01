"""Templates, with what the workspace lacks for each."""

from dataclasses import dataclass

from kizuna.domains.collect.api import list_events
from kizuna.domains.profiles.api import list_traits
from kizuna.domains.segments.rules.templates import TEMPLATES, Template
from kizuna.domains.segments.service.catalogue import EVENTS_MAX, TRAITS_MAX
from kizuna.kernel.context import Context

TRAIT_PREFIX = "trait:"


@dataclass(frozen=True, slots=True)
class ShownTemplate:
    template: Template
    missing: list[str]


async def list_templates(ctx: Context) -> list[ShownTemplate]:
    """All of them, those that can be used at once first."""
    known = {event.name for event in await list_events(ctx, EVENTS_MAX, 0)}
    known |= {f"{TRAIT_PREFIX}{trait.name}" for trait in await list_traits(ctx, TRAITS_MAX)}
    shown = [ShownTemplate(one, [need for need in one.needs if need not in known]) for one in TEMPLATES]
    return sorted(shown, key=lambda one: bool(one.missing))
