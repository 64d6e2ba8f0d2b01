"""The preference centre: what a person is asked, and what they answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from kizuna.domains.privacy.contracts import (
    STATE_RESTRICTED,
    Answer,
    AnswerSource,
    Brand,
    Decision,
    Purpose,
    PurposeText,
    RequestKind,
)
from kizuna.domains.privacy.repository import answers as repository
from kizuna.domains.privacy.repository import letters
from kizuna.domains.privacy.rules.consent import decide
from kizuna.domains.privacy.rules.purposes import channels_of
from kizuna.domains.privacy.rules.regions import region_of
from kizuna.domains.privacy.service import requests
from kizuna.domains.privacy.service.brand import read_brand, text_of
from kizuna.domains.privacy.service.consent import record_answers
from kizuna.domains.privacy.service.purposes import list_purposes
from kizuna.kernel.context import Context
from kizuna.kernel.errors import NotFound
from kizuna.kernel.person import Person

Choices = Mapping[tuple[str, str], bool]
"""What was ticked, by (purpose, channel)."""


@dataclass(frozen=True, slots=True)
class Question:
    """One check box. ``since`` is when the answer was given; None while nobody has answered."""

    channel: str
    granted: bool
    since: datetime | None


@dataclass(frozen=True, slots=True)
class AskedPurpose:
    """A purpose with the questions it is asked by; fixed when it cannot be refused."""

    key: str
    version: int
    text: PurposeText
    fixed: bool
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Preferences:
    """All that the page shows. ``known`` is false for a preview."""

    brand: Brand
    purposes: tuple[AskedPurpose, ...]
    restricted: bool
    known: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """An answer that now is another than before."""

    text: PurposeText
    channel: str
    granted: bool


@dataclass(frozen=True, slots=True)
class Given:
    """How an answer was given."""

    at: datetime
    language: str
    source: AnswerSource
    proof: Mapping[str, Any]


async def find_person(ctx: Context, key: int) -> Person:
    """The person with a node. Raises ``NotFound`` when they are gone, as after an erasure."""
    (found,) = await ctx.runtime.registry.person_finder.by_keys(ctx, [key])
    if found is None:
        raise NotFound("person_gone", "We hold nothing about you any more under this link.")
    return found


async def read_preferences(ctx: Context, key: int, language: str) -> Preferences:
    """What holds for a person. Raises ``NotFound`` when they are gone."""
    person = await find_person(ctx, key)
    purposes = [one for one in await list_purposes(ctx) if not one.archived]
    decisions = await _decide(ctx, person, purposes)
    states = await repository.read_states(ctx, person.keys)
    return Preferences(
        brand=await read_brand(ctx),
        purposes=_ask(ctx, purposes, decisions, language),
        restricted=any(state & STATE_RESTRICTED for state in states.values()),
    )


async def read_preview(ctx: Context, language: str) -> Preferences:
    """The page as somebody sees it who was never asked."""
    purposes = [one for one in await list_purposes(ctx) if not one.archived]
    decisions = await _decide(ctx, Person(keys=()), purposes)
    return Preferences(await read_brand(ctx), _ask(ctx, purposes, decisions, language), restricted=False, known=False)


def _ask(
    ctx: Context, purposes: Sequence[Purpose], decisions: Mapping[tuple[str, str], Decision], language: str
) -> tuple[AskedPurpose, ...]:
    region = region_of(ctx.workspace.country)
    return tuple(
        AskedPurpose(
            key=one.key,
            version=one.version,
            text=text_of(one, language),
            fixed=one.essential(region),
            questions=tuple(
                Question(channel, decision.allowed, decision.answer.at if decision.answer else None)
                for channel in channels_of(one)
                for decision in [decisions[one.key, channel]]
            ),
        )
        for one in purposes
    )


async def _decide(ctx: Context, person: Person, purposes: Sequence[Purpose]) -> dict[tuple[str, str], Decision]:
    """Answers as they stand, also beneath a restriction: the page shows what was said."""
    latest = await repository.read_latest(ctx, person.keys)
    region = region_of(ctx.workspace.country)
    return {
        (one.key, channel): decide(one, channel, region, latest) for one in purposes for channel in channels_of(one)
    }


async def save_choices(ctx: Context, key: int, choices: Choices, given: Given) -> list[Change]:
    """Records what was ticked and what was not; questions there are not any more are passed over.

    What a person has said already, knowingly, is not written again.
    """
    person = await find_person(ctx, key)
    purposes = {one.key: one for one in await list_purposes(ctx) if not one.archived}
    region = region_of(ctx.workspace.country)
    decisions = await _decide(ctx, person, list(purposes.values()))
    answers: list[Answer] = []
    changes: list[Change] = []
    for (purpose, channel), granted in choices.items():
        decision = decisions.get((purpose, channel))
        if decision is None or purposes[purpose].essential(region):
            continue
        if decision.answer is not None and decision.answer.knowing and decision.allowed == granted:
            continue
        answers.append(_answer(key, purposes[purpose], channel, granted, given))
        if decision.allowed != granted:
            changes.append(Change(text_of(purposes[purpose], given.language), channel, granted))
    await record_answers(ctx, answers, [person.keys])
    return changes


def _answer(key: int, purpose: Purpose, channel: str, granted: bool, given: Given) -> Answer:
    return Answer(
        key=key,
        purpose=purpose.key,
        channel=channel,
        granted=granted,
        knowing=True,
        at=given.at,
        source=given.source,
        text_version=purpose.version,
        language=given.language,
        proof=given.proof,
    )


async def refuse_optional(ctx: Context, key: int, given: Given) -> list[Change]:
    """Refuses everything that can be refused."""
    purposes = [one for one in await list_purposes(ctx) if not one.archived]
    everything = {(one.key, channel): False for one in purposes for channel in channels_of(one)}
    return await save_choices(ctx, key, everything, given)


async def unsubscribe(ctx: Context, key: int, purpose: str, channel: str, given: Given) -> list[Change]:
    """Refuses one purpose by one channel."""
    return await save_choices(ctx, key, {(purpose, channel): False}, replace(given, source="unsubscribe"))


async def receive_request(ctx: Context, key: int, kind: RequestKind, note: str) -> bool:
    """Takes in a request for access, restriction or its end; False when one is open already."""
    person = await find_person(ctx, key)
    if await letters.has_open_request(ctx, kind, person.keys):
        return False
    await requests.receive(
        ctx, kind=kind, keys=person.keys, identifiers=person.identifiers, via="preference_centre", note=note
    )
    return True
