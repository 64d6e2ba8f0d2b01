"""Links to the pages of the customer's brand."""

from datetime import timedelta
from uuid import UUID

from kizuna.domains.privacy.contracts import MARKETING
from kizuna.domains.privacy.rules.links import (
    PREFERENCES_LIFE,
    PREVIEW_LIFE,
    UNSUBSCRIBE_LIFE,
    Link,
    LinkKind,
    Links,
    read_token,
    write_token,
)
from kizuna.domains.workspace.api import record_audit
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.errors import NotFound

PATHS: dict[LinkKind, str] = {
    "preferences": "preferences",
    "preview": "preferences",
    "unsubscribe": "unsubscribe",
    "opt_in": "confirm",
    "erasure": "confirm",
}


class LinkForged(NotFound):
    """A token that was never made here, or was cut or changed on its way."""


class LinkExpired(NotFound):
    """A token of ours whose time is over; ``link`` says whose it was."""

    def __init__(self, link: Link) -> None:
        super().__init__("link_expired", "This link has expired; ask for a new one.")
        self.link = link


def make_link(
    ctx: Context, kind: LinkKind, subject: int, life: timedelta, purpose: str = "", channel: str = "", query: str = ""
) -> str:
    link = Link(kind, ctx.workspace.id, subject, ctx.clock.now() + life, purpose, channel)
    token = write_token(ctx.settings.vault.derive_key("links"), link)
    return f"{ctx.settings.public_url}/p/{PATHS[kind]}/{token}{query}"


def make_links(
    ctx: Context, key: int, *, purpose: str = MARKETING, channel: str = "email", language: str | None = None
) -> Links:
    """For a message to the person with the node ``key``, sent for ``purpose`` by ``channel``."""
    query = f"?language={language}" if language else ""
    unsubscribe = make_link(ctx, "unsubscribe", key, UNSUBSCRIBE_LIFE, purpose, channel)
    return Links(
        preferences=make_link(ctx, "preferences", key, PREFERENCES_LIFE, query=query),
        unsubscribe=unsubscribe + query,
        unsubscribe_one_click=unsubscribe,
    )


async def hand_over_links(ctx: Context, profile_id: UUID, language: str | None) -> Links:
    """For a member of staff who speaks with the customer. Raises ``NotFound``."""
    (person,) = await ctx.runtime.registry.person_finder.by_profiles(ctx, [profile_id])
    if person is None:
        raise NotFound("profile_not_found", "There is no such customer; look at the id.")
    await record_audit(
        ctx, "preference_link.made", "profile", profile_id, "Made a link to a customer's preference page"
    )
    return make_links(ctx, person.keys[0], language=language)


def make_preview(ctx: Context) -> str:
    """The preference page of nobody: it shows everything and keeps nothing."""
    return make_link(ctx, "preview", 0, PREVIEW_LIFE)


def open_link(runtime: Runtime, token: str, *kinds: LinkKind) -> Link:
    """Raises ``LinkForged`` or ``LinkExpired``. Asks no database: it may be away."""
    link = read_token(runtime.settings.vault.derive_key("links"), token)
    if link is None or link.kind not in kinds:
        raise LinkForged("link_unknown", "This link is not complete, or was not made here; copy all of it.")
    if link.expires_at <= runtime.clock.now():
        raise LinkExpired(link)
    return link
