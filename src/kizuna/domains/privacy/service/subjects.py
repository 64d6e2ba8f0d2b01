"""Whom a request is about: sealed while it is open, found when it is carried out."""

from collections.abc import Iterable, Sequence

import msgspec

from kizuna.domains.privacy.contracts import Subjects
from kizuna.domains.privacy.service.suppression import hash_identifier
from kizuna.kernel.context import Context, Runtime
from kizuna.kernel.person import Person
from kizuna.kernel.settings import Settings

SEALED_FOR = "privacy-request"


def hash_all(ctx: Context, identifiers: Iterable[tuple[str, str]]) -> list[bytes]:
    return sorted({hash_identifier(ctx.settings.vault, ctx.workspace.id, type_, value) for type_, value in identifiers})


def seal_subjects(settings: Settings, subjects: Subjects) -> bytes:
    return settings.vault.seal(msgspec.json.encode(subjects), SEALED_FOR)


def unseal_subjects(settings: Settings, sealed: bytes) -> Subjects:
    return msgspec.json.decode(settings.vault.unseal(sealed, SEALED_FOR), type=Subjects)


async def find_people(ctx: Context, subjects: Subjects) -> list[Person]:
    """Everybody who has one of the identifiers or nodes now."""
    finder = ctx.runtime.registry.person_finder
    found = [
        *(await finder.by_identifiers(ctx, subjects.identifiers) if subjects.identifiers else ()),
        *(await finder.by_keys(ctx, subjects.keys) if subjects.keys else ()),
    ]
    return list({person.keys: person for person in found if person is not None}.values())


async def describe_people(ctx: Context, given: Subjects, people: Sequence[Person]) -> Subjects:
    """All that may name these people in any store, with what was asked for itself."""
    finder = ctx.runtime.registry.person_finder
    normal = [finder.normalise(ctx, type_, value) for type_, value in given.identifiers]
    words = await finder.list_words(ctx, people)
    return Subjects(
        identifiers=sorted({*(one for one in normal if one), *(pair for one in people for pair in one.identifiers)}),
        keys=sorted({*given.keys, *(key for one in people for key in one.keys)}),
        profile_ids=sorted({*given.profile_ids, *(id_ for one in people for id_ in one.profile_ids)}),
        words=sorted({*given.words, *(word for some in words for word in some)}),
    )


def as_person(subjects: Subjects) -> Person:
    """All of them as stores look for them: what is removed is the same."""
    return Person(
        keys=tuple(subjects.keys),
        identifiers=tuple(subjects.identifiers),
        profile_ids=tuple(subjects.profile_ids),
        words=tuple(subjects.words),
    )


async def find_made_since(runtime: Runtime, workspace_id: int, subjects: Subjects) -> list[int]:
    """Nodes that the identifiers have got since: of the identifiers themselves, not of who joined them."""
    wanted = set(subjects.identifiers)
    async with runtime.unit(workspace_id) as ctx:
        people = await find_people(ctx, Subjects(identifiers=subjects.identifiers))
    nodes = {key for one in people for key, pair in zip(one.keys, one.identifiers, strict=True) if pair in wanted}
    return sorted(nodes.difference(subjects.keys))
